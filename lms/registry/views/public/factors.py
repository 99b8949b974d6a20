"""The second factor: giving it at sign-in, setting one up, taking one away."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.jobs.errors import DomainError
from lms.registry import securing, signing
from lms.registry.forms.signing import FactorForm, NewPasskeyForm, PasskeyForm, add_refusal
from lms.registry.models import User
from lms.registry.views.public.account import actor_of, confirmed, owner_of

#: The secret of an authenticator app that has not shown yet that it has it.
SECRET = "totp_secret"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Give one's second factor: a code of the app, a recovery code, or a passkey."""
    user = owner_of(request)
    if request.session.get(securing.FACTOR) == securing.PASSED or not securing.has_factor(user):
        return redirect("home_of_role")
    by_passkey = "credential" in request.POST
    form: forms.Form = (PasskeyForm if by_passkey else FactorForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if by_passkey:
                securing.pass_passkey(user, form.cleaned_data["credential"])
            else:
                securing.pass_code(user, form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            securing.mark_passed(request.session)
            signing.confirm(request)
            return redirect("home_of_role")
    kinds = {row.type for row in securing.factors(user)}
    passkeys = securing.begin_passing(user) if "webauthn" in kinds else None
    context = {"form": form if not by_passkey else FactorForm(), "passkey_form": PasskeyForm(), "options": passkeys}
    refused = form.non_field_errors() if by_passkey else []
    return render(request, "registry/second_factor.html", {**context, "refused": refused, "by_app": "totp" in kinds})


@require_safe
@never_cache
@login_required
def set_up(request: HttpRequest) -> HttpResponse:
    """For a role that needs a second factor: which one shall it be?"""
    if securing.has_factor(owner_of(request)):
        return redirect("account")
    return render(request, "registry/second_factor_setup.html")


def barred_until_passed(request: HttpRequest) -> HttpResponse | None:
    """Whoever still owes her second factor may not add another one instead."""
    owes = request.session.get(securing.FACTOR) != securing.PASSED and securing.has_factor(owner_of(request))
    return redirect("second_factor") if owes else None


def added(request: HttpRequest, user: User) -> HttpResponse:
    """After adding one: this session has proven it, the others end, and recovery codes come with the first."""
    securing.mark_passed(request.session)
    signing.end_sessions(user, but=request.session.session_key)
    messages.success(request, _("From now on you are asked for it when you sign in."))
    return redirect("account" if securing.recovery_codes_left(user) else "recovery_codes")


@never_cache
@login_required
@confirmed
@require_http_methods(["GET", "POST"])
def totp(request: HttpRequest) -> HttpResponse:
    """An authenticator app: read the QR code, type what the app shows."""
    user = owner_of(request)
    if (first := barred_until_passed(request)) is not None:
        return first
    secret = request.session.get(SECRET) or securing.new_secret()
    request.session[SECRET] = secret
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            securing.add_totp(by=actor_of(request), user=user, secret=secret, typed=form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal, "code")
        else:
            del request.session[SECRET]
            return added(request, user)
    context = {"form": form, "picture": securing.picture_of(user, secret), "secret": grouped(secret)}
    return render(request, "registry/factor_totp.html", context)


def grouped(secret: str) -> str:
    """A secret as people copy it by hand: four characters at a time."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


@never_cache
@login_required
@confirmed
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """A passkey: the browser makes it, with a fingerprint, a face, a PIN or a key that is plugged in."""
    user = owner_of(request)
    if (first := barred_until_passed(request)) is not None:
        return first
    form = NewPasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = form.cleaned_data
        try:
            securing.add_passkey(by=actor_of(request), user=user, name=told["name"], credential=told["credential"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return added(request, user)
    context = {"form": form, "options": securing.begin_passkey(user)}
    return render(request, "registry/factor_passkey.html", context | _by_numbers(request))


def _by_numbers(request: HttpRequest) -> dict[str, Any]:
    """`by_numbers`: the site was asked for by an IP address, for which browsers make no passkey (WebAuthn: a relying
    party is a domain name). `by_name`: this page under a name, where we know one: on the machine of a developer.
    """
    address = urlsplit(request.build_absolute_uri())
    try:
        ip_address(address.hostname or "")
    except ValueError:
        return {"by_numbers": False}
    port = f":{address.port}" if address.port else ""
    return {"by_numbers": True, "by_name": f"http://localhost{port}{request.path}" if settings.DEBUG else ""}


@never_cache
@login_required
@confirmed
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make ten new recovery codes; they are shown this once."""
    user = owner_of(request)
    if not securing.has_factor(user):
        return redirect("account")
    if (first := barred_until_passed(request)) is not None:
        return first
    codes = securing.new_recovery_codes(by=actor_of(request), user=user) if request.method == "POST" else []
    context = {"codes": codes, "left": 0 if codes else securing.recovery_codes_left(user)}
    return render(request, "registry/recovery_codes.html", context)


@require_POST
@never_cache
@login_required
@confirmed
def remove(request: HttpRequest) -> HttpResponseRedirect:
    """Take one factor away."""
    securing.remove(
        by=actor_of(request),
        user=owner_of(request),
        pk=request.POST.get("factor", ""),
        memberships=request.memberships,  # type: ignore[attr-defined]
    )
    messages.success(request, _("Removed."))
    return redirect("account")
