"""What a person may know about her own data (PIPL art. 44-45): who looked her up, and a copy of all that is kept.

The copy is found by walking the models, not by a list: every row that points at her, and every row that points at
one of those, so that a new table is in it from its first day.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import auditing, keeping
from lms.registry.crypto import Sealed
from lms.registry.errors import refuse
from lms.registry.models import (
    AuditEntry,
    EmploymentQuery,
    Membership,
    Person,
    PossibleDuplicate,
    PrivateFile,
    Purpose,
    Role,
    User,
)

KIND = "copy_of_data"
#: Acts on a person that mean that somebody looked at her, as she reads them.
LOOKS: dict[str, str | Promise] = {
    "person.lookup": gettext_lazy("Looked up by document number"),
    "view_dossier": gettext_lazy("Opened your file"),
    "draw_statement": gettext_lazy("Drew your statement of hours"),
    "person.unmask": gettext_lazy("Read a whole number of yours"),
}
ASKED = gettext_lazy("Check before hiring")
#: Looks shown at most, the newest first.
MOST = 200
#: Not hers to read: what a bureau thinks of a question or of two records, and who she may be confused with.
WITHHELD: dict[type[models.Model], set[str]] = {EmploymentQuery: {"reason"}, User: {"password"}}
NOT_HERS = (PossibleDuplicate, AuditEntry, PrivateFile)
#: Rows of these lead on to further rows of hers.
LEADS = ("post", "user", "enrollment", "certificate", "entryreview")


@dataclass(frozen=True)
class Look:
    """Somebody looked her up: when, from where, in which role, doing what, what for."""

    at: datetime
    who: str
    role: str
    act: str | Promise
    purpose: str


def looks_at(person: Person) -> list[Look]:
    """Who looked `person` up, newest first: through the register and by checks before hiring."""
    known = [str(person.pk), *(str(key) for key in person.merged_records.values_list("pk", flat=True))]
    entries = AuditEntry.objects.filter(subject_kind="person", subject_id__in=known, action__in=LOOKS)
    acts = list(entries.exclude(actor__person=person).order_by("-id")[:MOST])
    places = _places(acts)
    roles = dict(Role.choices)
    found = [
        Look(
            entry.at,
            places.get((entry.actor_id, entry.role), ""),
            str(roles.get(entry.role, "")),
            LOOKS[entry.action],
            entry.purpose,
        )
        for entry in acts
    ]
    indexes = [document.number_index for document in person.documents.all()]
    asked = EmploymentQuery.objects.filter(Q(person=person) | Q(document_index__in=indexes))
    manager = str(Role.INSTITUTION_MANAGER.label)
    for query in asked.select_related("institution").order_by("-asked_at")[:MOST]:
        found.append(Look(query.asked_at, query.institution.name, manager, ASKED, query.purpose))
    return sorted(found, key=lambda look: look.at, reverse=True)[:MOST]


def _places(acts: Iterable[AuditEntry]) -> dict[tuple[int | None, str], str]:
    """(account, role) → the region, institution or centre it was held in; the newest, where it was several."""
    actors = {entry.actor_id for entry in acts}
    rows = Membership.objects.filter(user__in=actors).select_related("region", "institution", "centre")
    return {(row.user_id, row.role): row.scope_name for row in rows.order_by("started_at")}


# --- The copy -------------------------------------------------------------------------------


def ask_for_copy(*, by: Membership) -> Job:
    """A job that puts together everything kept about whoever asks; one at a time. Code: not_found."""
    person = by.user.person
    if person is None:
        raise refuse("not_found")
    with transaction.atomic():
        day = timezone.localdate().isoformat()
        # The same copy twice a day says nothing new.
        job = running.enqueue(KIND, {"membership": by.pk}, owner_id=by.user_id, key=f"copy:{by.user_id}:{day}")
        auditing.record(by, "data.copy", person, after={"job": str(job.pk)})
    return job


def make_copy(job: running.Running) -> dict[str, Any]:
    """The job: a zip with the same content for programs (JSON) and for people (a workbook)."""
    by = Membership.objects.select_related("user__person").get(pk=job.args["membership"])
    person = by.user.person
    assert person is not None
    sheets = list(everything_about(person))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        content = {sheet.table: sheet.rows for sheet in sheets}
        archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder))
        archive.writestr("data.xlsx", _workbook(sheets))
    with transaction.atomic():
        name = f"{_('Copy of my data')}-{timezone.localdate()}.zip"
        keeping.keep(out.getvalue(), name=name, purpose=Purpose.EXPORT, content_type="application/zip", owner=by.user)
        count = sum(len(sheet.rows) for sheet in sheets)
        job.step(count, {}, count)
    return {"rows": count}


@dataclass(frozen=True)
class Table:
    """The rows of one model: by field name for programs, with words and headings for people."""

    table: str
    title: str
    headings: list[str]
    rows: list[dict[str, Any]]
    shown: list[list[str]]


def everything_about(person: Person) -> Iterator[Table]:
    """Her own row, then every row of every table that points at it, and on from posts, accounts and the like."""
    for model, rows in belongings(person):
        yield _table(model, rows)


def belongings(person: Person) -> Iterator[tuple[type[models.Model], list[Any]]]:
    """(model, rows) of everything about `person`, nearest first."""
    yield Person, [person]
    seen: set[type[models.Model]] = {Person}
    queue: list[tuple[type[models.Model], list[models.Model]]] = [(Person, [person])]
    account = User.objects.filter(person=person).first()
    if account is not None:
        seen.add(User)
        yield User, [account]
        queue.append((User, [account]))
    while queue:
        model, rows = queue.pop(0)
        for relation in model._meta.related_objects:
            child: Any = relation.related_model
            # What another account did for her is that account's; only its own belongings hang on an account.
            own = model is not User or relation.on_delete is models.CASCADE
            if child in seen or child in NOT_HERS or not own or relation.many_to_many:
                continue
            found = list(child._base_manager.filter(**{f"{relation.field.name}__in": rows}).order_by("pk"))
            if not found:
                continue
            seen.add(child)
            yield child, found
            if child._meta.model_name in LEADS:
                queue.append((child, found))


def _table(model: type[models.Model], rows: list[Any]) -> Table:
    withheld = WITHHELD.get(model, set())
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.name not in withheld
        and not isinstance(field, models.BinaryField)
        and not field.name.endswith("_index")
        # Who in an office did it is the office's; that it was done stands there.
        and not (field.is_relation and field.related_model is User)
    ]
    sealed = [name for kind in model.__mro__ for name, value in vars(kind).items() if isinstance(value, Sealed)]
    plain = [{field.attname: field.value_from_object(row) for field in fields} for row in rows]
    for row, values in zip(rows, plain, strict=True):
        values |= {name: getattr(row, name) for name in sealed}
    shown = [[*(_words(row, field) for field in fields), *(str(getattr(row, name)) for name in sealed)] for row in rows]
    headings = [*(str(field.verbose_name) for field in fields), *(_("Number") for _name in sealed)]
    return Table(model._meta.label_lower, str(model._meta.verbose_name), headings, plain, shown)


def _words(row: models.Model, field: Any) -> str:
    """A value as people read it: the label of a choice, the name behind a key, Beijing time."""
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    value = getattr(row, field.name) if field.is_relation else field.value_from_object(row)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "" if value is None else str(value)


def _workbook(tables: list[Table]) -> bytes:
    """A sheet per table; every cell is text, so nothing becomes a formula and no number loses digits."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for number, table in enumerate(tables, 1):
            sheet = book.add_worksheet(f"{number} {table.title}"[:31])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(table.headings), 20)
            for column, heading in enumerate(table.headings):
                sheet.write_string(0, column, heading, bold)
            for line, cells in enumerate(table.shown, 1):
                for column, cell in enumerate(cells):
                    sheet.write_string(line, column, cell[:32000])
    return file.getvalue()


def copies_of(by: Membership) -> "models.QuerySet[PrivateFile]":
    """The copies that whoever asks has had made and that are still kept."""
    rows = PrivateFile.objects.filter(owner_id=by.user_id, purpose=Purpose.EXPORT, content_type="application/zip")
    return rows.filter(erased_at__isnull=True)
