"""Hours earned elsewhere (S51, S53): claimed with evidence, decided item by item, credited where granted.

The person claims, or the institution she works for does it for her; the bureau of where she is on post decides.
Whoever decides may grant less than was asked, with a reason. Minutes that count for something else already are
left out when an item is credited, so nothing counts twice; she is told how many were written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courses import crediting
from courses.enrolling import lock_people
from courses.errors import refuse
from courses.models import CLAIMED, HourCategory, HourClaim, HourClaimItem, HourEntry
from lms.registry import auditing, banning, noticing
from lms.registry.access import BUREAU
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, Person, Post, PrivateFile, Region, Role, User
from lms.registry.noticing import News

#: One item is one stretch of one day or night; longer training is several items.
LONGEST = timedelta(hours=24)
MOST_ITEMS = 20


@dataclass(frozen=True)
class Stretch:
    """What an item asks for: whole minutes on a day; with clock times where these are known."""

    day: date
    minutes: int
    bucket: str
    category: str = ""
    online: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@transaction.atomic
def claim(
    *,
    by: Membership,
    person: Person,
    source: str,
    title: str,
    organiser: str,
    evidence: PrivateFile,
    stretches: Sequence[Stretch],
) -> HourClaim:
    """`person`, or the manager of where she works, claims hours; the bureau of her region will decide.

    For practice `organiser` names the mentor who signs it off (S53). Refuses `not_allowed`, `not_found` for somebody
    else's staff, `person_barred`, `claim_source`, `organiser_missing`, `claim_empty` (or more than MOST_ITEMS),
    `claim_times` (not past, no whole stretch, longer than its times), `category_unknown`, `category_bucket`, and
    `claim_nowhere` for somebody who neither works anywhere nor was registered by a bureau.
    """
    institution = _refuse_unless_hers(by, person)
    lock_people([person.pk])
    banning.refuse_if_barred(person)
    if source not in CLAIMED:
        raise refuse("claim_source")
    if not title.strip() or not organiser.strip():
        raise refuse("organiser_missing")
    if not 0 < len(stretches) <= MOST_ITEMS:
        raise refuse("claim_empty", most=MOST_ITEMS)
    buckets = dict(HourCategory.objects.values_list("name", "bucket"))
    for stretch in stretches:
        _refuse_unless_sound(stretch, buckets)
    row = HourClaim.objects.create(
        person=person,
        source=source,
        title=title.strip(),
        organiser=organiser.strip(),
        region=_region_of(person),
        institution_id=institution,
        evidence=evidence,
        claimed_by=by.user,
    )
    HourClaimItem.objects.bulk_create(
        HourClaimItem(
            claim=row,
            number=number,
            day=stretch.day,
            starts_at=stretch.starts_at,
            ends_at=stretch.ends_at,
            bucket=stretch.bucket,
            category=stretch.category,
            online=stretch.online,
            asked_minutes=stretch.minutes,
        )
        for number, stretch in enumerate(stretches, 1)
    )
    after = {"person": str(person.pk), "source": str(source), "minutes": sum(part.minutes for part in stretches)}
    auditing.record(by, "claim_hours", row, after=after)
    return row


@transaction.atomic
def decide(*, by: Membership, item: HourClaimItem, minutes: int, reason: str = "") -> HourClaimItem:
    """Grant so many minutes of an item, and credit them; 0 refuses it. Less than asked needs a reason.

    For officers of the claim's region (`not_allowed`, `not_found`). Refuses `same_person` (her own claim, or one she
    sent in), `item_decided`, `granted_too_much`, `reason_missing`, `person_barred`.
    """
    row = _held(by, item)
    if row.state != HourClaimItem.State.OPEN:
        raise refuse("item_decided")
    if not 0 <= minutes <= row.asked_minutes:
        raise refuse("granted_too_much", asked=row.asked_minutes)
    if minutes < row.asked_minutes and not reason.strip():
        raise refuse("reason_missing")
    if minutes:
        banning.refuse_if_barred(row.claim.person)
    row.state = HourClaimItem.State.GRANTED if minutes else HourClaimItem.State.REFUSED
    row.granted_minutes, row.reason = minutes, reason.strip()
    row.decided_by, row.decided_at = by.user, timezone.now()
    row.save(update_fields=["state", "granted_minutes", "reason", "decided_by", "decided_at"])
    counted = sum(entry.minutes for entry in crediting.credit_item(by=by, item=row)) if minutes else 0
    after = _words(row) | {"counted": counted}
    auditing.record(by, "decide_hours", row, before={"state": "open"}, after=after)
    _tell(row, "hours_granted" if minutes else "hours_refused", counted)
    return row


@transaction.atomic
def take_back(*, by: Membership, item: HourClaimItem, reason: str) -> HourClaimItem:
    """Refuse an item after all: what it gave is reversed, and she is told why.

    Refuses as `decide`, `item_not_granted`, `reason_missing`, and `entry_spent` where the hours stand on a
    certificate, which must be revoked first.
    """
    row = _held(by, item)
    if row.state != HourClaimItem.State.GRANTED:
        raise refuse("item_not_granted")
    if not reason.strip():
        raise refuse("reason_missing")
    before = _words(row)
    crediting.reverse_item(by=by, item=row, note=reason)
    row.state, row.granted_minutes, row.reason = HourClaimItem.State.REFUSED, 0, reason.strip()
    row.decided_by, row.decided_at = by.user, timezone.now()
    row.save(update_fields=["state", "granted_minutes", "reason", "decided_by", "decided_at"])
    auditing.record(by, "take_back_hours", row, before=before, after=_words(row))
    _tell(row, "hours_taken_back", 0)
    return row


def counted(items: Sequence[HourClaimItem]) -> dict[object, int]:
    """Item → minutes of it that stand in the ledger."""
    rows = HourEntry.objects.filter(item__in=items, reverses__isnull=True, reversal__isnull=True)
    found: dict[object, int] = {}
    for key, minutes in rows.values_list("item_id", "minutes"):
        found[key] = found.get(key, 0) + minutes
    return found


def _refuse_unless_hers(by: Membership, person: Person) -> UUID | None:
    """The institution that claims for her; None when she does it herself. Refuses `not_allowed`, `not_found`."""
    if by.role == Role.LEARNER:
        if by.user.person_id != person.pk:
            raise refuse_by_registry("not_found")
        return None
    if by.role != Role.INSTITUTION_MANAGER or by.institution is None:
        raise refuse_by_registry("not_allowed")
    if not Post.objects.on(timezone.localdate()).filter(person=person, institution=by.institution).exists():
        raise refuse_by_registry("not_found")
    return by.institution_id


def _refuse_unless_sound(stretch: Stretch, buckets: dict[str, str]) -> None:
    if stretch.category and stretch.category not in buckets:
        raise refuse("category_unknown")
    if stretch.category and buckets[stretch.category] != stretch.bucket:
        raise refuse("category_bucket")
    length = LONGEST
    if (stretch.starts_at is None) != (stretch.ends_at is None):
        raise refuse("claim_times", day=stretch.day.isoformat())
    if stretch.starts_at is not None and stretch.ends_at is not None:
        length = stretch.ends_at - stretch.starts_at
        if timezone.localdate(stretch.starts_at) != stretch.day or stretch.ends_at > timezone.now():
            raise refuse("claim_times", day=stretch.day.isoformat())
    past = stretch.day <= timezone.localdate()
    if not past or not timedelta(0) < length <= LONGEST or not 0 < stretch.minutes <= length / timedelta(minutes=1):
        raise refuse("claim_times", day=stretch.day.isoformat())


def _region_of(person: Person) -> Region:
    posts = Post.objects.on(timezone.localdate()).filter(person=person).select_related("institution__region")
    post = posts.order_by("-started_on", "pk").first()
    region = post.institution.region if post else person.registered_in
    if region is None:
        raise refuse("claim_nowhere")
    return region


def _held(by: Membership, item: HourClaimItem) -> HourClaimItem:
    """The item, locked after its person, for an officer who may decide on it."""
    if by.role not in BUREAU or by.role == Role.BUREAU_SUPERVISOR or by.region is None:
        raise refuse_by_registry("not_allowed")
    if not item.claim.region.prefix.startswith(by.region.prefix):
        raise refuse_by_registry("not_found")
    if by.user_id == item.claim.claimed_by_id or by.user.person_id == item.claim.person_id:
        raise refuse("same_person")
    lock_people([item.claim.person_id])
    rows = HourClaimItem.objects.select_for_update(of=("self",)).select_related("claim__person", "claim__region")
    return rows.get(pk=item.pk)


def _tell(row: HourClaimItem, code: str, minutes: int) -> None:
    """Her own accounts hear of it, and whoever sent the claim in for her."""
    context: dict[str, str | int] = {
        "title": row.claim.title,
        "day": row.day.isoformat(),
        "asked": row.asked_minutes,
        "minutes": minutes,
        "reason": row.reason or "—",
    }
    own = User.objects.filter(person=row.claim.person_id, is_active=True)
    news = [News(user, code, f"{row.pk}:{row.decided_at}", context, reverse("my_claims")) for user in own]
    if row.claim.institution_id:
        path = reverse("institution_claims")
        news.append(News(row.claim.claimed_by, code, f"{row.pk}:{row.decided_at}", context, path))
    noticing.tell_all(news)


def _words(row: HourClaimItem) -> dict[str, object]:
    return {
        "person": str(row.claim.person_id),
        "state": str(row.state),
        "granted": row.granted_minutes,
        "reason": row.reason,
    }
