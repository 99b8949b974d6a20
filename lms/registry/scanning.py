"""Scans of papers: photos from a phone turned upright, made small enough, and freed of what the camera noted.

A photo tells where and when it was taken, and with which device; none of that is ours to keep. So a picture is
drawn anew and only its points are stored. A PDF is kept as it is.
"""

import io
import warnings

import filetype
import pillow_heif
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from lms.registry.errors import refuse
from lms.registry.keeping import keep
from lms.registry.models import PrivateFile, Purpose, User

#: Longest side kept, in pixels: a full page stays readable.
LONGEST_SIDE = 2400
#: More points than any phone's camera makes; such a file would only fill the memory.
MOST_POINTS = 120_000_000
QUALITY = 85
#: Phones photograph in HEIF unless told otherwise.
PICTURES = {"image/jpeg", "image/png", "image/heic", "image/heif"}

pillow_heif.register_heif_opener()


def keep_scan(upload: UploadedFile, *, purpose: Purpose, owner: User) -> PrivateFile:
    """Keep an uploaded photo or PDF of a paper; known by its content. Code: file_type."""
    content = upload.read()
    kind = filetype.guess_mime(content[:4096])
    name = upload.name or "scan"
    if kind in PICTURES:
        stem = name.rpartition(".")[0] or name
        return keep(upright(content), name=f"{stem}.jpg", purpose=purpose, content_type="image/jpeg", owner=owner)
    if kind != "application/pdf":
        raise refuse("file_type")
    return keep(content, name=name, purpose=purpose, content_type=kind, owner=owner)


def upright(content: bytes) -> bytes:
    """The picture as a JPEG, turned as its camera was held, without any metadata. Code: file_type."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # judged by our own limit
            if picture.width * picture.height > MOST_POINTS:
                raise refuse("file_type")
            turned = ImageOps.exif_transpose(picture)
            flat = _on_white(turned)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise refuse("file_type") from error
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A picture of its own, so that nothing but the points comes along.
    bare = Image.new("RGB", flat.size)
    bare.paste(flat)
    drawn = io.BytesIO()
    bare.save(drawn, "JPEG", quality=QUALITY, optimize=True)
    return drawn.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """In plain colours; what is see-through becomes paper."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return picture.convert("RGB")
