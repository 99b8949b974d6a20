"""Finding somebody's numbers where nobody meant them to be: in files, and in columns that people type into.

A document number is looked for in every form people write it in: 15 or 18 digits, full-width, with spaces, x or X.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Replace
from python_calamine import CalamineError, CalamineWorkbook

from lms.jobs.models import Job
from lms.registry.models import AuditEntry, Notice, Person, PrivateFile, RosterUpload
from lms.registry.rosters.identity import clean_number

#: What stands where a number stood.
GONE = "***"
#: Shorter numbers (old passports) are looked for as whole words of a file only by their own form.
SHORTEST = 6
#: Lists of a preview or a result that quote cells and names.
QUOTES = ("rejected", "warnings", "leavers", "stayed")
#: An archive within an archive is opened; one within that is nobody's roster.
DEEPEST = 2


def needles_of(people: Iterable[Person]) -> list[str]:
    """Every form of every number of these people, longest first."""
    found: set[str] = set()
    for person in people:
        numbers = [document.number for document in person.documents.all() if document.number_sealed]
        for number in [*numbers, person.phone]:
            if len(number) < SHORTEST:
                continue
            found |= {number, number.lower()}
            if len(number) == 18 and number[6:8] == "19":
                found.add(number[:6] + number[8:17])  # as it stood on the card of 15 digits
    return sorted(found, key=lambda needle: (-len(needle), needle))


# --- Files ----------------------------------------------------------------------------------


def names(file: PrivateFile, needles: list[str]) -> bool:
    """Whether the content of `file` holds one of the numbers; a file that is gone holds none."""
    try:
        with file.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        return False
    return bool(needles) and mentions(content, needles)


def mentions(content: bytes, needles: list[str], depth: int = 0) -> bool:
    """Whether one of the numbers stands in these bytes: as they are, as text, in a workbook's cells, in an archive."""
    for encoding in ("utf-8", "utf-16-le"):
        if any(needle.encode(encoding) in content for needle in needles):
            return True
    wanted = {needle.upper() for needle in needles}
    if content.startswith(b"PK"):
        return _in_cells(content, wanted) or (depth < DEEPEST and _in_members(content, needles, depth))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _in_cells(content, wanted)
    for encoding in ("utf-8", "gb18030", "utf-16"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _in_text((cell for line in text.splitlines() for cell in line.split(",")), wanted):
            return True
    return False


def _in_members(content: bytes, needles: list[str], depth: int) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(mentions(archive.read(name), needles, depth + 1) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _in_cells(content: bytes, wanted: set[str]) -> bool:
    """All cells of all sheets, hidden ones too."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
        return any(_in_text((cell for row in rows for cell in row), wanted) for rows in sheets)
    except (CalamineError, ValueError):  # no workbook: an archive, a document
        return False


def _in_text(cells: Iterable[object], wanted: set[str]) -> bool:
    return any(number in cell for cell in map(clean_number, cells) if cell for number in wanted)


def forget_findings(file: PrivateFile) -> None:
    """The preview and the job of an erased roster quote its cells: the quotes go, the counts stay."""
    for upload in RosterUpload.objects.filter(file=file):
        if upload.preview is not None:
            upload.preview |= {name: [] for name in QUOTES if name in upload.preview}
            upload.save(update_fields=["preview"])
        for job in Job.objects.filter(pk__in=[key for key in (upload.job_id, upload.undo_job_id) if key]):
            quoted: dict[str, list[Any]] = {name: [] for name in QUOTES if name in job.result}
            Job.objects.filter(pk=job.pk).update(result=job.result | quoted)


# --- Names ----------------------------------------------------------------------------------


def forget_names(names: set[str]) -> None:
    """Previews of rosters and results of jobs quote names by themselves: the quotes go, her namesakes' too."""
    quoting: tuple[tuple[Any, str], ...] = ((RosterUpload, "preview"), (Job, "result"))
    for model, column in quoting:
        for row in _naming(model, column, names):
            model._base_manager.filter(pk=row.pk).update(**{column: _without(getattr(row, column), names)})


def rename_in_notices(names: set[str], keys: set[str], pseudonym: str) -> None:
    """Notices about her, known by the keys of her rows, speak of her pseudonym, and quote no reason any more."""
    for notice in _naming(Notice, "context", names):
        if any(key in notice.key or key in notice.path for key in keys):
            said = {name: pseudonym if value in names else value for name, value in notice.context.items()}
            said |= {"reason": GONE} if said.get("reason") else {}
            Notice.objects.filter(pk=notice.pk).update(context=said)


def _naming(model: Any, column: str, names: set[str]) -> Any:
    """Rows whose JSON holds one of the names, as PostgreSQL keeps it or as SQLite does."""
    return _with(model, [model._meta.get_field(column)], [*names, *(json.dumps(name)[1:-1] for name in names)])


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(said, names) for key, said in value.items()}
    if isinstance(value, list):
        return [_without(said, names) for said in value]
    return GONE if isinstance(value, str) and value in names else value


# --- Columns --------------------------------------------------------------------------------


def scrub(needles: list[str], *, alive: Callable[[], object] = lambda: None) -> int:
    """Take the numbers out of every text and JSON column of every table; how many columns had one.

    Tables that are only ever added to refuse it, and keep none in the first place: the audit trail masks what
    people type into it, the others hold no free text of theirs.
    """
    changed = 0
    for model in apps.get_models():
        if not model._meta.managed or model is AuditEntry or not needles:
            continue
        fields = [field for field in model._meta.local_concrete_fields if _holds_text(field)]
        if fields and _with(model, fields, needles).exists():
            changed += sum(_scrub_column(model, field, needles) for field in fields)
        alive()
    return changed


def _holds_text(field: Any) -> bool:
    typed = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return typed and not field.choices and not field.primary_key


def _with(model: Any, fields: list[Any], needles: list[str]) -> Any:
    """Rows that hold one of the numbers in one of these columns."""
    texts = {f"text_{field.name}": Cast(F(field.name), models.TextField()) for field in fields}
    wanted = Q()
    for name in texts:
        for needle in needles:
            wanted |= Q((f"{name}__contains", needle))
    return model._base_manager.alias(**texts).filter(wanted)


def _scrub_column(model: Any, field: Any, needles: list[str]) -> bool:
    rows = _with(model, [field], needles)
    if not rows.exists():
        return False
    try:
        with transaction.atomic():
            if isinstance(field, models.JSONField):
                for row in rows:
                    text = json.dumps(getattr(row, field.name), ensure_ascii=False, cls=DjangoJSONEncoder)
                    for needle in needles:
                        text = text.replace(needle, GONE)
                    model._base_manager.filter(pk=row.pk).update(**{field.name: json.loads(text)})
            else:
                for needle in needles:
                    without = Replace(F(field.name), Value(needle), Value(GONE))
                    model._base_manager.filter(**{f"{field.name}__contains": needle}).update(**{field.name: without})
    except DatabaseError:  # only ever added to, or unique without it
        return False
    return True
