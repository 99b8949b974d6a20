"""The pages of entry review, yearly checks, certificates sent in, and notices, as people use them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from certification import entering
from certification.models import EntryCheck, EntryReview, EntryState, Qualification
from lms.registry import noticing
from lms.registry.models import Notice, Post
from tests.certification.entry_scene import (
    CHANNEL,
    Scene,
    days,
    hand_in,
    make_entry,
    make_qualification,
    make_scene,
    photo,
    record,
    submitted,
    upload,
)
from tests.factories import make_ban, make_id_number, make_learner, make_manager, make_person, make_post, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def text_of(answer) -> str:
    return answer.content.decode()


# --- The institution ------------------------------------------------------------------------


def test_a_manager_opens_an_entry_and_hands_in_what_is_asked_for(scene: Scene) -> None:
    browser = signed_in(scene.manager)
    number = make_id_number()
    typed = {"name": "施晓燕", "number": number, "kind": "", "post": "cleaning", "planned_on": days(3).isoformat()}
    answer = browser.post(reverse("institution_entry_new"), typed)
    entry = EntryReview.objects.get()
    url = reverse("institution_entry", args=[entry.pk])
    assert (answer.status_code, answer["Location"]) == (302, url)
    page = text_of(browser.get(url))
    assert "还缺 3 项材料" in page
    assert number not in page

    def hand(kind: str, **values: object) -> int:
        sent = {f"{kind}-{name}": value for name, value in values.items()}
        return browser.post(url, {"act": "record", "kind": kind, **sent}).status_code

    today = timezone.localdate().isoformat()
    assert browser.post(url, {"act": "submit"}).status_code == 409
    assert hand("identity", done_on=today, evidence=upload(photo())) == 302
    assert hand("no_crime", done_on=today, channel=CHANNEL, passed="yes") == 422
    assert hand("no_crime", done_on=today, channel=CHANNEL, passed="yes", consent="on") == 302
    assert hand("health", done_on=today, number="JK1", valid_until=days(-1).isoformat()) == 409
    assert hand("health", done_on=today, number="JK1", valid_until=days(300).isoformat()) == 302
    assert hand("ban") == 409
    check = EntryCheck.objects.get(kind="health")
    assert browser.post(url, {"act": "withdraw_check", "check": "zzz"}).status_code == 409
    assert browser.post(url, {"act": "withdraw_check", "check": check.pk}).status_code == 302
    assert browser.post(url, {"act": "submit"}).status_code == 409, "a check taken back counts no longer"
    assert hand("health", done_on=today, number="JK1", valid_until=days(300).isoformat()) == 302
    assert EntryCheck.objects.filter(passed=True, withdrawn_at=None).count() == 3
    assert EntryCheck.objects.get(kind="identity").evidence.content_type == "image/jpeg"
    assert browser.post(url, {"act": "submit"}).status_code == 302
    entry.refresh_from_db()
    assert entry.state == EntryState.SUBMITTED


def test_what_was_typed_is_never_lost_when_an_entry_is_refused(scene: Scene) -> None:
    number = make_id_number()
    make_ban(make_person(name="施晓燕", number=number))
    typed = {"name": "施晓燕", "number": number, "kind": "", "post": "carer", "planned_on": days(3).isoformat()}
    answer = signed_in(scene.manager).post(reverse("institution_entry_new"), typed)
    assert answer.status_code == 409
    assert "person_barred" in text_of(answer)
    assert 'value="施晓燕"' in text_of(answer)
    assert not EntryReview.objects.exists()


def test_another_institution_s_entry_does_not_exist(scene: Scene) -> None:
    entry = make_entry(scene)
    url = reverse("institution_entry", args=[entry.pk])
    browser = signed_in(make_manager())
    assert browser.get(url).status_code == 404
    assert browser.post(url, {"act": "withdraw"}).status_code == 404
    assert EntryReview.objects.get().state == EntryState.COLLECTING
    assert signed_in(scene.manager).post(url, {"act": "withdraw"}).status_code == 302
    assert EntryReview.objects.get().state == EntryState.WITHDRAWN


def test_dates_of_many_people_are_entered_in_one_form(scene: Scene) -> None:
    posts = [make_post(institution=scene.institution) for _ in range(3)]
    url = reverse("institution_checks") + "?kind=no_crime"
    browser = signed_in(scene.manager)
    common = {"done_on": days(-2).isoformat(), "channel": CHANNEL, "consent": "on"}
    assert browser.post(url, common).status_code == 409
    own = {f"on_{posts[1].pk}": days(-5).isoformat()}
    answer = browser.post(url, common | own | {"picked": [str(posts[0].pk)]})
    assert answer.status_code == 302
    dates = dict(Post.objects.values_list("pk", "no_crime_checked_on"))
    assert dates == {posts[0].pk: days(-2), posts[1].pk: days(-5), posts[2].pk: None}


def test_one_wrong_date_stops_no_other(scene: Scene) -> None:
    good, bad = (make_post(make_person(name=name), scene.institution) for name in ("施晓燕", "汤小兰"))
    url = reverse("institution_checks") + "?kind=health"
    typed = {
        "done_on": days(0).isoformat(),
        f"until_{good.pk}": days(300).isoformat(),
        f"until_{bad.pk}": "2026-02-31",
        f"number_{bad.pk}": "JK9",
    }
    answer = signed_in(scene.manager).post(url, typed)
    assert answer.status_code == 409
    assert 'value="JK9"' in text_of(answer)
    assert "汤小兰" in text_of(answer)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.health_expires_on, bad.health_expires_on) == (days(300), None)


def test_the_check_of_one_person_is_a_tap_away(scene: Scene) -> None:
    one, other = (make_post(make_person(name=name), scene.institution) for name in ("施晓燕", "汤小兰"))
    url = f"{reverse('institution_checks')}?kind=health&person={one.person_id}"
    page = text_of(signed_in(scene.manager).get(url))
    assert one.person.name in page
    assert other.person.name not in page


# --- The bureau -----------------------------------------------------------------------------


def test_an_officer_approves_many_and_sees_who_was_left(scene: Scene) -> None:
    first, second, barred = (submitted(scene, name=name) for name in ("施晓燕", "汤小兰", "高明霞"))
    make_ban(barred.person)
    browser = signed_in(scene.officer)
    url = reverse("bureau_entries")
    picked = [str(entry.pk) for entry in (first, second, barred)]
    answer = browser.post(url, {"act": "approve", "picked": picked})
    assert answer.status_code == 409
    assert "person_barred" in text_of(answer)
    assert Post.objects.filter(institution=scene.institution).count() == 2
    assert EntryReview.objects.filter(state=EntryState.APPROVED).count() == 2
    assert browser.post(url, {"act": "return", "picked": picked[2:], "reason": ""}).status_code == 409
    assert browser.post(url, {"act": "return", "picked": picked[2:], "reason": "暂缓"}).status_code == 302
    barred.refresh_from_db()
    assert (barred.state, barred.reason) == (EntryState.RETURNED, "暂缓")


def test_the_queue_costs_the_same_however_long(scene: Scene, django_assert_max_num_queries) -> None:
    browser = signed_in(scene.officer)
    submitted(scene)
    with django_assert_max_num_queries(15) as few:
        browser.get(reverse("bureau_entries"))
    for number in range(5):
        entry = hand_in(scene, make_entry(scene, state=EntryState.SUBMITTED, kind="teacher"))
        record(scene, entry.person, "no_crime", done_on=days(-number))
    with django_assert_max_num_queries(len(few)):
        page = text_of(browser.get(reverse("bureau_entries")))
    assert page.count('name="picked"') == 6


def test_the_lists_of_an_institution_cost_the_same_however_long(scene: Scene, django_assert_max_num_queries) -> None:
    browser = signed_in(scene.manager)
    names = ("institution_entries", "institution_checks", "institution_qualifications", "notices")

    def grow() -> None:
        make_entry(scene)
        make_qualification(make_post(institution=scene.institution).person)
        noticing.tell(
            scene.manager.user, "entry_due", f"{Notice.objects.count()}", {"name": "施晓燕", "until": "2026-03-05"}
        )

    grow()
    counts = {}
    for name in names:
        with django_assert_max_num_queries(15) as queries:
            assert browser.get(reverse(name)).status_code == 200
        counts[name] = len(queries)
    for _ in range(5):
        grow()
    for name in names:
        with django_assert_max_num_queries(counts[name]):
            browser.get(reverse(name))


def test_scan_and_data_stand_side_by_side_and_the_next_one_follows(scene: Scene) -> None:
    learner = make_learner(make_post(institution=scene.institution).person)
    sent = {"kind": "childcare_worker", "number": "Y003117000001244000123", "scan": upload()}
    assert signed_in(learner).post(reverse("my_qualifications"), sent).status_code == 302
    row = Qualification.objects.get()
    other = make_qualification(make_post(institution=scene.institution).person, number="")
    browser = signed_in(scene.officer)
    url = reverse("bureau_qualification", args=[row.pk])
    page = text_of(browser.get(url))
    assert f'src="{reverse("private_file", args=[row.scan_id])}"' in page
    assert browser.get(reverse("private_file", args=[row.scan_id])).status_code == 200
    assert browser.post(url, {"act": "refuse", "reason": ""}).status_code == 409
    answer = browser.post(url, {"act": "refuse", "reason": "照片反光"})
    assert answer["Location"] == reverse("bureau_qualification", args=[other.pk])
    home = text_of(signed_in(learner).get(reverse("my_home")))
    assert "照片反光" in home


def test_held_but_unverified_is_said_where_the_holder_and_her_institution_look(scene: Scene) -> None:
    post = make_post(institution=scene.institution)
    make_qualification(post.person)
    learner = make_learner(post.person)
    for name in ("my_home", "my_record", "my_qualifications"):
        assert "待核验" in text_of(signed_in(learner).get(reverse(name))), name
    for url in (
        reverse("institution_qualifications"),
        reverse("institution_rates"),
        reverse("institution_person", args=[post.person_id]),
    ):
        assert "核验" in text_of(signed_in(scene.manager).get(url)), url


# --- Notices --------------------------------------------------------------------------------


def test_a_notice_is_counted_opened_and_read(scene: Scene) -> None:
    entry = submitted(scene)
    entering.return_(by=scene.officer, entry=entry, reason="照片不清")
    browser = signed_in(scene.manager)
    assert 'class="bell-count">1<' in text_of(browser.get(reverse("notices")))
    notice = Notice.objects.get(to=scene.manager.user)
    answer = browser.post(reverse("notices"), {"notice": str(notice.pk)})
    assert answer["Location"] == reverse("institution_entry", args=[entry.pk])
    assert "bell-count" not in text_of(browser.get(reverse("notices")))


def test_nobody_opens_another_s_notice(scene: Scene) -> None:
    submitted(scene)
    notice = Notice.objects.get(to=scene.officer.user)
    browser = signed_in(scene.manager)
    assert browser.post(reverse("notices"), {"notice": str(notice.pk)}).status_code == 404
    assert browser.post(reverse("notices")).status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is None
