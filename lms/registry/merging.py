"""Making two records of one person one, and taking that back.

What the absorbed record had passes to the kept one, row by row, and the merge lists which: undoing it gives
exactly those back, and whatever came to them since. What the kept record has already (the same minute at two
sessions, the same certificate, a second place in one run) stays where it is, so that nothing counts twice and
nothing is lost. The triggers of `guards/merges.py` let frozen rows pass only with a merge that names them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from lms.registry import access, auditing, signing
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    Ban,
    CertificateClaim,
    ClassDuty,
    CorrectionRequest,
    EmploymentQuery,
    IdentityDocument,
    Leave,
    Membership,
    Person,
    PersonMerge,
    PossibleDuplicate,
    Post,
    PostState,
    Role,
    User,
)

#: Keys of rows by table, as a merge keeps them: 32 hex digits of a UUID, or a number.
Keys = dict[str, list[str]]
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Pair:
    """The two records; `since` is the moment of the merge while it is being undone."""

    kept: UUID
    absorbed: UUID
    since: datetime | None = None


@dataclass(frozen=True)
class Aside:
    """A row that would stand twice, and how it is set aside: columns as they were, and as they are now."""

    row: Model
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class Belonging:
    """A table whose rows pass from one record of a person to the other, by `column`."""

    model: type[Model]
    column: str = "person_id"
    #: The absorbed record's rows that cannot pass, given those that pass so far.
    stays: Callable[[Pair, Keys], Rows] | None = None
    #: Rows that are closed as they pass, or as they stay; opened again when the merge is undone.
    aside: Callable[[Pair], list[Aside]] | None = None
    #: The kept record's rows that came to what passed since, given those that go back so far.
    follows: Callable[[Pair, Keys], Rows] | None = None
    #: Empty rows of the absorbed record that stand in the way of those coming back.
    clears: Callable[[Pair, Keys], Rows] | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def rows(self) -> Rows:
        return self.model._base_manager.all()


def merge(*, by: Membership, kept: Person, absorbed: Person, reason: str) -> PersonMerge:
    """All of `absorbed` that can belongs to `kept` from now on; `absorbed` stays as an empty record that points there.

    For an officer in whose region both are. Codes: reason_missing, not_allowed, not_found, same_record, own_case,
    person_erased, merged_record (one of them is merged already), merge_barred (a ban on one stands or is proposed).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    if kept.pk == absorbed.pk:
        raise refuse("same_record")
    _may(by, kept.pk, absorbed.pk)
    with guarded():
        people = _locked(kept.pk, absorbed.pk)
        if any(person.merged_into_id for person in people.values()):
            raise refuse("merged_record")
        if any(person.erased_at for person in people.values()):
            raise refuse("person_erased")
        _refuse_if_accused(people)
        pair = Pair(kept.pk, absorbed.pk)
        keys, left = _sorted_out(pair)
        aside = [entry for belonging in belongings if belonging.aside for entry in belonging.aside(pair)]
        row = PersonMerge.objects.create(
            kept_id=kept.pk,
            absorbed_id=absorbed.pk,
            reason=reason.strip(),
            moved={"rows": keys, "aside": _listed(aside), "left": left},
            merged_by=by.user,
        )
        for entry in aside:
            type(entry.row)._base_manager.filter(pk=entry.row.pk).update(**entry.after)
        closed = [entry.row for entry in aside if isinstance(entry.row, User)]
        for account in closed:
            signing.end_sessions(account)
        _hand_over(keys, kept.pk)
        Person.objects.filter(pk=absorbed.pk).update(merged_into=kept.pk)
        for settle in settlers:
            settle(pair)
        _decide(pair, by, PossibleDuplicate.Decision.MERGED, row.reason)
        acts = [auditing.Act("account.close", account, after={"merge": str(row.pk)}) for account in closed]
        auditing.record_all(by, [auditing.Act("person.merge", row, after=_words(pair, row.reason, keys)), *acts])
    return row


def unmerge(*, by: Membership, merge: PersonMerge, reason: str) -> PersonMerge:
    """They are two people after all: everything the merge moved goes back, and what came to it since.

    Codes: reason_missing, not_allowed, not_found, merge_undone, merge_nested (the kept record was merged since),
    merge_barred (the kept record is barred, or a ban on it proposed), merge_spent (a certificate issued since
    stands on hours of both).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    # Whoever may see the record it belongs to now is told what to undo first.
    _may(by, PersonMerge.objects.values_list("kept__merged_into", flat=True).get(pk=merge.pk) or merge.kept_id)
    with guarded():
        people = _locked(merge.kept_id, merge.absorbed_id)
        row = PersonMerge.objects.select_for_update().get(pk=merge.pk)
        if row.undone_at is not None:
            raise refuse("merge_undone")
        if people[row.kept_id].merged_into_id is not None:
            raise refuse("merge_nested")
        _refuse_if_accused(people)
        pair = Pair(row.kept_id, row.absorbed_id, row.merged_at)
        keys = _coming_back(pair, row.moved["rows"])
        for object_to in objections:
            object_to(pair, keys)
        # First the merge says that it is over and what goes back, then the rows may go.
        row.moved = {**row.moved, "rows": keys}
        row.undone_by, row.undone_at, row.undo_reason = by.user, timezone.now(), reason.strip()
        row.save(update_fields=["moved", "undone_by", "undone_at", "undo_reason"])
        Person.objects.filter(pk=row.absorbed_id).update(merged_into=None)
        for belonging in belongings:
            if belonging.clears:
                belonging.clears(pair, keys).delete()
        _hand_over(keys, row.absorbed_id)
        _reopen(row.moved["aside"])
        for settle in settlers:
            settle(pair)
        _decide(pair, by, PossibleDuplicate.Decision.DIFFERENT, row.undo_reason)
        acts = [auditing.Act("account.reopen", account, after={"merge": str(row.pk)}) for account in closed_by(row)]
        auditing.record_all(by, [auditing.Act("person.unmerge", row, after=_words(pair, row.undo_reason, keys)), *acts])
    return row


def counted(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """Numbers of rows by table, in words and in the order of the rooms; nothing for none."""
    named = [
        (str(belonging.model._meta.verbose_name_plural), numbers.get(belonging.table, 0)) for belonging in belongings
    ]
    return [(name, number) for name, number in named if number]


def closed_by(merge: PersonMerge) -> "QuerySet[User]":
    """The account this merge closed, because the kept record has one of its own."""
    return User.objects.filter(pk__in=list(merge.moved["aside"].get(User._meta.db_table, ())))


def key_of(pk: Any) -> str:
    """A key as a merge lists it."""
    return pk.hex if isinstance(pk, UUID) else str(pk)


# --- What belongs to a person ---------------------------------------------------------------


def _doubled_posts(pair: Pair) -> list[Aside]:
    """Open posts of both at one institution: the absorbed record's spell ends where the kept one's begins.

    Its open leave and duties in classes end with it.
    """
    since = dict(
        Post.objects.filter(person=pair.kept, ended_on__isnull=True).values_list("institution_id", "started_on")
    )
    aside = []
    for post in Post.objects.filter(person=pair.absorbed, ended_on__isnull=True, institution__in=since):
        on = max(post.started_on, since[post.institution_id])
        left = {"state": PostState.LEFT.value, "ended_on": on}
        aside.append(Aside(post, {"state": post.state, "ended_on": None}, left))
        hanging: list[Leave | ClassDuty] = [
            *post.leaves.filter(ended_on__isnull=True),
            *post.duties.filter(ended_on__isnull=True),
        ]
        for row in hanging:
            aside.append(Aside(row, {"ended_on": None}, {"ended_on": max(row.started_on, on)}))
    return aside


def _claims_of_both(pair: Pair, keys: Keys) -> Rows:
    known = CertificateClaim.objects.filter(person=pair.kept).values_list("kind", "number")
    return alike(CertificateClaim.objects.filter(person=pair.absorbed), ("kind", "number"), known)


def _account_of_both(pair: Pair, keys: Keys) -> Rows:
    rows = User.objects.filter(person=pair.absorbed)
    return rows if User.objects.filter(person=pair.kept).exists() else rows.none()


def _second_account(pair: Pair) -> list[Aside]:
    """Where both have accounts, nobody goes on acting as the emptied record: its account is closed, its roles end."""
    if not User.objects.filter(person=pair.kept).exists():
        return []
    now = timezone.now()
    aside = []
    for account in User.objects.filter(person=pair.absorbed, is_active=True):
        aside.append(Aside(account, {"is_active": True}, {"is_active": False}))
        for role in Membership.objects.filter(user=account, ended_at__isnull=True):
            aside.append(Aside(role, {"ended_at": None}, {"ended_at": now}))
    return aside


def alike(rows: Rows, columns: tuple[str, ...], known: Any) -> Rows:
    """Those of `rows` whose `columns` have one of the `known` combinations of values."""
    same = Q(pk__in=[])
    for values in known:
        same |= Q(**dict(zip(columns, values, strict=True)))
    return rows.filter(same)


#: This room's; the wiring adds those of the rooms above, what others hang on first.
belongings: list[Belonging] = [
    Belonging(Person, "merged_into_id"),
    Belonging(User, stays=_account_of_both, aside=_second_account),
    Belonging(IdentityDocument),
    Belonging(Post, aside=_doubled_posts),
    Belonging(CertificateClaim, stays=_claims_of_both),
    Belonging(EmploymentQuery),
    Belonging(CorrectionRequest),
]
#: Called when the rows have passed, either way, to bring sums up to date.
settlers: list[Callable[[Pair], None]] = []
#: Called before rows go back; each may refuse.
objections: list[Callable[[Pair, Keys], None]] = []


# --- Steps ----------------------------------------------------------------------------------


def _may(by: Membership, *keys: UUID) -> None:
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    if by.user.person_id in keys:
        raise refuse("own_case")
    for key in keys:
        access.one(access.people(by), pk=key)


def _locked(*keys: UUID) -> dict[UUID, Person]:
    """The records, locked in the order of their keys as everybody locks people."""
    rows = Person.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {person.pk: person for person in rows}


def _refuse_if_accused(people: dict[UUID, Person]) -> None:
    """Both records of a barred person stay two: the other one is barred as well, by a ban of its own."""
    if Ban.objects.filter(person__in=people, rejected_at__isnull=True, annulled_at__isnull=True).exists():
        raise refuse("merge_barred")


def _sorted_out(pair: Pair) -> tuple[Keys, dict[str, int]]:
    """Keys of the rows that pass, and how many of each table stay."""
    keys: Keys = {}
    left: dict[str, int] = {}
    for belonging in belongings:
        own = set(belonging.rows.filter(**{belonging.column: pair.absorbed}).values_list("pk", flat=True))
        staying = set(belonging.stays(pair, keys).values_list("pk", flat=True)) if own and belonging.stays else set()
        keys[belonging.table] = sorted(key_of(pk) for pk in own - staying)
        if staying:
            left[belonging.table] = len(own & staying)
    return keys, left


def _coming_back(pair: Pair, moved: Keys) -> Keys:
    """What passed, and what came to it since."""
    keys: Keys = {}
    for belonging in belongings:
        found = set(moved.get(belonging.table, ()))
        keys[belonging.table] = sorted(found)
        if belonging.follows:
            since = belonging.follows(pair, keys).filter(**{belonging.column: pair.kept})
            keys[belonging.table] = sorted(found | {key_of(pk) for pk in since.values_list("pk", flat=True)})
    return keys


def _hand_over(keys: Keys, to: UUID) -> None:
    for belonging in belongings:
        if found := keys.get(belonging.table):
            belonging.rows.filter(pk__in=found).update(**{belonging.column: to})


def _listed(aside: list[Aside]) -> dict[str, dict[str, Any]]:
    listed: dict[str, dict[str, Any]] = {}
    for entry in aside:
        plain = {"before": _plain(entry.before), "after": _plain(entry.after)}
        listed.setdefault(entry.row._meta.db_table, {})[key_of(entry.row.pk)] = plain
    return listed


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _reopen(aside: dict[str, dict[str, Any]]) -> None:
    """Rows set aside are as they were, unless somebody changed them since."""
    models: list[type[Model]] = [*(belonging.model for belonging in belongings), Leave, ClassDuty, Membership]
    for model in models:
        for key, values in aside.get(model._meta.db_table, {}).items():
            model._base_manager.filter(pk=key, **values["after"]).update(**values["before"])


def _decide(pair: Pair, by: Membership, decision: str, reason: str) -> None:
    """The pair leaves the queue of possible duplicates, where it stood there."""
    first, second = sorted((pair.kept, pair.absorbed))
    PossibleDuplicate.objects.filter(first=first, second=second).update(
        decision=decision, decided_by=by.user, decided_at=timezone.now(), reason=reason
    )


def _words(pair: Pair, reason: str, keys: Keys) -> dict[str, Any]:
    rows = {table: len(found) for table, found in keys.items() if found}
    return {"kept": str(pair.kept), "absorbed": str(pair.absorbed), "reason": reason, "rows": rows}
