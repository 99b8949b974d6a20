"""Certificates that share a cell, and whose number, level and date are whose."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.registry.rosters.certificates import (
    CertificateCells,
    CertificateClaim,
    certificate_kind,
    split_cell,
    split_certificates,
)
from tests.registry.outcomes import CELLS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("托育机构负责人岗位培训合格证书", "manager_training"),
        ("教师资格证(幼儿园)", "teacher_licence"),
        ("幼儿教师资格证书", "teacher_licence"),
        ("育婴员", "infant_carer"),
        ("高级育婴师", "infant_carer"),
        ("保育师", "childcare_worker"),
        ("保育员证", "childcare_worker_old"),
        ("妇幼保健培训合格证", "health_worker_training"),
        ("卫生保健人员培训合格证", "health_worker_training"),
        ("执业医师资格证", "physician"),
        ("护士执业证书", "nurse"),
        ("营养员培训证明", "nutrition_training"),
        ("保安员证", "guard_licence"),
        ("普通话二级甲等", "other"),
        ("健康证", "other"),
    ],
)
def test_certificate_kinds(name: str, kind: str) -> None:
    assert certificate_kind(name) == kind


def test_splitting_leaves_brackets_alone() -> None:
    assert split_cell("教师资格证(幼儿园、小学)、育婴员；保育师\n1.营养员") == [
        "教师资格证(幼儿园、小学)",
        "育婴员",
        "保育师",
        "营养员",
    ]
    assert split_cell("无") == []
    assert split_cell(None) == []
    assert split_cell(")、a)b") == [")", "a)b"]


def test_two_certificates_are_paired_where_the_counts_agree() -> None:
    claims, troubles = split_certificates(
        CertificateCells("育婴员、保育师", "四级、三级", "A1、B2", "人社局", "2020-01-02、2021-03", "长期、2029.11")
    )
    assert claims == (
        CertificateClaim("育婴员", "infant_carer", 4, "A1", "人社局", date(2020, 1, 2), None, True),
        CertificateClaim("保育师", "childcare_worker", 3, "B2", "人社局", date(2021, 3, 1), date(2029, 11, 30)),
    )
    assert troubles == []


def test_one_number_for_two_certificates_is_told() -> None:
    claims, troubles = split_certificates(
        CertificateCells("育婴员、保育师", "四级/中级", "S000031000001214837300", "人社局", "2021-11-17", "2029-11-17")
    )
    assert [(claim.kind_code, claim.level, claim.expires_on) for claim in claims] == [
        ("infant_carer", 4, date(2029, 11, 17)),
        ("childcare_worker", 4, date(2029, 11, 17)),
    ]
    assert [(where, refusal.code) for where, refusal in troubles] == [("numbers", "certificate_number_shared")]


def test_slashes_split_certificates_and_their_levels() -> None:
    claims, troubles = split_certificates(CertificateCells("育婴员/保育师", "四级/三级", "A1/B2"))
    assert [(claim.name, claim.level, claim.number) for claim in claims] == [("育婴员", 4, "A1"), ("保育师", 3, "B2")]
    assert troubles == []


def test_certificate_trouble_is_named_by_its_column() -> None:
    claims, troubles = split_certificates(
        CertificateCells("高级育婴师", "优秀", 2018001.0, "", "2024/2/30", "2024/2/31")
    )
    assert claims == (CertificateClaim("高级育婴师", "infant_carer", 3, "2018001"),)
    assert [(where, refusal.code) for where, refusal in troubles] == [
        ("levels", "level_unreadable"),
        ("issued", "date_unreadable"),
        ("expires", "date_unreadable"),
    ]


def test_no_certificate_and_a_nameless_one() -> None:
    assert split_certificates(CertificateCells("无", "", "/", "", "", "")) == ((), [])
    claims, _ = split_certificates(CertificateCells(None, None, "S001"))
    assert claims == (CertificateClaim("", "other", None, "S001"),)


@given(st.builds(CertificateCells, CELLS, CELLS, CELLS, CELLS, CELLS, CELLS))
def test_any_certificate_cells_are_read(cells: CertificateCells) -> None:
    claims, troubles = split_certificates(cells)
    assert {where for where, _ in troubles} <= {"levels", "numbers", "issued", "expires"}
    assert all(claim.name or claim.number for claim in claims)
