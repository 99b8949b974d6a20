"""Which rule holds where: nearest region first, then the latest start, and the papers' own figures."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from certification import policies
from certification.errors import PolicyMissing
from certification.models import CertificateKind, ClassNorm, HoldingRule, TrainingStandard
from lms.registry.models import Region

pytestmark = pytest.mark.django_db


def region(code: str) -> Region:
    return Region.objects.get(code=code)


def standard(code: str, where: str, year_from: int, *, year_to: int | None = None, published: bool = True):
    return TrainingStandard.objects.create(
        code=code,
        paper="test",
        line="1",
        status="in_force",
        region=region(where),
        year_from=year_from,
        year_to=year_to,
        skill_hours=10,
        ethics_hours=5,
        lesson_minutes=45,
        variant="prorata",
        published_at=timezone.now() if published else None,
    )


@pytest.mark.parametrize(
    ("code", "skill", "ethics", "line", "status"),
    [
        ("310117", 88, 40, "S25", "extended"),
        ("310118", 72, 40, "Q99-101", "extended"),
        ("310120", 72, 40, "F69", "draft"),
    ],
)
def test_standards_of_the_papers(code, skill, ethics, line, status):
    found = policies.standard_for(region(code), 2026)
    assert (found.skill_hours, found.ethics_hours, found.line, found.status) == (skill, ethics, line, status)
    assert (found.lesson_minutes, found.variant) == (45, "prorata")


@pytest.mark.parametrize("code", ["330600", "330602", "360404", "310000"])
def test_no_standard_is_policy_missing(code):
    with pytest.raises(PolicyMissing) as refusal:
        policies.standard_for(region(code), 2026)
    assert refusal.value.code == "policy_missing"
    assert refusal.value.context == {"region": code, "year": 2026}


def test_street_has_the_standard_of_its_district():
    assert policies.standard_for(region("310117001"), 2026).code == "songjiang-hours-2021"


def test_year_before_the_plan_is_missing():
    with pytest.raises(PolicyMissing):
        policies.standard_for(region("310117"), 2020)


def test_nearest_region_wins_over_a_later_one_above():
    standard("shanghai-2025", "310000", 2025)
    assert policies.standard_for(region("310117"), 2026).code == "songjiang-hours-2021"
    assert policies.standard_for(region("310115"), 2026).code == "shanghai-2025"


def test_latest_start_wins_and_an_ended_one_gives_way():
    standard("songjiang-2026", "310117", 2026, year_to=2026)
    assert policies.standard_for(region("310117"), 2025).code == "songjiang-hours-2021"
    assert policies.standard_for(region("310117"), 2026).code == "songjiang-2026"
    assert policies.standard_for(region("310117"), 2027).code == "songjiang-hours-2021"


def test_draft_row_holds_nowhere():
    standard("unpublished", "330600", 2024, published=False)
    with pytest.raises(PolicyMissing):
        policies.standard_for(region("330600"), 2026)


def test_many_regions_with_one_query(django_assert_num_queries):
    prefixes = list(Region.objects.filter(level="district").values_list("prefix", flat=True)[:400])
    with django_assert_num_queries(1):
        standards = policies.Standards([*prefixes, "310117"])
    assert standards.at("310117", 2026).code == "songjiang-hours-2021"
    assert standards.at(prefixes[0], 2026) is None


def holding_rules(code: str, day: date) -> dict[str, HoldingRule]:
    prefix = region(code).prefix
    return policies.HoldingRules([prefix]).at(prefix, day)


def class_norms(code: str, day: date) -> dict[str, ClassNorm]:
    prefix = region(code).prefix
    return policies.ClassNorms([prefix]).at(prefix, day)


def kinds(rule: HoldingRule) -> set[str]:
    return set(rule.kinds.values_list("code", flat=True))


def test_holding_rules_of_the_nation_hold_where_nobody_says_otherwise():
    rules = holding_rules("330602", date(2025, 6, 30))
    assert kinds(rules["carer"]) == {"childcare_worker", "infant_carer", "childcare_worker_old"}
    assert kinds(rules["teacher"]) == {"teacher_licence", "infant_carer", "childcare_worker"}
    assert {post for post, rule in rules.items() if not rule.required} == {
        "admin",
        "cleaning",
        "driver",
        "volunteer",
        "intern",
    }
    assert {post for post, rule in rules.items() if not rule.counted} == {"volunteer", "intern"}


@pytest.mark.parametrize("code", ["310117", "310118", "310120"])
def test_post_certificate_counts_for_carers_where_the_region_says_so(code):
    rules = holding_rules(code, date(2025, 6, 30))
    assert "post_training" in kinds(rules["carer"])
    assert "post_training" not in kinds(rules["teacher"])
    assert len(rules) == 11


def test_yearly_certificate_counts_nowhere():
    assert not HoldingRule.objects.filter(kinds="yearly_training").exists()


def test_holding_rule_starts_on_its_day():
    before = holding_rules("310120", date(2022, 12, 31))
    after = holding_rules("310120", date(2023, 1, 1))
    assert (before["carer"].code, after["carer"].code) == ("national-carer", "fengxian-carer")
    assert holding_rules("310120", date(2020, 12, 31)) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certification_trainingstandard SET skill_hours = 1",
        "DELETE FROM certification_trainingstandard",
        "UPDATE certification_holdingrule_kinds SET certificatekind_id = 'other'",
        "DELETE FROM certification_holdingrule_kinds",
        "INSERT INTO certification_holdingrule_kinds (holdingrule_id, certificatekind_id)"
        " SELECT id, 'other' FROM certification_holdingrule",
    ],
)
def test_published_rules_never_change_by_any_path(statement):
    refused = pytest.raises(DatabaseError, match="guard:policy_published")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_kinds_of_a_draft_may_change():
    draft = HoldingRule.objects.create(
        code="draft",
        paper="test",
        line="1",
        status="draft",
        region=region("330600"),
        post="carer",
        required=True,
        valid_from=date(2026, 1, 1),
    )
    draft.kinds.set(CertificateKind.objects.filter(pk="post_training"))
    draft.kinds.clear()
    assert kinds(draft) == set()


# --- Norms of classes -----------------------------------------------------------------------


def norm(where: str, kind: str, *, valid_from: date, published: bool = True, **kw) -> ClassNorm:
    values = {"max_children": 12, "children_per_staff": 4, "posts": ["carer"]} | kw
    return ClassNorm.objects.create(
        code=f"norm-{ClassNorm.objects.count()}",
        paper="test",
        line="1",
        status="in_force",
        region=region(where),
        kind=kind,
        valid_from=valid_from,
        published_at=timezone.now() if published else None,
        **values,
    )


def test_norms_of_classes_that_come_with_the_project():
    found = class_norms("310117", date(2026, 1, 1))
    assert {kind: (row.max_children, row.children_per_staff) for kind, row in found.items()} == {
        "infant": (10, 3),
        "small": (15, 5),
        "big": (20, 7),
        "mixed": (18, 5),
    }
    assert all(row.posts == ["teacher", "carer"] for row in found.values())
    assert class_norms("310117", date(2019, 10, 7)).keys() == set()


def test_the_nearest_region_then_the_latest_norm_holds():
    norm("310000", "small", valid_from=date(2020, 1, 1), children_per_staff=4)
    norm("310117", "small", valid_from=date(2020, 1, 1), children_per_staff=3)
    norm("310117", "small", valid_from=date(2025, 1, 1), children_per_staff=2)
    norm("310117", "big", valid_from=date(2020, 1, 1), published=False)

    def per_staff(code: str, day: date) -> int:
        return class_norms(code, day)["small"].children_per_staff

    assert [per_staff(code, date(2024, 6, 1)) for code in ("310117", "310118", "330602")] == [3, 4, 5]
    assert per_staff("310117", date(2025, 1, 1)) == 2
    assert class_norms("310117", date(2025, 1, 1))["big"].children_per_staff == 7


def test_a_published_norm_never_changes():
    row = norm("310117", "small", valid_from=date(2020, 1, 1))
    with pytest.raises(DatabaseError, match="policy_published"), transaction.atomic():
        ClassNorm.objects.filter(pk=row.pk).update(children_per_staff=9)
