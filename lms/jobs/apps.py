"""Durable background jobs: one row is the truth, Celery only nudges."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "lms.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        # Handlers stand in every app's tasks.py; pages and commands need them as much as the worker.
        autodiscover_modules("tasks")
