"""Scans: turned upright, made small, without what the camera noted."""

import io

import pytest
from PIL import Image

from lms.jobs.errors import DomainError
from lms.registry import scanning
from lms.registry.models import Purpose
from tests.certification.entry_scene import photo, upload
from tests.factories import PDF, make_user

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
RED, BLUE = (255, 0, 0), (0, 0, 255)


def exif(turn: int = 1) -> Image.Exif:
    """What a phone notes: how it was held, who made it, where it was."""
    noted = Image.Exif()
    noted[ORIENTATION] = turn
    noted[MAKER] = "PHONEMAKER"
    noted.get_ifd(GPS)[1] = "N"
    noted.get_ifd(GPS)[2] = (31.0, 2.0, 3.0)
    return noted


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    """JPEG changes colours a little."""
    assert isinstance(found, tuple)
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("turn", "size", "first"),
    [(1, (40, 20), RED), (3, (40, 20), BLUE), (6, (20, 40), RED), (8, (20, 40), BLUE)],
)
def test_a_photo_is_turned_as_the_phone_was_held(turn: int, size: tuple[int, int], first: tuple[int, int, int]) -> None:
    with Image.open(io.BytesIO(scanning.upright(photo(exif=exif(turn))))) as picture:
        assert picture.size == size
        assert near(picture.getpixel((2, 2)), first)
        last = BLUE if first == RED else RED
        assert near(picture.getpixel((size[0] - 3, size[1] - 3)), last)


def test_nothing_the_camera_noted_is_kept() -> None:
    taken = photo(exif=exif(6))
    assert b"PHONEMAKER" in taken
    kept = scanning.upright(taken)
    assert b"PHONEMAKER" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert not dict(picture.getexif())
        assert "exif" not in picture.info


def test_a_large_photo_is_made_smaller_and_a_small_one_is_not_blown_up() -> None:
    with Image.open(io.BytesIO(scanning.upright(photo(size=(4800, 1200))))) as picture:
        assert picture.size == (2400, 600)
    with Image.open(io.BytesIO(scanning.upright(photo()))) as picture:
        assert picture.size == (40, 20)


def test_what_is_see_through_becomes_paper() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(scanning.upright(target.getvalue()))) as picture:
        assert near(picture.getpixel((5, 5)), (255, 255, 255))


def test_the_photos_of_iphones_are_read() -> None:
    with Image.open(io.BytesIO(scanning.upright(photo(size=(64, 64), form="HEIF")))) as picture:
        assert picture.format == "JPEG"


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 cut off", photo()[:200]])
def test_a_broken_picture_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        scanning.upright(content)
    assert refused.value.code == "file_type"


def test_a_picture_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "MOST_POINTS", 40 * 20 - 1)
    with pytest.raises(DomainError) as refused:
        scanning.upright(photo())
    assert refused.value.code == "file_type"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [(photo(form="PNG"), "证书.png", ("证书.jpg", "image/jpeg")), (PDF, "证书.pdf", ("证书.pdf", "application/pdf"))],
)
def test_a_scan_is_kept_by_what_it_is(content: bytes, name: str, kept: tuple[str, str]) -> None:
    row = scanning.keep_scan(upload(content, name), purpose=Purpose.SCAN, owner=make_user())
    assert (row.name, row.content_type) == kept


@pytest.mark.django_db
def test_a_program_named_like_a_picture_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        scanning.keep_scan(upload(b"MZ\x90\x00", "证书.jpg"), purpose=Purpose.SCAN, owner=make_user())
    assert refused.value.code == "file_type"
