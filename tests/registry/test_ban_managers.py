"""A ban reaches the direct manager too: offered beside the case, prefilled, and proposed with its decision."""

import pytest
from django.test import Client
from django.urls import reverse

from lms.registry.models import Ban, BanScope, Post
from tests.factories import (
    annul,
    make_ban,
    make_institution,
    make_officer,
    make_post,
    make_supervisor,
    qingpu,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def post() -> Post:
    """A carer's post in Songjiang with a direct manager."""
    site = make_institution()
    return make_post(institution=site, manager=make_post(institution=site, kind="director"))


@pytest.fixture
def ban(post: Post) -> Ban:
    return make_ban(post.person)


@pytest.fixture
def officer() -> Client:
    return signed_in(make_officer())


def manager_of(post: Post) -> Post:
    assert post.manager is not None
    return post.manager


def offered(client: Client, ban: Ban) -> list[str]:
    return [row.person.name for row in client.get(reverse("bureau_ban", args=[ban.pk])).context["managers"]]


def step(client: Client, post: Post, ban: Ban):
    return client.get(reverse("bureau_ban_new"), {"person": str(manager_of(post).person_id), "with": str(ban.pk)})


def send(client: Client, post: Post, ban: Ban, **changes: str):
    page = step(client, post, ban)
    sent = {name: value for name, value in page.context["form"].initial.items() if value}
    sent |= {"candidate": page.context["sealed"], "with": str(ban.pk)} | changes
    return client.post(reverse("bureau_ban_new"), sent)


def test_the_manager_is_offered_and_the_form_is_filled_in(officer: Client, post: Post, ban: Ban) -> None:
    assert offered(officer, ban) == [manager_of(post).person.name]
    form = step(officer, post, ban).context["form"]
    assert (form.initial["scope"], form.initial["case_number"]) == (BanScope.MANAGER, ban.case.number)


def test_one_tap_proposes_her_with_the_same_case_and_decision(officer: Client, post: Post, ban: Ban) -> None:
    assert send(officer, post, ban).status_code == 302
    second = Ban.objects.get(person=manager_of(post).person)
    assert (second.case, second.decision, second.scope, second.state) == (
        *(ban.case, ban.decision, BanScope.MANAGER, "proposed"),
    )
    assert offered(officer, ban) == []
    assert offered(officer, second) == []


def test_without_the_first_ban_a_decision_is_needed(officer: Client, post: Post, ban: Ban) -> None:
    assert send(officer, post, ban, **{"with": ""}).status_code == 422
    assert Ban.objects.count() == 1


def test_a_ban_out_of_scope_lends_nothing(post: Post) -> None:
    elsewhere = make_ban(make_post(institution=make_institution(region=qingpu())).person, region=qingpu())
    officer = signed_in(make_officer())
    assert step(officer, post, elsewhere).status_code == 404
    page = officer.get(reverse("bureau_ban_new"), {"person": str(manager_of(post).person_id)})
    sent = {"candidate": page.context["sealed"], "with": str(elsewhere.pk)}
    assert officer.post(reverse("bureau_ban_new"), sent).status_code == 404
    assert Ban.objects.count() == 1


def test_nobody_is_offered_in_vain(post: Post, ban: Ban) -> None:
    assert offered(signed_in(make_supervisor()), ban) == []  # she reads and confirms, she doesn't propose
    assert offered(signed_in(make_officer()), annul(ban)) == []
