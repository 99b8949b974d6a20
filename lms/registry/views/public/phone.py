"""Signing in with a code by text message, and activating an account with one."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import activating, signing, sms, texting
from lms.registry.errors import refuse
from lms.registry.forms.signing import ActivateForm, CodeForm, FirstPasswordForm, PhoneForm, add_refusal
from lms.registry.middleware import address_of
from lms.registry.models import CodePurpose, Person, PhoneCode, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: What a visitor's session knows on the way: the code asked for, the number as shown, where to go, who proved herself.
CODE, SHOWN, NEXT, PROVEN = "code", "code_to", "code_next", "activating"


class CodeAsked(HttpResponseRedirect):
    """Leads on at once; the message goes out when the answer has been sent.

    So a number that is known and one that is not take the same time.
    """

    def __init__(self, name: str, pk: UUID) -> None:
        super().__init__(reverse(name))
        self.pk = pk

    def close(self) -> None:
        super().close()
        texting.deliver(self.pk)


def keep(request: HttpRequest, code: PhoneCode, number: str) -> None:
    """Only the browser that asked for a code can use it."""
    request.session[f"{CODE}_{code.purpose}"] = str(code.pk)
    request.session[SHOWN] = sms.masked(number)


def asked(request: HttpRequest, purpose: CodePurpose) -> str | None:
    """The code this browser asked for."""
    kept: str | None = request.session.get(f"{CODE}_{purpose}")
    return kept


def code_page(request: HttpRequest, form: forms.Form, back: str, **context: Any) -> HttpResponse:
    """The page that asks for a code; `back` is where another one can be asked for."""
    shown = {"form": form, "shown": request.session.get(SHOWN, ""), "back": reverse(back)}
    return render(request, "registry/code.html", {**shown, "failing": texting.failing(), **context})


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def sign_in_by_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code to sign in with."""
    if request.user.is_authenticated:
        return redirect("home_of_role")
    if not sms.offered():
        raise refuse("sms_off")
    form = PhoneForm(request.POST or None)
    if request.method == "GET":
        request.session[NEXT] = request.GET.get("next", "")
    elif form.is_valid():
        number = form.cleaned_data["number"]
        try:
            code = signing.ask_code(number=number, address=address_of(request))
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            keep(request, code, number)
            return CodeAsked("sign_in_code", code.pk)
    return render(request, "registry/sign_in_by_code.html", {"form": form, "failing": texting.failing()})


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Use that code."""
    if request.user.is_authenticated:
        return redirect("home_of_role")
    pk = asked(request, CodePurpose.SIGN_IN)
    if pk is None:
        return redirect("sign_in_by_code")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = signing.use_code(pk=pk, typed=form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal, "code")
        else:
            return enter(request, user)
    return code_page(request, form, "sign_in_by_code", activating=False)


def enter(request: HttpRequest, user: User) -> HttpResponse:
    """Sign `user` in and lead on to where she was going."""
    to = request.session.get(NEXT) or ""
    login(request, user, backend=BACKEND)
    for key in (NEXT, SHOWN, PROVEN, *(f"{CODE}_{purpose}" for purpose in CodePurpose)):
        request.session.pop(key, None)
    safe = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(to if safe else resolve_url(settings.LOGIN_REDIRECT_URL))


# --- Activation -----------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("number", "tail")
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Step 1: who one is. Nobody learns here who is in the register."""
    if request.user.is_authenticated:
        return redirect("home_of_role")
    if not sms.offered():
        raise refuse("sms_off")
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, tail = form.cleaned_data["number"], form.cleaned_data["tail"]
        try:
            code = activating.ask_code(number=number, tail=tail, address=address_of(request))
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            keep(request, code, number)
            return CodeAsked("activate_code", code.pk)
    return render(request, "registry/activate.html", {"form": form, "failing": texting.failing()})


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def activate_code(request: HttpRequest) -> HttpResponse:
    """Step 2: the code that came to the phone on record."""
    pk = asked(request, CodePurpose.ACTIVATE)
    if pk is None or request.user.is_authenticated:
        return redirect("activate")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = activating.use_code(pk=pk, typed=form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal, "code")
        else:
            request.session.cycle_key()
            request.session[PROVEN] = str(person.pk)
            return redirect("activate_password")
    return code_page(request, form, "activate", activating=True)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def activate_password(request: HttpRequest) -> HttpResponse:
    """Step 3: a password, or none; then the account is there and one is signed in."""
    proven = request.session.get(PROVEN)
    person = Person.objects.filter(pk=proven).first() if proven and not request.user.is_authenticated else None
    if person is None:
        return redirect("activate")
    without = "without" in request.POST
    form = FirstPasswordForm(None if without else request.POST or None)
    if request.method == "POST" and (without or form.is_valid()):
        try:
            password = "" if without else form.cleaned_data["password1"]
            return enter(request, activating.activate(person=person, password=password))
        except ValidationError as weak:
            form.add_error("password1", weak)
        except DomainError as refusal:
            if without:
                raise
            add_refusal(form, refusal)
    return render(request, "registry/activate_password.html", {"form": form, "person": person})
