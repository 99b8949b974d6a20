"""Reasons to refuse in the registry. `guarded` turns a trigger's refusal into the same codes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError


class Refusal(models.TextChoices):
    """Code and plain sentence of every refusal of this room."""

    PERSON_BARRED = "person_barred", _("This person is barred from working with young children.")
    NOT_FOUND = "not_found", _("There is nothing here that you may see.")
    NOT_ALLOWED = "not_allowed", _("Your role does not allow this.")
    SAME_PERSON = "same_person", _("A second person must do this, not the one who proposed it.")
    OWN_CASE = "own_case", _("Nobody decides on herself or her own unit.")
    REASON_MISSING = "reason_missing", _("Give a reason.")
    EVIDENCE_MISSING = "evidence_missing", _("Case, legal basis and decision document are all needed.")
    BAN_STATE = "ban_state", _("This ban is no longer in the state you saw. Load the page again.")
    BAN_EXISTS = "ban_exists", _("A ban on this person stands or is waiting already.")
    BAN_FINAL = "ban_final", _("A ban is never changed or deleted, only annulled.")
    IDENTITY_BARRED = "identity_barred", _("Documents of a barred person cannot be moved or deleted.")
    IDENTITY_FIXED = "identity_fixed", _("Kind and number of a document never change; register another document.")
    APPEND_ONLY = "append_only", _("This record is only ever added to, never changed or deleted.")
    ROSTER_UNCHECKED = "roster_unchecked", _("This roster is still being checked. Wait for the preview.")
    ROSTER_EMPTY = "roster_empty", _("No person stands under the header of this roster, so nothing can be imported.")
    ROSTER_USED = "roster_used", _("This roster has been imported already.")
    CASE_ELSEWHERE = "case_elsewhere", _("Another region keeps a case under this number.")
    FILE_DAMAGED = "file_damaged", _("The stored file is no longer what was uploaded, so it is not handed out.")
    FILE_TYPE = "file_type", _("The file must be a PDF, JPEG or PNG.")
    POST_ENDED = "post_ended", _("This post has ended already.")
    POST_DATES = "post_dates", _("A post ends between the day it began and today.")


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)


def sentence_of(code: str) -> str | Promise | None:
    """The sentence of a code a trigger raised, from whichever room has registered it."""
    for choices in REFUSALS:
        if code in choices.values:
            return choices(code).label
    return None


#: Every room's code enum; higher rooms append theirs in their AppConfig.ready.
REFUSALS: list[type[models.TextChoices]] = [Refusal]


@contextmanager
def guarded() -> Iterator[None]:
    """A savepoint whose trigger refusals come out as DomainErrors with the trigger's code."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        code = str(error).partition("guard:")[2].split()[0:1]
        sentence = sentence_of(code[0]) if code else None
        if sentence is None:
            raise
        raise DomainError(code[0], sentence) from error
