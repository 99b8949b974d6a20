"""Policy files (YAML) become published rows: standards, kinds of certificate, holding rules, and what the rooms
below go by (categories of hours, rules of attendance and of detection).

A document says what it is (`paper`, `status`, `region`) and holds sections, each a list of rows; a row
may say otherwise for itself. Everything of a document is published, or nothing is. Loading the
same document again changes nothing; another value for a published row is refused with
`policy_published`; what can't be understood with `policy_invalid`, naming the place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certification import assessing
from certification.errors import refuse
from certification.models import (
    CertificateKind,
    CheckKind,
    CheckRule,
    ClassNorm,
    HoldingRule,
    TrainingStandard,
    Variant,
    YearKind,
)
from certification.reading import (
    Reader,
    choice,
    day,
    flag,
    hours_by_category,
    maybe,
    patterns,
    posts,
    text,
    texts,
    whole,
)
from courses.models import AttendanceRule, Bucket, DetectorRule, HourCategory, Late, Pattern
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.models import ClassType, Membership, PolicyRow, PolicyStatus, PostKind, Region, User

By = Membership | User | None
REQUIRED = object()


@dataclass
class Published:
    """Codes of the rows a load created or changed (only kinds, categories and metrics change), and how many stayed."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True)
class Column:
    """One value of a row: how it is read, and what holds when it isn't there."""

    read: Reader
    default: Any = REQUIRED


@dataclass(frozen=True)
class Row:
    """A row as read, with its place in the document for whoever has to mend it."""

    path: str
    values: dict[str, Any]


def invalid(path: str, sentence: str | Promise) -> DomainError:
    """`policy_invalid` at a place of the document, e.g. "standards[0].skill_hours"."""
    return refuse("policy_invalid", path=path, sentence=str(sentence))


#: What every policy row says of itself; `region` is a code of GB/T 2260.
POLICY = {
    "code": Column(text(60)),
    "paper": Column(text(120)),
    "line": Column(text(20)),
    "status": Column(choice(PolicyStatus.values)),
    "region": Column(text(9)),
}
YEARS = whole(2000, 2100)
STANDARD = POLICY | {
    "year_from": Column(YEARS),
    "year_to": Column(maybe(YEARS), None),
    "skill_hours": Column(whole(0, 1000)),
    "ethics_hours": Column(whole(0, 1000)),
    "lesson_minutes": Column(whole(1, 120)),
    "variant": Column(choice(Variant.values)),
    "categories": Column(texts, []),
    "year_kind": Column(choice(YearKind.values), YearKind.CALENDAR.value),
    "category_hours": Column(hours_by_category, {}),
    "onsite_percent": Column(whole(0, 100), 0),
    "day_ceiling": Column(maybe(whole(1, 24)), None),
}
HOLDING_RULE = POLICY | {
    "post": Column(choice(PostKind.values)),
    "required": Column(flag),
    "counted": Column(flag, True),
    "kinds": Column(texts, []),
    "valid_from": Column(day),
}
CHECK_RULE = POLICY | {
    "kind": Column(choice(CheckKind.values)),
    "posts": Column(posts, []),
    "valid_months": Column(maybe(whole(1, 120)), None),
    "due_days": Column(whole(0, 366)),
    "valid_from": Column(day),
}
KIND = {
    "code": Column(text(40)),
    "name": Column(text(80)),
    "name_en": Column(text(120)),
    "origin": Column(choice(CertificateKind.Origin.values)),
    "valid_months": Column(maybe(whole(1, 600)), None),
    "template": Column(text(20, empty=True), ""),
    "number_patterns": Column(patterns, []),
    "number_hint": Column(text(120, empty=True), ""),
}
CLASS_NORM = POLICY | {
    "kind": Column(choice(ClassType.values)),
    "max_children": Column(whole(1, 100)),
    "children_per_staff": Column(whole(1, 100)),
    "posts": Column(posts),
    "valid_from": Column(day),
}
#: Known by its name.
HOUR_CATEGORY = {
    "name": Column(text(40)),
    "name_en": Column(text(80)),
    "bucket": Column(choice(Bucket.values)),
}
ATTENDANCE_RULE = POLICY | {
    "grace_minutes": Column(whole(0, 240)),
    "late": Column(choice(Late.values)),
    "early_minutes": Column(whole(0, 240)),
    "after_minutes": Column(whole(0, 240)),
    "near_metres": Column(whole(1, 100_000)),
    "valid_from": Column(day),
}
DETECTOR_RULE = POLICY | {
    "pattern": Column(choice(Pattern.values)),
    "threshold": Column(whole(0, 1_000_000)),
    "seconds": Column(whole(0, 86_400), 0),
    "valid_from": Column(day),
}
SECTIONS = (
    "certificate_kinds",
    "hour_categories",
    "standards",
    "holding_rules",
    "check_rules",
    "class_norms",
    "attendance_rules",
    "detector_rules",
)
DEFAULTS = ("paper", "status", "region")


def read_row(row: object, columns: Mapping[str, Column], path: str, defaults: Mapping[str, Any]) -> Row:
    """One row of a document by its columns; a wrong, missing or unknown value is `policy_invalid`."""
    if not isinstance(row, dict):
        raise invalid(path, _("a row of names and values is expected"))
    for name in row:
        if name not in columns:
            raise invalid(f"{path}.{name}", _("nothing of this name is known"))
    values = {}
    for name, column in columns.items():
        if name in row or name in defaults:
            try:
                values[name] = column.read(row[name] if name in row else defaults[name])
            except ValueError as error:
                raise invalid(f"{path}.{name}", str(error)) from error
        elif column.default is REQUIRED:
            raise invalid(f"{path}.{name}", _("this value is missing"))
        else:
            values[name] = column.default
    return Row(path, values)


def read_section(
    document: Mapping[str, Any], section: str, columns: Mapping[str, Column], *, key: str = "code"
) -> list[Row]:
    """The rows of a section, each `key` once; regions become rows of the register."""
    rows = document.get(section, [])
    if not isinstance(rows, list):
        raise invalid(section, _("a list of rows is expected"))
    defaults = {name: document[name] for name in DEFAULTS if name in document and name in columns}
    read = [read_row(row, columns, f"{section}[{number}]", defaults) for number, row in enumerate(rows)]
    seen: set[str] = set()
    for row in read:
        if row.values[key] in seen:
            raise invalid(f"{row.path}.{key}", _("this code stands twice"))
        seen.add(row.values[key])
    if "region" in columns:
        resolve(read, "region", Region.objects.in_bulk([row.values["region"] for row in read], field_name="code"))
    return read


def resolve(rows: Iterable[Row], name: str, known: Mapping[str, models.Model]) -> None:
    """Replace the code in column `name` of every row by the row it stands for."""
    for row in rows:
        if row.values[name] not in known:
            raise invalid(f"{row.path}.{name}", _("no row has the code %(code)s") % {"code": row.values[name]})
        row.values[name] = known[row.values[name]]


def check_sections(document: object, sections: Sequence[str]) -> dict[str, Any]:
    """The document, if it is one: names of `sections` and what all its rows share, nothing else."""
    if not isinstance(document, dict):
        raise invalid("", _("a document of named sections is expected"))
    for name in document:
        if name not in sections and name not in DEFAULTS:
            raise invalid(str(name), _("nothing of this name is known"))
    return document


def load(document: object, *, by: By = None) -> Published:
    """Publish a document that holds this room's sections only; `reports.publishing` knows all."""
    sections = check_sections(document, SECTIONS)
    with transaction.atomic():
        return publish(sections, by=by)


def publish(document: Mapping[str, Any], *, by: By) -> Published:
    """Publish this room's sections of a checked document, inside the caller's transaction."""
    report = Published()
    upsert(CertificateKind, read_section(document, "certificate_kinds", KIND), report)
    upsert(HourCategory, read_section(document, "hour_categories", HOUR_CATEGORY, key="name"), report)
    _publish_standards(read_section(document, "standards", STANDARD), report, by=by)
    rules = read_section(document, "holding_rules", HOLDING_RULE)
    kinds = set(CertificateKind.objects.values_list("code", flat=True))
    for row in rules:
        for code in row.values["kinds"]:
            if code not in kinds:
                raise invalid(f"{row.path}.kinds", _("no row has the code %(code)s") % {"code": code})
    publish_rows(HoldingRule, rules, report, by=by, children=("kinds",), attach=_set_kinds, attached=_kinds_of)
    publish_rows(CheckRule, read_section(document, "check_rules", CHECK_RULE), report, by=by)
    publish_rows(ClassNorm, read_section(document, "class_norms", CLASS_NORM), report, by=by)
    publish_rows(AttendanceRule, read_section(document, "attendance_rules", ATTENDANCE_RULE), report, by=by)
    publish_rows(DetectorRule, read_section(document, "detector_rules", DETECTOR_RULE), report, by=by)
    return report


def _publish_standards(rows: Sequence[Row], report: Published, *, by: By) -> None:
    """Standards that name known categories; the years that new ones speak of are judged anew."""
    categories = set(HourCategory.objects.values_list("name", flat=True))
    for row in rows:
        for name in (*row.values["categories"], *row.values["category_hours"]):
            if name not in categories:
                raise invalid(f"{row.path}.categories", _("there is no category of hours %(name)s") % {"name": name})
    before = len(report.created)
    publish_rows(TrainingStandard, rows, report, by=by)
    fresh = TrainingStandard.objects.filter(code__in=report.created[before:]).select_related("region")
    assessing.look_again(fresh)


def _set_kinds(rule: Any, values: Mapping[str, Any]) -> None:
    rule.kinds.set(values["kinds"])


def _kinds_of(rule: Any, values: Mapping[str, Any]) -> bool:
    return set(rule.kinds.values_list("code", flat=True)) == set(values["kinds"])


def upsert(model: type[models.Model], rows: Iterable[Row], report: Published) -> None:
    """Create or change rows that only name things (kinds, categories, metrics); code or name is their key."""
    rows, key = list(rows), model._meta.pk.name
    known = model._default_manager.in_bulk([row.values[key] for row in rows])
    for row in rows:
        existing = known.get(row.values[key])
        if existing is not None and _same(existing, row.values):
            report.unchanged += 1
            continue
        model(**row.values).save(force_insert=existing is None)
        (report.created if existing is None else report.updated).append(row.values[key])


def publish_rows(
    model: type[PolicyRow],
    rows: Sequence[Row],
    report: Published,
    *,
    by: By,
    children: Sequence[str] = (),
    attach: Callable[[Any, Mapping[str, Any]], None] | None = None,
    attached: Callable[[Any, Mapping[str, Any]], bool] | None = None,
) -> None:
    """Create rows as drafts, `attach` what hangs on them (the columns `children`), then publish them.

    A published row must be the same already, its children too (`attached`).
    """
    known = {row.code: row for row in model._default_manager.filter(code__in=[row.values["code"] for row in rows])}
    for row in rows:
        own = {name: value for name, value in row.values.items() if name not in children}
        existing = known.get(own["code"])
        if existing is not None and existing.published_at:
            if not _same(existing, own) or (attached and not attached(existing, row.values)):
                raise refuse("policy_published", row=own["code"], path=row.path)
            report.unchanged += 1
            continue
        draft = model(**own) if existing is None else existing
        for name, value in own.items():
            setattr(draft, name, value)
        try:
            with transaction.atomic():
                draft.save()
                if attach:
                    attach(draft, row.values)
                draft.published_at = timezone.now()
                draft.save(update_fields=["published_at"])
        except IntegrityError as error:
            raise invalid(row.path, _("another published row stands for the same place and time")) from error
        auditing.record(by, "policy.published", draft, after={"code": draft.code, "source": draft.source})
        report.created.append(draft.code)


def _same(row: models.Model, values: Mapping[str, Any]) -> bool:
    """Whether a row holds these values; foreign keys are compared by key, so nothing is fetched."""
    return all(
        getattr(row, f"{name}_id") == value.pk if isinstance(value, models.Model) else getattr(row, name) == value
        for name, value in values.items()
    )
