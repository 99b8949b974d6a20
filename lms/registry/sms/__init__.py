"""Text messages, through whichever gateway the setting SMS_BACKEND names.

A gateway is a module of this package with one function, `send(message)`. It raises `SmsFailed` with the
gateway's own code when the message was refused, and lets OSError through when nobody answered.
"""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

GATEWAYS = ("console", "file", "aliyun", "tencent")
#: No gateway: signing in and activating by phone are not offered.
OFF = "off"


class SmsFailed(Exception):
    """The gateway took no message; `code` is what it said, without any number."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Message:
    """One message to a mobile number of mainland China; without `code`: that there is an account already."""

    number: str
    code: str = ""

    @property
    def text(self) -> str:
        """What the reader gets where no template of a gateway words it, in the site's language."""
        with translation.override(settings.LANGUAGE_CODE):
            if not self.code:
                return _("You have an account already. Please sign in with a code or your password.")
            return _("Your code is %(code)s, valid for 5 minutes. Don't tell it to anybody.") % {"code": self.code}


def offered() -> bool:
    """Whether there is a gateway at all."""
    return bool(settings.SMS_BACKEND != OFF)


def send(message: Message) -> None:
    """Hand `message` to the gateway."""
    import_module(f"lms.registry.sms.{settings.SMS_BACKEND}").send(message)


def masked(number: str) -> str:
    """138****1234."""
    return f"{number[:3]}****{number[-4:]}"
