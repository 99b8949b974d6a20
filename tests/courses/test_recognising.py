"""Hours earned elsewhere: claimed, decided part by part, credited once, taken back; and their pages."""

from typing import Any

import pytest
from django.urls import reverse

from courses import recognising
from courses.models import HourClaim, HourClaimItem, HourEntry, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Notice
from tests import factories as f
from tests.courses.claim_scene import DAY, Scene, sent, stretch, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def code_of(act: Any, *args: Any, **kw: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act(*args, **kw)
    return refused.value.code


def skill(scene: Scene) -> int:
    return TrainingYear.objects.get(person=scene.person, year=DAY.year).skill_minutes


# --- Claiming -------------------------------------------------------------------------------


def test_a_claim_waits_and_counts_for_nothing_yet(scene: Scene) -> None:
    claim = scene.claim(stretch(), stretch("", "", 45, bucket="ethics", category="职业道德"))
    assert (claim.region, claim.institution) == (scene.site.region, None)
    items = list(claim.items.values_list("number", "asked_minutes", "bucket", "category", "state"))
    assert items == [(1, 90, "skill", "", "open"), (2, 45, "ethics", "职业道德", "open")]
    assert not HourEntry.objects.filter(person=scene.person).exists()
    assert AuditEntry.objects.filter(action="claim_hours").count() == 1


def test_an_institution_claims_for_its_staff_and_nobody_elses(scene: Scene) -> None:
    assert scene.claim(by=scene.manager).institution == scene.site
    assert code_of(scene.claim, by=f.make_manager()) == "not_found"
    assert code_of(scene.claim, by=f.make_learner()) == "not_found"
    assert code_of(scene.claim, by=scene.officer) == "not_allowed"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"source": "session"}, "claim_source"),
        ({"organiser": " "}, "organiser_missing"),
        ({"stretches": []}, "claim_empty"),
        ({"stretches": [stretch()] * 21}, "claim_empty"),
        ({"stretches": [stretch(minutes=91)]}, "claim_times"),
        ({"stretches": [stretch(minutes=0)]}, "claim_times"),
        ({"stretches": [stretch("10:30", "09:00", 10)]}, "claim_times"),
        ({"stretches": [stretch("", "", 45, day=tomorrow())]}, "claim_times"),
        ({"stretches": [stretch(category="插花")]}, "category_unknown"),
        ({"stretches": [stretch(category="职业道德")]}, "category_bucket"),
    ],
)
def test_what_a_claim_may_not_say(scene: Scene, wrong: dict[str, Any], code: str) -> None:
    assert code_of(scene.claim, **wrong) == code
    assert not HourClaim.objects.exists()


def test_barred_people_claim_nothing_and_are_granted_nothing(scene: Scene) -> None:
    item = scene.item()
    f.make_ban(scene.person)
    assert code_of(scene.claim) == "person_barred"
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=90) == "person_barred"
    assert recognising.decide(by=scene.officer, item=item, minutes=0, reason="已列入禁入名单").state == "refused"


# --- Deciding -------------------------------------------------------------------------------


def test_what_is_granted_is_credited_and_told(scene: Scene) -> None:
    item = recognising.decide(by=scene.officer, item=scene.item(), minutes=90)
    assert (item.state, item.granted_minutes, skill(scene)) == ("granted", 90, 90)
    entry = HourEntry.objects.get(item=item)
    assert (entry.source, entry.day, entry.minutes) == ("outside", DAY, 90)
    notice = Notice.objects.get(to=scene.learner.user, code="hours_granted")
    assert (notice.context["minutes"], notice.context["asked"]) == (90, 90)


def test_less_than_asked_and_nothing_need_a_reason(scene: Scene) -> None:
    item = scene.item()
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=60) == "reason_missing"
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=0) == "reason_missing"
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=91, reason="好") == "granted_too_much"
    recognising.decide(by=scene.officer, item=item, minutes=60, reason="含茶歇")
    assert skill(scene) == 60
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=60, reason="含茶歇") == "item_decided"


def test_only_officers_of_the_region_decide_and_nobody_on_her_own(scene: Scene) -> None:
    item = scene.item()
    for by, code in (
        (f.make_officer(f.qingpu()), "not_found"),
        (f.make_supervisor(scene.site.region), "not_allowed"),
        (scene.manager, "not_allowed"),
    ):
        assert code_of(recognising.decide, by=by, item=item, minutes=90) == code
    HourClaim.objects.update(claimed_by=scene.officer.user)
    item = HourClaimItem.objects.select_related("claim__region").get(pk=item.pk)
    assert code_of(recognising.decide, by=scene.officer, item=item, minutes=90) == "same_person"
    item.refresh_from_db()
    assert item.state == "open"


def test_minutes_that_count_already_do_not_count_twice(scene: Scene) -> None:
    first = recognising.decide(by=scene.officer, item=scene.item(), minutes=90)
    again = scene.item(stretch("10:00", "11:00", 60))
    again = recognising.decide(by=scene.officer, item=again, minutes=60)
    assert recognising.counted([first, again]) == {first.pk: 90, again.pk: 30}
    assert skill(scene) == 120
    notices = Notice.objects.filter(code="hours_granted").values_list("context__minutes", flat=True)
    assert sorted(notices) == [30, 90]


def test_granted_hours_are_taken_back_with_a_reason(scene: Scene) -> None:
    item = recognising.decide(by=scene.officer, item=scene.item(), minutes=90)
    assert code_of(recognising.take_back, by=scene.officer, item=item, reason=" ") == "reason_missing"
    item = recognising.take_back(by=scene.officer, item=item, reason="证明系伪造")
    assert (item.state, item.granted_minutes, skill(scene)) == ("refused", 0, 0)
    assert code_of(recognising.take_back, by=scene.officer, item=item, reason="再次") == "item_not_granted"
    assert Notice.objects.filter(to=scene.learner.user, code="hours_taken_back").count() == 1


# --- Pages ----------------------------------------------------------------------------------


def test_a_learner_claims_with_a_photo(scene: Scene) -> None:
    client = f.signed_in(scene.learner)
    answer = client.post(reverse("my_claim_new"), sent())
    assert answer.status_code == 302
    item = HourClaimItem.objects.get()
    assert (item.asked_minutes, item.category, item.claim.person) == (90, "安全防范", scene.person)
    assert client.get(reverse("private_file", args=[item.claim.evidence_id])).status_code == 200
    recognising.decide(by=scene.officer, item=item, minutes=45, reason="含午休")
    page = client.get(reverse("my_claims")).content.decode()
    assert "含午休" in page


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"evidence": ""}, 422),
        ({"items-0-ends": ""}, 422),
        ({"items-0-starts": "", "items-0-ends": ""}, 422),
        ({"items-0-ends": "08:00"}, 422),
        ({"items-0-day": ""}, 422),
        ({"items-0-minutes": "95"}, 409),
    ],
)
def test_a_claim_that_is_not_sound_is_shown_again(scene: Scene, wrong: dict[str, str], status: int) -> None:
    answer = f.signed_in(scene.learner).post(reverse("my_claim_new"), sent(**wrong))
    assert answer.status_code == status
    assert "急救培训" in answer.content.decode()
    assert not HourClaim.objects.exists()


def test_a_manager_claims_for_one_of_her_staff(scene: Scene) -> None:
    client = f.signed_in(scene.manager)
    stranger = f.make_post().person
    url = reverse("institution_claim_new")
    assert client.post(url, sent(person=str(stranger.pk))).status_code == 422
    assert client.post(url, sent(person=str(scene.person.pk))).status_code == 302
    claim = HourClaim.objects.get()
    assert (claim.person, claim.institution) == (scene.person, scene.site)
    assert scene.person.name in client.get(reverse("institution_claims")).content.decode()


def test_the_bureau_decides_part_by_part(scene: Scene) -> None:
    claim = scene.claim(stretch(), stretch("13:00", "14:00", 60), stretch("15:00", "16:00", 60))
    first, second, third = claim.items.all()
    client = f.signed_in(scene.officer)
    assert scene.person.name in client.get(reverse("bureau_claims")).content.decode()
    url = reverse("bureau_claim", args=[claim.pk])
    assert client.post(url, {"item": first.pk, "act": "grant", "minutes": "90"}).status_code == 302
    assert client.post(url, {"item": second.pk, "act": "refuse", "minutes": "60"}).status_code == 409
    assert client.post(url, {"item": second.pk, "act": "refuse", "reason": "无签到"}).status_code == 302
    assert client.post(url, {"item": third.pk, "act": "grant", "minutes": "30", "reason": "超出"}).status_code == 302
    assert client.post(url, {"item": first.pk, "act": "take_back", "reason": "证明有误"}).status_code == 302
    states = list(claim.items.order_by("number").values_list("state", "granted_minutes"))
    assert states == [("refused", 0), ("refused", 0), ("granted", 30)]
    assert skill(scene) == 30
    assert client.post(url, {"item": "x"}).status_code == 422
    other = f.signed_in(f.make_officer(f.qingpu()))
    assert other.get(url).status_code == 404
    assert scene.person.name not in other.get(reverse("bureau_claims")).content.decode()


def test_lists_stay_flat(scene: Scene, django_assert_max_num_queries: Any) -> None:
    for _number in range(4):
        recognising.decide(by=scene.officer, item=scene.item(stretch("", "", 30), stretch("", "", 20)), minutes=30)
    for who, name in (
        (scene.learner, "my_claims"),
        (scene.manager, "institution_claims"),
        (scene.officer, "bureau_claims"),
    ):
        client = f.signed_in(who)
        with django_assert_max_num_queries(15):
            assert client.get(reverse(name), {"state": ""}).status_code == 200
