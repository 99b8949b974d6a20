"""WHAT IT ADDS UP TO: rates, targets, ratings, exports. Reads everything, is read by nobody."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = pgettext_lazy("room", "Reports")

    def ready(self) -> None:
        from reports import guards

        guards.register()
