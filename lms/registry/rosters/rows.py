"""From raw cells to a typed row, or to the reasons why not.

`parse_sheet` is the whole way for a file; `parse_row` judges one row by itself and `check_rows`
compares the accepted rows with each other. Nothing here looks at the register.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from lms.jobs.errors import DomainError
from lms.registry.rosters import columns as c
from lms.registry.rosters.certificates import CertificateCells, CertificateClaim, split_certificates
from lms.registry.rosters.countries import parse_nationality
from lms.registry.rosters.findings import Finding, finding_on
from lms.registry.rosters.glyphs import undrawn
from lms.registry.rosters.identity import (
    IdentityNumber,
    district_known,
    normalise_id,
    parse_id_kind,
    parse_uscc,
)
from lms.registry.rosters.messages import refuse
from lms.registry.rosters.reading import RawRow, Sheet
from lms.registry.rosters.terms import DISPATCHED, parse_contract, parse_employment, parse_validity
from lms.registry.rosters.values import (
    RosterDate,
    parse_date,
    parse_ethnicity,
    parse_expiry,
    parse_full_time,
    parse_name,
    parse_phone,
    parse_post,
    parse_sex,
    parse_text,
    parse_yes_no,
)

Value = TypeVar("Value")

#: Longest text kept per column, in characters: what the register's columns hold.
TEXT_LIMITS = {
    c.INSTITUTION: 120,
    c.ETHNICITY: 30,
    c.EDUCATION: 30,
    c.MAJOR: 60,
    c.HEALTH_NUMBER: 40,
    c.CERT_NAME: 100,
    c.CERT_NUMBER: 60,
    c.CERT_ISSUER: 100,
    c.NOTE: 500,
}
_CERTIFICATE_FIELDS = dict(
    zip(("names", "levels", "numbers", "issuers", "issued", "expires"), c.CERTIFICATE_COLUMNS, strict=True)
)


@dataclass(frozen=True)
class SheetDefaults:
    """The institution of rows that name none: that of the upload, when it is for one institution."""

    institution_name: str = ""
    uscc: str = ""


@dataclass(frozen=True)
class RosterRow:
    """One person on one post, typed. Empty texts are "", what wasn't told is None."""

    row: int
    institution_name: str
    uscc: str
    name: str
    sex: str
    ethnicity: str
    id_kind: str
    id_number: str
    valid_from: date | None
    valid_until: date | None
    nationality: str
    born_on: date | None
    education: str
    major: str
    post: str
    full_time: bool | None
    hired_on: date | None
    hired_precision: str
    employment: str
    contract_until: date | None
    social_insurance: bool | None
    phone: str
    certificates: tuple[CertificateClaim, ...]
    health_number: str
    health_expires_on: date | None
    no_crime_checked_on: date | None
    note: str
    sheet: str = ""


@dataclass(frozen=True)
class ParsedRow:
    """A row's outcome: `row` when it is accepted, else None and at least one error; `name` as far as it was read."""

    number: int
    row: RosterRow | None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    sheet: str = ""
    name: str = ""


@dataclass
class _Cells:
    """The cells of one row while it is judged, gathering findings on the way."""

    raw: RawRow
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def __getitem__(self, column: str) -> object:
        return self.raw.cells.get(column)

    def reject(self, column: str, code: str) -> None:
        self.errors.append(self._finding(column, code))

    def warn(self, column: str, code: str) -> None:
        self.warnings.append(self._finding(column, code))

    def read(self, column: str, parse: Callable[[object], Value]) -> Value | None:
        """The parsed cell, or None with an error."""
        try:
            return parse(self[column])
        except DomainError as refusal:
            self.reject(column, refusal.code)
            return None

    def remarked(self, column: str, parse: Callable[[object], Value]) -> Value | None:
        """The parsed cell, or None with a remark: what can't be read is left out."""
        try:
            return parse(self[column])
        except DomainError as refusal:
            self.warn(column, refusal.code)
            return None

    def text(self, column: str) -> str:
        return self.shorten(column, parse_text(self[column]))

    def shorten(self, column: str, text: str) -> str:
        """`text` within the column's limit, with a warning where it had to be cut."""
        if len(text) <= TEXT_LIMITS[column]:
            return text
        self.warn(column, "text_shortened")
        return text[: TEXT_LIMITS[column]]

    def day(self, column: str, parse: Callable[[object], RosterDate | None] = parse_date) -> RosterDate | None:
        """A date that must be a day: 长期 makes no sense there."""
        found = self.read(column, parse)
        if found is not None and found.day is None:
            self.reject(column, "date_unreadable")
            return None
        return found

    def _finding(self, column: str, code: str) -> Finding:
        return finding_on(self.raw.number, column, self[column], code, self.raw.sheet, self.raw.cells)


def parse_sheet(
    sheet: Sheet,
    *,
    today: date,
    defaults: SheetDefaults | None = None,
    region_known: Callable[[str], bool] = district_known,
) -> Iterator[ParsedRow]:
    """Every row of a roster, judged by itself and against the earlier ones, streamed in file order."""
    return check_rows(parse_row(raw, today, defaults, region_known) for raw in sheet.rows)


def parse_row(
    raw: RawRow,
    today: date,
    sheet_defaults: SheetDefaults | None = None,
    region_known: Callable[[str], bool] = district_known,
) -> ParsedRow:
    """Judge one row. It is rejected on any error and then carries all its errors, each with its column."""
    cells = _Cells(raw)
    institution_name, uscc = _institution(cells, sheet_defaults or SheetDefaults())
    name = _name(cells)
    identity = _identity(cells, today, region_known)
    post = cells.read(c.POST, parse_post)
    hired = cells.day(c.HIRED)
    health = cells.day(c.HEALTH_EXPIRES, parse_expiry)
    no_crime = cells.day(c.NO_CRIME)
    certificates = _certificates(cells)
    born_on = _born_on(cells, identity)
    sex = _sex(cells, identity)
    phone = cells.remarked(c.PHONE, parse_phone) or ""
    valid_from, valid_until = _validity(cells, today)
    nationality = cells.remarked(c.NATIONALITY, parse_nationality) or ""
    contract_until = cells.remarked(c.CONTRACT, parse_contract)
    texts = {column: cells.text(column) for column in (c.EDUCATION, c.MAJOR, c.HEALTH_NUMBER, c.NOTE)}
    ethnicity = cells.shorten(c.ETHNICITY, parse_ethnicity(cells[c.ETHNICITY]))
    row = None
    if not cells.errors and name is not None and identity is not None and post is not None:
        row = RosterRow(
            row=raw.number,
            institution_name=institution_name,
            uscc=uscc,
            name=name,
            sex=sex,
            ethnicity=ethnicity,
            id_kind=identity.kind,
            id_number=identity.number,
            valid_from=valid_from,
            valid_until=valid_until,
            nationality=nationality,
            born_on=born_on,
            education=texts[c.EDUCATION],
            major=texts[c.MAJOR],
            post=post,
            full_time=_full_time(cells),
            hired_on=hired.day if hired else None,
            hired_precision=hired.precision if hired else "",
            employment=parse_employment(cells[c.EMPLOYMENT]),
            contract_until=contract_until,
            social_insurance=parse_yes_no(cells[c.INSURANCE]),
            phone=phone,
            certificates=certificates,
            health_number=texts[c.HEALTH_NUMBER],
            health_expires_on=health.last_day if health else None,
            no_crime_checked_on=no_crime.day if no_crime else None,
            note=texts[c.NOTE],
            sheet=raw.sheet,
        )
    return ParsedRow(raw.number, row, tuple(cells.errors), tuple(cells.warnings), raw.sheet, name or "")


def _institution(cells: _Cells, defaults: SheetDefaults) -> tuple[str, str]:
    """(name, credit code) of the row, else of the upload; a row that names neither is rejected."""
    code = cells.read(c.USCC, parse_uscc)
    if code is not None and code.repaired:
        cells.warn(c.USCC, "uscc_repaired")
    name = cells.text(c.INSTITUTION)
    unread = code is None and bool(parse_text(cells[c.USCC]))
    if name or code or unread:
        return name, code.number if code else ""
    if not (defaults.institution_name or defaults.uscc):
        cells.reject(c.INSTITUTION, "institution_unknown")
    return defaults.institution_name, defaults.uscc


def _name(cells: _Cells) -> str | None:
    """The name, with a warning that tells the characters no certificate could show."""
    name = cells.read(c.NAME, parse_name)
    if name and (missing := undrawn(name)):
        raw = cells.raw
        found = finding_on(raw.number, c.NAME, ", ".join(missing), "glyph_missing", raw.sheet, raw.cells)
        cells.warnings.append(found)
    return name


def _identity(cells: _Cells, today: date, region_known: Callable[[str], bool]) -> IdentityNumber | None:
    kind = cells.read(c.ID_KIND, parse_id_kind)
    found = cells.read(c.ID_NUMBER, lambda raw: normalise_id(raw, kind, today=today, region_known=region_known))
    for code in found.warnings if found else ():
        cells.warn(c.ID_NUMBER, code)
    return found


def _born_on(cells: _Cells, identity: IdentityNumber | None) -> date | None:
    """The birth date of the ID number, compared with the column; the column's where the document has none."""
    in_number = identity.born_on if identity else None
    try:
        told = parse_date(cells[c.BORN])
        if told is not None and told.day is None:
            raise refuse("date_unreadable")
    except DomainError as refusal:
        if in_number is None:
            cells.reject(c.BORN, refusal.code)
        else:
            cells.warn(c.BORN, "birth_mismatch")
        return in_number
    if in_number is None:
        return told.day if told and told.precision == "day" else None
    if told is not None and not told.agrees_with(in_number):
        cells.warn(c.BORN, "birth_mismatch")
    return in_number


def _sex(cells: _Cells, identity: IdentityNumber | None) -> str:
    """The sex of the ID number, compared with the column; the column's where the document has none."""
    told = parse_sex(cells[c.SEX])
    if identity is None or not identity.sex:
        return told
    if told and told != identity.sex:
        cells.warn(c.SEX, "sex_mismatch")
    return identity.sex


def _validity(cells: _Cells, today: date) -> tuple[date | None, date | None]:
    """First and last day of the document. Trouble with them is a remark: the number says who she is."""
    try:
        since, until = parse_validity(cells[c.ID_VALID])
    except DomainError:
        cells.warn(c.ID_VALID, "validity_unreadable")
        return None, None
    if until is not None and until < today:
        cells.warn(c.ID_VALID, "document_expired")
    return since, until


def _full_time(cells: _Cells) -> bool | None:
    """Full or part time by its own column, else by a word of the form of employment (兼职, 小时工)."""
    told = parse_full_time(cells[c.FULL_TIME])
    form = cells[c.EMPLOYMENT]
    if told is None and parse_yes_no(form) is None and parse_employment(form) != DISPATCHED:
        return parse_full_time(form)
    return told


def _certificates(cells: _Cells) -> tuple[CertificateClaim, ...]:
    """The certificates of all column groups. Unreadable dates reject the row, other trouble is a warning."""
    claims: list[CertificateClaim] = []
    group = 1
    while any(_key(column, group) in cells.raw.cells for column in c.CERTIFICATE_COLUMNS):
        values = {name: cells[_key(column, group)] for name, column in _CERTIFICATE_FIELDS.items()}
        found, troubles = split_certificates(CertificateCells(**values))
        for name, refusal in troubles:
            note = cells.reject if refusal.code == "date_unreadable" else cells.warn
            note(_key(_CERTIFICATE_FIELDS[name], group), refusal.code)
        claims += [
            replace(
                claim,
                name=cells.shorten(c.CERT_NAME, claim.name),
                number=cells.shorten(c.CERT_NUMBER, claim.number),
                issuer=cells.shorten(c.CERT_ISSUER, claim.issuer),
            )
            for claim in found
        ]
        group += 1
    return tuple(claims)


def _key(column: str, group: int) -> str:
    return column if group == 1 else f"{column}#{group}"


def check_rows(rows: Iterable[ParsedRow]) -> Iterator[ParsedRow]:
    """The same rows in order, with warnings from comparing each accepted one with those before it.

    duplicate_in_file: the same document at the same institution; one person at two institutions is fine.
    name_differs: the same document under another name.
    """
    names: dict[str, str] = {}
    places: set[tuple[str, str]] = set()
    # Thousands of rows say the same words: each is kept once.
    words: dict[str, str] = {}
    for parsed in rows:
        row = parsed.row
        if row is None:
            yield parsed
            continue
        found = []
        where = row.uscc or row.institution_name
        place = (row.id_number, words.setdefault(where, where))
        if place in places:
            found.append(_about(row, c.ID_NUMBER, row.id_number, "duplicate_in_file"))
        if names.setdefault(row.id_number, words.setdefault(row.name, row.name)) != row.name:
            found.append(_about(row, c.NAME, row.name, "name_differs"))
        places.add(place)
        yield replace(parsed, warnings=(*parsed.warnings, *found)) if found else parsed


def _about(row: RosterRow, column: str, value: object, code: str) -> Finding:
    return finding_on(row.row, column, value, code, row.sheet, {c.NAME: row.name})
