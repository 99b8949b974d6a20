"""Bringing in what is shipped with the project: the administrative divisions, and how long data are kept."""

import csv
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from lms.registry.models import Region, RetentionPeriod

REGIONS = Path(__file__).resolve().parent / "data" / "regions.csv"
RETENTION = REGIONS.with_name("retention.csv")
#: Significant digits of a code per level; the rest of it is zeros.
DIGITS = {"country": 0, "province": 2, "city": 4, "district": 6, "street": 9}


class Division(NamedTuple):
    """One line of regions.csv; `parent` is the code of the division above."""

    code: str
    name: str
    level: str
    parent: str
    authority: str
    authority_name: str


def load_regions() -> int:
    """Add what is missing from the register of regions and correct what differs; the rows changed.

    Safe to repeat, and one query when nothing changed. Divisions that are no longer in the file
    stay: institutions and certificates point at them.
    """
    known = {
        division[0]: Division._make(division)
        for division in Region.objects.values_list(
            "code", "name", "level", "parent__code", "authority", "authority_name"
        )
    }
    wanted = {division.code: division for division in _read()}
    changed = [division for division in wanted.values() if known.get(division.code) != division]
    if changed:
        with transaction.atomic():
            _write(changed)
    return len(changed)


def _read() -> list[Division]:
    with REGIONS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        # China has no parent: None in the database, an empty cell in the file.
        return [Division(**{**row, "parent": row["parent"] or None}) for row in rows]  # type: ignore[arg-type]


def _write(divisions: list[Division]) -> None:
    """Upsert level by level, so that every parent has its key before its children need it."""
    keys = dict(Region.objects.values_list("code", "pk"))
    for level, digits in DIGITS.items():
        rows = [
            Region(
                code=division.code,
                prefix=division.code[:digits],
                level=level,
                name=division.name,
                parent_id=keys.get(division.parent),
                authority=division.authority,
                authority_name=division.authority_name,
            )
            for division in divisions
            if division.level == level
        ]
        Region.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["prefix", "level", "name", "parent", "authority", "authority_name"],
        )
        keys.update(Region.objects.filter(level=level).values_list("code", "pk"))


def load_retention() -> int:
    """Bring in how long each kind is kept, as retention.csv says; the rows changed. Safe to repeat."""
    with RETENTION.open(encoding="utf-8", newline="") as file:
        wanted = {row["kind"]: (int(row["months"]), row["paper"], row["line"]) for row in csv.DictReader(file)}
    rows = RetentionPeriod.objects.values_list("kind", "months", "paper", "line")
    known = {kind: (months, paper, line) for kind, months, paper, line in rows}
    changed = {kind: values for kind, values in wanted.items() if known.get(kind) != values}
    for kind, (months, paper, line) in changed.items():
        values = {"months": months, "paper": paper, "line": line}
        RetentionPeriod.objects.update_or_create(kind=kind, defaults=values)
    return len(changed)
