"""Sending in a claim of hours: the same on the learner's phone and on the manager's desk."""

from django.db import transaction
from django.forms import BaseFormSet
from django.http import HttpRequest

from courses import recognising
from courses.forms.claiming import ClaimForm, ItemForm, ItemFormSet, categories
from lms.jobs.errors import DomainError
from lms.registry.models import Membership, Person, Purpose
from lms.registry.scanning import keep_scan

#: The form, its rows, what was refused, and the status to answer with; without a form it was sent.
Sent = tuple[ClaimForm | None, BaseFormSet[ItemForm], DomainError | None, int]


def send(request: HttpRequest, by: Membership, person: Person | None) -> Sent:
    """The empty form, or what became of the one that was sent; without a person nothing is sent."""
    posted = request.method == "POST"
    form = ClaimForm(request.POST if posted else None, request.FILES if posted else None)
    rows = ItemFormSet(request.POST if posted else None, prefix="items", form_kwargs={"categories": categories()})
    if not posted:
        return form, rows, None, 200
    if not all((form.is_valid(), rows.is_valid(), person is not None)):
        return form, rows, None, 422
    assert person is not None
    given = form.cleaned_data
    try:
        with transaction.atomic():
            recognising.claim(
                by=by,
                person=person,
                source=given["source"],
                title=given["title"],
                organiser=given["organiser"],
                evidence=keep_scan(given["evidence"], purpose=Purpose.EVIDENCE, owner=by.user),
                stretches=[row.stretch for row in rows.forms if row.has_changed()],
            )
    except DomainError as refusal:
        return form, rows, refusal, 409
    return None, rows, None, 302
