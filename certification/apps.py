"""WHAT IT ENTITLES TO: standards, assessments, qualifications, certificates, verification."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self) -> None:
        from certification import guards

        guards.register()
