"""Serial numbers: 310117-2026-000123-KT.

District of the authority, year of issue, running number, two check letters. The letters are an HMAC of
the rest under the index key, which never rotates: they catch slips of the pen, and without the key nobody can
count serials up to look through other people's certificates (24² guesses a number, of which an address has
a few dozen a minute). They are not checked anywhere: a serial is valid when a certificate carries it, and what
does not exist answers the same whether its letters fit or not.
"""

import re
import unicodedata

from django.db.models import F

from certification.models import SerialCounter
from lms.registry.crypto import blind_index
from lms.registry.models import Region

#: Without I and O, which read as 1 and 0.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
#: District, year, running number, letters; with or without its dashes.
SHAPE = re.compile(r"(\d{6})(\d{4})(\d{6,9})([A-Z]{2})")
#: A serial inside other text, as in the title of a PDF.
IN_TEXT = re.compile(r"\b\d{6}-\d{4}-\d{6,9}-[A-Z]{2}\b")
LONGEST = 40


def check_letters(number: str) -> str:
    """The two letters that belong to `number` ("310117-2026-000123")."""
    value = int(blind_index("serial", number)[:12], 16)
    return LETTERS[value % len(LETTERS)] + LETTERS[value // len(LETTERS) % len(LETTERS)]


def serial_of(district: str, year: int, running: int) -> str:
    """The serial as it is printed."""
    number = f"{district}-{year}-{running:06d}"
    return f"{number}-{check_letters(number)}"


def take(region: Region, year: int, count: int = 1) -> list[str]:
    """The next `count` serials of an authority and year, inside the issuing transaction.

    The counter's row stays locked until that transaction ends: numbers are without gaps, and none is given twice.
    """
    SerialCounter.objects.bulk_create([SerialCounter(region=region, year=year)], ignore_conflicts=True)
    counter = SerialCounter.objects.filter(region=region, year=year)
    counter.update(last=F("last") + count)
    last = counter.values_list("last", flat=True).get()
    district = region.code[:6]
    return [serial_of(district, year, running) for running in range(last - count + 1, last + 1)]


def normalise(typed: str) -> str:
    """A serial as people type it: full-width, lower case, with spaces or without dashes."""
    text = unicodedata.normalize("NFKC", typed[: 2 * LONGEST]).upper()
    plain = re.sub(r"[^0-9A-Z]", "", text)
    found = SHAPE.fullmatch(plain)
    return "-".join(found.groups()) if found else plain[:LONGEST]
