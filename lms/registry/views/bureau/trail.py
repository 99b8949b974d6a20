"""The audit trail in words: acts, kinds of subjects, and what changed. What has no word shows its code."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from re import compile as pattern
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy

from lms.registry.models import AuditEntry, DocumentKind, Role
from lms.web.formats import NOTHING, cn_date, cn_datetime
from lms.web.statuses import STATUSES

#: Words for the acts of every room, by their codes; an act without a word here shows its code.
ACTS = {
    "account.activate": pgettext_lazy("act", "Account activated"),
    "account.close": pgettext_lazy("act", "Account closed"),
    "account.devices": pgettext_lazy("act", "Devices signed out"),
    "account.factor_add": pgettext_lazy("act", "Second factor added"),
    "account.factor_remove": pgettext_lazy("act", "Second factor removed"),
    "account.factor_reset": pgettext_lazy("act", "Second factors reset"),
    "account.open": pgettext_lazy("act", "Account opened"),
    "account.password": pgettext_lazy("act", "Password changed"),
    "account.reopen": pgettext_lazy("act", "Account opened again"),
    "account.phone": pgettext_lazy("act", "Sign-in phone changed"),
    "account.recovery_codes": pgettext_lazy("act", "Recovery codes made"),
    "account.recovery_used": pgettext_lazy("act", "Recovery code used"),
    "ban.annul": pgettext_lazy("act", "Ban annulled"),
    "ban.confirm": pgettext_lazy("act", "Ban confirmed"),
    "ban.keep": pgettext_lazy("act", "Annulment turned down"),
    "ban.propose": pgettext_lazy("act", "Ban proposed"),
    "ban.propose_annulment": pgettext_lazy("act", "Annulment of a ban proposed"),
    "ban.reject": pgettext_lazy("act", "Ban turned down"),
    "call_roll": pgettext_lazy("act", "Roll called"),
    "scan_in": pgettext_lazy("act", "Scanned in"),
    "scan_out": pgettext_lazy("act", "Scanned out"),
    "renew_code": pgettext_lazy("act", "Code of a session renewed"),
    "consent_to_place": pgettext_lazy("act", "Consent to noting the place of scans"),
    "open_kiosk": pgettext_lazy("act", "Kiosk opened"),
    "leave_kiosk": pgettext_lazy("act", "Kiosk closed"),
    "cancelled_run": pgettext_lazy("act", "Run cancelled"),
    "check.record": pgettext_lazy("act", "Check recorded"),
    "check.withdraw": pgettext_lazy("act", "Check withdrawn"),
    "class.assign": pgettext_lazy("act", "Staff assigned to a class"),
    "class.close": pgettext_lazy("act", "Class closed"),
    "class.count": pgettext_lazy("act", "Number of children recorded"),
    "class.open": pgettext_lazy("act", "Class opened"),
    "class.release": pgettext_lazy("act", "Staff released from a class"),
    "check_in": pgettext_lazy("act", "Attendance recorded from a scan"),
    "excuse": pgettext_lazy("act", "Absence excused"),
    "reject_attendance": pgettext_lazy("act", "Attendance rejected as false"),
    "follow_suspension": pgettext_lazy("act", "Hours of days of suspension adjusted"),
    "close_session": pgettext_lazy("act", "Session closed"),
    "reopen_session": pgettext_lazy("act", "Session reopened"),
    "propose_correction": pgettext_lazy("act", "Correction of attendance proposed"),
    "reject_correction": pgettext_lazy("act", "Correction of attendance rejected"),
    "correct_attendance": pgettext_lazy("act", "Attendance corrected"),
    "correction.ask": pgettext_lazy("act", "Correction asked for"),
    "correction.decide": pgettext_lazy("act", "Request for correction answered"),
    "credit": pgettext_lazy("act", "Hours credited"),
    "data.copy": pgettext_lazy("act", "Copy of one's own data asked for"),
    "document.update": pgettext_lazy("act", "Identity document updated"),
    "doubt_qualification": pgettext_lazy("act", "Certificate put in doubt"),
    "enrol": pgettext_lazy("act", "Enrolled"),
    "entry.approve": pgettext_lazy("act", "Entry approved"),
    "entry.open": pgettext_lazy("act", "Entry review opened"),
    "entry.return": pgettext_lazy("act", "Entry returned"),
    "entry.submit": pgettext_lazy("act", "Entry submitted"),
    "entry.withdraw": pgettext_lazy("act", "Entry withdrawn"),
    "erasure.decline": pgettext_lazy("act", "Erasure turned down"),
    "erasure.grant": pgettext_lazy("act", "Erasure granted"),
    "erasure.propose": pgettext_lazy("act", "Erasure proposed"),
    "export_institutions": pgettext_lazy("act", "List of institutions exported"),
    "export_rate": pgettext_lazy("act", "Holding rate exported"),
    "export_staff": pgettext_lazy("act", "Staff list exported"),
    "export_hours": pgettext_lazy("act", "Hours of the year exported"),
    "draw_statement": pgettext_lazy("act", "Statement of hours drawn"),
    "set_reminder": pgettext_lazy("act", "Reminder of hours set"),
    "end_reminder": pgettext_lazy("act", "Reminder of hours ended"),
    "file.read": pgettext_lazy("act", "File read"),
    "finished_run": pgettext_lazy("act", "Run finished"),
    "freeze_rate": pgettext_lazy("act", "Holding rate frozen"),
    "institution.filing": pgettext_lazy("act", "Filing changed"),
    "institution.register": pgettext_lazy("act", "Institution registered"),
    "issue_certificate": pgettext_lazy("act", "Certificate issued"),
    "leave.begin": pgettext_lazy("act", "Leave begun"),
    "leave.correct": pgettext_lazy("act", "Leave corrected"),
    "leave.end": pgettext_lazy("act", "Leave ended"),
    "leave.renew": pgettext_lazy("act", "Suspension renewed"),
    "membership.end": pgettext_lazy("act", "Role ended"),
    "membership.grant": pgettext_lazy("act", "Role granted"),
    "open_run": pgettext_lazy("act", "Run opened"),
    "person.admit": pgettext_lazy("act", "Person without a post registered"),
    "person.different": pgettext_lazy("act", "Held to be two people"),
    "person.document_add": pgettext_lazy("act", "Identity document added"),
    "person.document_dates": pgettext_lazy("act", "Dates of a document changed"),
    "person.document_end": pgettext_lazy("act", "Identity document ended"),
    "person.document_taken": pgettext_lazy("act", "Identity document taken over"),
    "person.erase": pgettext_lazy("act", "Personal data erased"),
    "person.lookup": pgettext_lazy("act", "Person looked up"),
    "person.merge": pgettext_lazy("act", "Records merged"),
    "person.pair": pgettext_lazy("act", "Possible duplicate reported"),
    "person.register": pgettext_lazy("act", "Person registered"),
    "person.rename": pgettext_lazy("act", "Name changed"),
    "person.unmask": pgettext_lazy("act", "Whole number shown"),
    "person.unmerge": pgettext_lazy("act", "Merge undone"),
    "person.update": pgettext_lazy("act", "Person updated"),
    "plan_run": pgettext_lazy("act", "Run planned"),
    "policy.published": pgettext_lazy("act", "Policy published"),
    "post.change": pgettext_lazy("act", "Post changed"),
    "post.employment": pgettext_lazy("act", "Terms of employment changed"),
    "post.end": pgettext_lazy("act", "Post ended"),
    "post.manager": pgettext_lazy("act", "Direct manager changed"),
    "post.note": pgettext_lazy("act", "Entry made in the employment file"),
    "post.place": pgettext_lazy("act", "Placed on a post"),
    "post.state": pgettext_lazy("act", "State of a post followed the day"),
    "post.update": pgettext_lazy("act", "Post updated"),
    "query.ask": pgettext_lazy("act", "Checked before hiring"),
    "query.batch": pgettext_lazy("act", "File checked before hiring"),
    "query.decide": pgettext_lazy("act", "Check before hiring answered"),
    "rating.close": pgettext_lazy("act", "Rating round closed"),
    "rating.open": pgettext_lazy("act", "Rating round opened"),
    "rating.rate": pgettext_lazy("act", "Institution rated"),
    "rating.score": pgettext_lazy("act", "Score entered"),
    "recognise_qualification": pgettext_lazy("act", "Certificate recognised as another kind"),
    "record_result": pgettext_lazy("act", "Result recorded"),
    "refuse_qualification": pgettext_lazy("act", "Certificate refused"),
    "reverse_credit": pgettext_lazy("act", "Hours reversed"),
    "draft_standard": pgettext_lazy("act", "Standard drafted"),
    "change_standard": pgettext_lazy("act", "Draft of a standard changed"),
    "discard_standard": pgettext_lazy("act", "Draft of a standard discarded"),
    "claim_hours": pgettext_lazy("act", "Hours claimed"),
    "decide_hours": pgettext_lazy("act", "Claimed hours decided on"),
    "take_back_hours": pgettext_lazy("act", "Granted hours taken back"),
    "revoke_certificate": pgettext_lazy("act", "Certificate revoked"),
    "roster.import": pgettext_lazy("act", "Roster imported"),
    "roster.receive": pgettext_lazy("act", "Roster uploaded"),
    "roster.refused_rows": pgettext_lazy("act", "Refused rows downloaded"),
    "roster.release": pgettext_lazy("act", "Held rows imported"),
    "roster.take_back": pgettext_lazy("act", "Import of a row undone"),
    "roster.undo": pgettext_lazy("act", "Undoing an import begun"),
    "roster.undone": pgettext_lazy("act", "Import undone"),
    "send_qualification": pgettext_lazy("act", "Certificate sent in"),
    "supersede_certificate": pgettext_lazy("act", "Certificate superseded"),
    "verify_qualification": pgettext_lazy("act", "Certificate verified"),
    "veto.confirm": pgettext_lazy("act", "Veto confirmed"),
    "veto.dismiss": pgettext_lazy("act", "Veto dismissed"),
    "veto.propose": pgettext_lazy("act", "Veto proposed"),
    "view_dossier": pgettext_lazy("act", "Personal file read"),
    "withdraw": pgettext_lazy("act", "Withdrawn from a run"),
    "world.load": pgettext_lazy("act", "Synthetic data loaded"),
}
#: Words for what entries tell beyond the columns of their subject, which bring their own.
KEYS = {
    "absorbed": pgettext_lazy("told", "Record given up"),
    "case": pgettext_lazy("told", "Case"),
    "change": pgettext_lazy("told", "Change of name"),
    "code": pgettext_lazy("told", "Code"),
    "course": pgettext_lazy("told", "Course"),
    "document": pgettext_lazy("told", "Document"),
    "ended": pgettext_lazy("told", "Sessions ended"),
    "entries": pgettext_lazy("told", "Hour entries"),
    "factors": pgettext_lazy("told", "Second factors"),
    "fields": pgettext_lazy("told", "Columns"),
    "form": pgettext_lazy("told", "Format"),
    "found": pgettext_lazy("told", "Found"),
    "institution": pgettext_lazy("told", "Institution"),
    "job": pgettext_lazy("told", "Job"),
    "kept": pgettext_lazy("told", "Kept"),
    "key": pgettext_lazy("told", "Record"),
    "left_on": pgettext_lazy("told", "Leavers' last day"),
    "note": pgettext_lazy("told", "Note"),
    "person": pgettext_lazy("told", "Person"),
    "places": pgettext_lazy("told", "Places"),
    "post": pgettext_lazy("told", "Post"),
    "pseudonym": pgettext_lazy("told", "Pseudonym"),
    "rate": pgettext_lazy("told", "Rate"),
    "reason": pgettext_lazy("told", "Reason"),
    "registered_by": pgettext_lazy("told", "Registered by"),
    "removed": pgettext_lazy("told", "Removed"),
    "restored": pgettext_lazy("told", "Restored"),
    "role": pgettext_lazy("told", "Role"),
    "round": pgettext_lazy("told", "Rating round"),
    "rows": pgettext_lazy("told", "Rows"),
    "run": pgettext_lazy("told", "Run"),
    "scheme": pgettext_lazy("told", "Rating scheme"),
    "scope": pgettext_lazy("told", "Scope"),
    "session": pgettext_lazy("told", "Session"),
    "sessions": pgettext_lazy("told", "Sessions"),
    "sha256": pgettext_lazy("told", "Fingerprint"),
    "since": pgettext_lazy("told", "Since"),
    "source": pgettext_lazy("told", "Source"),
    "state": pgettext_lazy("told", "State"),
    "user": pgettext_lazy("told", "Account"),
    "username": pgettext_lazy("told", "Username"),
    "version": pgettext_lazy("told", "Version"),
    "versions": pgettext_lazy("told", "New versions"),
    "veto": pgettext_lazy("told", "Veto"),
    "vetoes_proposed": pgettext_lazy("told", "Vetoes proposed"),
    "what": pgettext_lazy("told", "What was shown"),
    "words": pgettext_lazy("told", "In words"),
}
#: Words for what subjects mostly have as a column of their own, where one hasn't.
ELSE = {
    "about": pgettext_lazy("told", "About"),
    "answer": pgettext_lazy("told", "Answer"),
    "children": pgettext_lazy("told", "Children"),
    "consent": pgettext_lazy("told", "Consent"),
    "counts_as": pgettext_lazy("told", "Counts as"),
    "ended_on": pgettext_lazy("told", "Ended on"),
    "expected_until": pgettext_lazy("told", "Expected until"),
    "kind": pgettext_lazy("told", "Kind"),
    "name": pgettext_lazy("told", "Name"),
    "number": pgettext_lazy("told", "Number"),
    "on": pgettext_lazy("told", "On"),
    "region": pgettext_lazy("told", "Region"),
    "score": pgettext_lazy("told", "Score"),
    "serial": pgettext_lazy("told", "Serial number"),
    "started_on": pgettext_lazy("told", "Started on"),
    "step": pgettext_lazy("told", "Step"),
}
#: Values of these keys are codes of a list that isn't the subject's own.
LISTS: dict[str, type[models.TextChoices]] = {"document": DocumentKind, "registered_by": DocumentKind, "role": Role}
LONGEST = 80
#: Hashes and keys are long; their beginning is enough to tell one from another.
_LONG_KEY = pattern(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_DAY = pattern(r"\d{4}-\d\d-\d\d")


class Detail(NamedTuple):
    """One value an act took away (−) or brought (+), as people read it."""

    sign: str
    label: str
    value: str


def act_of(entry: AuditEntry) -> str:
    return str(ACTS.get(entry.action, entry.action))


def kind_of(entry: AuditEntry) -> str:
    """The dictionary's word for the kind of the subject."""
    model = _models().get(entry.subject_kind)
    return str(model._meta.verbose_name) if model else entry.subject_kind


def details_of(entry: AuditEntry) -> list[Detail]:
    """What the act changed: first as it was, then as it became."""
    columns = _columns(entry.subject_kind)
    return [
        Detail(sign, _label(name, columns), _value(name, value, columns))
        for sign, told in (("−", entry.before), ("+", entry.after))
        for name, value in (told or {}).items()
    ]


Columns = dict[str, "models.Field[Any, Any]"]


def _label(name: str, columns: Columns) -> str:
    if name in KEYS:
        return str(KEYS[name])
    return str(columns[name].verbose_name if name in columns else ELSE.get(name, name))


def _value(name: str, value: object, columns: Columns) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return pgettext("told", "yes") if value else pgettext("told", "no")
    if name == "fields" and isinstance(value, list):
        return "、".join(_label(str(one), columns) for one in value)
    text = str(value)
    return str(_word(name, text, columns) or _moment(text) or text)[:LONGEST]


def _word(name: str, text: str, columns: Columns) -> str | Promise | None:
    """The word of a code: by the column of that name, by a list, or as states are called everywhere."""
    choices: Iterable[Any] = LISTS[name].choices if name in LISTS else getattr(columns.get(name), "flatchoices", ())
    for code, word in choices:
        if str(code) == text:
            return str(word)
    return STATUSES[text].word if name == "state" and text in STATUSES else None


def _moment(text: str) -> str | None:
    """A moment in Beijing time, a day, or the beginning of a long key."""
    if _LONG_KEY.fullmatch(text):
        return text[:8]
    try:
        if _MOMENT.fullmatch(text):
            return cn_datetime(datetime.fromisoformat(text))
        return cn_date(date.fromisoformat(text)) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@cache
def _models() -> dict[str, type[models.Model]]:
    return {model._meta.model_name or "": model for model in apps.get_models()}


@cache
def _columns(kind: str) -> Columns:
    model = _models().get(kind)
    return {field.name: field for field in model._meta.concrete_fields} if model else {}
