"""The demo's entry reviews, certificates sent in by photo, and the notices that follow from both."""

import io
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from certification import checking, claiming, entering, qualifying, reminding
from certification.models import CertificateKind, EntryReview, Qualification
from certification.pdf import fonts
from lms.demo.staff import District
from lms.registry.models import Membership, Person, PostKind, Role, User
from lms.registry.rosters.identity import normalise_id

CHANNEL = "公安派出所"
#: Name, post, which of the papers are in, and what became of the entry.
ENTRIES = (
    ("汤雨晴", PostKind.CARER, ("identity", "no_crime", "health", "qualification"), "submitted"),
    ("沈佳怡", PostKind.TEACHER, ("identity", "no_crime", "health", "qualification"), "submitted"),
    ("鲁桂兰", PostKind.CLEANING, ("identity", "no_crime", "health"), "submitted"),
    ("俞海燕", PostKind.CARER, ("identity", "no_crime", "health", "qualification"), "returned"),
    ("范思琪", PostKind.CARER, ("identity", "health"), "collecting"),
    ("阮春秋", PostKind.GUARD, (), "collecting"),
    ("钟慧敏", PostKind.TEACHER, ("identity", "no_crime", "health", "qualification"), "approved"),
)
PAPERS = {PostKind.CARER: "childcare_worker", PostKind.TEACHER: "infant_carer"}


def review(district: District) -> None:
    """Entries in every state at the district's first institution, and certificates with photos that wait."""
    institution, officer = district.institutions[0], district.officers[0]
    manager = Membership.objects.current().get(role=Role.INSTITUTION_MANAGER, institution=institution)
    for name, kind, papers, state in ENTRIES:
        entry = _opened(district, manager, name, kind, 0 if state == "approved" else 7)
        _hand_in(district, manager, entry, papers)
        if state != "collecting":
            entering.submit(by=manager, entry=entry)
        if state == "returned":
            entering.return_(by=officer, entry=entry, reason="健康证照片看不清有效期，请重新拍摄上传。")
        if state == "approved":
            entering.approve_many(by=officer, entries=[entry])
    _carer(district, officer)


def remind() -> None:
    """Today's reminders, as beat would send them in the morning."""
    today, after = timezone.localdate(), None
    while True:
        _told, after = reminding.remind_sites(today, after)
        if after is None:
            break
    reminding.remind_of_entries(today)


def _opened(district: District, manager: Membership, name: str, kind: str, days: int) -> EntryReview:
    """An entry to begin in so many days."""
    today = timezone.localdate()
    assert manager.institution is not None
    female = kind != PostKind.GUARD
    return entering.open_entry(
        by=manager,
        institution=manager.institution,
        name=name,
        document=normalise_id(district.draw.resident_number(female=female), today=today),
        phone=district.draw.phone(),
        kind=kind,
        planned_on=today + timedelta(days=days),
    )


def _hand_in(district: District, manager: Membership, entry: EntryReview, papers: tuple[str, ...]) -> None:
    today, person = timezone.localdate(), entry.person
    for kind in papers:
        if kind == "qualification":
            _send(district, manager, person, CertificateKind.objects.get(pk=PAPERS[PostKind(entry.kind)]))
            continue
        checking.record_check(
            by=manager,
            person=person,
            institution=entry.institution,
            kind=kind,
            done_on=today - timedelta(days=3),
            valid_until=today + timedelta(days=360) if kind == "health" else None,
            number=f"JK{district.draw.random.randrange(10**8):08d}" if kind == "health" else "",
            channel=CHANNEL if kind == "no_crime" else "",
            consent=kind == "no_crime",
        )


def _carer(district: District, officer: Membership) -> None:
    """The carer with a sign-in sent in a photo that the bureau refused, and another certificate that waits."""
    user = User.objects.get(username=f"{district.place.key}-carer")
    by = Membership.objects.current().get(user=user, role=Role.LEARNER)
    assert user.person is not None
    first = _send(district, by, user.person, CertificateKind.objects.get(pk="infant_carer"))
    qualifying.refuse_many(by=officer, picked=[first], reason="照片反光，看不清证书编号，请重新拍摄。")
    _send(district, by, user.person, CertificateKind.objects.get(pk="childcare_worker"))


def _send(district: District, by: Membership, person: Person, kind: CertificateKind) -> Qualification:
    issued = timezone.localdate() - timedelta(days=district.draw.random.randrange(200, 1500))
    serial = district.draw.random.randrange(10**6)
    number = f"Y0031170{serial % 100_000:05d}{issued:%y}4{serial:06d}"
    scan = SimpleUploadedFile(f"{kind.name}.jpg", photo(kind.name, person.name, number, issued))
    return claiming.send(
        by=by,
        person=person,
        kind=kind,
        number=number,
        scan=scan,
        level=4,
        issuer="上海市人力资源和社会保障局",
        issued_on=issued,
    )


def photo(title: str, name: str, number: str, issued: date) -> bytes:
    """A picture to stand for a photographed certificate."""
    picture = Image.new("RGB", (1200, 850), (250, 244, 228))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 1170, 820), outline=(150, 40, 30), width=6)
    lines = ((title, 52, 120), (f"姓名：{name}", 40, 300), (f"证书编号：{number}", 34, 390), ("等级：四级", 34, 460))
    for text, size, top in (*lines, (f"发证日期：{issued.year}年{issued.month}月{issued.day}日", 34, 620)):
        font = ImageFont.truetype(str(fonts.FOLDER / fonts.FILES[fonts.SONG]), size)
        pen.text((600, top), text, fill=(40, 40, 40), font=font, anchor="mt")
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()
