"""The pages of hours: lists with their forecast, enrolling whoever needs more, seats, and the files."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses.models import Enrollment, EnrollmentSource
from lms.jobs.models import Job
from lms.jobs.running import run as work
from lms.registry.models import AuditEntry, Membership, Person
from reports.views.bureau import hours as listing
from reports.views.institution import hours as desk
from tests.factories import make_enrollment, make_manager, signed_in
from tests.reports.hours_scene import ETHICS, SKILL, Scene, make_scene, run_ahead

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def page(by: Membership, name: str, **query: str) -> Any:
    answer = signed_in(by).get(reverse(name), query)
    assert answer.status_code == 200
    return answer


def names(answer: Any) -> list[str]:
    return [row.place.name for row, _document, _ending in answer.context["rows"]]


def post_of(person: Person) -> str:
    return str(person.posts.get().pk)


def test_who_misses_most_comes_first_and_the_tabs_count(scene: Scene) -> None:
    done = scene.somebody(skill=SKILL, ethics=ETHICS)
    some, none = scene.somebody(skill=45), scene.somebody()
    answer = page(scene.manager, "institution_hours")
    assert names(answer)[-1] == done.name
    assert set(names(answer)) == {done.name, some.name, none.name}
    assert answer.context["counts"]["reached"] == 1
    assert names(page(scene.manager, "institution_hours", show="reached")) == [done.name]
    assert names(page(scene.manager, "institution_hours", q=some.name)) == [some.name]
    assert names(page(scene.manager, "institution_hours", bucket="skill", show="reached")) == []
    assert names(page(scene.manager, "institution_hours", post="teacher")) == []


def test_a_bureau_sees_its_region_and_a_manager_her_own(scene: Scene) -> None:
    here = scene.somebody()
    beside, elsewhere = make_scene(), make_scene("310118")
    there, away = beside.somebody(), elsewhere.somebody()
    assert names(page(scene.manager, "institution_hours")) == [here.name]
    assert set(names(page(scene.officer, "bureau_hours"))) == {here.name, there.name}
    assert names(page(scene.officer, "bureau_hours", q=beside.institution.name)) == [there.name]
    assert names(page(elsewhere.officer, "bureau_hours", region="310117")) == [away.name]


def test_lists_take_as_many_queries_however_many_people(scene: Scene) -> None:
    run = run_ahead(scene.region, skill=90)

    desks = {"bureau_hours": scene.officer, "bureau_hours_seats": scene.officer, "institution_hours": scene.manager}
    clients = {name: signed_in(by) for name, by in desks.items()}

    def queries() -> dict[str, int]:
        counts = {}
        for name, client in clients.items():
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as counted:
                assert client.get(reverse(name)).status_code == 200
            counts[name] = len(counted)
        return counts

    make_enrollment(run, scene.somebody())
    before = queries()
    for _ in range(12):
        make_enrollment(run, scene.somebody(skill=45))
    assert queries() == before
    assert max(before.values()) <= 15, before


def test_seats_stand_by_district_and_month(scene: Scene) -> None:
    scene.somebody(skill=SKILL - 360, ethics=ETHICS)
    answer = page(scene.officer, "bureau_hours_seats")
    (district,) = answer.context["districts"]
    assert district.total == sum(month.needed for month in answer.context["months"]) == 2
    elsewhere = page(make_scene("330602").officer, "bureau_hours_seats")
    assert elsewhere.context["districts"] == []


def test_one_tap_offers_runs_that_help_and_enrols(scene: Scene) -> None:
    lacking, done = scene.somebody(skill=SKILL), scene.somebody(skill=SKILL, ethics=ETHICS)
    useful = run_ahead(scene.region, ethics=90)
    run_ahead(scene.region, skill=90)
    full = run_ahead(scene.region, ethics=90, capacity=1)
    make_enrollment(full)
    url = reverse("institution_hours_enrol")
    client = signed_in(scene.manager)
    offered = client.get(url, {"show": "will_miss"})
    assert [row.place.name for row in offered.context["rows"]] == [lacking.name]
    assert [offer.run for offer, _gives in offered.context["offers"]] == [useful]
    enrolled = client.post(url, {"picked": [post_of(lacking), post_of(done)], "run": str(useful.pk)})
    assert enrolled.status_code == 200
    assert (enrolled.context["enrolled"], enrolled.context["refused"]) == (2, [])
    place = Enrollment.objects.get(run=useful, person=lacking)
    assert (place.source, place.institution) == (EnrollmentSource.INSTITUTION, scene.institution)
    rest = client.get(url, {"picked": post_of(lacking)})
    assert rest.context["offers"] == []
    again = client.post(url, {"picked": post_of(lacking), "run": str(useful.pk)})
    assert (again.context["enrolled"], again.context["kept"]) == (0, 1)


def test_refusals_name_each_person_and_stop_nobody_else(scene: Scene) -> None:
    people = [scene.somebody() for _ in range(2)]
    run = run_ahead(scene.region, skill=90, capacity=1)
    told = {"picked": [post_of(person) for person in people], "run": str(run.pk)}
    answer = signed_in(scene.manager).post(reverse("institution_hours_enrol"), told)
    assert answer.context["enrolled"] == 1
    assert [code for _person, code, _sentence in answer.context["refused"]] == ["run_full"]


def test_many_are_enrolled_by_a_worker(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 1)
    people = [scene.somebody() for _ in range(2)]
    run = run_ahead(scene.region, skill=90)
    told = {"picked": [post_of(person) for person in people], "run": str(run.pk)}
    answer = signed_in(scene.manager).post(reverse("institution_hours_enrol"), told)
    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    work(job.pk)
    assert set(Enrollment.objects.filter(run=run).values_list("person", flat=True)) == {one.pk for one in people}


def test_nobody_picked_nobody_meant(scene: Scene) -> None:
    scene.somebody()
    client, url = signed_in(scene.manager), reverse("institution_hours_enrol")
    for told in ({}, {"picked": "nonsense"}):
        assert client.post(url, told)["Location"] == reverse("institution_hours")


def test_people_and_runs_of_others_cannot_be_reached(scene: Scene) -> None:
    stranger = make_scene().somebody()
    mine, far = scene.somebody(), run_ahead(make_scene("330602").region, skill=90)
    client, url = signed_in(scene.manager), reverse("institution_hours_enrol")
    assert client.post(url, {"picked": post_of(stranger)}).status_code == 302
    assert client.post(url, {"picked": post_of(mine), "run": str(far.pk)}).status_code == 404
    assert not Enrollment.objects.exists()


def test_the_list_as_a_file_with_masked_numbers(scene: Scene) -> None:
    person = scene.somebody(skill=45, ethics=20)
    number = person.documents.get().number
    csv_file = page(scene.manager, "hours_export", form="csv")
    text = csv_file.content.decode()
    assert text.startswith("\ufeff")
    assert number not in text
    (row,) = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert next(iter(row.values())) == person.name
    assert list(row.values())[4:7] == ["88", "1", "87"]
    book = b"".join(page(scene.officer, "hours_export").streaming_content)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert person.name in parts.read("xl/worksheets/sheet1.xml").decode()
    assert AuditEntry.objects.filter(action="export_hours").count() == 2


def test_a_long_list_is_made_by_a_worker(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 1)
    for _ in range(2):
        scene.somebody()
    for form in ("csv", "xlsx"):
        answer = signed_in(scene.officer).get(reverse("hours_export"), {"form": form})
        job = Job.objects.get(args__form=form)
        assert answer["Location"] == job.get_absolute_url()
        work(job.pk)
        job.refresh_from_db()
        assert job.result["rows"] == 2
        assert signed_in(scene.officer).get(job.result["url"]).status_code == 200


def test_an_empty_desk_says_so(scene: Scene) -> None:
    stranger = make_manager()
    assert page(stranger, "institution_hours").context["everybody"] == 0
    assert timezone.localdate() == page(scene.officer, "bureau_hours").context["today"]
