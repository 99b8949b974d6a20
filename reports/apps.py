"""WHAT IT ADDS UP TO: rates, targets, ratings, exports. Reads everything, is read by nobody."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from reports import guards

        guards.register()
