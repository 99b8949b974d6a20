"""Filing, suspending, resuming and closing institutions, and what becomes of their posts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import filing, posting
from lms.registry.models import AuditEntry, FilingAct, Institution, Membership, Post
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Institution:
    return f.make_institution(filing="filed")


@pytest.fixture
def officer() -> Membership:
    return f.make_officer()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def decide(by: Membership, site: Institution, step: str, **kw: Any) -> FilingAct:
    values: dict[str, Any] = {"on": timezone.localdate(), "reason": "消防整改"} | kw
    return filing.decide_filing(by=by, institution=site, step=step, **values)


def state_of(site: Institution) -> str:
    return Institution.objects.get(pk=site.pk).filing


def test_the_whole_way(officer: Membership) -> None:
    site = f.make_institution(filing="pending", filing_number="")
    decide(officer, site, "file", number=" 沪松托备2026-018 ")
    decide(officer, site, "suspend")
    decide(officer, site, "resume", reason="")
    decide(officer, site, "close")
    site.refresh_from_db()
    assert (site.filing, site.filing_number) == ("closed", "沪松托备2026-018")
    acts = site.filing_acts.order_by("decided_at")
    assert [act.step for act in acts] == ["file", "suspend", "resume", "close"]
    audited = AuditEntry.objects.filter(action="institution.filing").order_by("pk")
    assert [(row.before or {})["filing"] for row in audited] == ["pending", "filed", "suspended", "filed"]
    assert filing.steps_from("closed") == []


@pytest.mark.parametrize(
    ("state", "step"),
    [("filed", "file"), ("pending", "suspend"), ("closed", "suspend"), ("filed", "resume"), ("closed", "close")],
)
def test_no_step_from_elsewhere(officer: Membership, state: str, step: str) -> None:
    site = f.make_institution(filing=state)
    assert code_of(lambda: decide(officer, site, step, number="1")) == "filing_state"
    assert (state_of(site), FilingAct.objects.count()) == (state, 0)


def test_what_a_step_needs(officer: Membership, site: Institution) -> None:
    waiting = f.make_institution(filing="pending")
    assert code_of(lambda: decide(officer, waiting, "file", number=" ")) == "filing_number_missing"
    assert code_of(lambda: decide(officer, site, "suspend", reason=" ")) == "reason_missing"
    tomorrow = timezone.localdate() + timedelta(1)
    assert code_of(lambda: decide(officer, site, "close", on=tomorrow)) == "filing_dates"
    assert (state_of(waiting), state_of(site)) == ("pending", "filed")


def test_only_an_officer_of_the_region(site: Institution) -> None:
    for by in (f.make_supervisor(), f.make_manager(site), f.make_admin()):
        assert code_of(lambda by=by: decide(by, site, "suspend")) == "not_allowed"  # type: ignore[misc]
    assert code_of(lambda: decide(f.make_officer(f.qingpu()), site, "suspend")) == "not_found"
    assert state_of(site) == "filed"


def test_suspended_takes_nobody_new_until_it_resumes(officer: Membership, site: Institution) -> None:
    old, new = f.make_post(institution=site), f.make_person()
    decide(officer, site, "suspend")

    def place() -> Post:
        fresh = Institution.objects.get(pk=site.pk)
        return posting.place_on_post(by=None, person=new, institution=fresh, kind="carer", started_on=date(2026, 1, 1))

    assert code_of(place) == "institution_closed"
    assert not new.posts.exists()
    told = posting.place_on_post(
        by=None, person=old.person, institution=site, kind=old.kind, started_on=old.started_on, health_number="H7"
    )
    assert (told.pk, told.health_number, told.ended_on) == (old.pk, "H7", None)
    decide(officer, site, "resume")
    assert place().person == new


def test_an_institution_read_before_its_suspension_takes_nobody_either(officer: Membership, site: Institution) -> None:
    before, new = Institution.objects.get(pk=site.pk), f.make_person()
    decide(officer, site, "suspend")
    place = lambda: posting.place_on_post(  # noqa: E731
        by=None, person=new, institution=before, kind="carer", started_on=date(2026, 1, 1)
    )
    assert code_of(place) == "institution_closed"
    assert not new.posts.exists()


def test_closing_ends_every_post_and_the_managers_roles(officer: Membership, site: Institution) -> None:
    on = timezone.localdate() - timedelta(3)
    manager, posts = f.make_manager(site), [f.make_post(institution=site) for _ in range(3)]
    late = f.make_post(institution=site, started_on=timezone.localdate())
    elsewhere = f.make_post(posts[0].person)
    assert {post.pk for post in filing.leaving_with(site)} == {post.pk for post in [*posts, late]}
    decide(officer, site, "close", on=on)
    ended = Post.objects.filter(institution=site)
    assert set(ended.exclude(pk=late.pk).values_list("state", "ended_on")) == {("left", on)}
    assert ended.get(pk=late.pk).ended_on == late.started_on
    assert Post.objects.get(pk=elsewhere.pk).ended_on is None
    assert Membership.objects.get(pk=manager.pk).ended_at is not None
    reasons = {(row.after or {})["reason"] for row in AuditEntry.objects.filter(action="post.end")}
    assert (AuditEntry.objects.filter(action="post.end").count(), reasons) == (4, {"消防整改"})


# --- In the database ------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_the_database_takes_nobody_new(state: str) -> None:
    site, person = f.make_institution(filing=state), f.make_person()
    elsewhere = f.make_post()
    left = f.make_post(
        institution=site, state="left", started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1)
    )  # recorded late: possible
    row = Post(person=person, institution=site, kind="carer", started_on=date(2026, 1, 1))
    attempts: list[Callable[[], object]] = [
        row.save,
        lambda: Post.objects.bulk_create([row]),
        lambda: Post.objects.filter(pk=left.pk).update(state="on_post", ended_on=None),
        lambda: Post.objects.filter(pk=elsewhere.pk).update(institution=site),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="guard:institution_closed"), transaction.atomic():
            attempt()
    assert not site.posts.filter(ended_on=None).exists()


def test_whoever_is_there_when_it_is_suspended_may_be_written_to(site: Institution) -> None:
    post = f.make_post(institution=site)
    Institution.objects.filter(pk=site.pk).update(filing="suspended")
    Post.objects.filter(pk=post.pk).update(state="leave", health_number="H1")
    Post.objects.filter(pk=post.pk).update(state="left", ended_on=timezone.localdate())
    post.refresh_from_db()
    assert (post.state, post.health_number) == ("left", "H1")


def test_acts_stay_as_they_are(officer: Membership, site: Institution) -> None:
    act = decide(officer, site, "suspend")
    for attempt in (act.delete, lambda: FilingAct.objects.update(reason="别的")):
        with pytest.raises(IntegrityError, match="guard:append_only"), transaction.atomic():
            attempt()
    assert FilingAct.objects.get().reason == "消防整改"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_nobody_slips_in_while_it_closes(officer: Membership, site: Institution) -> None:
    people = [f.make_person() for _ in range(6)]
    start = Barrier(len(people) + 1)

    def run(act: Callable[[], object]) -> str:
        start.wait()
        try:
            act()
        except DomainError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return ""

    def placing(person: Any) -> Callable[[], object]:
        return lambda: posting.place_on_post(
            by=None, person=person, institution=site, kind="carer", started_on=date(2026, 1, 1)
        )

    with ThreadPoolExecutor(len(people) + 1) as pool:
        acts = [placing(person) for person in people] + [lambda: decide(officer, site, "close")]
        answers = list(pool.map(run, acts))
    assert set(answers) <= {"", "institution_closed"}
    assert state_of(site) == "closed"
    assert not Post.objects.filter(institution=site, ended_on=None).exists()
