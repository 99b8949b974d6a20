"""One chunk of the synthetic world as rows: a thousand institutions and everybody who works there."""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lms.registry.crypto import blind_index, seal
from lms.registry.registering import index_of, sort_key
from lms.registry.rosters.identity import mask_number
from lms.world.copying import Row
from lms.world.people import MOST_STAFF, PAPERS, TEAM, Place, Somebody, draw_place, draw_somebody, staff_of

#: Institutions per chunk. A chunk is written in one transaction, and drawn without a look at any other.
CHUNK = 500
#: Provinces, and one municipality, with more childcare than their share of districts: how many times as much.
WEIGHTS = {"31": 12, "11": 6, "33": 3, "32": 2, "44": 2}

#: The columns each row gives, by the name of its list in `Rows`.
COLUMNS = {
    "institutions": "id uscc name kind region_id filing filing_number class_types",
    "people": "id name sort_key sex born_on ethnicity education major phone_sealed phone_index",
    "documents": "id person_id kind number_sealed number_index masked",
    "posts": (
        "id person_id institution_id kind state full_time started_on ended_on"
        " health_number health_expires_on no_crime_checked_on probation_until"
    ),
    "leaves": "id post_id kind started_on",
    "qualifications": (
        "id person_id kind_id level number issuer issued_on expires_on state verified_by_id verified_at"
    ),
    "years": "id person_id year skill_minutes ethics_minutes changed_at assessed_at",
}


@dataclass(frozen=True)
class Plan:
    """What world is wanted, and what of this database its rows must point at."""

    seed: int
    staff: int
    institutions: int
    years: int
    today: date
    now: datetime
    #: (id, code, name) of every district, and the homes people come from.
    districts: Sequence[tuple[int, str, str]]
    #: The account that verified certificates.
    verifier: int

    def chunks(self) -> list[range]:
        """The numbers of all institutions, chunk by chunk."""
        return [range(start, min(start + CHUNK, self.institutions)) for start in range(0, self.institutions, CHUNK)]

    def people_in(self, chunk: range) -> int:
        """How many people work at the institutions of `chunk`."""
        return sum(staff_of(number, staff=self.staff, institutions=self.institutions) for number in chunk)


@dataclass
class Rows:
    """Rows by table, in the order in which they must be written."""

    institutions: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    posts: list[Row] = field(default_factory=list)
    leaves: list[Row] = field(default_factory=list)
    qualifications: list[Row] = field(default_factory=list)
    years: list[Row] = field(default_factory=list)


def place_id(seed: int, number: int) -> uuid.UUID:
    """The key of institution `number`; it tells whether a chunk stands already."""
    return _key(random.Random(f"place:{seed}:{number}"))


def draw(plan: Plan, chunk: range) -> Rows:
    """The rows of the institutions numbered `chunk`."""
    rows = Rows()
    ends = list(_ends(plan))
    homes = [code for _, code, _ in plan.districts]
    sources = {number: random.Random(f"{plan.seed}:{number}") for number in chunk}
    places: dict[int, Place] = {}
    for number, source in sources.items():
        region, code, name = source.choices(plan.districts, cum_weights=ends)[0]
        place = places[number] = draw_place(source, code, name, plan.seed, number)
        classes = ["infant", "small", "big"] if number % 3 == 0 else ["small", "big"]
        filing = f"托备{code}{number:07d}" if place.filing != "pending" else ""
        key = place_id(plan.seed, number)
        rows.institutions.append((key, place.uscc, place.name, place.kind, region, place.filing, filing, classes))
    for number, source in sources.items():
        neighbour = chunk[(number - chunk.start + 1) % len(chunk)]
        team = Team(plan, source, number, neighbour, places[number], places[neighbour])
        for order in range(staff_of(number, staff=plan.staff, institutions=plan.institutions)):
            person = draw_somebody(source, plan.seed, number * MOST_STAFF + order, homes)
            _write_person(plan, rows, source, team, person, TEAM[order] if order < len(TEAM) else TEAM[1 + order % 12])
    return rows


@dataclass(frozen=True)
class Team:
    """Where a person works, and where she may have worked before or works as well."""

    plan: Plan
    source: random.Random
    number: int
    neighbour: int
    place: Place
    other: Place


def _write_person(plan: Plan, rows: Rows, source: random.Random, team: Team, person: Somebody, kind: str) -> None:
    key, document = _key(source), _key(source)
    rows.people.append(
        (
            key,
            person.name,
            sort_key(person.name),
            person.sex,
            person.born_on,
            "维吾尔族" if "·" in person.name else "汉族",
            person.education,
            person.major,
            seal(person.phone, f"registry_person:phone:{key}"),
            blind_index("phone", person.phone),
        )
    )
    sealed = seal(person.number, f"registry_identitydocument:number:{document}")
    rows.documents.append((document, key, "resident", sealed, index_of(person.number), mask_number(person.number)))
    started = _posts(plan, rows, source, team, key, person, kind)
    _papers(plan, rows, source, key, kind)
    for back in range(plan.years):
        year = plan.today.year - back
        if started.year <= year:
            minutes = (source.randrange(20, 100) * 45, source.randrange(10, 50) * 45)
            # Held against its standard already, as far as any worker is concerned: it need not do a million.
            rows.years.append((_key(source), key, year, *minutes, plan.now, plan.now))


def _posts(
    plan: Plan, rows: Rows, source: random.Random, team: Team, key: uuid.UUID, person: Somebody, kind: str
) -> date:
    """Her posts: one now unless she has left, for some one before, for a few one more; the day of the first."""
    today = plan.today
    adult = person.born_on.replace(day=1, year=person.born_on.year + 18)
    longest = min(3000, (today - adult).days - 1)
    days = source.randrange(1, 120) if source.random() < 0.08 else source.randrange(30, max(31, longest))
    started = today - timedelta(days=days)
    draw = source.random()
    left = team.place.filing == "closed" or draw < 0.05
    state = "left" if left else "leave" if draw < 0.08 else "probation" if days < 90 else "on_post"
    ended = today - timedelta(days=source.randrange(days)) if left else None
    post = _key(source)
    health, checked = today + timedelta(days=source.randrange(-15, 350)), today - timedelta(days=source.randrange(380))
    papers = (f"JK{source.randrange(10**8):08d}", health, checked)
    until = started + timedelta(days=90) if state == "probation" else None
    at = place_id(plan.seed, team.number)
    rows.posts.append((post, key, at, kind, state, source.random() < 0.9, started, ended, *papers, until))
    if state == "leave":
        rows.leaves.append(
            (_key(source), post, source.choice(("maternity", "sick")), today - timedelta(days=days // 2))
        )
    more = source.random()
    if team.neighbour == team.number or more >= 0.10:
        return started
    other = place_id(plan.seed, team.neighbour)
    if more < 0.08:
        before = started - timedelta(days=source.randrange(100, 900))
        rows.posts.append((_key(source), key, other, kind, "left", True, before, started, "", None, None, None))
        return before
    if team.other.filing != "closed":
        rows.posts.append((_key(source), key, other, kind, "on_post", False, started, None, *papers, None))
    return started


def _papers(plan: Plan, rows: Rows, source: random.Random, key: uuid.UUID, kind: str) -> None:
    """The certificate her post asks for; five in six have one, and a bureau has verified most of these."""
    if kind not in PAPERS or source.random() < 0.16:
        return
    code, issuer = PAPERS[kind]
    issued = plan.today - timedelta(days=source.randrange(200, 3000))
    level = source.choice((3, 4, 5)) if code == "childcare_worker" else None
    serial = source.randrange(10**17)
    number = f"Y{serial % 10**12:012d}{issued:%y}{level}{source.randrange(10**6):06d}" if level else f"{serial:017d}"
    expires = plan.today + timedelta(days=source.randrange(-60, 1500)) if source.random() < 0.3 else None
    draw = source.random()
    state = "valid" if draw < 0.88 else "unverified" if draw < 0.98 else "doubtful"
    verified = (plan.verifier, plan.now) if state != "unverified" else (None, None)
    row = (_key(source), key, code, level, number, issuer, issued, expires, state, *verified)
    rows.qualifications.append(row)


def _ends(plan: Plan) -> Iterator[int]:
    """Where each district's share of the institutions ends."""
    end = 0
    for _, code, _ in plan.districts:
        end += WEIGHTS.get(code[:2], 1)
        yield end


def _key(source: random.Random) -> uuid.UUID:
    return uuid.UUID(int=source.getrandbits(128), version=4)
