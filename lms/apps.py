"""The platform itself: commands that need every app, and the wiring between them."""

from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"

    def ready(self) -> None:
        from lms import wiring

        wiring.connect()
