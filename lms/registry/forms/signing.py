"""What signing in, activating and securing an account ask for."""

import re
import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, SetPasswordMixin
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.jobs.errors import DomainError
from lms.registry import signing
from lms.registry.rosters.values import parse_phone

MOBILE = re.compile(r"1\d{10}")
_ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


def mobile(typed: str) -> str:
    """The 11 digits of a mobile number of mainland China, however it is typed; "" for anything else."""
    try:
        number = parse_phone(typed)
    except DomainError:
        return ""
    return number if MOBILE.fullmatch(number) else ""


def add_refusal(form: forms.Form, refusal: DomainError, field: str | None = None) -> None:
    """Show a verb's refusal in the form, beside `field` where it is about one."""
    form.add_error(field, forms.ValidationError(f"{refusal} ({refusal.code})", code=refusal.code))


class SignInForm(AuthenticationForm):
    """User name or phone, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name or phone number")

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"])
        return signing.username_of(typed, mobile(typed))


class PhoneForm(forms.Form):
    """A mobile number that can get a code."""

    number = forms.CharField(
        label=pgettext_lazy("sign-in", "Phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_number(self) -> str:
        number = mobile(self.cleaned_data["number"])
        if not number:
            raise forms.ValidationError(_("Type the 11 digits of a mobile number."), code="phone_unreadable")
        return number


class ActivateForm(PhoneForm):
    """Who somebody is: the phone on record and the end of her document number."""

    tail = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = _("The number that your institution entered for you.")
        label = _("Last %(count)s characters of your ID number") % {"count": settings.ACTIVATION_DIGITS}
        self.fields["tail"].label = label

    def clean_tail(self) -> str:
        tail = unicodedata.normalize("NFKC", self.cleaned_data["tail"]).replace(" ", "").upper()
        if len(tail) != settings.ACTIVATION_DIGITS:
            wanted = _("Type the last %(count)s characters, an X included.") % {"count": settings.ACTIVATION_DIGITS}
            raise forms.ValidationError(wanted, code="tail_length")
        return tail


class CodeForm(forms.Form):
    """The code that came by text message."""

    code = forms.CharField(
        label=_("Code from the text message"), max_length=12, widget=forms.TextInput(attrs=_ONE_TIME)
    )

    def clean_code(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["code"]).replace(" ", "")


class FirstPasswordForm(SetPasswordMixin, forms.Form):
    """A password for a new account, which may also do without."""

    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=pgettext_lazy("sign-in", "Password"), label2=_("Password again")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = password_validators_help_text_html()

    def clean(self) -> dict[str, Any]:
        self.validate_passwords()
        return super().clean() or {}


class FactorForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(label=_("Six digits from the app"), max_length=20, widget=forms.TextInput(attrs=_ONE_TIME))


class PasskeyForm(forms.Form):
    """What the browser answers about a passkey: a JSON object that scripts put in."""

    credential = forms.JSONField(widget=forms.HiddenInput)


class NewPasskeyForm(PasskeyForm):
    """A passkey and what to call it."""

    name = forms.CharField(
        label=_("What to call it"), help_text=_("For example the phone or key it lies on."), max_length=60
    )


class ConfirmForm(forms.Form):
    """The password again, before something about signing in changes."""

    password = forms.CharField(
        label=pgettext_lazy("sign-in", "Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
