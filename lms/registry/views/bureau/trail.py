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
    "account.devices": pgettext_lazy("act", "Devices signed out"),
    "account.factor_add": pgettext_lazy("act", "Second factor added"),
    "account.factor_remove": pgettext_lazy("act", "Second factor removed"),
    "account.factor_reset": pgettext_lazy("act", "Second factors reset"),
    "account.open": pgettext_lazy("act", "Account opened"),
    "account.password": pgettext_lazy("act", "Password changed"),
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
    "cancelled_run": pgettext_lazy("act", "Run cancelled"),
    "correct_attendance": pgettext_lazy("act", "Attendance corrected"),
    "correction.ask": pgettext_lazy("act", "Correction asked for"),
    "correction.decide": pgettext_lazy("act", "Request for correction answered"),
    "credit": pgettext_lazy("act", "Hours credited"),
    "data.copy": pgettext_lazy("act", "Copy of one's own data asked for"),
    "doubt_qualification": pgettext_lazy("act", "Certificate put in doubt"),
    "enrol": pgettext_lazy("act", "Enrolled"),
    "erasure.decline": pgettext_lazy("act", "Erasure turned down"),
    "erasure.grant": pgettext_lazy("act", "Erasure granted"),
    "erasure.propose": pgettext_lazy("act", "Erasure proposed"),
    "export_rate": pgettext_lazy("act", "Holding rate exported"),
    "file.read": pgettext_lazy("act", "File read"),
    "finished_run": pgettext_lazy("act", "Run finished"),
    "freeze_rate": pgettext_lazy("act", "Holding rate frozen"),
    "institution.register": pgettext_lazy("act", "Institution registered"),
    "issue_certificate": pgettext_lazy("act", "Certificate issued"),
    "membership.end": pgettext_lazy("act", "Role ended"),
    "membership.grant": pgettext_lazy("act", "Role granted"),
    "open_run": pgettext_lazy("act", "Run opened"),
    "person.erase": pgettext_lazy("act", "Personal data erased"),
    "person.lookup": pgettext_lazy("act", "Person looked up"),
    "person.register": pgettext_lazy("act", "Person registered"),
    "person.unmask": pgettext_lazy("act", "Whole number shown"),
    "person.update": pgettext_lazy("act", "Person updated"),
    "plan_run": pgettext_lazy("act", "Run planned"),
    "policy.published": pgettext_lazy("act", "Policy published"),
    "post.change": pgettext_lazy("act", "Post changed"),
    "post.end": pgettext_lazy("act", "Post ended"),
    "post.place": pgettext_lazy("act", "Placed on a post"),
    "post.update": pgettext_lazy("act", "Post updated"),
    "query.ask": pgettext_lazy("act", "Checked before hiring"),
    "query.batch": pgettext_lazy("act", "File checked before hiring"),
    "query.decide": pgettext_lazy("act", "Check before hiring answered"),
    "rating.close": pgettext_lazy("act", "Rating round closed"),
    "rating.open": pgettext_lazy("act", "Rating round opened"),
    "rating.rate": pgettext_lazy("act", "Institution rated"),
    "rating.score": pgettext_lazy("act", "Score entered"),
    "record_result": pgettext_lazy("act", "Result recorded"),
    "reverse_credit": pgettext_lazy("act", "Hours reversed"),
    "revoke_certificate": pgettext_lazy("act", "Certificate revoked"),
    "roster.import": pgettext_lazy("act", "Roster imported"),
    "roster.receive": pgettext_lazy("act", "Roster uploaded"),
    "roster.release": pgettext_lazy("act", "Held rows imported"),
    "supersede_certificate": pgettext_lazy("act", "Certificate superseded"),
    "verify_qualification": pgettext_lazy("act", "Certificate verified"),
    "veto.confirm": pgettext_lazy("act", "Veto confirmed"),
    "veto.dismiss": pgettext_lazy("act", "Veto dismissed"),
    "veto.propose": pgettext_lazy("act", "Veto proposed"),
    "view_dossier": pgettext_lazy("act", "Personal file read"),
    "withdraw": pgettext_lazy("act", "Withdrawn from a run"),
}
#: Words for what entries tell beyond the columns of their subject, which bring their own.
KEYS = {
    "case": pgettext_lazy("told", "Case"),
    "code": pgettext_lazy("told", "Code"),
    "course": pgettext_lazy("told", "Course"),
    "document": pgettext_lazy("told", "Document"),
    "entries": pgettext_lazy("told", "Hour entries"),
    "fields": pgettext_lazy("told", "Columns"),
    "found": pgettext_lazy("told", "Found"),
    "institution": pgettext_lazy("told", "Institution"),
    "job": pgettext_lazy("told", "Job"),
    "note": pgettext_lazy("told", "Note"),
    "person": pgettext_lazy("told", "Person"),
    "places": pgettext_lazy("told", "Places"),
    "post": pgettext_lazy("told", "Post before"),
    "rate": pgettext_lazy("told", "Rate"),
    "reason": pgettext_lazy("told", "Reason"),
    "registered_by": pgettext_lazy("told", "Registered by"),
    "role": pgettext_lazy("told", "Role"),
    "round": pgettext_lazy("told", "Rating round"),
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
    "words": pgettext_lazy("told", "In words"),
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
    return str(columns[name].verbose_name) if name in columns else name


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
