"""An officer's acts on who a person is: documents, her name, another record of hers, and learners without a post."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import access, admitting, deduplicating, documenting, naming
from lms.registry.access import only
from lms.registry.errors import refuse
from lms.registry.finding import look_up
from lms.registry.forms import LookUpForm
from lms.registry.forms.people import DocumentEndForm, DocumentForm, LearnerForm, NameForm
from lms.registry.keeping import keep_document
from lms.registry.models import IdentityDocument, Person, PrivateFile, Purpose, Role

OFFICER = (Role.BUREAU_OFFICER,)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*OFFICER)
def document_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more document of a person."""
    acting = access.acting_of(request)
    person = access.one(access.people(acting), pk=pk)
    form = DocumentForm(request.POST or None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            documenting.add_document(
                by=acting,
                person=person,
                document=typed["document"],
                valid_from=typed["valid_from"],
                valid_until=typed["valid_until"],
            )
        except DomainError as error:
            return _form_page(request, gettext_lazy("Add a document"), form, person, refused=error)
        messages.success(request, _("The document is on record. She is found by it from now on."))
        return redirect("bureau_person", pk=pk)
    return _form_page(request, gettext_lazy("Add a document"), form, person)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*OFFICER)
def document_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A document that is valid no longer; it stays on record."""
    acting = access.acting_of(request)
    people = access.people(acting).order_by().values("pk")
    document = access.one(IdentityDocument.objects.filter(person__in=people).select_related("person"), pk=pk)
    form = DocumentEndForm(request.POST or None)
    title = gettext_lazy("A document is valid no longer")
    lead = f"{document.get_kind_display()} {document.masked}"
    if form.is_valid():
        try:
            documenting.end_document(by=acting, document=document, **form.cleaned_data)
        except DomainError as error:
            return _form_page(request, title, form, document.person, refused=error, lead=lead)
        messages.success(request, _("Recorded. She is still found by it."))
        return redirect("bureau_person", pk=document.person_id)
    return _form_page(request, title, form, document.person, lead=lead)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*OFFICER)
def name_change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new name, with the scan that proves it."""
    acting = access.acting_of(request)
    person = access.one(access.people(acting), pk=pk)
    posted = request.method == "POST"
    form = NameForm(request.POST, request.FILES) if posted else NameForm()
    title = gettext_lazy("Change the name")
    if form.is_valid():
        typed = form.cleaned_data
        scan: PrivateFile | None = None
        try:
            with transaction.atomic():
                scan = keep_document(typed["evidence"], purpose=Purpose.EVIDENCE, owner=acting.user)
                naming.change_name(by=acting, person=person, name=typed["name"], reason=typed["reason"], evidence=scan)
        except DomainError as error:
            if scan is not None:  # its row went with the transaction
                scan.file.delete(save=False)
            return _form_page(request, title, form, person, refused=error)
        messages.success(request, _("The new name counts from now on; the old one still finds her."))
        return redirect("bureau_person", pk=pk)
    return _form_page(request, title, form, person)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*OFFICER)
def same_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another record of the same person, found by its document: the two go to the queue, to be compared."""
    acting = access.acting_of(request)
    person = access.one(access.people(acting), pk=pk)
    form = LookUpForm(request.POST or None)
    title = gettext_lazy("Another record of this person")
    if form.is_valid():
        typed = form.cleaned_data
        try:
            other = look_up(by=acting, document=typed["document"], purpose=typed["purpose"])
            if other is None:
                raise refuse("not_found")
            deduplicating.name_pair(by=acting, one=person, other=other)
        except DomainError as error:
            return _form_page(request, title, form, person, refused=error)
        messages.success(request, _("The two records wait in the queue. Compare them there."))
        return redirect(f"{reverse('bureau_duplicates')}?likeness=document")
    return _form_page(request, title, form, person)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*OFFICER)
def learner_new(request: HttpRequest) -> HttpResponse:
    """Somebody who learns without being employed anywhere."""
    acting = access.acting_of(request)
    form = LearnerForm(request.POST or None)
    title = gettext_lazy("Register a learner")
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("name", "document", "phone", "consent")}
        try:
            person = admitting.admit_learner(by=acting, **typed)
        except DomainError as error:
            return _form_page(request, title, form, refused=error)
        if access.people(acting).filter(pk=person.pk).exists():
            messages.success(request, _("She is registered and can be enrolled."))
            return redirect("bureau_person", pk=person.pk)
        messages.info(request, _("She is registered already, in another region, and can be enrolled."))
        return redirect("bureau_people")
    return _form_page(request, title, form)


def _form_page(
    request: HttpRequest,
    title: str | Promise,
    form: Form,
    person: Person | None = None,
    refused: DomainError | None = None,
    lead: str = "",
) -> HttpResponse:
    """The one form of an act: as asked for, with errors (422), or refused (409) with what was typed."""
    context: dict[str, Any] = {"title": title, "form": form, "person": person, "refused": refused, "lead": lead}
    status = 409 if refused else 422 if request.method == "POST" else 200
    return render(request, "registry/identity_form.html", context, status=status)
