"""Which checks a post needs: the nearest region's newest rule, and where each comes from."""

from datetime import date

import pytest
from django.utils import timezone

from certification import publishing
from certification.models import CertificateKind, CheckRule
from certification.policies import CheckRules
from lms.jobs.errors import DomainError
from lms.registry.models import PostKind
from tests.factories import make_region, next_number, songjiang

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 5)


def publish(**kw: object) -> CheckRule:
    """A published rule for Songjiang, the newest there."""
    values: dict[str, object] = {
        "code": f"check-{next_number()}",
        "region": songjiang(),
        "paper": "test",
        "line": "1",
        "status": "in_force",
        "due_days": 10,
        "valid_from": date(2026, 1, 1),
        "published_at": timezone.now(),
    }
    return CheckRule.objects.create(**(values | kw))


def needed(post: str, code: str = "310117", day: date = DAY) -> list[str]:
    prefix = make_region(code).prefix
    return [rule.kind for rule in CheckRules([prefix]).needed(prefix, post, day)]


def test_every_post_needs_what_the_law_asks_of_it() -> None:
    assert needed(PostKind.CARER) == ["identity", "ban", "no_crime", "health", "qualification"]
    assert needed(PostKind.CLEANING) == ["identity", "ban", "no_crime", "health"]
    assert needed(PostKind.VOLUNTEER) == ["identity", "ban", "no_crime"]


def test_a_rule_speaks_from_its_first_day() -> None:
    assert "health" not in needed(PostKind.CARER, day=date(2025, 5, 31))
    assert "health" in needed(PostKind.CARER, day=date(2025, 6, 1))


def test_the_nearest_region_and_the_newest_rule_win() -> None:
    prefix = songjiang().prefix
    (rule,) = [rule for rule in CheckRules([prefix]).needed(prefix, "carer", DAY) if rule.kind == "qualification"]
    assert (rule.region.code, rule.line) == ("310117", "S49")
    publish(kind="health", posts=["carer"], valid_months=6)
    assert "health" in needed(PostKind.CARER)
    assert "health" not in needed(PostKind.GUARD)
    assert "health" in needed(PostKind.GUARD, "310118")
    publish(kind="health", posts=[], valid_months=6, valid_from=date(2026, 2, 1))
    assert "health" in needed(PostKind.GUARD)


def test_a_rule_that_is_no_more_than_a_draft_asks_nothing() -> None:
    publish(kind="identity", posts=["carer"], published_at=None)
    assert "identity" in needed(PostKind.GUARD)


def test_many_regions_cost_three_queries(django_assert_num_queries) -> None:
    prefixes = [make_region(code).prefix for code in ("310117", "310118", "330602")]
    with django_assert_num_queries(3):
        rules = CheckRules(prefixes)
    with django_assert_num_queries(0):
        for prefix in prefixes:
            assert rules.needed(prefix, "carer", DAY)
            assert "infant_carer" in rules.fitting(prefix, "carer", DAY)


def test_numbers_of_skill_certificates_have_patterns_and_a_hint() -> None:
    kind = CertificateKind.objects.get(pk="childcare_worker")
    assert kind.number_patterns
    assert kind.number_hint


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"kind": "blood"}, "kind"),
        ({"posts": ["pilot"]}, "posts"),
        ({"due_days": -1}, "due_days"),
        ({"valid_months": 0}, "valid_months"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(row: dict[str, object], place: str) -> None:
    good: dict[str, object] = {
        "code": "c",
        "paper": "p",
        "line": "1",
        "status": "draft",
        "region": "310117",
        "kind": "health",
        "due_days": 10,
        "valid_from": date(2030, 1, 1),
    }
    with pytest.raises(DomainError) as refused:
        publishing.load({"check_rules": [good | row]})
    assert refused.value.code == "policy_invalid"
    assert refused.value.context["path"] == f"check_rules[0].{place}"
    assert publishing.load({"check_rules": [good]}).created == ["c"]


def test_a_pattern_that_does_not_compile_is_refused() -> None:
    kind = {"code": "odd", "name": "怪证", "name_en": "Odd", "origin": "outside", "number_patterns": ["(["]}
    with pytest.raises(DomainError) as refused:
        publishing.load({"certificate_kinds": [kind]})
    assert refused.value.context["path"] == "certificate_kinds[0].number_patterns"
    publishing.load({"certificate_kinds": [kind | {"number_patterns": ["[0-9]+"]}]})
    assert CertificateKind.objects.get(pk="odd").number_patterns == ["[0-9]+"]
