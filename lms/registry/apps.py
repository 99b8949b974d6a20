"""WHO: regions, institutions, training centres, people, posts, bans, accounts, audit."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "lms.registry"
    label = "registry"
    verbose_name = _("Registry")

    def ready(self) -> None:
        from lms.registry import (
            access,
            checks,  # noqa: F401  (they register themselves)
            correcting,
            employing,
            guards,
            naming,
            noticing,
            prechecking,
            signing,
        )

        noticing.WORDINGS.update(correcting.WORDINGS | prechecking.WORDINGS)
        access.READABLE.extend([naming.readable, employing.readable])
        signing.connect()
        # SQLite drops a trigger when it rebuilds its table, so every migrate brings them back.
        pre_migrate.connect(guards.make_way, sender=self, dispatch_uid="registry.guards")
        post_migrate.connect(guards.install_after_migrate, sender=self, dispatch_uid="registry.guards")
