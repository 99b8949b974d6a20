"""The employment file: terms, probation, the direct manager, and notes that stay."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import access, employing, posting
from lms.registry.models import AuditEntry, EmploymentNote, Membership, Post, Purpose, Role
from tests.factories import (
    make_file,
    make_manager,
    make_membership,
    make_officer,
    make_post,
    make_trainer,
    make_user,
    qingpu,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.fixture
def post() -> Post:
    return make_post()


@pytest.fixture
def manager(post: Post) -> Membership:
    return make_manager(post.institution)


def fresh(post: Post) -> Post:
    return Post.objects.get(pk=post.pk)


def colleague(post: Post, **kw) -> Post:
    return make_post(institution=post.institution, **kw)


# --- Terms ----------------------------------------------------------------------------------


def test_terms_are_taken_over_and_probation_shows(post: Post, manager: Membership) -> None:
    until = TODAY + timedelta(days=60)
    employing.set_employment(
        by=manager, post=post, employment="dispatched", full_time=False, probation_until=until, social_insurance=True
    )
    row = fresh(post)
    assert (row.employment, row.full_time, row.social_insurance, row.state) == ("dispatched", False, True, "probation")
    employing.set_employment(by=manager, post=post, probation_until=None)
    assert fresh(post).state == "on_post"
    entry = AuditEntry.objects.filter(action="post.employment").earliest("id")
    assert entry.after == {"fields": ["full_time", "employment", "probation_until", "social_insurance"]}


def test_saying_what_is_known_changes_nothing(post: Post, manager: Membership) -> None:
    employing.set_employment(by=manager, post=post, contract_until=date(2030, 1, 1))
    stamp = fresh(post).updated_at
    employing.set_employment(by=manager, post=post, contract_until=date(2030, 1, 1), full_time=True)
    assert fresh(post).updated_at == stamp
    assert AuditEntry.objects.filter(action="post.employment").count() == 1


@pytest.mark.parametrize("name", ["probation_until", "contract_until", "work_permit_until"])
def test_nothing_ends_before_the_post_began(post: Post, manager: Membership, name: str) -> None:
    with refused("probation_dates"):
        employing.set_employment(by=manager, post=post, **{name: date(2020, 1, 1)})
    assert getattr(fresh(post), name) is None


def test_only_the_own_manager_writes(post: Post) -> None:
    with refused("not_found"):
        employing.set_employment(by=make_manager(), post=post, full_time=False)
    with refused("not_allowed"):
        employing.set_employment(by=make_officer(), post=post, full_time=False)
    assert fresh(post).full_time


# --- The direct manager ---------------------------------------------------------------------


def test_a_direct_manager_is_set_and_taken_back(post: Post, manager: Membership) -> None:
    boss = colleague(post)
    employing.set_manager(by=manager, post=post, manager=boss)
    assert fresh(post).manager == boss
    employing.set_manager(by=manager, post=post, manager=None)
    assert fresh(post).manager is None
    first, second = AuditEntry.objects.filter(action="post.manager").order_by("id")
    assert (first.after, second.before) == ({"manager": str(boss.pk)}, {"manager": str(boss.pk)})


def test_who_cannot_be_her_manager(post: Post, manager: Membership) -> None:
    elsewhere = make_post()
    gone = colleague(post, state="left", ended_on=TODAY)
    for unfit in (elsewhere, gone, post):
        with refused("manager_unfit"):
            employing.set_manager(by=manager, post=post, manager=unfit)
    assert fresh(post).manager is None


def test_no_circle_however_long(post: Post, manager: Membership) -> None:
    above = colleague(post)
    top = colleague(post)
    employing.set_manager(by=manager, post=post, manager=above)
    employing.set_manager(by=manager, post=above, manager=top)
    with refused("manager_circle"):
        employing.set_manager(by=manager, post=top, manager=post)
    assert fresh(top).manager is None


def test_the_database_keeps_managers_at_home(post: Post) -> None:
    for unfit in (make_post(), post):
        with pytest.raises(IntegrityError, match="guard:manager_unfit"), transaction.atomic():
            Post.objects.filter(pk=post.pk).update(manager=unfit)
    with pytest.raises(IntegrityError, match="guard:manager_unfit"), transaction.atomic():
        make_post(manager=post)


# --- Notes ----------------------------------------------------------------------------------


def note(by: Membership, post: Post, *, on: date = TODAY, title: str = "年度考核优秀") -> EmploymentNote:
    return employing.add_note(by=by, post=post, kind="appraisal", on=on, title=title)


def test_a_note_stays(post: Post, manager: Membership) -> None:
    row = note(manager, post)
    assert (row.recorded_by, row.title) == (manager.user, "年度考核优秀")
    with pytest.raises(IntegrityError, match="guard:append_only"), transaction.atomic():
        EmploymentNote.objects.update(title="x")


@pytest.mark.parametrize(
    ("on", "title", "code"), [(TODAY + timedelta(days=1), "x", "day_ahead"), (TODAY, " ", "title_missing")]
)
def test_notes_that_are_refused(post: Post, manager: Membership, on: date, title: str, code: str) -> None:
    with refused(code):
        note(manager, post, on=on, title=title)
    assert not EmploymentNote.objects.exists()


def test_nobody_writes_into_her_own_file(post: Post) -> None:
    with refused("own_case"):
        note(make_manager(post.institution, user=make_user(person=post.person)), post)


def test_the_file_of_an_ended_post_is_closed(post: Post, manager: Membership) -> None:
    posting.end_post(by=manager, post=post, on=TODAY, reason="辞职")
    with refused("post_ended"):
        note(manager, post)
    with refused("post_ended"):
        employing.set_manager(by=manager, post=post, manager=colleague(post))


# --- Proofs ---------------------------------------------------------------------------------


def test_a_proof_is_read_by_whoever_may_see_the_post(post: Post, manager: Membership) -> None:
    proof = make_file(Purpose.EVIDENCE, owner=manager.user)
    employing.add_note(by=manager, post=post, kind="reward", on=TODAY, title="先进个人", evidence=proof)
    herself = make_membership(Role.LEARNER, person=post.person)
    for reader in (manager, make_officer(), herself):
        assert access.private_file(reader, proof.pk) == proof
    for stranger in (make_manager(), make_officer(qingpu()), make_trainer(), make_membership(Role.LEARNER)):
        with refused("not_found"):
            access.private_file(stranger, proof.pk)
