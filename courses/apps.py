"""WHAT WAS LEARNT: catalogue pages, courses, runs, attendance, hour entries, training years."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from courses import access, guards, wording
        from lms.registry import access as registry_access

        guards.register()
        wording.register()
        registry_access.READABLE.append(access.readable_files)
