"""What the demo's year led to: assessments, certificates, a ban, an overturned one, a rating."""

import io
from decimal import Decimal

import pikepdf
from django.utils import timezone

from certification import assessing, issuing
from lms.demo.staff import District
from lms.registry import banning, keeping
from lms.registry.models import BanScope, Institution, Person, PostKind, PrivateFile, Purpose, User
from reports import rating
from reports.models import Indicator

#: Share of the points the officers gave to each of Shaoxing's institutions.
SEEN_ON_THE_SPOT = (Decimal("0.93"), Decimal("0.86"), Decimal("0.97"), Decimal("0.78"))


def conclude(districts: dict[str, District]) -> None:
    """Everything that follows from the year, in the order it would happen."""
    while assessing.assess_pending(500):
        pass
    while issuing.issue_pending(500).issued:
        pass
    ban(districts["qingpu"], "青教托查〔2026〕3号", annulled=False)
    ban(districts["fengxian"], "奉教托查〔2026〕1号", annulled=True)
    rate(districts["shaoxing"])


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


def rate(district: District) -> None:
    """Shaoxing's round of the year: what officers saw on the spot is entered, the rest is worked out."""
    officer = district.officers[0]
    assert officer.region is not None
    round = rating.open_round(by=officer, region=officer.region, as_of=timezone.localdate())
    entered = Indicator.objects.filter(scheme=round.scheme, source="")
    for institution, share in zip(district.institutions, SEEN_ON_THE_SPOT, strict=True):
        scores = {indicator.code: ((indicator.points * share).quantize(Decimal("0.1")), "") for indicator in entered}
        rating.enter_scores(by=officer, round=round, institution=institution, scores=scores)
    rating.rate(by=officer, round=round)


def _teacher(district: District) -> tuple[Person, Institution]:
    row = [row for row in district.people if row[1] == PostKind.TEACHER][-1]
    return row[0], row[2]


def _decision(number: str, district: District) -> PrivateFile:
    return paper(f"{number}决定书", Purpose.BAN_DECISION, district.officers[0].user)


def paper(title: str, purpose: Purpose, owner: User) -> PrivateFile:
    """A one-page PDF, kept, to stand for a signed document."""
    return keeping.keep(
        blank_document(title), name=f"{title}.pdf", purpose=purpose, content_type="application/pdf", owner=owner
    )


def blank_document(title: str) -> bytes:
    """The content of a one-page PDF."""
    pdf, target = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.docinfo["/Title"] = title
    pdf.save(target, deterministic_id=True)
    return target.getvalue()
