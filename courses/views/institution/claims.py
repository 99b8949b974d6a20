"""Hours that an institution claims for its staff."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, recognising
from courses.views import send
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Person, Post, Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 50


class WhoForm(forms.Form):
    """Whom the hours are claimed for."""

    person = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Whose hours"), to_field_name="id")

    def __init__(self, *args: object, by: Membership, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        here = Post.objects.on(timezone.localdate()).filter(institution=by.institution).values("person_id")
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Person.objects.filter(pk__in=here).order_by("sort_key", "name")


@require_safe
@only(Role.INSTITUTION_MANAGER)
def page(request: HttpRequest) -> HttpResponse:
    """Claims of the staff, also those they sent in themselves, the newest first."""
    by = acting_of(request)
    claims = access.hour_claims(by).prefetch_related("items")
    page = CappedPaginator(claims, PAGE_SIZE).get_page(request.GET.get("page"))
    counted = recognising.counted([item for claim in page for item in claim.items.all()])
    rows = [(claim, [(item, counted.get(item.pk, 0)) for item in claim.items.all()]) for claim in page]
    return render(request, "courses/institution/claims.html", {"rows": rows, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def new(request: HttpRequest) -> HttpResponse:
    """Claim hours for one of the staff."""
    by = acting_of(request)
    who = WhoForm(request.POST if request.method == "POST" else None, by=by, initial={"person": request.GET.get("for")})
    person = who.cleaned_data["person"] if who.is_valid() else None
    form, rows, refusal, status = send(request, by, person)
    if form is None:
        messages.success(request, _("Sent. The bureau decides on each item; you will be told."))
        return redirect("institution_claims")
    context = {"who": who, "form": form, "rows": rows, "refusal": refusal}
    return render(request, "courses/institution/claim_new.html", context, status=status)
