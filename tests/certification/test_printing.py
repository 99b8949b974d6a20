"""The PDF: drawn once, the same for good, and never handed out when it was changed."""

import hashlib
from typing import Any

import pytest

from certification import printing
from certification.drafting import sheet_of
from certification.models import CertificateFile
from certification.pdf.drawing import draw
from courses.models import Course
from lms.jobs.errors import DomainError
from lms.registry.models import PrivateFile
from tests import certified, factories
from tests.factories import YEAR

pytestmark = pytest.mark.django_db


def test_the_pdf_is_drawn_once_and_kept_with_its_hash() -> None:
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    file = printing.pdf_of(certificate)
    content = printing.content_of(file)
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert printing.pdf_of(certificate) == file
    assert PrivateFile.objects.filter(purpose="certificate").count() == 1


def test_renaming_holder_or_course_leaves_the_pdf_byte_identical() -> None:
    enrollment = certified.make_passed(factories.make_person(name="王芳"))
    certificate = certified.issue_post(enrollment=enrollment)
    early = printing.content_of(printing.pdf_of(certificate))
    enrollment.person.name = "王方"
    enrollment.person.save()
    Course.objects.update(title="别的课程")
    assert printing.content_of(printing.pdf_of(certificate)) == early
    certificate.refresh_from_db()
    # Nor would a drawing made only now be another one.
    assert draw(sheet_of(certificate)) == early


def test_a_changed_file_is_not_handed_out() -> None:
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    file = printing.pdf_of(certificate)
    with open(file.file.path, "r+b") as stored:
        stored.seek(100)
        stored.write(b"x")
    with pytest.raises(DomainError) as refusal:
        printing.content_of(file)
    assert refusal.value.code == "file_damaged"


def test_the_second_of_two_who_draw_at_once_discards_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    looked: list[Any] = []
    look = printing._file_of

    def late(row: Any) -> Any:
        """Sees nothing the first time, as if the other had not committed yet."""
        looked.append(row)
        return None if len(looked) == 2 else look(row)

    first = printing.pdf_of(certificate)
    stored = files(first)
    looked.clear()
    looked.append(None)
    monkeypatch.setattr(printing, "_file_of", late)
    assert printing.pdf_of(certificate) == first
    assert CertificateFile.objects.count() == PrivateFile.objects.filter(purpose="certificate").count() == 1
    assert files(first) == stored


def files(like: PrivateFile) -> set[str]:
    """Every certificate that lies in the storage."""
    storage = like.file.storage
    return {name for part in storage.listdir("certificate")[0] for name in storage.listdir(f"certificate/{part}")[1]}


def test_it_is_drawn_after_the_commit(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
        assert not CertificateFile.objects.exists()
    assert CertificateFile.objects.get().certificate == certificate
