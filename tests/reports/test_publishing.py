"""Policy files: what is shipped, what may be loaded again, and what is refused as a whole."""

import copy
from decimal import Decimal
from typing import Any

import pytest
import yaml
from django.db import DatabaseError, connection, transaction

from certification.models import CertificateKind, HoldingRule, TrainingStandard
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.models import AuditEntry
from reports import publishing
from reports.models import Grade, Indicator, Metric, RatingScheme, Target, Veto
from tests.commands import manage

pytestmark = pytest.mark.django_db

DOCUMENT: dict[str, Any] = {
    "region": "330602",
    "paper": "Paper of Yuecheng",
    "status": "draft",
    "certificate_kinds": [
        {"code": "carer_exam", "name": "托育师", "name_en": "Childcare professional", "origin": "outside"}
    ],
    "metrics": [{"code": "m.one", "name": "一", "name_en": "One", "description": "N ÷ D"}],
    "standards": [
        {
            "code": "yuecheng-hours-2026",
            "line": "Y1",
            "year_from": 2026,
            "skill_hours": 60,
            "ethics_hours": 20,
            "lesson_minutes": 40,
            "variant": "strict",
        }
    ],
    "holding_rules": [
        {
            "code": "yuecheng-carer",
            "line": "Y2",
            "post": "carer",
            "required": True,
            "kinds": ["carer_exam"],
            "valid_from": "2026-01-01",
        }
    ],
    "targets": [{"code": "yuecheng-2026", "line": "Y3", "metric": "m.one", "year": 2026, "per_mille": 850}],
    "schemes": [
        {
            "code": "yuecheng-rating-1",
            "line": "Y4",
            "name": "评定",
            "version": 1,
            "indicators": [
                {"code": "a", "domain": "甲", "name": "甲", "points": "12.5"},
                {"code": "b", "domain": "乙", "name": "乙", "points": 20, "source": "x", "parameters": {"r0": "0.6"}},
            ],
            "grades": [{"name": "一级", "least_points": 800, "least_rate": 900}],
            "vetoes": [{"code": "v", "name": "否决"}],
        }
    ],
}


def document(**sections: object) -> dict:
    """The document above as a file would give it, with sections replaced."""
    return yaml.safe_load(yaml.safe_dump(copy.deepcopy(DOCUMENT) | sections).replace("'2026-01-01'", "2026-01-01"))


def counts() -> list[int]:
    models = (CertificateKind, Metric, TrainingStandard, HoldingRule, Target, RatingScheme, Indicator, Grade, Veto)
    return [model.objects.count() for model in models]


def refused(content: object) -> DomainError:
    before = counts()
    with pytest.raises(DomainError) as refusal:
        publishing.load(content)
    assert counts() == before, "half of a refused document was loaded"
    return refusal.value


# --- What is shipped ------------------------------------------------------------------------


def test_shipped_files_stand_after_migrate_and_a_reload_changes_nothing():
    before = counts()
    report = publishing.load_all()
    assert (report.created, report.updated) == ([], [])
    assert report.unchanged > 50
    assert counts() == before


def test_every_shipped_row_is_published_and_names_its_source():
    for model in (TrainingStandard, HoldingRule, Target, RatingScheme):
        assert model.objects.exists()
        assert not model.objects.filter(published_at=None).exists()
        assert not model.objects.filter(line="").exists()


def test_targets_of_shaoxing_are_official_at_three_points_and_interpolated_between():
    rows = Target.objects.filter(region__code="330600", metric="holding.n2_d2").order_by("year")
    assert list(rows.values_list("year", "per_mille", "interpolated")) == [
        (2023, 779, False),
        (2024, 800, False),
        (2025, 833, True),
        (2026, 867, True),
        (2027, 900, False),
    ]


@pytest.mark.parametrize("code", ["310117", "310118", "310120"])
def test_districts_of_shanghai_want_all_certified(code):
    rows = Target.objects.filter(region__code=code, year=2026)
    assert [(row.metric_id, row.per_mille) for row in rows] == [("holding.n2_d2", 1000)]


def test_chaisang_sets_neither_target_nor_scheme():
    assert not Target.objects.filter(region__code="360404").exists()
    assert not RatingScheme.objects.exclude(region__code="330600").exists()


def test_scheme_of_shaoxing_has_1000_points_by_domain():
    scheme = RatingScheme.objects.get(region__code="330600", version=2)
    domains: dict[str, int] = {}
    for indicator in scheme.indicators.all():
        domains[indicator.domain] = domains.get(indicator.domain, 0) + int(indicator.points)
    assert domains == {
        "办托条件": 100,
        "托育队伍": 140,
        "保育照护": 200,
        "卫生保健": 210,
        "养育支持": 80,
        "安全保障": 200,
        "机构管理": 70,
    }
    automatic = {row.source: (int(row.points), row.parameters["r0"]) for row in scheme.indicators.exclude(source="")}
    assert automatic == {"holding_rate": (20, "0.60"), "hours_reached": (10, "0.60")}
    assert list(scheme.grades.values_list("name", "least_rate")) == [
        ("市级示范", 1000),
        ("一级", 950),
        ("二级", 900),
        ("三级", 800),
    ]
    assert scheme.vetoes.count() == 8


# --- Loading --------------------------------------------------------------------------------


def test_load_publishes_every_kind_of_row():
    report = publishing.load(document())

    assert len(report.created) == 6
    standard = TrainingStandard.objects.get(code="yuecheng-hours-2026")
    assert (standard.paper, standard.line, standard.status) == ("Paper of Yuecheng", "Y1", "draft")
    assert (standard.region.code, standard.lesson_minutes, standard.published_at is None) == ("330602", 40, False)
    rule = HoldingRule.objects.get(code="yuecheng-carer")
    assert [kind.code for kind in rule.kinds.all()] == ["carer_exam"]
    scheme = RatingScheme.objects.get(code="yuecheng-rating-1")
    assert list(scheme.indicators.values_list("code", "points", "order")) == [("a", Decimal("12.5"), 0), ("b", 20, 1)]
    assert scheme.vetoes.get().source == ""
    assert AuditEntry.objects.filter(action="policy.published", subject_id=str(standard.pk)).count() == 1
    assert auditing.verify().intact


def test_same_document_again_is_no_change():
    publishing.load(document())
    before = AuditEntry.objects.count()
    report = publishing.load(document())
    assert (report.created, report.updated, report.unchanged) == ([], [], 6)
    assert AuditEntry.objects.count() == before


def test_unpublished_draft_of_the_same_code_is_taken_over():
    publishing.load(document(standards=[], holding_rules=[], schemes=[]))
    region = Target.objects.get(code="yuecheng-2026").region
    draft = TrainingStandard.objects.create(
        code="yuecheng-hours-2026",
        paper="?",
        line="?",
        status="draft",
        region=region,
        year_from=2001,
        skill_hours=1,
        ethics_hours=1,
        lesson_minutes=1,
        variant="dest",
    )
    publishing.load(document())
    draft.refresh_from_db()
    assert (draft.skill_hours, draft.year_from, draft.published_at is None) == (60, 2026, False)


def test_kinds_and_metrics_may_be_renamed():
    publishing.load(document())
    renamed = document(metrics=[{**DOCUMENT["metrics"][0], "name": "二"}])
    assert publishing.load(renamed).updated == ["m.one"]
    assert Metric.objects.get(pk="m.one").name == "二"


def changed(section: str, **values: object) -> dict:
    return document(**{section: [{**document()[section][0], **values}]})


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("standards", {"skill_hours": 61}),
        ("standards", {"line": "Y9"}),
        ("standards", {"region": "330603"}),
        ("holding_rules", {"kinds": ["carer_exam", "nurse"]}),
        ("holding_rules", {"kinds": []}),
        ("targets", {"per_mille": 851}),
        ("schemes", {"version": 2}),
        ("schemes", {"grades": [{"name": "一级", "least_points": 801, "least_rate": 900}]}),
        ("schemes", {"indicators": DOCUMENT["schemes"][0]["indicators"][:1]}),
        ("schemes", {"vetoes": [{"code": "v", "name": "否决", "source": "x"}]}),
    ],
)
def test_changed_published_row_is_refused_by_name(section, values):
    publishing.load(document())
    refusal = refused(changed(section, **values))
    assert refusal.code == "policy_published"
    assert refusal.context == {"row": DOCUMENT[section][0]["code"], "path": f"{section}[0]"}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([], ""),
        ("text", ""),
        (document(extra=[]), "extra"),
        (document(standards={}), "standards"),
        (document(standards=["x"]), "standards[0]"),
        (changed("standards", skill_hours="60"), "standards[0].skill_hours"),
        (changed("standards", skill_hours=True), "standards[0].skill_hours"),
        (changed("standards", skill_hours=60.5), "standards[0].skill_hours"),
        (changed("standards", variant="monthly"), "standards[0].variant"),
        (changed("standards", status="law"), "standards[0].status"),
        (changed("standards", region="999999"), "standards[0].region"),
        (changed("standards", hours=3), "standards[0].hours"),
        (changed("standards", line=""), "standards[0].line"),
        (changed("standards", categories=["x", 3]), "standards[0].categories"),
        (document(standards=[{"code": "x"}]), "standards[0].line"),
        (document(standards=document()["standards"] * 2), "standards[1].code"),
        (changed("holding_rules", post="gardener"), "holding_rules[0].post"),
        (changed("holding_rules", kinds=["unheard_of"]), "holding_rules[0].kinds"),
        (changed("holding_rules", required="yes"), "holding_rules[0].required"),
        (changed("holding_rules", valid_from="soon"), "holding_rules[0].valid_from"),
        (changed("targets", metric="m.two"), "targets[0].metric"),
        (changed("targets", per_mille=1001), "targets[0].per_mille"),
        (changed("schemes", grades=[]), "schemes[0].grades"),
        (changed("schemes", vetoes=[{"code": "v"}]), "schemes[0].vetoes[0].name"),
        (
            changed("schemes", indicators=[{**DOCUMENT["schemes"][0]["indicators"][0], "points": 12.5}]),
            "schemes[0].indicators[0].points",
        ),
        (
            changed("schemes", indicators=[DOCUMENT["schemes"][0]["indicators"][0]] * 2),
            "schemes[0].indicators",
        ),
        (
            changed("schemes", indicators=[{**DOCUMENT["schemes"][0]["indicators"][1], "parameters": {"r0": 0.6}}]),
            "schemes[0].indicators[0].parameters",
        ),
    ],
)
def test_invalid_document_is_refused_with_the_place(content, path):
    refusal = refused(content)
    assert (refusal.code, refusal.context["path"]) == ("policy_invalid", path)
    assert refusal.context["sentence"]


def test_second_published_row_for_the_same_place_and_time_is_refused():
    publishing.load(document())
    refusal = refused(changed("standards", code="another"))
    assert (refusal.code, refusal.context["path"]) == ("policy_invalid", "standards[0]")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_target SET per_mille = 1",
        "DELETE FROM reports_target",
        "UPDATE reports_ratingscheme SET version = 9",
        *(f"DELETE FROM reports_{table}" for table in ("indicator", "grade", "veto")),
        "UPDATE reports_indicator SET points = 1",
        "UPDATE reports_grade SET least_rate = 1",
        "UPDATE reports_veto SET name = ''",
        'INSERT INTO reports_veto (scheme_id, code, name, source, "order")'
        " SELECT id, 'late', '', '', 99 FROM reports_ratingscheme",
    ],
)
def test_published_rows_and_what_hangs_on_them_never_change(statement):
    refused = pytest.raises(DatabaseError, match="guard:policy_published")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- The command ----------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, dict]:
    ended = manage("load_policies", *arguments, "--json")
    return ended.code, ended.answer


def test_command_without_a_file_reloads_what_is_shipped():
    code, answer = run()
    assert (code, answer["created"], answer["updated"]) == (0, [], [])
    assert answer["unchanged"] > 50


def test_command_loads_a_file_and_refuses_its_change(tmp_path):
    file = tmp_path / "yuecheng.yaml"
    file.write_text(yaml.safe_dump(document(), allow_unicode=True), encoding="utf-8")
    code, answer = run(str(file))
    assert (code, len(answer["created"])) == (0, 6)

    file.write_text(yaml.safe_dump(changed("standards", skill_hours=1)), encoding="utf-8")
    code, answer = run(str(file))
    assert (code, answer["error"]["code"], answer["error"]["row"]) == (1, "policy_published", "yuecheng-hours-2026")


@pytest.mark.parametrize("content", [b"standards: [", b"\xff\xfe\x00", b"!!python/object/apply:os.getcwd []"])
def test_command_refuses_what_is_no_policy_file(tmp_path, content):
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    code, answer = run(str(file))
    assert (code, answer["error"]["code"]) == (1, "policy_invalid")
    assert answer["error"]["path"].startswith("x.yaml")
