"""Policy files (YAML) as a whole: this room's metrics, targets and rating schemes, and certification's rows."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from certification import publishing as certification
from certification.publishing import (
    POLICY,
    YEARS,
    By,
    Column,
    Published,
    Row,
    invalid,
    publish_rows,
    read_row,
    read_section,
    resolve,
    upsert,
)
from certification.reading import choice, flag, maybe, text, texts, whole
from reports.models import Duty, Grade, Indicator, Metric, RatingScheme, Target, Veto

SHIPPED = Path(__file__).resolve().parent / "data"
SECTIONS = (*certification.SECTIONS, "metrics", "targets", "duties", "schemes")


def points(value: object) -> Decimal:
    """Points, whole or with tenths written as text: 20, "12.5"."""
    try:
        number = Decimal(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite() or number < 0 or number != round(number, 1):
        raise ValueError(_("points with at most one decimal are expected"))
    return number


def parameters(value: object) -> dict[str, Any]:
    """Names and values for an automatic indicator; exact numbers are written as text."""
    if not isinstance(value, dict) or any(isinstance(number, float) for number in value.values()):
        raise ValueError(_("names and values are expected, numbers with decimals as text"))
    return value


def rows(value: object) -> list[Any]:
    """A list of rows, read later."""
    if not isinstance(value, list) or not value:
        raise ValueError(_("a list of rows is expected"))
    return value


METRIC = {
    "code": Column(text(40)),
    "name": Column(text(80)),
    "name_en": Column(text(120)),
    "version": Column(whole(1, 1000), 1),
    "description": Column(text(300)),
}
TARGET = POLICY | {
    "metric": Column(text(40)),
    "year": Column(YEARS),
    "per_mille": Column(whole(0, 1000)),
    "interpolated": Column(flag, False),
}
DUTY = POLICY | {
    "name": Column(text(60)),
    "name_en": Column(text(120)),
    "per": Column(choice(Duty.Per.values)),
    "times": Column(whole(1, 366)),
    "audiences": Column(texts, []),
    "year_from": Column(YEARS),
    "year_to": Column(maybe(YEARS), None),
}
SCHEME = POLICY | {
    "name": Column(text(120)),
    "version": Column(whole(1, 1000)),
    "indicators": Column(rows),
    "grades": Column(rows),
    "vetoes": Column(rows),
}
INDICATOR = {
    "code": Column(text(40)),
    "domain": Column(text(60)),
    "name": Column(text(120)),
    "points": Column(points),
    "source": Column(text(40, empty=True), ""),
    "parameters": Column(parameters, {}),
}
GRADE = {
    "name": Column(text(30)),
    "least_points": Column(whole(0, 1000)),
    "least_rate": Column(whole(0, 1000)),
}
VETO = {
    "code": Column(text(40)),
    "name": Column(text(160)),
    "source": Column(text(40, empty=True), ""),
}
#: What hangs on a scheme, in the order of the file.
CHILDREN: dict[str, tuple[type[Model], dict[str, Column]]] = {
    "indicators": (Indicator, INDICATOR),
    "grades": (Grade, GRADE),
    "vetoes": (Veto, VETO),
}


def load(document: object, *, by: By = None) -> Published:
    """Publish a document with any of the sections, in one transaction: all of it or nothing.

    Refuses with `policy_invalid` (context: path, sentence) or `policy_published` (row, path).
    """
    sections = certification.check_sections(document, SECTIONS)
    with transaction.atomic():
        report = certification.publish(sections, by=by)
        upsert(Metric, read_section(sections, "metrics", METRIC), report)
        targets = read_section(sections, "targets", TARGET)
        resolve(targets, "metric", Metric.objects.in_bulk())
        publish_rows(Target, targets, report, by=by)
        publish_rows(Duty, read_section(sections, "duties", DUTY), report, by=by)
        schemes = [_with_children(row) for row in read_section(sections, "schemes", SCHEME)]
        publish_rows(
            RatingScheme,
            schemes,
            report,
            by=by,
            children=tuple(CHILDREN),
            attach=_set_children,
            attached=_children_same,
        )
    return report


def _with_children(scheme: Row) -> Row:
    """The scheme with its indicators, grades and vetoes read too, numbered in the order of the file."""
    for section, (_model, columns) in CHILDREN.items():
        children = []
        for number, child in enumerate(scheme.values[section]):
            row = read_row(child, columns, f"{scheme.path}.{section}[{number}]", {})
            children.append(row.values | {"order": number})
        scheme.values[section] = children
        codes = [child["code"] for child in children if "code" in child]
        if len(set(codes)) < len(codes):
            raise invalid(f"{scheme.path}.{section}", _("this code stands twice"))
    return scheme


def _set_children(scheme: RatingScheme, values: Mapping[str, Any]) -> None:
    for section, (model, _columns) in CHILDREN.items():
        model._default_manager.filter(scheme=scheme).delete()
        model._default_manager.bulk_create(model(scheme=scheme, **child) for child in values[section])


def _children_same(scheme: RatingScheme, values: Mapping[str, Any]) -> bool:
    return all(
        list(model._default_manager.filter(scheme=scheme).order_by("order").values(*columns, "order"))
        == values[section]
        for section, (model, columns) in CHILDREN.items()
    )


def read_file(path: Path) -> object:
    """The document in a YAML file, read without running anything in it; `policy_invalid` if it is none."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise invalid(where, _("this is not YAML")) from error


def shipped() -> list[Path]:
    """The files that come with the project; the national one first, since the others name its rows."""
    return sorted(SHIPPED.glob("*.yaml"), key=lambda path: (path.stem != "national", path.name))


def load_all(*, by: By = None) -> Published:
    """Publish every shipped file, all or nothing; nothing changes when they stand already."""
    report = Published()
    with transaction.atomic():
        for path in shipped():
            add(report, load(read_file(path), by=by))
    return report


def add(total: Published, part: Published) -> None:
    """Add one load's result to a total."""
    total.created += part.created
    total.updated += part.updated
    total.unchanged += part.unchanged
