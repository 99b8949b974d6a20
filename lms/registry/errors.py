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
    ROSTER_NOT_IMPORTED = "roster_not_imported", _("This roster has not been imported, or not to its end yet.")
    ROSTER_UNDONE = "roster_undone", _("The import of this roster has been undone, or is being undone.")
    LEAVERS_DAY = "leavers_day", _("Give the day the leavers are no longer on post: today or earlier.")
    LEAVERS_MANY = "leavers_many", _("More than one in five would leave. Confirm that the list is complete.")
    CASE_ELSEWHERE = "case_elsewhere", _("Another region keeps a case under this number.")
    FILE_DAMAGED = "file_damaged", _("The stored file is no longer what was uploaded, so it is not handed out.")
    FILE_TYPE = "file_type", _("The file must be a PDF, JPEG or PNG.")
    POST_ENDED = "post_ended", _("This post has ended already.")
    POST_DATES = "post_dates", _("A post ends between the day it began and today.")
    CODE_WRONG = "code_wrong", _("This code is wrong or no longer valid. Type the newest one, or ask for another.")
    CODE_TOO_SOON = "code_too_soon", _("A code was asked for less than a minute ago. Wait a moment.")
    CODE_TOO_OFTEN = "code_too_often", _("Codes were asked for too often. Try again tomorrow, or ask for help.")
    SMS_OFF = "sms_off", _("No text messages are sent here. Sign in with your password.")
    SMS_FAILED = "sms_failed", _("Text messages are not getting through at present. Try again in a few minutes.")
    PHONE_TAKEN = "phone_taken", _("Another account signs in with this number.")
    ACCOUNT_EXISTS = "account_exists", _("You have an account already. Please sign in.")
    FACTOR_WRONG = "factor_wrong", _("That did not match. Try the next code, or another way.")
    FACTOR_NEEDED = "factor_needed", _("Your role needs a second factor. Add another one before removing this.")
    SIGN_IN_TRIES = "too_many_tries", _("Too many tries. Wait 15 minutes.")
    PURPOSE_MISSING = "purpose_missing", _("Say what it is for.")
    CONSENT_MISSING = "consent_missing", _("The person must consent first.")
    TOO_MANY_QUERIES = "too_many_queries", _("Too many checks within one hour. Try again later, or send a file.")
    TOO_MANY_ROWS = "too_many_rows", _("The file has more than 500 people. Split it.")
    QUERY_STATE = "query_state", _("This check is no longer waiting. Load the page again.")
    NOTHING_TO_SHOW = "nothing_to_show", _("There is nothing of this kind on record.")
    CORRECTION_STATE = "correction_state", _("This request is no longer open. Load the page again.")
    TOO_MANY_REQUESTS = "too_many_requests", _("Five requests are open already. Wait for an answer to one of them.")
    ANSWER_MISSING = "answer_missing", _("Write an answer.")
    KEY_MISSING = "key_missing", _("FIELD_KEYS lacks a key that some values are sealed under. Put it back.")
    FILE_ERASED = "file_erased", _("This file was removed when its time was up, or with a person's data.")
    ERASURE_ON_POST = "erasure_on_post", _("The person is on post. Her data are needed as long as she works.")
    ERASURE_BARRED = "erasure_barred", _("A ban on this person stands or is waiting. It must stay findable.")
    ERASURE_OPEN = "erasure_open", _("Something about this person is still open. Finish it first.")
    ERASURE_STATE = "erasure_state", _("This proposal is no longer waiting. Load the page again.")
    PERSON_ERASED = "person_erased", _("The data of this person were erased.")
    LEAVE_KIND = "leave_kind", _("This kind of leave is not recorded here.")
    LEAVE_DATES = "leave_dates", _("Leave begins on or after the first day of the post and ends after it begins.")
    LEAVE_OVERLAPS = "leave_overlaps", _("She is away on these days already. End or correct that leave first.")
    LEAVE_ENDED = "leave_ended", _("This leave has ended already.")
    SUSPENSION_TERM = "suspension_term", _("A suspension lasts 30 days at most; it can be renewed before it is over.")
    SUSPENSION_STANDS = "suspension_stands", _("This person is suspended. End the suspension first.")
    PROBATION_DATES = "probation_dates", _("Probation and contract end after the post began.")
    MANAGER_UNFIT = "manager_unfit", _("A direct manager is somebody else on post at the same institution.")
    MANAGER_CIRCLE = "manager_circle", _("This would make somebody the manager of her own manager.")
    TITLE_MISSING = "title_missing", _("Give a title.")
    DAY_AHEAD = "day_ahead", _("This day has not come yet.")
    CLASS_EXISTS = "class_exists", _("A class of this name is open already.")
    CLASS_CLOSED = "class_closed", _("This class was closed, or was not open yet, on that day.")
    CLASS_DATES = "class_dates", _("A class is closed between the day it opened and today.")
    FILING_STATE = "filing_state", _("This step does not lead on from where the filing stands. Load the page again.")
    FILING_DATES = "filing_dates", _("A step of the filing takes effect today or earlier.")
    FILING_NUMBER_MISSING = "filing_number_missing", _("Give the filing number.")
    INSTITUTION_CLOSED = "institution_closed", _("This institution is suspended or closed: nobody new comes on post.")
    FILTER_NAME = "filter_name", _("Give the filter a name of at most 30 characters.")
    FILTER_EMPTY = "filter_empty", _("Choose something in the filter first.")
    FILTERS_MANY = "filters_many", _("You keep 20 filters for this list already. Drop one first.")
    CLASS_ELSEWHERE = "class_elsewhere", _("Class and post belong to different institutions.")
    MERGED_RECORD = "merged_record", _("This record was merged into another one of the same person; use that one.")
    MERGE_BARRED = (
        "merge_barred",
        _(
            "A ban on one of the two stands or is proposed, so they stay two records. If they are one person,"
            " propose a ban on the other record in the same case, so that both are barred."
        ),
    )
    MERGE_FINAL = "merge_final", _("A merge is never changed or deleted, only undone once.")
    MERGE_UNDONE = "merge_undone", _("This merge has been undone already.")
    MERGE_NESTED = "merge_nested", _("The kept record was merged into another one since. Undo that merge first.")
    MERGE_SPENT = (
        "merge_spent",
        _("A certificate issued since stands on the hours of both records. Revoke it first."),
    )
    SAME_RECORD = "same_record", _("Choose two different records.")
    DUPLICATE_DECIDED = "duplicate_decided", _("This pair has been decided on already. Load the page again.")
    DOCUMENT_TAKEN = (
        "document_taken",
        _("This document is on record elsewhere. The bureau will see whether both records are one person."),
    )
    DOCUMENT_DATES = "document_dates", _("A document ends on or after the day it begins.")
    NAME_SAME = "name_same", _("This is the name on record.")
    NAME_EVIDENCE = "name_evidence", _("Add a scan of the paper that proves the new name.")
    NAME_DIFFERS = "name_differs", _("This document is registered under another name. Check both.")


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
