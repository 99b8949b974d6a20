"""Standards drafted on a page: who may, what is refused, what a dry run finds, and two people to publish."""

from typing import Any

import pytest
from django.urls import reverse

from certification import assessing, publishing, standardising
from certification.models import Assessment, TrainingStandard
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry.models import AuditEntry, Membership, Person
from tests import factories as f
from tests.factories import YEAR

pytestmark = pytest.mark.django_db
VALUES: dict[str, Any] = {
    "year_from": YEAR,
    "year_to": None,
    "skill_hours": 72,
    "ethics_hours": 40,
    "lesson_minutes": 45,
    "variant": "prorata",
    "year_kind": "calendar",
    "categories": ["安全防范"],
    "category_hours": {},
    "onsite_percent": 0,
    "day_ceiling": None,
    "paper": "新一轮三年行动计划",
    "line": "12",
    "status": "consultation",
}


@pytest.fixture
def officer() -> Membership:
    return f.make_officer(f.yuecheng())


def draft(by: Membership, **kw: Any) -> TrainingStandard:
    assert by.region is not None
    return standardising.draft(by=by, region=by.region, values=VALUES | kw)


def code_of(act: Any, *args: Any, **kw: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act(*args, **kw)
    return refused.value.code


def worker(skill: int) -> Person:
    person = f.make_post(institution=f.make_institution(region=f.yuecheng())).person
    f.give_hours(person, skill=skill * 45, ethics=40 * 45)
    return person


def test_a_draft_holds_nobody_to_anything(officer: Membership) -> None:
    person = worker(72)
    row = draft(officer)
    assert (row.code, row.published_at, row.drafted_by) == (f"330602-hours-{YEAR}", None, officer.user)
    assert code_of(assessing.assess, person=person, year=YEAR) == "policy_missing"
    assert AuditEntry.objects.filter(action="draft_standard", subject_id=str(row.pk)).exists()
    assert draft(officer).code == f"330602-hours-{YEAR}-2"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"year_to": YEAR - 1}, "standard_years"),
        ({"categories": ["插花"]}, "category_unknown"),
        ({"category_hours": {"插花": 2}}, "category_unknown"),
        ({"category_hours": {"安全防范": 70, "职业技能": 3}}, "category_least"),
    ],
)
def test_what_a_draft_may_not_say(officer: Membership, wrong: dict[str, Any], code: str) -> None:
    assert code_of(draft, officer, **wrong) == code


def test_drafts_are_for_bureaus_of_the_region(officer: Membership) -> None:
    row = draft(officer)
    other = f.make_officer(f.qingpu())
    assert code_of(standardising.draft, by=other, region=f.yuecheng(), values=VALUES) == "not_found"
    assert code_of(standardising.publish, by=other, standard=row) == "not_found"
    assert code_of(standardising.discard, by=f.make_manager(), standard=row) == "not_allowed"


def test_a_second_person_publishes_and_years_are_judged_anew(officer: Membership) -> None:
    person = worker(72)
    assessing.assess_many([person.pk], YEAR)
    row = draft(officer)
    assert code_of(standardising.publish, by=officer, standard=row) == "same_person"
    colleague = f.make_supervisor(f.yuecheng())
    row = standardising.change(by=officer, standard=row, values=VALUES | {"skill_hours": 70})
    published = standardising.publish(by=colleague, standard=row)
    assert (published.published_by, published.skill_hours) == (colleague.user, 70)
    while assessing.assess_pending():
        pass
    assert Assessment.objects.get(person=person, year=YEAR).reached
    for act in (standardising.publish, standardising.discard):
        assert code_of(act, by=colleague, standard=row) == "policy_published"
    assert code_of(standardising.change, by=officer, standard=row, values=VALUES) == "policy_published"
    assert code_of(draft, officer) == "standard_overlap"
    assert draft(officer, year_from=YEAR + 1).published_at is None


def test_overlap_is_looked_at_again_when_publishing(officer: Membership) -> None:
    first, second = draft(officer), draft(officer)
    colleague = f.make_officer(f.yuecheng())
    standardising.publish(by=colleague, standard=first)
    assert code_of(standardising.publish, by=colleague, standard=second) == "standard_overlap"


def test_a_dry_run_says_who_would_reach_and_who_would_miss(officer: Membership) -> None:
    enough, short = worker(72), worker(10)
    f.make_post(institution=f.make_institution(region=f.yuecheng()), kind="volunteer")
    found = standardising.trial(draft(officer), standardising.candidates(draft(officer), YEAR), YEAR)
    assert (found.asked, found.reached) == ((0, 2), (0, 1))
    assert {(one.person_id, one.before, one.after, one.missing) for one in found.changes} == {
        (enough.pk, None, True, 0),
        (short.pk, None, False, 62 * 45),
    }
    assert not Assessment.objects.exists()

    later = standardising.trial(draft(officer, year_from=YEAR + 2), [enough.pk, short.pk], YEAR)
    assert (later.asked, later.reached) == ((0, 2), (0, 1))

    f.make_standard(f.yuecheng(), year_from=YEAR - 1, skill_hours=10, ethics_hours=40)
    harder = standardising.trial(draft(officer, skill_hours=72), [enough.pk, short.pk], YEAR)
    assert (harder.asked, harder.reached) == ((2, 2), (2, 1))
    assert [(one.person_id, one.before, one.after) for one in harder.changes] == [(short.pk, True, False)]


def test_conditions_come_from_papers_too_and_name_known_categories() -> None:
    row = {
        "code": "yuecheng-2026",
        "line": "3",
        **{name: VALUES[name] for name in ("year_from", "skill_hours", "ethics_hours", "lesson_minutes", "variant")},
        "year_kind": "school",
        "category_hours": {"安全防范": 8},
        "onsite_percent": 50,
        "day_ceiling": 8,
    }
    document = {"paper": "文件", "status": "in_force", "region": "330602", "standards": [row]}
    publishing.load(document)
    kept = TrainingStandard.objects.get(code="yuecheng-2026")
    assert (kept.year_kind, kept.category_hours, kept.onsite_percent, kept.day_ceiling) == (
        "school",
        {"安全防范": 8},
        50,
        8,
    )
    for wrong in ({"categories": ["插花"]}, {"category_hours": {"插花": 8}}, {"category_hours": {"安全防范": 0}}):
        assert code_of(publishing.load, document | {"standards": [row | {"code": "x"} | wrong]}) == "policy_invalid"


# --- Pages ----------------------------------------------------------------------------------


def typed(**kw: Any) -> dict[str, Any]:
    empty = {name: "" for name, value in VALUES.items() if value is None}
    rest = {name: value for name, value in VALUES.items() if value is not None and name != "category_hours"}
    return {"region": "330602", "least-安全防范": "4", **rest, **empty, **kw}


def test_from_draft_to_publication_on_pages(officer: Membership) -> None:
    enough, short = worker(72), worker(10)
    client = f.signed_in(officer)
    assert client.post(reverse("bureau_standard_new"), typed(skill_hours="")).status_code == 422
    assert (
        client.post(reverse("bureau_standard_new"), typed(ethics_hours="0", **{"least-职业道德": "1"})).status_code
        == 409
    )
    assert client.post(reverse("bureau_standard_new"), typed()).status_code == 302
    row = TrainingStandard.objects.get(drafted_by=officer.user)
    assert row.category_hours == {"安全防范": 4}
    url = reverse("bureau_standard", args=[row.pk])
    assert url in client.get(reverse("bureau_standards")).content.decode()
    change = reverse("bureau_standard_change", args=[row.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, typed(**{"least-安全防范": ""})).status_code == 302

    assert client.post(url, {"act": "try", "year": "x"}).status_code == 422
    assert client.post(url, {"act": "try", "year": YEAR}).status_code == 302
    job = Job.objects.get(kind="try_standard")
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["asked"], job.result["reached"]) == ("done", [0, 2], [0, 1])
    shown = client.get(job.result["url"]).content.decode()
    assert enough.name in shown
    assert short.name in shown
    file = client.get(reverse("bureau_standard_people", args=[row.pk])).content.decode()
    assert file.startswith("\ufeff")
    assert str(62 * 45) in file

    assert client.post(url, {"act": "publish"}).status_code == 409
    colleague = f.signed_in(f.make_officer(f.yuecheng()))
    assert colleague.get(f"{url}?run=nothing").status_code == 200
    assert colleague.post(url, {"act": "publish"}).status_code == 302
    assert colleague.get(change).status_code == 404
    assert colleague.post(url, {"act": "discard"}).status_code == 409
    assert f.signed_in(f.make_officer(f.qingpu())).get(url).status_code == 404


def test_a_draft_is_discarded(officer: Membership) -> None:
    row = draft(officer)
    answer = f.signed_in(officer).post(reverse("bureau_standard", args=[row.pk]), {"act": "discard"})
    assert answer.status_code == 302
    assert not TrainingStandard.objects.filter(pk=row.pk).exists()
