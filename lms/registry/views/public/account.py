"""One's own account: how one signs in, on which devices one is signed in, which roles one has."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.jobs.errors import DomainError
from lms.registry import securing, signing, sms
from lms.registry.forms.signing import CodeForm, ConfirmForm, PhoneForm, add_refusal
from lms.registry.middleware import address_of
from lms.registry.models import AccountPhone, CodePurpose, Membership, User
from lms.registry.views.public import phone as by_phone

Page = Callable[..., HttpResponse]


def owner_of(request: HttpRequest) -> User:
    """Whose account this is."""
    assert isinstance(request.user, User)
    return request.user


def actor_of(request: HttpRequest) -> Membership | User:
    """Who acts on her own account; that needs no role."""
    acting: Membership | None = request.acting  # type: ignore[attr-defined]
    return acting or owner_of(request)


def confirm_first(request: HttpRequest) -> HttpResponse:
    """To proving who one is, and back."""
    return redirect(f"{reverse('account_confirm')}?{urlencode({'next': request.get_full_path()})}")


def confirmed(view: Page) -> Page:
    """For pages that change how one signs in: whoever signed in a while ago proves once more who she is."""

    @wraps(view)
    def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not signing.is_confirmed(request):
            return confirm_first(request)
        return view(request, *args, **kwargs)

    return asked_first


@require_safe
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Everything about one's account on one page."""
    user = owner_of(request)
    number = AccountPhone.objects.filter(user=user).first()
    context = {
        "number": sms.masked(number.number) if number else "",
        "by_phone": sms.offered(),
        "devices": signing.devices(user, request.session.session_key),
        "factors": securing.factors(user),
        "codes_left": securing.recovery_codes_left(user),
        "needed": securing.needs_factor(request.memberships),  # type: ignore[attr-defined]
    }
    return render(request, "registry/account.html", context)


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove once more who one is: by password; an account without one signs in anew."""
    user = owner_of(request)
    to = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure()):
        to = reverse("account")
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        counted = signing.take_try(request)
        if user.check_password(form.cleaned_data["password"]):
            counted.delete()
            signing.confirm(request)
            return redirect(to)
        form.add_error("password", _("This is not your password."))
    return render(request, "registry/confirm.html", {"form": form, "next": to})


@never_cache
@login_required
@confirmed
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Another number to sign in with: a code is sent to it."""
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        try:
            code = signing.ask_change(user=owner_of(request), number=number, address=address_of(request))
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            by_phone.keep(request, code, number)
            return by_phone.CodeAsked("account_phone_code", code.pk)
    return render(request, "registry/account_phone.html", {"form": form})


@never_cache
@login_required
@confirmed
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def phone_code(request: HttpRequest) -> HttpResponse:
    """The code that came to the new number; every other session ends."""
    pk = by_phone.asked(request, CodePurpose.CHANGE)
    if pk is None:
        return redirect("account_phone")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = owner_of(request)
        session = request.session.session_key or ""
        try:
            signing.change_phone(
                by=actor_of(request), user=user, pk=pk, typed=form.cleaned_data["code"], session=session
            )
        except DomainError as refusal:
            add_refusal(form, refusal, "code")
        else:
            messages.success(request, _("You sign in with this number from now on."))
            return redirect("account")
    return by_phone.code_page(request, form, "account_phone")


@require_POST
@never_cache
@login_required
def devices_end(request: HttpRequest) -> HttpResponseBase:
    """Sign out another device of one's own, or all of them."""
    ended = signing.sign_out_devices(
        by=actor_of(request),
        user=owner_of(request),
        session=request.session.session_key or "",
        handle=request.POST.get("device"),
    )
    messages.success(request, _("Signed out there.") if ended else _("Nobody was signed in there any more."))
    return redirect("account")
