"""Invitations: who is asked, what she answers, and that nobody sends more, others, or for somebody else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certification import assessing
from courses import inviting
from courses.models import Enrollment, Invitation
from lms.jobs.errors import DomainError
from lms.registry.models import Membership, Notice, Person
from tests import factories as make
from tests.courses.planning_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=3)


@pytest.fixture
def manager() -> Membership:
    return make.make_manager()


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def invite(scene: Scene, manager: Membership, places: int = 2) -> Invitation:
    assert manager.institution is not None
    return inviting.invite(by=scene.by, run=scene.run, institutions=[manager.institution], places=places, words="欢迎")[
        0
    ]


def staff(manager: Membership, number: int) -> list[Person]:
    assert manager.institution is not None
    return make.make_staff(manager.institution, number)


def desk(membership: Membership) -> Client:
    return make.signed_in(membership)


def test_an_institution_is_asked_once_and_told(scene: Scene, manager: Membership) -> None:
    row = invite(scene, manager)
    notice = Notice.objects.get(code="invited")
    assert (notice.to, notice.path) == (manager.user, reverse("institution_invitation", args=[row.pk]))
    assert code_of(lambda: invite(scene, manager)) == "already_invited"
    inviting.withdraw_invitation(by=scene.by, invitation=row)
    assert Notice.objects.filter(code="invitation_withdrawn", to=manager.user).exists()
    assert code_of(lambda: inviting.withdraw_invitation(by=scene.by, invitation=row)) == "invitation_closed"
    assert invite(scene, manager).pk != row.pk


def test_a_manager_sends_her_staff(scene: Scene, manager: Membership) -> None:
    row, people = invite(scene, manager), staff(manager, 2)
    inviting.decline(by=manager, invitation=row, reason="没空")
    report = inviting.send_staff(by=manager, invitation=row, people=people)
    assert {place.person for place in report.enrolled} == set(people)
    places = Enrollment.objects.filter(run=scene.run)
    assert {(place.source, place.institution, place.enrolled_by) for place in places} == {
        ("institution", manager.institution, manager.user)
    }
    row.refresh_from_db()
    assert (row.declined_at, row.decline_reason) == (None, "")
    codes = set(Notice.objects.filter(to=scene.by.user).values_list("code", flat=True))
    assert codes == {"invitation_declined", "invitation_answered"}


def test_sending_is_refused(scene: Scene, manager: Membership) -> None:
    row, people = invite(scene, manager), staff(manager, 3)
    assert code_of(lambda: inviting.send_staff(by=manager, invitation=row, people=people)) == "invitation_full"
    stranger = [make.make_post().person]
    assert code_of(lambda: inviting.send_staff(by=manager, invitation=row, people=stranger)) == "not_found"
    assert code_of(lambda: inviting.decline(by=manager, invitation=row, reason=" ")) == "reason_missing"
    make.make_ban(people[0])
    report = inviting.send_staff(by=manager, invitation=row, people=people[:2])
    assert (len(report.enrolled), report.refused) == (1, [(people[0], "person_barred")])
    scene.run.state = "finished"
    scene.run.save()
    assert code_of(lambda: inviting.send_staff(by=manager, invitation=row, people=people[2:])) == "invitation_closed"
    assert Enrollment.objects.count() == 1


def test_a_planned_run_invites_nobody(scene: Scene, manager: Membership) -> None:
    scene.run.state = "planned"
    scene.run.save()
    assert code_of(lambda: invite(scene, manager)) == "run_state"


# --- Pages ----------------------------------------------------------------------------------


def test_the_centre_invites_from_its_page_and_sees_the_answers(scene: Scene, manager: Membership) -> None:
    client, url = desk(scene.by), reverse("centre_invite", args=[scene.run.pk])
    assert manager.institution is not None
    assert manager.institution.name in client.get(url).content.decode()
    assert client.post(url, {"places": "2", "words": ""}).status_code == 422
    sent = client.post(url, {"institution": [manager.institution.pk], "places": "2", "words": "欢迎"})
    assert sent.status_code == 302
    row = Invitation.objects.get()
    inviting.decline(by=manager, invitation=row, reason="这周没空")
    assert "这周没空" in client.get(url).content.decode()
    assert client.post(url, {"invitation": row.pk}).status_code == 302
    assert Invitation.objects.get().withdrawn_at is not None
    again = client.post(url, {"invitation": row.pk})
    assert (again.status_code, again.context["refusal"].code) == (409, "invitation_closed")


def test_the_manager_sees_it_picks_and_declines(scene: Scene, manager: Membership) -> None:
    row, people = invite(scene, manager, places=1), staff(manager, 2)
    client, url = desk(manager), reverse("institution_invitation", args=[row.pk])
    assert scene.run.title in client.get(reverse("institution_invitations")).content.decode()
    assert scene.run.title in client.get(reverse("institution_invitations_today")).content.decode()
    page = client.get(url)
    assert {one["line"].person_id for one in page.context["staff"]} == {person.pk for person in people}
    assert client.post(url, {"act": "send"}).status_code == 422
    many = client.post(url, {"act": "send", "person": [person.pk for person in people]})
    assert (many.status_code, many.context["refusal"].code) == (409, "invitation_full")
    assert all(one["picked"] for one in many.context["staff"])
    assert client.post(url, {"act": "decline", "reason": ""}).status_code == 422
    assert client.post(url, {"act": "decline", "reason": "没空"}).status_code == 302
    assert scene.run.title not in client.get(reverse("institution_invitations_today")).content.decode()
    assert client.post(url, {"act": "send", "person": people[0].pk}).status_code == 302
    assert Enrollment.objects.get().person == people[0]
    shown = client.get(url).context["staff"]
    assert [one["there"] for one in shown] == [False, True]


def test_who_lacks_most_hours_comes_first(scene: Scene, manager: Membership) -> None:
    make.make_standard(year_from=timezone.localdate().year)
    row, (reached, lacking) = invite(scene, manager), staff(manager, 2)
    year = timezone.localdate().year
    make.give_hours(reached, year, skill=40 * 45)
    for person in (reached, lacking):
        assessing.assess(person=person, year=year)
    shown = desk(manager).get(reverse("institution_invitation", args=[row.pk])).context["staff"]
    assert [one["line"].person_id for one in shown] == [lacking.pk, reached.pk]


def test_another_institutions_invitation_is_not_there(scene: Scene, manager: Membership) -> None:
    row = invite(scene, manager)
    stranger = desk(make.make_manager())
    assert stranger.get(reverse("institution_invitation", args=[row.pk])).status_code == 404
    assert stranger.post(reverse("institution_invitation", args=[row.pk]), {"act": "send"}).status_code == 404
