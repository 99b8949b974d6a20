"""How pages about accounts call a device: ``{% load devices %}``."""

import re

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

#: The first that fits counts: browsers claim to be one another.
BROWSERS = (
    ("MicroMessenger", gettext_lazy("WeChat")),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("HuaweiBrowser", gettext_lazy("Huawei browser")),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


@register.simple_tag
def device_name(agent: str) -> str:
    """``{% device_name device.agent %}``: "Chrome · Android", or that the device is unknown."""
    found = [next((name for pattern, name in kinds if re.search(pattern, agent)), "") for kinds in (BROWSERS, SYSTEMS)]
    return " · ".join(str(name) for name in found if name) or _("Unknown device")
