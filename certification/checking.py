"""Checks of people (核查): made before somebody comes on post, and again while she is on it.

An institution records them; the ban check and the one of qualifications are the system's own and are never
recorded. Of a no-crime check only date, channel, result and consent are kept (Minors Protection Law art. 62).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.drafting import last_valid_day
from certification.errors import refuse
from certification.models import (
    OPEN_ENTRY,
    Certificate,
    CheckKind,
    CheckRule,
    EntryCheck,
    EntryReview,
    Qualification,
    QualificationState,
)
from certification.policies import CheckRules
from lms.jobs.errors import DomainError
from lms.registry import auditing, banning, noticing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Institution, Membership, Person, Post, PrivateFile, Role

#: Checks that people make; the others the system makes itself.
BY_PEOPLE = (CheckKind.IDENTITY, CheckKind.NO_CRIME, CheckKind.HEALTH)
#: Made again and again while somebody is on post, and kept in columns of the post.
YEARLY = (CheckKind.NO_CRIME, CheckKind.HEALTH)
#: How long before its end a check is announced, in days.
SOON = timedelta(days=30)


class Standing(models.TextChoices):
    """How one check of one person stands on a day."""

    DONE = "done", pgettext_lazy("check", "In order")
    SOON = "soon", pgettext_lazy("check", "Due soon")
    UNVERIFIED = "unverified", _("Uploaded, awaiting verification")
    RUN_OUT = "run_out", pgettext_lazy("check", "Run out")
    FAILED = "failed", pgettext_lazy("check", "Not passed")
    MISSING = "missing", pgettext_lazy("check", "Missing")


GOOD = (Standing.DONE, Standing.SOON, Standing.UNVERIFIED)


@dataclass(frozen=True)
class Item:
    """One line of a checklist: what is asked, by which rule, and how it stands."""

    kind: CheckKind
    rule: CheckRule
    standing: Standing
    check: EntryCheck | None = None
    qualification: Qualification | None = None
    until: date | None = None

    @property
    def good(self) -> bool:
        """Whether it keeps nobody from coming on post."""
        return self.standing in GOOD


@dataclass(frozen=True)
class Due:
    """One yearly check of somebody on post."""

    post: Post
    kind: CheckKind
    rule: CheckRule
    standing: Standing
    until: date | None


@dataclass(frozen=True)
class Result:
    """What is said of one person when many are recorded at once."""

    person: Person
    done_on: date
    valid_until: date | None = None
    number: str = ""


@dataclass
class Recorded:
    """How many checks were recorded, and whose were refused."""

    done: int = 0
    refused: list[tuple[Person, DomainError]] = field(default_factory=list)


# --- Recording ------------------------------------------------------------------------------


def record_check(
    *,
    by: Membership,
    person: Person,
    institution: Institution,
    kind: str,
    done_on: date,
    valid_until: date | None = None,
    channel: str = "",
    number: str = "",
    passed: bool = True,
    consent: bool = False,
    evidence: PrivateFile | None = None,
) -> EntryCheck:
    """The institution's manager made a check of somebody who is on post there, or is to be.

    A good one of somebody on post moves the dates of her post on. Codes: not_allowed, not_found (nobody of
    hers), check_by_system, check_dates, check_until_missing, channel_missing, consent_missing.
    """
    today = timezone.localdate()
    refuse_unless_manager(by, institution)
    if kind not in BY_PEOPLE:
        raise refuse("check_by_system")
    _refuse_bad_dates(kind, done_on, valid_until, today, passed=passed)
    if kind == CheckKind.NO_CRIME and not channel.strip():
        raise refuse("channel_missing")
    if kind == CheckKind.NO_CRIME and not consent:
        raise refuse("consent_missing")
    with transaction.atomic():
        held = Post.objects.select_for_update(of=("self",)).filter(person=person, institution=institution)
        post = held.filter(ended_on__isnull=True).first()
        entry = EntryReview.objects.filter(person=person, institution=institution, state__in=OPEN_ENTRY)
        if post is None and not entry.exists():
            raise refuse_by_registry("not_found")
        check = EntryCheck.objects.create(
            person=person,
            institution=institution,
            kind=kind,
            done_on=done_on,
            valid_until=valid_until,
            channel=channel.strip(),
            number=number.strip(),
            passed=passed,
            consent=consent,
            evidence=evidence,
            recorded_by=by.user,
        )
        if post is not None and passed:
            _carry_on(post, check)
        if post is not None and not passed:
            _tell_bureau(post)
        after = {"kind": kind, "done_on": done_on.isoformat(), "passed": passed, "person": str(person.pk)}
        auditing.record(by, "check.record", check, after=after)
    return check


def record_many(
    *, by: Membership, institution: Institution, kind: str, results: Iterable[Result], channel: str, consent: bool
) -> Recorded:
    """The same check of many people on post; whoever's is refused is named, the others stand.

    Each is a transaction of its own: the chain of acts is locked last, and never while a post is waited for.
    """
    answer = Recorded()
    for result in results:
        try:
            record_check(
                by=by,
                person=result.person,
                institution=institution,
                kind=kind,
                done_on=result.done_on,
                valid_until=result.valid_until,
                number=result.number,
                channel=channel,
                consent=consent,
            )
        except DomainError as error:
            answer.refused.append((result.person, error))
        else:
            answer.done += 1
    return answer


def withdraw_check(*, by: Membership, check: EntryCheck) -> EntryCheck:
    """A check recorded by mistake counts no longer; the post falls back to the one before.

    Codes: not_allowed, entry_state (withdrawn before).
    """
    refuse_unless_manager(by, check.institution)
    with transaction.atomic():
        row = EntryCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
        if row.withdrawn_at is not None:
            raise refuse("entry_state")
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at"])
        open_posts = Post.objects.select_for_update(of=("self",)).filter(ended_on__isnull=True)
        post = open_posts.filter(person_id=row.person_id, institution_id=row.institution_id).first()
        if post is not None:
            _fall_back(post, row)
        auditing.record(by, "check.withdraw", row, after={"kind": row.kind, "done_on": row.done_on.isoformat()})
    return row


def refuse_unless_manager(by: Membership, institution: Institution) -> None:
    """`not_allowed` for other roles, `not_found` for the manager of another institution."""
    if by.role != Role.INSTITUTION_MANAGER:
        raise refuse_by_registry("not_allowed")
    if by.institution_id != institution.pk:
        raise refuse_by_registry("not_found")


def _refuse_bad_dates(kind: str, done_on: date, valid_until: date | None, today: date, *, passed: bool) -> None:
    if kind == CheckKind.HEALTH and passed and valid_until is None:
        raise refuse("check_until_missing")
    if done_on > today or (valid_until is not None and (valid_until < done_on or valid_until < today)):
        raise refuse("check_dates")


def _carry_on(post: Post, check: EntryCheck) -> None:
    """The post shows its newest good dates; an older check found later changes nothing."""
    if check.kind == CheckKind.HEALTH and check.valid_until:
        if post.health_expires_on is None or post.health_expires_on <= check.valid_until:
            post.health_expires_on = check.valid_until
            post.health_number = check.number or post.health_number
            post.save(update_fields=["health_expires_on", "health_number", "updated_at"])
    elif check.kind == CheckKind.NO_CRIME and (
        post.no_crime_checked_on is None or post.no_crime_checked_on <= check.done_on
    ):
        post.no_crime_checked_on = check.done_on
        post.save(update_fields=["no_crime_checked_on", "updated_at"])


def _fall_back(post: Post, gone: EntryCheck) -> None:
    """Where the post shows the dates of a check that was withdrawn, it shows those of the one before."""
    left = EntryCheck.objects.filter(
        person_id=post.person_id,
        institution_id=post.institution_id,
        kind=gone.kind,
        passed=True,
        withdrawn_at__isnull=True,
    )
    if gone.kind == CheckKind.HEALTH and post.health_expires_on == gone.valid_until:
        before = left.order_by("-valid_until").first()
        post.health_expires_on = before.valid_until if before else None
        post.health_number = before.number if before else ""
        post.save(update_fields=["health_expires_on", "health_number", "updated_at"])
    if gone.kind == CheckKind.NO_CRIME and post.no_crime_checked_on == gone.done_on:
        before = left.order_by("-done_on").first()
        post.no_crime_checked_on = before.done_on if before else None
        post.save(update_fields=["no_crime_checked_on", "updated_at"])


def _tell_bureau(post: Post) -> None:
    """Somebody on post did not pass: whoever employs her must dismiss her at once, and the bureau looks."""
    context: dict[str, str | int] = {"name": post.person.name, "institution": post.institution.name}
    key = f"{post.pk}:{timezone.localdate().isoformat()}"
    news = [noticing.News(user, "check_failed", key, context) for user in noticing.officers(post.institution.region)]
    noticing.tell_all(news)


# --- How it stands --------------------------------------------------------------------------


def runs_out(done_on: date, months: int | None) -> date | None:
    """The last day a check of `done_on` holds: its anniversary after `months`; None where it holds for good."""
    return last_valid_day(done_on, months) + timedelta(days=1) if months else None


def checklists(entries: Sequence[EntryReview], day: date) -> dict[UUID, list[Item]]:
    """Entry's key → what its post needs and how each stands on `day`; a fixed number of queries for any number.

    The newest check of a kind counts, also when it was not passed.
    """
    people = {entry.person_id for entry in entries}
    rules = CheckRules({entry.institution.region.prefix for entry in entries})
    checks: dict[tuple[UUID, UUID, str], EntryCheck] = {}
    rows = EntryCheck.objects.filter(person__in=people, withdrawn_at__isnull=True).select_related("evidence")
    for row in rows.filter(institution__in={entry.institution_id for entry in entries}):
        checks.setdefault((row.person_id, row.institution_id, row.kind), row)
    barred = banning.barred_ids(people)
    papers = _papers(people, day)
    found = {}
    for entry in entries:
        prefix = entry.institution.region.prefix
        items = []
        for rule in rules.needed(prefix, entry.kind, day):
            kind = CheckKind(rule.kind)
            if kind == CheckKind.BAN:
                standing = Standing.FAILED if entry.person_id in barred else Standing.DONE
                items.append(Item(kind, rule, standing))
            elif kind == CheckKind.QUALIFICATION:
                fitting = rules.fitting(prefix, entry.kind, day)
                items.append(_of_papers(rule, papers.get(entry.person_id, []), fitting, day))
            else:
                check = checks.get((entry.person_id, entry.institution_id, kind.value))
                items.append(_of_check(rule, check, day))
        found[entry.pk] = items
    return found


def due_checks(posts: Iterable[Post], day: date) -> list[Due]:
    """The yearly checks of these posts (their institutions' regions at hand), the most pressing first."""
    posts = list(posts)
    rules = CheckRules({post.institution.region.prefix for post in posts})
    found = []
    for post in posts:
        for rule in rules.needed(post.institution.region.prefix, post.kind, day):
            if rule.kind not in YEARLY:
                continue
            if rule.kind == CheckKind.HEALTH:
                until = post.health_expires_on
            else:
                made = post.no_crime_checked_on
                until = runs_out(made, rule.valid_months) if made else None
            missing = post.no_crime_checked_on is None if rule.kind == CheckKind.NO_CRIME else until is None
            standing = Standing.MISSING if missing else standing_until(until, day)
            found.append(Due(post, CheckKind(rule.kind), rule, standing, until))
    order = (Standing.RUN_OUT, Standing.MISSING, Standing.SOON, Standing.DONE)
    return sorted(found, key=lambda due: (order.index(due.standing), due.until or date.min))


def standing_until(until: date | None, day: date) -> Standing:
    """How something good until `until` (None: for good) stands on `day`."""
    if until is None:
        return Standing.DONE
    if until < day:
        return Standing.RUN_OUT
    return Standing.SOON if until <= day + SOON else Standing.DONE


def _of_check(rule: CheckRule, check: EntryCheck | None, day: date) -> Item:
    kind = CheckKind(rule.kind)
    if check is None:
        return Item(kind, rule, Standing.MISSING)
    until = check.valid_until or runs_out(check.done_on, rule.valid_months)
    standing = standing_until(until, day) if check.passed else Standing.FAILED
    return Item(kind, rule, standing, check=check, until=until)


def _papers(people: set[UUID], day: date) -> dict[UUID, list[tuple[str, Standing, Qualification | None]]]:
    """Person → (kind of certificate, how it stands, the outside one or None for ours)."""
    found: dict[UUID, list[tuple[str, Standing, Qualification | None]]] = {}
    rows = Qualification.objects.filter(
        person__in=people, state__in=(QualificationState.VALID, QualificationState.UNVERIFIED)
    ).select_related("kind", "counts_as")
    for row in rows:
        standing = Standing.UNVERIFIED if row.state == QualificationState.UNVERIFIED else Standing.DONE
        if row.expires_on and row.expires_on < day:
            standing = Standing.RUN_OUT
        found.setdefault(row.person_id, []).append((row.counts_as_id or row.kind_id, standing, row))
    for own in Certificate.objects.valid_on(day).filter(person__in=people):
        found.setdefault(own.person_id, []).append((own.kind_id, Standing.DONE, None))
    return found


def _of_papers(
    rule: CheckRule,
    papers: list[tuple[str, Standing, Qualification | None]],
    fitting: frozenset[str],
    day: date,
) -> Item:
    """The best of the fitting certificates: a valid one, else one that waits, else one that has run out."""
    fit = [paper for paper in papers if paper[0] in fitting]
    if not fit:
        return Item(CheckKind.QUALIFICATION, rule, Standing.MISSING)
    order = (Standing.DONE, Standing.UNVERIFIED, Standing.RUN_OUT)
    _code, standing, row = min(fit, key=lambda paper: order.index(paper[1]))
    return Item(CheckKind.QUALIFICATION, rule, standing, qualification=row, until=row.expires_on if row else None)
