"""Django's own `migrate`, which here also brings the guards, the regions and the policies."""

from typing import Any

from django.core.management.commands import migrate


class Command(migrate.Command):
    """Runs without the database checks: one of them asks for the guards that only this command installs."""

    def check(self, *args: Any, **kwargs: Any) -> None:
        super().check(*args, **{**kwargs, "databases": None})
