"""An institution that wants somebody on a post, with its manager and its bureau."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from certification import checking, entering
from certification.models import EntryCheck, EntryReview, EntryState, Qualification
from lms.registry.models import Institution, Membership, Person, PostKind
from lms.registry.rosters.identity import IdentityNumber, normalise_id
from tests.factories import make_id_number, make_institution, make_kind, make_manager, make_officer, make_person

CHANNEL = "公安机关入职查询"


@dataclass
class Scene:
    institution: Institution
    manager: Membership
    officer: Membership


def make_scene() -> Scene:
    institution = make_institution()
    return Scene(institution, make_manager(institution), make_officer(institution.region))


def document_of(number: str | None = None) -> IdentityNumber:
    return normalise_id(number or make_id_number(), today=timezone.localdate())


def open_entry(scene: Scene, **kw: Any) -> EntryReview:
    """An entry of somebody new as a carer, to begin today; `number` is her document's."""
    values: dict[str, Any] = {
        "name": "施晓燕",
        "document": document_of(kw.pop("number", None)),
        "kind": PostKind.CARER,
        "planned_on": timezone.localdate(),
    }
    return entering.open_entry(by=scene.manager, institution=scene.institution, **(values | kw))


def make_entry(scene: Scene, person: Person | None = None, **kw: Any) -> EntryReview:
    """The row alone, below the verb."""
    today = timezone.localdate()
    values: dict[str, Any] = {"kind": PostKind.CARER, "planned_on": today, "due_on": today + timedelta(days=30)}
    return EntryReview.objects.create(
        person=person or make_person(),
        institution=scene.institution,
        opened_by=scene.manager.user,
        **(values | kw),
    )


def record(scene: Scene, person: Person, kind: str, **kw: Any) -> EntryCheck:
    """One good check of today."""
    today = timezone.localdate()
    values: dict[str, Any] = {"done_on": today}
    if kind == "health":
        values |= {"valid_until": today + timedelta(days=300), "number": "JK2026001"}
    if kind == "no_crime":
        values |= {"channel": CHANNEL, "consent": True}
    return checking.record_check(
        by=scene.manager, person=person, institution=scene.institution, kind=kind, **(values | kw)
    )


def hand_in(scene: Scene, entry: EntryReview) -> EntryReview:
    """Everything a carer needs; the certificate waits for the bureau."""
    for kind in ("identity", "no_crime", "health"):
        record(scene, entry.person, kind)
    make_qualification(entry.person)
    return entry


def submitted(scene: Scene, **kw: Any) -> EntryReview:
    entry = hand_in(scene, open_entry(scene, **kw))
    entry = entering.submit(by=scene.manager, entry=entry)
    assert entry.state == EntryState.SUBMITTED
    return entry


def make_qualification(person: Person, **kw: Any) -> Qualification:
    values: dict[str, Any] = {"number": "Y001", "state": "unverified"}
    kind = make_kind(kw.pop("kind", "infant_carer"))
    return Qualification.objects.create(person=person, kind=kind, **(values | kw))


def days(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


def photo(*, size: tuple[int, int] = (40, 20), exif: Image.Exif | None = None, form: str = "JPEG") -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, (0, 0, 255))
    picture.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    target = io.BytesIO()
    picture.save(target, form, **({"exif": exif} if exif else {}))
    return target.getvalue()


def upload(content: bytes | None = None, name: str = "证书.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or photo())
