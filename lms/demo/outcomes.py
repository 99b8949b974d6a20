"""What the demo's year led to: assessments, certificates, a ban, an overturned one, a rating."""

import io

import pikepdf

from certification import assessing, issuing
from lms.demo.staff import District
from lms.registry import banning, filing
from lms.registry.models import BanScope, Institution, Person, PostKind, PrivateFile, Purpose


def conclude(districts: dict[str, District]) -> None:
    """Everything that follows from the year, in the order it would happen."""
    while assessing.assess_pending(500):
        pass
    while issuing.issue_pending(500).issued:
        pass
    ban(districts["qingpu"], "青教托查〔2026〕3号", annulled=False)
    ban(districts["fengxian"], "奉教托查〔2026〕1号", annulled=True)


def ban(district: District, number: str, *, annulled: bool) -> None:
    """A teacher is barred by two officers; in one district two officers annul it later."""
    first, second = district.officers[:2]
    person, institution = _teacher(district)
    proposed = banning.propose_ban(
        by=first,
        person=person,
        scope=BanScope.PERSON,
        case_number=number,
        summary="监控核查发现该人员在午睡环节多次粗暴对待幼儿，机构自查与公安询问笔录一致。",
        legal_basis="《中华人民共和国人口与计划生育法》第四十一条第二款",
        decision=_decision(number, district),
        institution=institution,
    )
    banning.confirm_ban(by=second, ban=proposed)
    if annulled:
        banning.propose_annulment(by=first, ban=proposed, reason="复核认定当事人身份有误，原决定撤销。")
        banning.annul_ban(by=second, ban=proposed)


def _teacher(district: District) -> tuple[Person, Institution]:
    row = [row for row in district.people if row[1] == PostKind.TEACHER][-1]
    return row[0], row[2]


def _decision(number: str, district: District) -> PrivateFile:
    """A one-page PDF to stand for the signed decision."""
    pdf, target = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.docinfo["/Title"] = number
    pdf.save(target, deterministic_id=True)
    return filing.keep(
        target.getvalue(),
        name=f"{number}决定书.pdf",
        purpose=Purpose.BAN_DECISION,
        content_type="application/pdf",
        owner=district.officers[0].user,
    )
