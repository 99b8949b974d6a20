"""WHAT IT ENTITLES TO: standards, assessments, qualifications, certificates, verification."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self) -> None:
        from certification import access, guards, reminding
        from certification import erasing as erased_here
        from lms.registry import access as registry_access
        from lms.registry import erasing, noticing

        guards.register()
        erasing.BLANKED.update(erased_here.BLANKED)
        erasing.STILL_OPEN.append(erased_here.still_open)
        registry_access.READABLE.append(access.readable_files)
        noticing.WORDINGS.update(reminding.WORDINGS)
