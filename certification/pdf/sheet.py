"""What is printed on a certificate: plain data, complete, decided before anything is drawn."""

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Hours of one bucket as they are printed; figures in lesson hours (课时), already formatted."""

    label: str
    earned: str
    required: str = ""
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class CertificateSheet:
    """One certificate as it will be printed. Equal sheets give equal bytes.

    `template` is "yearly" or "post". `body` replaces the template's own wording, a paragraph per item.
    `seal_text` runs around the seal, `issuer_name` when empty. `expires_on` is the last valid day, if any.
    A yearly sheet needs `year` (and without `expires_on` names it where others say how long they are valid),
    a post sheet `course_title`.
    """

    template: str
    serial: str
    title: str
    holder_name: str
    id_masked: str
    issuer_name: str
    region_name: str
    issued_on: date
    verify_url: str
    title_en: str = ""
    year: str = ""
    course_title: str = ""
    hours: tuple[HoursLine, ...] = ()
    standard_source: str = ""
    body: tuple[str, ...] = ()
    seal_text: str = ""
    expires_on: date | None = None

    def texts(self) -> list[str]:
        """Every string a reader will see, for the glyph check."""
        own = [value for field in fields(self) if isinstance(value := getattr(self, field.name), str)]
        lines = [text for line in self.hours for text in (line.label, line.earned, line.required, line.label_en)]
        return [*own, *self.body, *lines]
