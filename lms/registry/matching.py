"""Holding the rows of a roster against the register: what each of them would change. Writes nothing.

The preview, the import command and the import job all plan here, so that they can't differ.
Look-ups are made once per chunk of rows, never per row.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from lms.registry import banning, posting, registering
from lms.registry.guessing import guess_kind
from lms.registry.models import (
    CertificateClaim,
    IdentityDocument,
    Institution,
    Level,
    Person,
    Post,
    Region,
)
from lms.registry.rosters import columns
from lms.registry.rosters.findings import Finding, finding_on
from lms.registry.rosters.identity import IdentityNumber
from lms.registry.rosters.rows import ParsedRow, RosterRow
from lms.registry.rosters.values import RosterDate, compact

DOCUMENT_DATES = ("valid_from", "valid_until")

Pair = tuple[str, UUID]
ClaimKey = tuple[UUID, str, str]


@dataclass
class Plan:
    """What one chunk would change, and the answers to its rows."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    rejected: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    institutions: list[Institution] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    documents: list[IdentityDocument] = field(default_factory=list)
    completed: list[tuple[Person, list[str]]] = field(default_factory=list)
    redated: list[IdentityDocument] = field(default_factory=list)
    placements: list[posting.Placement] = field(default_factory=list)
    claims: list[CertificateClaim] = field(default_factory=list)
    #: Known rows as they stood, by key: those that `completed`, `redated` and `placements` change.
    were: dict[UUID, dict[str, object]] = field(default_factory=dict)
    #: Keys of known people, documents and posts that rows repeat.
    named: list[UUID] = field(default_factory=list)
    #: What this chunk added to the matcher's memory.
    met: list[str] = field(default_factory=list)
    placed: list[Pair] = field(default_factory=list)
    claimed: list[ClaimKey] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)


@dataclass
class Known:
    """What the register knows about the people of one chunk."""

    people: dict[str, Person]
    documents: dict[str, IdentityDocument]
    barred: set[UUID]
    near_barred: set[tuple[str, date]]
    spells: dict[tuple[UUID, UUID], list[Post]]
    claims: set[ClaimKey]


class Matcher:
    """Plans a file chunk by chunk, and remembers what its earlier rows said.

    The first row about a person tells about her, the first about her post at an institution counts; later ones only
    repeat. Otherwise a list that contradicts itself would change something at every import. Rows must come in file
    order. `cleared`: a human has seen the documents of the file's near matches of barred people, so they aren't held.
    """

    def __init__(
        self,
        *,
        today: date,
        region: Region | None = None,
        institution: Institution | None = None,
        cleared: bool = False,
    ) -> None:
        self.today = today
        self.region = region
        self.institution = institution
        self.cleared = cleared
        #: By normalised number, which whoever reads the rows keeps anyway.
        self._met: dict[str, UUID] = {}
        self._placed: set[Pair] = set()
        self._claimed: set[ClaimKey] = set()
        #: Names on rows that were not accepted: such a row may be about anybody of that name.
        self._unplaced: Counter[str] = Counter()
        self._by_code: dict[str, Institution] = {}
        self._by_name: dict[str, list[Institution]] = {}
        self._regions: dict[str, Region | None] = {}

    def plan(self, chunk: Sequence[ParsedRow]) -> Plan:
        """What these rows would change, given the register now and the rows before."""
        plan = Plan(rows=len(chunk))
        rows = [parsed.row for parsed in chunk if parsed.row is not None]
        indexes = {row.id_number: registering.index_of(row.id_number) for row in rows}
        self._look_up_institutions(rows)
        known = self._look_up_people(rows, indexes)
        for parsed in chunk:
            if parsed.row is None:
                plan.rejected += parsed.errors
                plan.unplaced.append(parsed.name)
            elif not self._match(plan, known, parsed, parsed.row, indexes[parsed.row.id_number]):
                plan.unplaced.append(parsed.row.name)
        self._unplaced.update(plan.unplaced)
        return plan

    def forget(self, plan: Plan) -> None:
        """Take back what planning this chunk remembered, because it could not be written."""
        for number in plan.met:
            del self._met[number]
        self._placed.difference_update(plan.placed)
        self._claimed.difference_update(plan.claimed)
        self._unplaced.subtract(plan.unplaced)
        # Somebody else may have registered an institution meanwhile, or closed one.
        self._by_code.clear()
        self._by_name.clear()
        if self.institution is not None:
            self.institution.refresh_from_db(fields=["filing"])

    def present(self) -> dict[UUID, set[UUID]]:
        """The people accepted so far, by institution."""
        people: dict[UUID, set[UUID]] = {}
        for number, institution in self._placed:
            people.setdefault(institution, set()).add(self._met[number])
        return people

    def unclear(self, name: str) -> bool:
        """Whether a row that was not accepted bears this name."""
        return self._unplaced[name] > 0

    # --- Look-ups ---------------------------------------------------------------------------

    def _look_up_institutions(self, rows: Iterable[RosterRow]) -> None:
        if self.institution is not None:
            return
        codes, names = set(), set()
        for row in rows:
            codes.add(row.uscc)
            names.add(row.institution_name)
        codes -= {"", *self._by_code}
        names -= {"", *self._by_name}
        found = Institution.objects.select_related("region")
        if codes:
            self._by_code |= {row.uscc: row for row in found.filter(uscc__in=codes)}
        if names:
            self._by_name |= {name: [] for name in names}
            for institution in found.filter(name__in=names, region__prefix__startswith=self._prefix):
                self._by_name[institution.name].append(institution)

    def _look_up_people(self, rows: Sequence[RosterRow], indexes: dict[str, str]) -> Known:
        known = IdentityDocument.objects.filter(number_index__in=indexes.values())
        documents = {row.number_index: row for row in known.defer("number_sealed")}
        holders = {index: row.person_id for index, row in documents.items()}
        by_id = Person.objects.in_bulk(set(holders.values()))
        new = [row for row in rows if indexes[row.id_number] not in holders]
        spells: dict[tuple[UUID, UUID], list[Post]] = {}
        for post in Post.objects.filter(person_id__in=by_id).order_by("started_on"):
            spells.setdefault((post.person_id, post.institution_id), []).append(post)
        claims = CertificateClaim.objects.filter(person_id__in=by_id)
        return Known(
            people={index: by_id[pk] for index, pk in holders.items()},
            documents=documents,
            barred=banning.barred_ids(by_id),
            near_barred=set() if self.cleared else banning.near_barred((row.name, row.born_on) for row in new),
            spells=spells,
            claims=set(claims.values_list("person_id", "kind", "number")),
        )

    @property
    def _prefix(self) -> str:
        return self.region.prefix if self.region else ""

    # --- Rows -------------------------------------------------------------------------------

    def _match(self, plan: Plan, known: Known, parsed: ParsedRow, row: RosterRow, index: str) -> bool:
        """Judge one readable row against the register and add what it changes to the plan; whether it is accepted."""
        institution = self._institution_of(row)
        person = known.people.get(index)
        if institution is None:
            code = "institution_unknown"
            column = columns.USCC if row.uscc else columns.INSTITUTION
            plan.rejected.append(_remark(row, column, row.uscc or row.institution_name, code))
            return False
        if person is not None and person.pk in known.barred:
            plan.rejected.append(_on_document(row, "person_barred"))
            return False
        if person is None and row.id_number not in self._met and (row.name, row.born_on) in known.near_barred:
            plan.held += 1
            plan.warnings += [*parsed.warnings, _on_document(row, "id_held_near_match")]
            return False
        spells = known.spells.get((person.pk, institution.pk), []) if person else []
        again = (row.id_number, institution.pk) in self._placed
        if institution.takes_nobody and not again and posting.adds_post(spells, _statement_of(row)):
            plan.rejected.append(_remark(row, columns.INSTITUTION, institution.name, "institution_closed"))
            return False
        plan.warnings += parsed.warnings
        warned = {finding.code for finding in parsed.warnings}
        if again:
            plan.unchanged += 1
            if "duplicate_in_file" not in warned:
                plan.warnings.append(_on_document(row, "duplicate_in_file"))
            return True
        if person is not None and person.name != row.name and "name_differs" not in warned:
            plan.warnings.append(_remark(row, columns.NAME, row.name, "name_differs"))
        self._admit(plan, institution, row)
        completed = False
        if person is None:
            person = self._meet(plan, row, index)
            known.people[index] = person
        elif row.id_number not in self._met:
            completed = self._complete(plan, known, row, person, index)
            plan.named += (person.pk, known.documents[index].pk)
        if row.id_number not in self._met:
            self._met[row.id_number] = person.pk
            plan.met.append(row.id_number)
        self._placed.add((row.id_number, institution.pk))
        plan.placed.append((row.id_number, institution.pk))
        outcome = self._place(plan, known, row, person, institution)
        claimed = self._claim(plan, known, row, person)
        if outcome == posting.CREATED:
            plan.created += 1
        elif outcome == posting.UPDATED or completed or claimed:
            plan.updated += 1
        else:
            plan.unchanged += 1
        return True

    def _complete(self, plan: Plan, known: Known, row: RosterRow, person: Person, index: str) -> bool:
        """Take over what the row tells of somebody known, and of her document; whether anything changed."""
        was = dict(vars(person))
        changed = registering.fill(person, _told_of_person(row))
        if changed:
            plan.completed.append((person, changed))
            plan.were[person.pk] = was
        document = known.documents[index]
        dates = {name: day for name in DOCUMENT_DATES if (day := getattr(row, name)) is not None}
        dated = any(getattr(document, name) != day for name, day in dates.items())
        if dated:
            plan.were[document.pk] = dict(vars(document))
            vars(document).update(dates)
            if document.valid_from and document.valid_until and document.valid_until < document.valid_from:
                # The register holds the dates of another card: what the row leaves open is not known of this one.
                vars(document).update({name: dates.get(name) for name in DOCUMENT_DATES})
            plan.redated.append(document)
        return bool(changed) or dated

    def _meet(self, plan: Plan, row: RosterRow, index: str) -> Person:
        """A person the register doesn't know; by an earlier chunk of a preview, she may be met already."""
        document = IdentityNumber(row.id_kind, row.id_number, row.sex, row.born_on)
        person = registering.new_person(row.name, document, _told_of_person(row))
        if row.id_number in self._met:
            person.pk = self._met[row.id_number]
            return person
        held = registering.new_document(person, document, index)
        held.valid_from, held.valid_until = row.valid_from, row.valid_until
        plan.people.append(person)
        plan.documents.append(held)
        return person

    def _place(self, plan: Plan, known: Known, row: RosterRow, person: Person, institution: Institution) -> str:
        spells = known.spells.get((person.pk, institution.pk), [])
        was = {post.pk: dict(vars(post)) for post in spells if post.ended_on is None}
        placement = posting.decide(
            spells,
            _statement_of(row),
            person_id=person.pk,
            institution_id=institution.pk,
            today=self.today,
        )
        if placement.outcome == posting.ENDED:
            plan.warnings.append(_remark(row, columns.HIRED, str(row.hired_on), "post_ended"))
        elif placement.outcome != posting.UNCHANGED:
            plan.placements.append(placement)
            plan.were |= was
        else:
            plan.named.append(placement.post.pk)
        return placement.outcome

    def _claim(self, plan: Plan, known: Known, row: RosterRow, person: Person) -> bool:
        """Add the certificates nobody has claimed for this person; whether there were any."""
        before = len(plan.claims)
        for claim in row.certificates:
            key = (person.pk, claim.kind_code, claim.number)
            if key in known.claims or key in self._claimed:
                continue
            self._claimed.add(key)
            plan.claimed.append(key)
            plan.claims.append(
                CertificateClaim(
                    person_id=person.pk,
                    kind=claim.kind_code,
                    name=claim.name,
                    level=claim.level,
                    number=claim.number,
                    issuer=claim.issuer,
                    issued_on=claim.issued_on,
                    expires_on=claim.expires_on,
                )
            )
        return len(plan.claims) > before

    # --- Institutions -----------------------------------------------------------------------

    def _institution_of(self, row: RosterRow) -> Institution | None:
        """The institution a row means, a new one not yet saved, or None where that can't be told.

        An upload for one institution holds nobody else's rows. A bureau reaches its own region only;
        a code registered elsewhere is unknown to it. A name alone must fit exactly one there.
        """
        if self.institution is not None:
            own = row.uscc == self.institution.uscc if row.uscc else _alike(row.institution_name, self.institution.name)
            return self.institution if own else None
        if not row.uscc:
            named = self._by_name.get(row.institution_name, [])
            return named[0] if len(named) == 1 else None
        known = self._by_code.get(row.uscc)
        if known is not None:
            return known if known.region.prefix.startswith(self._prefix) else None
        region = self._region_of(row.uscc)
        if not row.institution_name or region is None:
            return None
        return Institution(
            uscc=row.uscc, name=row.institution_name, kind=guess_kind(row.institution_name, row.uscc), region=region
        )

    def _admit(self, plan: Plan, institution: Institution, row: RosterRow) -> None:
        """Remember a new institution once one of its rows is accepted; it awaits filing.

        Registered here though its code names another district, it is remarked on.
        """
        if institution._state.adding and institution.uscc not in self._by_code:
            self._by_code[institution.uscc] = institution
            self._by_name[institution.name].append(institution)
            plan.institutions.append(institution)
            named = self._named_by(institution.uscc)
            if named is not None and named.level == Level.DISTRICT and not _related(named, institution.region):
                plan.warnings.append(_remark(row, columns.USCC, row.uscc, "institution_region_differs"))

    def _region_of(self, uscc: str) -> Region | None:
        """Where a new institution belongs: the region in its code if that lies within ours, else ours.

        Without a region of our own there is nowhere else to put it.
        """
        named = self._named_by(uscc)
        if self.region is None or (named is not None and named.prefix.startswith(self._prefix)):
            return named
        return self.region

    def _named_by(self, uscc: str) -> Region | None:
        """The region where a credit code was given (GB 32100, characters 3 to 8); None for one we don't know."""
        code = uscc[2:8]
        if code not in self._regions:
            self._regions[code] = Region.objects.filter(code=code).first()
        return self._regions[code]


def _related(one: Region, other: Region) -> bool:
    """Whether one of two regions lies within the other, or they are the same."""
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


def _alike(written: str, name: str) -> bool:
    """Whether a roster may mean the institution `name` by what is written: one contains the other."""
    short, long = sorted((compact(written), compact(name)), key=len)
    return bool(short) and short in long


def _told_of_person(row: RosterRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in registering.TOLD_FIELDS}


def _statement_of(row: RosterRow) -> posting.Statement:
    """What a row says about a post."""
    told = {name: getattr(row, name) for name in posting.TOLD_FIELDS}
    since = RosterDate(row.hired_on, row.hired_precision) if row.hired_on else None
    return posting.Statement(row.post, since, told)


def _on_document(row: RosterRow, code: str) -> Finding:
    return _remark(row, columns.ID_NUMBER, row.id_number, code)


def _remark(row: RosterRow, column: str, value: str, code: str) -> Finding:
    return finding_on(row.row, column, value, code, row.sheet, {columns.NAME: row.name})
