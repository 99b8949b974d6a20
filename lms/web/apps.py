from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """The look: base templates, components, static files, template tags. No models."""

    name = "lms.web"
    label = "web"
    verbose_name = _("Look and components")
