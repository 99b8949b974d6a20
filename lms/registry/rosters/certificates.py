"""Certificates a row claims: several may share one cell, their numbers and dates the next ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lms.jobs.errors import DomainError
from lms.registry.rosters.messages import refuse
from lms.registry.rosters.values import (
    compact,
    level_in_name,
    parse_date,
    parse_expiry,
    parse_level,
    parse_text,
)

#: Kinds of certificate by what their name contains; the first that fits counts (domain §3).
KIND_PATTERNS: tuple[tuple[str, str], ...] = (
    ("manager_training", r"负责人.*(培训|合格|上岗)|(托育|托幼).*(园长|管理).*(培训|合格)"),
    ("teacher_licence", r"教师资格|教师证|教资"),
    ("health_worker_training", r"妇幼保健.*合格|卫生保健|保健(员|医|人员).*(合格|上岗|证)|保健.*培训"),
    ("physician", r"医师|医生"),
    ("nurse", r"护士|护师|护理.*执业"),
    ("nutrition_training", r"营养"),
    ("guard_licence", r"保安"),
    ("infant_carer", r"育婴"),
    ("childcare_worker", r"保育师"),
    ("childcare_worker_old", r"保育员"),
)
OTHER = "other"

#: A field of CertificateCells and why it couldn't be read.
Trouble = tuple[str, DomainError]

_BETWEEN = re.compile(r"[、，,;；\n\r]")


@dataclass(frozen=True)
class CertificateClaim:
    """One certificate as a roster claims it; nothing about it is verified.

    `level` is 1 (highest) to 5 or None; `permanent` means it says 长期, so `expires_on` is None.
    """

    name: str
    kind_code: str
    level: int | None = None
    number: str = ""
    issuer: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    permanent: bool = False


@dataclass(frozen=True)
class CertificateCells:
    """The cells of one group of certificate columns, as they stand in the row."""

    names: object = None
    levels: object = None
    numbers: object = None
    issuers: object = None
    issued: object = None
    expires: object = None


@lru_cache(maxsize=4096)
def certificate_kind(name: str) -> str:
    """The kind code of a certificate's name, "other" when none of KIND_PATTERNS fits."""
    word = compact(name)
    return next((code for code, pattern in KIND_PATTERNS if re.search(pattern, word)), OTHER)


def split_cell(raw: object, *, slash: bool = False) -> list[str]:
    """The parts of a cell between 、，,;； and line breaks, those inside brackets excepted.

    `slash` splits at / too.
    """
    text = str(raw) if isinstance(raw, str) else parse_text(raw)
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "(（[【") - (character in ")）]】")
        if depth <= 0 and (_BETWEEN.match(character) or (slash and character == "/")):
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    cleaned = (re.sub(r"^[0-9][.．)）]\s*(?=\D)", "", parse_text(part)) for part in parts)
    return [part for part in cleaned if compact(part)]


def split_certificates(
    cells: CertificateCells,
) -> tuple[tuple[CertificateClaim, ...], list[Trouble]]:
    """The certificates of one group of cells, and what couldn't be read.

    Parts are paired in order where the counts agree; a single level, issuer or date holds for all. A
    single number for several certificates is kept on each and reported, since nobody can tell whose it is.
    A number without a name is a certificate of kind "other".
    """
    names = split_cell(cells.names)
    if len(names) == 1 and "/" in names[0]:
        halves = split_cell(cells.names, slash=True)
        names = halves if all(certificate_kind(half) != OTHER for half in halves) else names
    numbers = [re.sub(r"\s", "", part) for part in split_cell(cells.numbers, slash=True)]
    if not names and not numbers:
        return (), []
    names = names or [""] * len(numbers)
    count = len(names)
    troubles: list[Trouble] = []
    if count > 1 and numbers and len(numbers) != count:
        troubles.append(("numbers", refuse("certificate_number_shared")))
        numbers = ["、".join(numbers)]
    levels = _levels(cells.levels, names, troubles)
    issuers = _spread(split_cell(cells.issuers), count) or [parse_text(cells.issuers)] * count
    issued = [_read_date("issued", value, troubles) for value in _date_parts(cells.issued, count)]
    expires = [_read_date("expires", value, troubles) for value in _date_parts(cells.expires, count)]
    numbers = _spread(numbers, count) or [""] * count
    claims = tuple(
        CertificateClaim(
            name=name,
            kind_code=certificate_kind(name),
            level=levels[i],
            number=numbers[i],
            issuer=issuers[i],
            issued_on=issued[i][0],
            expires_on=expires[i][0],
            permanent=expires[i][1],
        )
        for i, name in enumerate(names)
    )
    return claims, troubles


def _spread(parts: Sequence[str], count: int) -> list[str]:
    """`parts` as `count` values: one each, or one for all; [] where the counts don't agree."""
    if len(parts) == 1:
        return list(parts) * count
    return list(parts) if len(parts) == count else []


def _levels(raw: object, names: Sequence[str], troubles: list[Trouble]) -> list[int | None]:
    """A level per name: from the cell as a whole, else part by part, else from the name itself."""
    from_names = [level_in_name(name) for name in names]
    parts = _spread(split_cell(raw, slash=len(names) > 1), len(names))
    found: list[int | None]
    try:
        whole = parse_level(raw)
        found = [whole] * len(names)
    except DomainError as refusal:
        try:
            found = [parse_level(part) for part in parts] if len(names) > 1 and parts else []
        except DomainError:
            found = []
        if not found:
            troubles.append(("levels", refusal))
            found = [None] * len(names)
    return [level or own for level, own in zip(found, from_names, strict=True)]


def _date_parts(raw: object, count: int) -> list[object]:
    """A date cell as `count` cells; a cell that isn't text, or can't be split evenly, holds for all."""
    if isinstance(raw, str) and count > 1:
        parts = _spread(split_cell(raw), count)
        if parts:
            return list(parts)
    return [raw] * count


def _read_date(field: str, raw: object, troubles: list[Trouble]) -> tuple[date | None, bool]:
    """(day, permanent) of an issue date or an end of validity, whose last day counts."""
    try:
        found = parse_date(raw) if field == "issued" else parse_expiry(raw)
        if found is not None and found.permanent and field == "issued":
            raise refuse("date_unreadable")
    except DomainError as refusal:
        if all(known != field for known, _ in troubles):
            troubles.append((field, refusal))
        return None, False
    if found is None:
        return None, False
    return (found.day if field == "issued" else found.last_day), found.permanent
