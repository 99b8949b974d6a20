"""The lifetime ban: proposed by one officer, decided by another, ended only by annulment.

Law: Population and Family Planning Law art. 41(2); policy Q193-195, S49, C69. Every step locks
the person, then the ban, and looks again before it writes, so that of two officers who press at
the same moment one is told `ban_state`. The triggers of `guards/` hold whatever this module
forgets; it only refuses first, in kinder words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import access, auditing
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    Ban,
    ConductCase,
    IdentityDocument,
    Institution,
    Membership,
    NameChange,
    Person,
    Post,
    PrivateFile,
    Purpose,
    Role,
)

#: The rows of each state, for filters; `Ban.state` says the same of one row.
IN_STATE = {
    "proposed": Q(confirmed_at__isnull=True, rejected_at__isnull=True),
    "standing": Q(confirmed_at__isnull=False, annulled_at__isnull=True, annulment_proposed_at__isnull=True),
    "annulment_proposed": Q(annulment_proposed_at__isnull=False, annulled_at__isnull=True),
    "annulled": Q(annulled_at__isnull=False),
    "rejected": Q(rejected_at__isnull=False),
}


@dataclass(frozen=True)
class Step:
    """One step in a ban's life: the state it starts from, who may take it, and whose step it answers."""

    state: str
    roles: tuple[Role, ...]
    #: Column of the account that must not take this step as well (the two-person rule).
    other_than: str = ""


OFFICER = (Role.BUREAU_OFFICER,)
STEPS = {
    "confirm": Step("proposed", access.BUREAU, other_than="proposed_by_id"),
    "reject": Step("proposed", access.BUREAU),
    "propose_annulment": Step("standing", OFFICER),
    "annul": Step("annulment_proposed", access.BUREAU, other_than="annulment_proposed_by_id"),
    "keep": Step("annulment_proposed", access.BUREAU),
}


def propose_ban(
    *,
    by: Membership,
    person: Person,
    scope: str,
    case_number: str,
    summary: str,
    legal_basis: str,
    decision: PrivateFile | None,
    institution: Institution | None = None,
) -> Ban:
    """An officer proposes to ban `person`; nothing is barred yet.

    A case number already on file in the officer's region is the same case (an abuser and her managers
    share one); its summary stands. Codes: not_allowed, evidence_missing (case number, summary, legal
    basis and decision document; a local blacklist needs a legal basis), own_case, not_found
    (institution elsewhere), case_elsewhere, ban_exists.
    """
    if by.role not in OFFICER or by.region is None:
        raise refuse("not_allowed")
    number, summary, basis = case_number.strip(), summary.strip(), legal_basis.strip()
    if not (number and summary and basis) or decision is None or decision.purpose != Purpose.BAN_DECISION:
        raise refuse("evidence_missing")
    if institution is not None:
        access.one(access.institutions(by), pk=institution.pk)
    with guarded():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        _not_own_case(by, person, institution)
        if Ban.objects.filter(person=person, rejected_at__isnull=True, annulled_at__isnull=True).exists():
            raise refuse("ban_exists")
        case, created = ConductCase.objects.get_or_create(
            number=number,
            defaults={
                "region": by.region,
                "institution": institution,
                "summary": summary,
                "opened_by": by.user,
            },
        )
        if not created and not _within(by, case.region.prefix):
            raise refuse("case_elsewhere")
        ban = Ban.objects.create(
            person=person,
            scope=scope,
            case=case,
            legal_basis=basis,
            decision=decision,
            region=by.region,
            proposed_by=by.user,
        )
        after = {"state": ban.state, "person": str(person.pk), "case": number, "scope": scope}
        auditing.record(by, "ban.propose", ban, after=after)
    return ban


def confirm_ban(*, by: Membership, ban: Ban) -> Ban:
    """A second officer confirms; from this commit on the person is barred everywhere.

    Codes: not_allowed, ban_state, same_person, own_case.
    """
    with guarded():
        row = _locked(by, ban, "confirm")
        row.confirmed_by, row.confirmed_at = by.user, timezone.now()
        return _saved(by, row, "confirm", ["confirmed_by", "confirmed_at"])


def reject_ban(*, by: Membership, ban: Ban) -> Ban:
    """The proposal is turned down, or taken back by whoever made it. Codes: not_allowed, ban_state, own_case."""
    with guarded():
        row = _locked(by, ban, "reject")
        row.rejected_by, row.rejected_at = by.user, timezone.now()
        return _saved(by, row, "reject", ["rejected_by", "rejected_at"])


def propose_annulment(*, by: Membership, ban: Ban, reason: str) -> Ban:
    """An officer proposes to annul a standing ban (overturned, wrong identity); it stands until then.

    Codes: reason_missing, not_allowed, ban_state, own_case.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    with guarded():
        row = _locked(by, ban, "propose_annulment")
        row.annulment_reason = reason.strip()
        row.annulment_proposed_by, row.annulment_proposed_at = by.user, timezone.now()
        fields = ["annulment_reason", "annulment_proposed_by", "annulment_proposed_at"]
        return _saved(by, row, "propose_annulment", fields, reason=row.annulment_reason)


def annul_ban(*, by: Membership, ban: Ban) -> Ban:
    """A second officer annuls; from this commit on everything stands again as it stood.

    Codes: not_allowed, ban_state, same_person, own_case.
    """
    with guarded():
        row = _locked(by, ban, "annul")
        row.annulled_by, row.annulled_at = by.user, timezone.now()
        return _saved(by, row, "annul", ["annulled_by", "annulled_at"])


def keep_ban(*, by: Membership, ban: Ban) -> Ban:
    """A proposed annulment is turned down or taken back; the ban stands as before, the audit remembers.

    Codes: not_allowed, ban_state, own_case.
    """
    with guarded():
        row = _locked(by, ban, "keep")
        reason = row.annulment_reason
        row.annulment_reason = ""
        row.annulment_proposed_by = row.annulment_proposed_at = None
        fields = ["annulment_reason", "annulment_proposed_by", "annulment_proposed_at"]
        return _saved(by, row, "keep", fields, reason=reason)


def steps_of(by: Membership, ban: Ban) -> dict[str, DomainError | None]:
    """The steps that can follow in the ban's state, each with what would refuse it to `by`, or None."""
    found: dict[str, DomainError | None] = {}
    for name, step in STEPS.items():
        if step.state == ban.state:
            try:
                _check(by, ban, step)
            except DomainError as error:
                found[name] = error
            else:
                found[name] = None
    return found


# --- Who is barred --------------------------------------------------------------------------


def refuse_if_barred(person: Person) -> None:
    """Raise `person_barred` when a ban on `person` stands; the triggers say the same, less kindly."""
    if Ban.objects.standing().filter(person=person).exists():
        raise refuse("person_barred")


def barred_ids(person_ids: Iterable[UUID]) -> set[UUID]:
    """Those of `person_ids` on whom a ban stands."""
    return set(Ban.objects.standing().filter(person_id__in=list(person_ids)).values_list("person_id", flat=True))


def barred_indexes(indexes: Iterable[str]) -> set[str]:
    """Those blind indexes of document numbers that belong to a barred person."""
    barred = Ban.objects.standing().values("person_id")
    documents = IdentityDocument.objects.filter(number_index__in=list(indexes), person_id__in=barred)
    return set(documents.values_list("number_index", flat=True))


def near_barred(people: Iterable[tuple[str, date | None]]) -> set[tuple[str, date]]:
    """Those pairs of name and birth date that a barred person bears too: a human has to look.

    A name by itself is no match, there are too many of each.
    """
    wanted = {(name, born_on) for name, born_on in people if born_on is not None}
    names = {name for name, _ in wanted}
    if not names:
        return set()
    standing = Ban.objects.standing().values("person_id")
    # Her own name, that of a record merged into hers, and those she bore before.
    barred = Person.objects.filter(Q(pk__in=standing) | Q(merged_into__in=standing), born_on__isnull=False)
    former = NameChange.objects.filter(Q(person__in=standing) | Q(person__merged_into__in=standing))
    now = barred.filter(name__in=names).order_by().values_list("name", "born_on")
    before = former.filter(old_name__in=names, person__born_on__isnull=False).order_by()
    return wanted & set(now.union(before.values_list("old_name", "person__born_on")))


# --- Checks ---------------------------------------------------------------------------------


def _locked(by: Membership, ban: Ban, name: str) -> Ban:
    """The ban, read anew under the person's lock and its own, and fit for this step."""
    Person.objects.select_for_update(no_key=True).get(pk=ban.person_id)
    row = Ban.objects.select_for_update(of=("self",)).select_related("case__region", "region").get(pk=ban.pk)
    _check(by, row, STEPS[name])
    return row


def _check(by: Membership, ban: Ban, step: Step) -> None:
    if by.role not in step.roles or not _within(by, ban.region.prefix):
        raise refuse("not_allowed")
    if ban.state != step.state:
        raise refuse("ban_state")
    if step.other_than and getattr(ban, step.other_than) == by.user_id:
        raise refuse("same_person")
    _not_own_case(by, ban.person, ban.case.institution)


def _within(by: Membership, prefix: str) -> bool:
    return by.region is not None and prefix.startswith(by.region.prefix)


def _not_own_case(by: Membership, person: Person, institution: Institution | None) -> None:
    """Nobody decides on herself, nor as manager or staff of an institution concerned."""
    user = by.user
    if user.person_id == person.pk:
        raise refuse("own_case")
    units = set(Post.objects.filter(person=person).values_list("institution_id", flat=True))
    if institution is not None:
        units.add(institution.pk)
    manages = Membership.objects.current().filter(user=user, institution_id__in=units)
    works = Post.objects.filter(person__user=user, institution_id__in=units, ended_on__isnull=True)
    if manages.exists() or works.exists():
        raise refuse("own_case")


def _saved(by: Membership, ban: Ban, action: str, fields: list[str], **more: str) -> Ban:
    ban.save(update_fields=fields)
    before = {"state": STEPS[action].state}
    auditing.record(by, f"ban.{action}", ban, before=before, after={"state": ban.state, **more})
    return ban
