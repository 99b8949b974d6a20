"""Placing people on posts and ending posts.

`decide` is the one rule of what a statement "she works there, as this, since then" means for the
spells already known; a single placing and the roster import both follow it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lms.registry import access, auditing, banning, ending, succeeding
from lms.registry.errors import guarded, refuse
from lms.registry.models import Institution, Membership, Person, Post, PostState, Role, User
from lms.registry.rosters.values import RosterDate

#: What a statement may say about a post besides its kind and its beginning.
TOLD_FIELDS = (
    "full_time",
    "employment",
    "contract_until",
    "social_insurance",
    "health_number",
    "health_expires_on",
    "no_crime_checked_on",
)

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"
#: The spell that is spoken of is known and over: an old list names somebody who has left.
ENDED = "ended"


@dataclass(frozen=True)
class Statement:
    """What is said of somebody's work at one institution.

    `since` is None where the beginning isn't told; `told` holds TOLD_FIELDS, None and "" meaning untold.
    """

    kind: str
    since: RosterDate | None = None
    told: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Placement:
    """What to do: save `post` (new when `outcome` is created), after closing `closing` when there is one.

    `fields` are the columns of an existing `post` that changed.
    """

    outcome: str
    post: Post
    fields: tuple[str, ...] = ()
    closing: Post | None = None


def decide(spells: Sequence[Post], said: Statement, *, person_id: UUID, institution_id: UUID, today: date) -> Placement:
    """What `said` means, given all known spells of this person at this institution.

    An open post of the same kind takes over what is told. Another kind ends it today and begins a new
    post. A beginning that fits any known spell says nothing new; a spell that fits and has ended stays
    ended. So a statement made twice changes nothing the second time.
    """
    ended = [post for post in spells if post.ended_on is not None]
    current = next((post for post in spells if post.ended_on is None), None)
    last_end = max((post.ended_on for post in ended if post.ended_on), default=date.min)
    since = said.since.day if said.since else None
    known = said.since is not None and any(said.since.agrees_with(post.started_on) for post in spells)
    if current is None:
        if known:
            return Placement(ENDED, ended[-1])
        started_on = since if since and since >= last_end else max(today, last_end)
        return Placement(CREATED, _new(said, person_id, institution_id, started_on))
    if current.kind != said.kind:
        changed_on = max(today, current.started_on)
        successor = _new(said, person_id, institution_id, changed_on)
        for name in TOLD_FIELDS:
            if said.told.get(name) in (None, ""):
                setattr(successor, name, getattr(current, name))
        succeeding.take_over(current, successor)
        _close(current, changed_on)
        return Placement(UPDATED, successor, closing=current)
    changed = [name for name in TOLD_FIELDS if said.told.get(name) not in (None, "", getattr(current, name))]
    for name in changed:
        setattr(current, name, said.told[name])
    if since and not known and since >= last_end:
        current.started_on = since
        changed.append("started_on")
    return Placement(UPDATED if changed else UNCHANGED, current, tuple(changed))


def adds_post(spells: Sequence[Post], said: Statement) -> bool:
    """Whether `said` begins a new post: for somebody new there, back again, or of another kind."""
    current = next((post for post in spells if post.ended_on is None), None)
    if current is not None:
        return current.kind != said.kind
    return said.since is None or not any(said.since.agrees_with(post.started_on) for post in spells)


def place_on_post(
    *,
    by: Membership | User | None,
    person: Person,
    institution: Institution,
    kind: str,
    started_on: date,
    **told: object,
) -> Post:
    """`person` works at `institution` as `kind` since `started_on`; `told` as in TOLD_FIELDS.

    Saying again what is known changes nothing; see `decide` for the rest. The post of a spell that has
    ended is given back as it stands. Codes: person_barred, institution_closed.
    """
    said = Statement(kind, RosterDate(started_on), told)
    with guarded():
        Person.objects.select_for_update().get(pk=person.pk)
        banning.refuse_if_barred(person)
        spells = list(Post.objects.filter(person=person, institution=institution).order_by("started_on"))
        if institution.takes_nobody and adds_post(spells, said):
            raise refuse("institution_closed")
        placement = decide(spells, said, person_id=person.pk, institution_id=institution.pk, today=timezone.localdate())
        post = placement.post
        if placement.outcome in (CREATED, UPDATED):
            _save(placement)
            auditing.record_all(by, [act_of(placement)])
    return post


def end_post(*, by: Membership | User | None, post: Post, on: date, reason: str) -> Post:
    """The person leaves on `on`, the first day she no longer works there; leave and classes end with it.

    Codes: reason_missing, post_ended (somebody ended it before), post_dates (before it began, or in the future).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        row = Post.objects.select_for_update().get(pk=post.pk)
        if row.ended_on is not None:
            raise refuse("post_ended")
        if not row.started_on <= on <= timezone.localdate():
            raise refuse("post_dates")
        before = {"state": row.state}
        ending.end_posts([row], on)
        after = {"state": row.state, "ended_on": on.isoformat(), "reason": reason.strip()}
        auditing.record(by, "post.end", row, before=before, after=after)
    return row


def open_post(by: Membership | User | None, post: Post, *roles: Role) -> Post:
    """`post` read anew under its person's lock and its own, if `by` acts in one of `roles` and may see it.

    The system (`by` None or an account) may always. Codes: not_allowed, not_found, post_ended.
    """
    if isinstance(by, Membership):
        if by.role not in roles:
            raise refuse("not_allowed")
        access.one(access.posts(by), pk=post.pk)
    person = Post.objects.values_list("person_id", flat=True).get(pk=post.pk)
    Person.objects.select_for_update(no_key=True).get(pk=person)
    row = Post.objects.select_for_update(of=("self",)).select_related("person", "institution").get(pk=post.pk)
    if row.ended_on is not None:
        raise refuse("post_ended")
    return row


def not_herself(by: Membership | User | None, post: Post) -> None:
    """Nobody decides on herself: own_case."""
    if isinstance(by, Membership) and by.user.person_id == post.person_id:
        raise refuse("own_case")


def act_of(placement: Placement) -> auditing.Act:
    """The audit entry of a placement that created or updated something."""
    post = placement.post
    if placement.outcome == CREATED:
        after = {"person": str(post.person_id), "kind": post.kind, "since": post.started_on.isoformat()}
        return auditing.Act("post.place", post, after=after)
    if placement.closing is not None:
        before = {"kind": placement.closing.kind, "post": str(placement.closing.pk)}
        after = {"person": str(post.person_id), "kind": post.kind, "since": post.started_on.isoformat()}
        return auditing.Act("post.change", post, before=before, after=after)
    return auditing.Act("post.update", post, after={"fields": list(placement.fields)})


def _new(said: Statement, person_id: UUID, institution_id: UUID, started_on: date) -> Post:
    told = {name: value for name in TOLD_FIELDS if (value := said.told.get(name)) not in (None, "")}
    return Post(person_id=person_id, institution_id=institution_id, kind=said.kind, started_on=started_on, **told)


def _close(post: Post, on: date) -> None:
    post.state, post.ended_on = PostState.LEFT, on


def _save(placement: Placement) -> None:
    if placement.closing is not None:
        placement.closing.save(update_fields=["state", "ended_on", "updated_at"])
    if placement.fields:
        placement.post.save(update_fields=[*placement.fields, "updated_at"])
    else:
        placement.post.save(force_insert=True)
    if placement.closing is not None:
        succeeding.hand_on([(placement.closing, placement.post)])
