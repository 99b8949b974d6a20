"""Finding records that may be one person, and the queue in which a bureau decides.

The same name on the same birthday, or the same phone: each is a question for people, never an answer. Homonyms
live side by side. A pair is asked about once; what was decided stays decided.
"""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from lms.jobs.models import Job
from lms.jobs.running import enqueue
from lms.registry import access, auditing
from lms.registry.errors import refuse
from lms.registry.models import Likeness, Membership, Person, PossibleDuplicate, Role

FIND = "find_duplicates"
#: A phone that more people share than this is an institution's, and says nothing about who they are.
SHARED_PHONE = 4
#: People of one name and birthday that are still paired; a larger crowd is a wrong birth date in a roster.
CROWD = 12
#: Groups looked at in one transaction.
CHUNK = 200

Step = Callable[[int, int], None]


def search(step: Step | None = None, begin: int = 0) -> int:
    """Look through the whole register and queue what is new; how many pairs. `step(done, total)` after each chunk.

    `begin` groups are passed over: looked at before a worker died. Safe to run at any time, and twice.
    """
    groups = [*_namesakes(), *_phone_sharers()]
    found = 0
    for start in range(begin, len(groups), CHUNK):
        chunk = groups[start : start + CHUNK]
        with transaction.atomic():
            found += _queue(chunk)
            if step:
                step(start + len(chunk), len(groups))
    return found


def ask_for_search(*, key: str) -> Job:
    """A job that searches; asked for again under the same `key`, it is the same one."""
    return enqueue(FIND, {}, key=f"{FIND}:{key}")


def note_pair(one: UUID, other: UUID, likeness: str) -> PossibleDuplicate:
    """The two records wait in the queue, unless they have been asked about before."""
    first, second = sorted((one, other))
    return PossibleDuplicate.objects.get_or_create(first_id=first, second_id=second, defaults={"likeness": likeness})[0]


def queue(by: Membership) -> "QuerySet[PossibleDuplicate]":
    """Pairs of which both records are in one's scope: a pair across two districts waits at the bureau above them."""
    rows = PossibleDuplicate.objects.select_related("first", "second", "decided_by")
    if by.role not in (*access.BUREAU, Role.PLATFORM_ADMIN):
        return rows.none()
    people = access.people(by).order_by().values("pk")
    return rows.filter(first__in=people, second__in=people)


def waiting(rows: "QuerySet[PossibleDuplicate]") -> "QuerySet[PossibleDuplicate]":
    """Those nobody has decided, and of which neither record is merged or erased meanwhile."""
    return rows.filter(
        decision="",
        first__merged_into__isnull=True,
        second__merged_into__isnull=True,
        first__erased_at__isnull=True,
        second__erased_at__isnull=True,
    )


def tell_apart(*, by: Membership, pairs: Iterable[PossibleDuplicate], reason: str = "") -> int:
    """They are two people each; how many pairs were decided. Pairs decided meanwhile stay as they are.

    Codes: not_allowed, duplicate_decided (none of them waits any more).
    """
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    keys = [pair.pk for pair in pairs]
    with transaction.atomic():
        allowed = waiting(queue(by)).filter(pk__in=keys).values_list("pk", flat=True)
        rows = list(PossibleDuplicate.objects.select_for_update().filter(pk__in=list(allowed), decision=""))
        if not rows:
            raise refuse("duplicate_decided")
        now = timezone.now()
        for row in rows:
            row.decision, row.decided_by, row.decided_at = PossibleDuplicate.Decision.DIFFERENT, by.user, now
            row.reason = reason.strip()
        PossibleDuplicate.objects.bulk_update(rows, ["decision", "decided_by", "decided_at", "reason"], batch_size=500)
        after = {"reason": reason.strip()}
        auditing.record_all(by, [auditing.Act("person.different", row, after=after) for row in rows])
    return len(rows)


def name_pair(*, by: Membership, one: Person, other: Person) -> PossibleDuplicate:
    """An officer names two records herself; a pair told apart before is asked about again.

    Codes: not_allowed, not_found, same_record, merged_record.
    """
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    if one.pk == other.pk:
        raise refuse("same_record")
    people = [access.one(access.people(by), pk=person.pk) for person in (one, other)]
    if any(person.merged_into_id for person in people):
        raise refuse("merged_record")
    with transaction.atomic():
        row = note_pair(one.pk, other.pk, Likeness.DOCUMENT)
        if row.decision:
            row.decision, row.decided_by, row.decided_at, row.reason = "", None, None, ""
            row.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
        auditing.record(by, "person.pair", row)
    return row


def _living() -> "QuerySet[Person]":
    return Person.objects.filter(merged_into__isnull=True, erased_at__isnull=True).order_by()


Group = tuple[Likeness, Q]


def _namesakes() -> list[Group]:
    """Names that several records with one birth date bear."""
    rows = _living().filter(born_on__isnull=False).values("name", "born_on").annotate(n=Count("pk"))
    rows = rows.filter(n__gt=1, n__lte=CROWD).order_by("name", "born_on")
    return [(Likeness.NAME_AND_BIRTH, _of(name, day)) for name, day in rows.values_list("name", "born_on") if day]


def _of(name: str, day: date) -> Q:
    return Q(name=name, born_on=day)


def _phone_sharers() -> list[Group]:
    rows = _living().exclude(phone_index="").values("phone_index").annotate(n=Count("pk"))
    rows = rows.filter(n__gt=1, n__lte=SHARED_PHONE).order_by("phone_index")
    return [(Likeness.PHONE, Q(phone_index=index)) for index in rows.values_list("phone_index", flat=True)]


def _queue(groups: Iterable[Group]) -> int:
    """Pairs of these groups that were never asked about."""
    pairs: dict[tuple[UUID, UUID], Likeness] = {}
    for likeness, same in groups:
        members: list[Any] = sorted(_living().filter(same).values_list("pk", flat=True))
        for pair in combinations(members, 2):
            pairs.setdefault(pair, likeness)
    firsts = {first for first, _second in pairs}
    known = set(PossibleDuplicate.objects.filter(first__in=firsts).values_list("first_id", "second_id"))
    new = [
        PossibleDuplicate(first_id=first, second_id=second, likeness=likeness)
        for (first, second), likeness in pairs.items()
        if (first, second) not in known
    ]
    PossibleDuplicate.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)
