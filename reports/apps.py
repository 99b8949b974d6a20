"""WHAT IT ADDS UP TO: rates, targets, ratings, exports. Reads everything, is read by nobody."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = pgettext_lazy("room", "Reports")

    def ready(self) -> None:
        from lms.registry import access as registry_access
        from lms.registry import noticing
        from reports import access, guards, reminding

        guards.register()
        noticing.WORDINGS.update(reminding.WORDINGS)
        registry_access.READABLE.append(access.readable_files)
