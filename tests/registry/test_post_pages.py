"""The page of one post: what can be done there, and what is refused without losing what was typed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.registry.models import EmploymentNote, Leave, Membership, Post
from tests.factories import PDF, make_institution, make_manager, make_post, signed_in

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def manager() -> Membership:
    return make_manager()


@pytest.fixture
def post(manager: Membership) -> Post:
    return make_post(institution=manager.institution)


@pytest.fixture
def desk(manager: Membership) -> Client:
    return signed_in(manager)


def send(desk: Client, post: Post, act: str, **typed: object):
    return desk.post(reverse("institution_post", args=[post.pk]), {"act": act, **typed})


def acts(desk: Client, post: Post) -> set[str]:
    return {name for name, _act, _form in desk.get(reverse("institution_post", args=[post.pk])).context["acts"]}


def state(post: Post) -> str:
    return Post.objects.get(pk=post.pk).state


def test_leave_begins_with_its_proof_and_ends(desk: Client, post: Post) -> None:
    proof = SimpleUploadedFile("leave.pdf", PDF)
    sent = send(
        desk, post, "leave", kind="maternity", on=TODAY.isoformat(), expected_until="", reason="", evidence=proof
    )
    assert (sent.status_code, state(post)) == (302, "leave")
    assert Leave.objects.get().evidence is not None
    assert acts(desk, post) == {"return", "correct", "terms", "manager", "note", "end"}
    assert send(desk, post, "return", on=TODAY.isoformat(), reason="").status_code == 302
    assert state(post) == "on_post"


def test_a_suspension_is_renewed_and_ended_with_a_reason(desk: Client, post: Post) -> None:
    until = TODAY + timedelta(days=29)
    send(desk, post, "suspend", on=TODAY.isoformat(), until=until.isoformat(), reason="家长投诉")
    assert "renew" in acts(desk, post)
    later = until + timedelta(days=30)
    assert send(desk, post, "renew", until=later.isoformat(), reason="调查未完").status_code == 302
    assert send(desk, post, "return", on=TODAY.isoformat(), reason="").status_code == 422
    assert (state(post), Leave.objects.get().expected_until) == ("suspended", later)


def test_a_refusal_keeps_what_was_typed(desk: Client, post: Post) -> None:
    page = send(
        desk, post, "suspend", on=TODAY.isoformat(), until=(TODAY + timedelta(days=99)).isoformat(), reason="举报"
    )
    assert (page.status_code, page.context["refused"].code, page.context["opened"]) == (
        409,
        "suspension_term",
        "suspend",
    )
    assert "举报" in page.content.decode()
    assert state(post) == "on_post"


def test_terms_manager_notes_and_the_end(desk: Client, post: Post) -> None:
    boss = make_post(institution=post.institution)
    assert send(desk, post, "manager", manager=str(boss.pk)).status_code == 302
    assert send(desk, post, "manager", manager=str(make_post().pk)).status_code == 422
    send(desk, post, "terms", employment="dispatched", full_time="on", social_insurance="true")
    send(desk, post, "note", kind="reward", on=TODAY.isoformat(), title="先进个人", text="")
    send(desk, post, "correct", leave_row="", started_on=TODAY.isoformat(), reason="x")
    row = Post.objects.get(pk=post.pk)
    assert (row.manager, row.employment, row.social_insurance, EmploymentNote.objects.count()) == (
        boss,
        "dispatched",
        True,
        1,
    )
    assert send(desk, post, "end", on=TODAY.isoformat(), reason="辞职").status_code == 302
    assert (state(post), acts(desk, post)) == ("left", set())


def test_a_leave_of_another_post_is_not_corrected_here(desk: Client, post: Post) -> None:
    foreign = Leave.objects.create(post=make_post(), kind="sick", started_on=TODAY)
    typed = {"leave_row": str(foreign.pk), "started_on": TODAY.isoformat(), "reason": "x"}
    Leave.objects.create(post=post, kind="sick", started_on=TODAY)
    assert send(desk, post, "correct", **typed).status_code == 422


def test_another_institutions_post_is_not_there(post: Post) -> None:
    stranger = signed_in(make_manager(make_institution()))
    assert stranger.get(reverse("institution_post", args=[post.pk])).status_code == 404
    assert send(stranger, post, "end", on=TODAY.isoformat(), reason="x").status_code == 404
    assert state(post) == "on_post"
