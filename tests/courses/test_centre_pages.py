"""The centre's pages: who may open them, what they do, how many queries they take."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import correcting
from courses.models import Attendance, CourseRun, Trainer, TrainingYear
from lms.jobs.models import Job
from tests import factories
from tests.factories import at, signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def by():
    return factories.make_trainer()


@pytest.fixture
def client(by):
    return signed_in(by)


@pytest.fixture
def session(by):
    run = factories.make_run(factories.make_course(kind="pre_service"), by.centre)
    return factories.make_session(run, at("2025-03-05 09:00"))


def addresses(session) -> list[str]:
    run = [session.run_id]
    return [
        reverse("centre_home"),
        reverse("centre_runs"),
        reverse("centre_run_new"),
        reverse("centre_run", args=run),
        reverse("centre_enrol", args=run),
        reverse("centre_results", args=run),
        reverse("centre_session", args=[session.pk]),
    ]


def field(row, name: str) -> str:
    return f"{name}-{row.pk.hex}"


def refused_with(response) -> str:
    return response.context["refusal"].code


def test_who_may_open_them(session, client):
    for url in addresses(session):
        assert client.get(url).status_code == 200, url
        visitor = signed_in(None).get(url)
        assert visitor.status_code == 302, url
        assert visitor.headers["Location"].startswith(reverse("sign_in")), url
    for role, persona in factories.every_persona().items():
        if role != "centre_staff":
            assert {signed_in(persona).get(url).status_code for url in addresses(session)} == {403}, role


def test_another_centre_finds_nothing_there(session):
    stranger = signed_in(factories.make_trainer())
    assert [stranger.get(url).status_code for url in addresses(session)[3:]] == [404] * 4
    posted = stranger.post(reverse("centre_run", args=[session.run_id]), {"act": "cancel"})
    assert posted.status_code == 404
    session.run.refresh_from_db()
    assert session.run.state == "open"


def test_pages_take_few_queries_however_much_there_is(session, client, by, django_assert_max_num_queries):
    for number in (2, 30):
        site = factories.make_institution()
        for person in factories.make_staff(site, number):
            factories.make_enrollment(session.run, person, institution=site)
        for _ in range(number // 2):
            waiting = factories.make_session(factories.make_run(centre=by.centre))
            factories.make_attendance(waiting, factories.make_enrollment(waiting.run).person)
            factories.make_enrollment(waiting.run)
        for url in addresses(session):
            with django_assert_max_num_queries(MOST_QUERIES):
                assert client.get(url).status_code == 200


def test_home_shows_today_first_and_what_is_waiting(client, by):
    noon = timezone.localtime().replace(hour=12, minute=0)
    today = factories.make_session(factories.make_run(centre=by.centre), noon, minutes=30)
    old = factories.make_session(factories.make_run(centre=by.centre), at("2025-03-05 09:00"))
    done = factories.make_session(factories.make_run(centre=by.centre), at("2025-03-06 09:00"))
    factories.make_enrollment(old.run)
    factories.make_attendance(done, factories.make_enrollment(done.run).person)
    exam = factories.make_run(factories.make_course(kind="pre_service"), by.centre)
    factories.make_attendance(factories.make_session(exam), factories.make_enrollment(exam).person)
    context = client.get(reverse("centre_home")).context
    assert list(context["today"]) == [today]
    assert list(context["waiting"]) == [old]
    assert list(context["results"]) == [exam]


def test_runs_are_filtered_by_the_address(client, by):
    spring = factories.make_run(centre=by.centre, title="春季班")
    factories.make_run(centre=by.centre, title="秋季班", state="finished")
    factories.make_run(title="春季班")
    url = reverse("centre_runs")
    assert [run.pk for run in client.get(url, {"q": "春季"}).context["page"]] == [spring.pk]
    assert [run.title for run in client.get(url, {"state": "finished"}).context["page"]] == ["秋季班"]
    assert "没有符合条件的班次" in client.get(url, {"q": "冬季"}).content.decode()


def rows_of(response) -> dict[str, str]:
    """The fields of the session rows as a browser would send them back."""
    formset = response.context["rows"]
    data = {f"s-{name}": str(formset.management_form[name].value()) for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for form in formset:
        for bound in form:
            value = bound.value()
            shown = bound.field.widget.format_value(value) if isinstance(value, date | time) else value
            data[bound.html_name] = str(shown or "") if shown != 0 else "0"
    return {name: value for name, value in data.items() if not (name.endswith("DELETE") and not value)}


def run_fields(course, **kw: str) -> dict[str, str]:
    return {"course": str(course.pk), "title": "三月班", "place": "松江", "capacity": "30", "open": "on"} | kw


NO_ROWS = {"s-TOTAL_FORMS": "0", "s-INITIAL_FORMS": "0"}


def test_a_run_with_generated_sessions(client, by):
    course = factories.make_course()
    url = reverse("centre_run_new")
    assert client.get(url, {"course": course.pk}).context["form"]["course"].value() == course.pk
    repeat = {"day": "2025-03-05", "starts": "0900", "ends": "11：15", "break_minutes": "0", "bucket": "ethics"}
    trainer = Trainer.objects.create(centre=by.centre, name="陈老师")
    Trainer.objects.create(centre=by.centre, name="早已离开", active=False)
    Trainer.objects.create(centre=factories.make_centre(), name="别家的")
    repeat |= {"every": "week", "times": "3", "trainer": str(trainer.pk)}
    generated = client.post(
        url, run_fields(course) | NO_ROWS | {f"repeat-{k}": v for k, v in repeat.items()} | {"generate": "1"}
    )
    assert generated.context["form"]["title"].value() == "三月班"
    assert [name for _, name in generated.context["rows"].forms[0].fields["trainer"].choices] == ["—", "陈老师"]
    rows = rows_of(generated)
    rows["s-1-DELETE"] = "on"
    rows["s-2-starts"] = "10:00"
    made = client.post(url, run_fields(course) | rows)
    run = CourseRun.objects.get()
    assert made.headers["Location"] == reverse("centre_run", args=[run.pk])
    assert (run.state, run.centre, run.capacity) == ("open", by.centre, 30)
    assert [(s.starts_at, s.ends_at, s.bucket) for s in run.sessions.order_by("number")] == [
        (at("2025-03-05 09:00"), at("2025-03-05 11:15"), "ethics"),
        (at("2025-03-19 10:00"), at("2025-03-19 11:15"), "ethics"),
    ]
    assert {session.trainer for session in run.sessions.all()} == {trainer}


def test_a_run_refused_keeps_what_was_typed(client):
    course = factories.make_course()
    url = reverse("centre_run_new")
    bare = client.post(url, run_fields(course) | NO_ROWS)
    assert (bare.status_code, refused_with(bare)) == (409, "run_without_sessions")
    row = {"s-0-day": "2025-03-05", "s-0-starts": "11:00", "s-0-ends": "09:00", "s-0-break_minutes": "0"}
    row |= {"s-0-bucket": "skill", "s-TOTAL_FORMS": "1", "s-INITIAL_FORMS": "0"}
    wrong = client.post(url, run_fields(course, title="") | row)
    assert set(wrong.context["form"].errors) == {"title"}
    assert wrong.context["rows"].forms[0].errors.as_data()["ends"][0].code == "session_times"
    assert wrong.context["rows"].forms[0]["starts"].value() == "11:00"
    assert not CourseRun.objects.exists()


def test_a_course_of_elsewhere_cannot_be_chosen(client):
    elsewhere = factories.make_course(region=factories.yuecheng())
    answer = client.post(reverse("centre_run_new"), run_fields(elsewhere) | NO_ROWS)
    assert "course" in answer.context["form"].errors


def test_steps_of_a_run(client, session):
    url = reverse("centre_run", args=[session.run_id])
    client.post(url, {"act": "finish"})
    session.run.refresh_from_db()
    assert session.run.state == "finished"
    refused = client.post(url, {"act": "cancel"})
    assert (refused.status_code, refused_with(refused)) == (409, "run_state")


def test_take_somebody_off_the_list(client, session):
    row = factories.make_enrollment(session.run)
    other = factories.make_enrollment()
    url = reverse("centre_run", args=[session.run_id])
    client.post(url, {"act": "withdraw", "enrollment": row.pk})
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert client.post(url, {"act": "withdraw", "enrollment": other.pk}).status_code == 404


def test_enrol_two_institutions_in_one_go(client, session):
    sites = [factories.make_institution(), factories.make_institution()]
    staff = [person for site in sites for person in factories.make_staff(site, 3)]
    factories.make_ban(staff[0])
    url = reverse("centre_enrol", args=[session.run_id])
    assert [(s.staff, s.here) for s in client.get(url).context["page"] if s in sites] == [(3, 0), (3, 0)]
    picked = {"institution": [str(site.pk) for site in sites]}
    preview = client.post(url, picked | {"act": "preview"})
    assert len(preview.context["report"].enrolled) == 5
    assert not session.run.enrollments.exists()
    result = client.post(url, picked | {"act": "enrol"})
    assert [row["code"] for row in result.context["refused"]] == ["person_barred"]
    assert {row.institution_id for row in session.run.enrollments.all()} == {site.pk for site in sites}
    assert session.run.enrollments.count() == 5


def test_enrol_one_person_found_by_name(client, session):
    post = factories.make_post(person=factories.make_person(name="单于䶮"))
    url = reverse("centre_enrol", args=[session.run_id])
    assert [found.person for found in client.get(url, {"q": "䶮"}).context["people"]] == [post.person]
    answer = client.post(url, {"person": [str(post.person_id)], "act": "enrol"})
    assert answer.headers["Location"] == reverse("centre_run", args=[session.run_id])
    assert session.run.enrollments.get().institution == post.institution


def test_institutions_of_another_city_are_not_there(client, session):
    far = factories.make_institution(region=factories.yuecheng())
    factories.make_staff(far, 2)
    url = reverse("centre_enrol", args=[session.run_id])
    assert far not in client.get(url).context["page"].object_list
    client.post(url, {"institution": [str(far.pk)], "act": "enrol"})
    assert not session.run.enrollments.exists()


def test_nothing_picked_is_said(client, session):
    url = reverse("centre_enrol", args=[session.run_id])
    answer = client.post(url, {"act": "preview", "person": ["not-a-key"]}, follow=True)
    assert "请先至少选择" in answer.content.decode()


def test_many_people_become_a_job(client, session, monkeypatch):
    monkeypatch.setattr("courses.views.centre.enrol.AT_ONCE", 2)
    site = factories.make_institution()
    factories.make_staff(site, 3)
    answer = client.post(
        reverse("centre_enrol", args=[session.run_id]), {"institution": [str(site.pk)], "act": "enrol"}
    )
    job = Job.objects.get()
    assert answer.headers["Location"] == job.get_absolute_url()
    assert (job.kind, session.run.enrollments.count()) == ("enrol_institutions", 0)


def test_roll_call_on_one_page(client, session):
    session.run.course.kind = "in_service"
    session.run.course.save()
    on_time, late, absent, banned = (factories.make_enrollment(session.run) for _ in range(4))
    factories.make_ban(banned.person)
    url = reverse("centre_session", args=[session.pk])
    sheet = {row.enrollment: row for row in client.get(url).context["rows"]}
    assert (sheet[on_time].came, sheet[on_time].went, sheet[banned].absent) == ("09:00", "12:00", True)
    data = {
        field(on_time, "came"): "09:00",
        field(on_time, "went"): "12:00",
        field(late, "came"): "920",
        field(late, "went"): "12:00",
        field(absent, "absent"): "on",
        field(banned, "came"): "09:00",
        field(banned, "went"): "12:00",
    }
    assert client.post(url, data).status_code == 302
    marks = {row.person: (row.state, row.minutes) for row in Attendance.objects.all()}
    assert marks == {
        on_time.person: ("present", 180),
        late.person: ("late", 160),
        absent.person: ("absent", 0),
        banned.person: ("absent", 0),
    }
    assert TrainingYear.objects.get(person=late.person).skill_minutes == 160
    assert client.post(url, data).status_code == 302
    assert Attendance.objects.count() == 4


def test_a_refused_roll_keeps_what_was_typed(client, session):
    row = factories.make_enrollment(session.run)
    url = reverse("centre_session", args=[session.pk])
    for came, went, code in (("13:00", "14:00", "times_outside"), ("09:00", "soon", "times_incomplete")):
        answer = client.post(url, {field(row, "came"): came, field(row, "went"): went})
        assert (answer.status_code, refused_with(answer)) == (409, code)
        (line,) = answer.context["rows"]
        assert (line.came, line.went, line.refused) == (came, went, True)
    assert not Attendance.objects.exists()


def test_a_session_until_midnight_is_left_at_midnight(client, by):
    session = factories.make_session(factories.make_run(centre=by.centre), at("2025-12-31 22:00"), minutes=120)
    row = factories.make_enrollment(session.run)
    client.post(
        reverse("centre_session", args=[session.pk]), {field(row, "came"): "22:00", field(row, "went"): "00:00"}
    )
    assert Attendance.objects.get().minutes == 120


def test_correction_needs_a_reason_and_shows_the_old_value(client, session):
    row = factories.make_enrollment(session.run)
    url = reverse("centre_session", args=[session.pk])
    client.post(url, {field(row, "came"): "09:30", field(row, "went"): "12:00"})
    mark = Attendance.objects.get()
    assert client.get(url, {"correct": mark.pk}).status_code == 200
    panel = client.get(url, {"correct": mark.pk}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    given = {"attendance": mark.pk, "came": "09:00", "went": "12:00"}
    refused = client.post(url, given | {"reason": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    unchanged = client.post(url, given | {"came": "09:30", "reason": "写错"})
    assert unchanged.status_code == 409
    assert "nothing_changed" in unchanged.content.decode()
    assert client.post(url, given | {"reason": "签到表可证"}).status_code == 302
    colleague = factories.make_trainer(session.run.centre)
    correcting.confirm_correction(by=colleague, proposal=mark.proposals.get())
    mark.refresh_from_db()
    assert (mark.minutes, mark.revision) == (180, 2)
    assert "签到表可证" in client.get(url, {"correct": mark.pk}).content.decode()


def test_a_mark_of_another_session_is_not_found(client, session):
    other = factories.make_attendance(factories.make_session(), factories.make_person())
    url = reverse("centre_session", args=[session.pk])
    assert client.get(url, {"correct": other.pk}).status_code == 404
    assert client.get(url, {"correct": "x"}).status_code == 302


def test_a_session_ahead_has_no_sheet_yet(client, by):
    ahead = factories.make_session(factories.make_run(centre=by.centre), timezone.now() + timedelta(days=1))
    row = factories.make_enrollment(ahead.run)
    url = reverse("centre_session", args=[ahead.pk])
    assert client.get(url).context["begun"] is False
    answer = client.post(url, {field(row, "came"): "09:00", field(row, "went"): "10:00"})
    assert refused_with(answer) == "session_not_begun"


def test_results_in_bulk(client, session):
    passed, failed, left = (factories.make_enrollment(session.run) for _ in range(3))
    url = reverse("centre_results", args=[session.run_id])
    data = {field(passed, "result"): "pass", field(passed, "score"): "91", field(failed, "result"): "fail"}
    assert client.post(url, data).status_code == 302
    states = dict(session.run.enrollments.values_list("pk", "state"))
    assert states == {passed.pk: "passed", failed.pk: "failed", left.pk: "enrolled"}
    for score in ("101", "ninety"):
        wrong = client.post(url, {field(left, "result"): "pass", field(left, "score"): score})
        assert (wrong.status_code, refused_with(wrong)) == (409, "score_range")
    left.refresh_from_db()
    assert left.state == "enrolled"
