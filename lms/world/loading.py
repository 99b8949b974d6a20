"""Builds the synthetic world through the same constraints and guards as everything else.

A chunk is one transaction, and every chunk is the same whichever process draws it. So a load that was interrupted
leaves whole chunks behind, and is finished by the same call with `add`.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import django
from django.db import IntegrityError, connection, connections, models, transaction
from django.utils import timezone

from certification.models import Qualification
from courses.models import TrainingYear
from lms.jobs.answering import WrongUsage
from lms.jobs.errors import DomainError
from lms.registry import auditing, banning, enlisting, keeping
from lms.registry.models import (
    ConductCase,
    IdentityDocument,
    Institution,
    Leave,
    Membership,
    Person,
    Post,
    Purpose,
    Region,
    Role,
    User,
)
from lms.world.copying import Table
from lms.world.drawing import COLUMNS, Plan, draw, place_id
from lms.world.people import MOST_STAFF

MODELS: dict[str, type[models.Model]] = {
    "institutions": Institution,
    "people": Person,
    "documents": IdentityDocument,
    "posts": Post,
    "leaves": Leave,
    "qualifications": Qualification,
    "years": TrainingYear,
}
#: Regions whose bureaus get accounts: the country, a province, a city, a district.
BUREAUS = ("000000", "310000", "330100", "310117")
#: Districts in name only, between a municipality or prefecture and its real ones.
PLACEHOLDERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
MANAGERS = 5
#: One person in so many is barred; more than MOST_BANS would take longer than they are worth.
STAFF_PER_BAN, MOST_BANS = 5000, 50
MOST_YEARS = 20
Say = Callable[[int, int], None]


@dataclass
class Loaded:
    """How many rows of each kind were written; `chunks_kept` stood before."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MODELS, 0))
    chunks_kept: int = 0
    bans: int = 0


def load(
    *, seed: int, staff: int, institutions: int, years: int, add: bool, password: str | None, processes: int, say: Say
) -> Loaded:
    """Bring in what is missing of the world of `seed`. `say` hears of people written and wanted.

    Codes: world_size, world_not_empty (people stand here, and `add` was not said), world_collides (with `add`:
    a number, code or key of the world is somebody's already; whole chunks before it stay).
    """
    sized = 0 < institutions <= staff and 0 <= years <= MOST_YEARS
    if not sized or 2 * (staff // institutions + 1) > MOST_STAFF:
        raise WrongUsage(
            "world_size", "Ask for at least one person per institution and at most 200, and up to 20 years."
        )
    if not add and Person.objects.exists():
        raise DomainError("world_not_empty", "There are people in this database; --add puts the world beside them.")
    officers = _accounts(password)
    plan = _plan(seed, staff, institutions, years, officers[BUREAUS[0]].user)
    wanted = plan.chunks()
    keys = {place_id(seed, chunk.start): chunk for chunk in wanted}
    kept = set(Institution.objects.filter(pk__in=keys).values_list("pk", flat=True))
    loaded = Loaded(chunks_kept=len(kept))
    missing = [chunk for key, chunk in keys.items() if key not in kept]
    done = sum(plan.people_in(chunk) for key, chunk in keys.items() if key in kept)
    try:
        for counts in _written(plan, missing, processes):
            for name, count in counts.items():
                loaded.rows[name] += count
            done += counts["people"]
            say(done, staff)
    except IntegrityError as error:
        raise DomainError("world_collides", "A number of this world is taken already; choose another seed.") from error
    _managers(plan, password)
    loaded.bans = _bans(plan, officers)
    with transaction.atomic():
        after = {"seed": seed, "bans": loaded.bans, **loaded.rows}
        auditing.record(None, "world.load", Region.objects.get(code=BUREAUS[0]), after=after)
    _tidy()
    return loaded


def _written(plan: Plan, chunks: list[range], processes: int) -> Iterator[dict[str, int]]:
    """Write the chunks, several at a time where the database takes several writers."""
    if processes < 2 or len(chunks) < 2 or connection.vendor == "sqlite":
        for chunk in chunks:
            yield write(plan, chunk)
        return
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=django.setup) as pool:
        written = [pool.submit(write, plan, chunk) for chunk in chunks]
        try:
            for one in written:
                yield one.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def write(plan: Plan, chunk: range) -> dict[str, int]:
    """Draw one chunk and write it in one transaction; rows by table."""
    rows = draw(plan, chunk)
    with transaction.atomic():
        return {
            name: Table(model, COLUMNS[name], now=plan.now).write(getattr(rows, name)) for name, model in MODELS.items()
        }


def _plan(seed: int, staff: int, institutions: int, years: int, verifier: User) -> Plan:
    districts = Region.objects.filter(level="district").exclude(name__in=PLACEHOLDERS)
    return Plan(
        seed=seed,
        staff=staff,
        institutions=institutions,
        years=years,
        today=timezone.localdate(),
        now=timezone.now(),
        districts=list(districts.order_by("code").values_list("pk", "code", "name")),
        verifier=verifier.pk,
    )


def _accounts(password: str | None) -> dict[str, Membership]:
    """Two officers and a supervisor for each of BUREAUS, unless they stand; the first officer of each."""
    roles = {"officer": Role.BUREAU_OFFICER, "officer2": Role.BUREAU_OFFICER, "supervisor": Role.BUREAU_SUPERVISOR}
    first: dict[str, Membership] = {}
    for region in Region.objects.filter(code__in=BUREAUS):
        for name, role in roles.items():
            user = _account(f"world-{name}-{region.code}", region.name, password)
            membership = enlisting.grant(by=None, user=user, role=role, region=region)
            first.setdefault(region.code, membership)
    return first


def _account(username: str, name: str, password: str | None) -> User:
    found = User.objects.filter(username=username).first()
    return found or enlisting.open_account(username=username, password=password, name=name)


def _managers(plan: Plan, password: str | None) -> None:
    """A manager's account for the first institutions."""
    for number in range(min(MANAGERS, plan.institutions)):
        institution = Institution.objects.get(pk=place_id(plan.seed, number))
        user = _account(f"world-manager-{number + 1}", institution.name, password)
        if not Membership.objects.current().filter(user=user).exists():
            enlisting.grant(by=None, user=user, role=Role.INSTITUTION_MANAGER, institution=institution)


def _bans(plan: Plan, officers: dict[str, Membership]) -> int:
    """A few bans by the verbs themselves, of people drawn first; the number of new ones."""
    proposer = officers[BUREAUS[0]]
    confirmer = Membership.objects.current().get(user__username=f"world-supervisor-{BUREAUS[0]}")
    content = b"%PDF-1.4\n% a synthetic decision\n%%EOF\n"
    count = min(plan.staff // STAFF_PER_BAN + 1, MOST_BANS)
    cases = {f"合成{plan.seed}-{number:04d}": number for number in range(count)}
    for known in ConductCase.objects.filter(number__in=cases).values_list("number", flat=True):
        del cases[known]
    numbers = range(0, plan.institutions, max(1, plan.institutions // count))
    for case, number in cases.items():
        post = Post.objects.filter(institution=place_id(plan.seed, numbers[number % len(numbers)])).select_related(
            "person"
        )
        with transaction.atomic():
            decision = keeping.keep(
                content,
                name=f"{case}.pdf",
                purpose=Purpose.BAN_DECISION,
                content_type="application/pdf",
                owner=proposer.user,
            )
            ban = banning.propose_ban(
                by=proposer,
                person=post.order_by("pk")[0].person,
                scope="person",
                case_number=case,
                summary="合成数据，不涉及任何真实的人。",
                legal_basis="《中华人民共和国人口与计划生育法》第四十一条第二款",
                decision=decision,
            )
            banning.confirm_ban(by=confirmer, ban=ban)
    return len(cases)


def _tidy() -> None:
    """Let the planner know what came in; otherwise it takes the tables for the empty ones they were."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            for table in _tables(MODELS.values()):
                cursor.execute(f"VACUUM (ANALYZE) {table}")


def _tables(found: Iterable[type[models.Model]]) -> list[str]:
    return [connection.ops.quote_name(model._meta.db_table) for model in found]
