"""Signing in and out, one's roles, one's password, and files that only some may have."""

import hashlib
from typing import Any
from uuid import UUID

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.registry import access, auditing, signing, sms
from lms.registry.access import acting_of
from lms.registry.errors import refuse
from lms.registry.forms.signing import SignInForm
from lms.registry.middleware import ACTING
from lms.registry.models import Membership, PrivateFile
from lms.registry.views.public.account import confirm_first

#: Where each audience begins its day.
HOMES = {
    "bureau": "bureau_home",
    "institution": "institution_home",
    "centre": "centre_home",
    "learner": "my_home",
    "cms": "wagtailadmin_home",
}
CHUNK = 1 << 20


class SignIn(auth_views.LoginView):
    """Name or phone, and password; axes counts an account's failures, `signing.take_try` those of an address."""

    template_name = "registry/sign_in.html"
    form_class = SignInForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            # Not to `next`: Wagtail sends whoever may not edit here, and would do so again.
            return redirect("home_of_role")
        if request.method == "POST":
            self.counted = signing.take_try(request)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        self.counted.delete()
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(by_phone=sms.offered(), **kwargs)


sign_in = SignIn.as_view()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session; by POST only, so that no link can do it to somebody."""
    return auth_views.LogoutView.as_view()(request)


@never_cache
@login_required
def home_of_role(request: HttpRequest) -> HttpResponse:
    """To the desk of the role one acts in; an account without any role is told so."""
    acting: Membership | None = request.acting  # type: ignore[attr-defined]
    if acting is None:
        return render(request, "registry/no_role.html", status=403)
    return redirect(HOMES[acting.audience])


@require_POST
@login_required
def switch_membership(request: HttpRequest) -> HttpResponse:
    """Act in another of one's own roles from now on."""
    memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
    wanted = next((row for row in memberships if str(row.pk) == request.POST.get("membership")), None)
    if wanted is None:
        raise refuse("not_found")
    request.session[ACTING] = wanted.pk
    return redirect("home_of_role")


class PasswordChange(auth_views.PasswordChangeView):
    """A new password for oneself; the old one is asked for where there is one, other sessions end."""

    template_name = "registry/password_change.html"
    success_url = reverse_lazy("password_change")
    extra_context = {"changed": False}

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = self.request.user
        if user.is_authenticated and not user.has_usable_password() and not signing.is_confirmed(self.request):
            return confirm_first(self.request)
        return super().dispatch(*args, **kwargs)

    def get_form_class(self) -> Any:
        user = self.request.user
        # An account that was activated without a password has no old one to ask for.
        return PasswordChangeForm if user.is_authenticated and user.has_usable_password() else SetPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        acting = acting_of(self.request)
        with transaction.atomic():
            super().form_valid(form)
            auditing.record(acting, "account.password", acting.user)
            signing.end_sessions(acting.user, but=self.request.session.session_key)
        return render(self.request, self.template_name, {"changed": True})


password_change = PasswordChange.as_view()


@require_safe
@never_cache
@login_required
def private_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One private file as a download, proven by its hash; that it was read is recorded."""
    acting = acting_of(request)
    row = access.private_file(acting, pk)
    if digest_of(row) != row.sha256:
        raise refuse("file_damaged")
    with transaction.atomic():
        auditing.record(acting, "file.read", row)
    answer = FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def digest_of(row: PrivateFile) -> str:
    """SHA-256 of what lies on the disk; of nothing, when it is gone."""
    digest = hashlib.sha256()
    try:
        with row.file.open("rb") as stored:
            for chunk in iter(lambda: stored.read(CHUNK), b""):
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()
