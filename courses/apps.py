"""WHAT WAS LEARNT: catalogue pages, courses, runs, attendance, hour entries, training years."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from courses import access, guards, wording
        from courses import erasing as erased_here
        from lms.registry import access as registry_access
        from lms.registry import erasing

        guards.register()
        wording.register()
        erasing.BLANKED.update(erased_here.BLANKED)
        registry_access.READABLE.append(access.readable_files)
