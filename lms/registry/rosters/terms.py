"""What the cells of the employment file say: how somebody is employed, until when, and for how long papers hold.

Pure functions like those of `values`, with the same refusals.
"""

import re
import unicodedata
from datetime import date

from lms.jobs.errors import DomainError
from lms.registry.rosters.messages import refuse
from lms.registry.rosters.values import compact, parse_date, parse_text, parse_yes_no

OWN = "own"
DISPATCHED = "dispatched"

_DISPATCHED = re.compile(r"派遣|外派|外包|借调")
_OWN = re.compile(
    r"自聘|自有|自招|直接聘用|直聘|本单位|合同制|合同工|正式|在编|编制|编内|编外|聘用制|聘用|劳动合同|全职|非派遣"
)
_BETWEEN = re.compile(r"至|到|~|——|—|–")


def parse_employment(raw: object) -> str:
    """Own or dispatched staff, "" where a cell tells neither.

    是 and 否 answer the heading 是否派遣; 劳务派遣, 合同制 and the like answer 用工形式.
    """
    word = compact(raw)
    if (said := parse_yes_no(raw)) is not None:
        return DISPATCHED if said else OWN
    if _DISPATCHED.search(word) and not re.match(r"非|不是|无", word):
        return DISPATCHED
    return OWN if _OWN.search(word) else ""


def parse_validity(raw: object) -> tuple[date | None, date | None]:
    """First and last day of a document: a span (2019.03.05-2039.03.05), or its end alone.

    Either is None where the cell doesn't tell it, as with 长期. Refuses with date_unreadable.
    """
    begin, end = _span(raw)
    first = parse_date(begin) if begin else None
    last = parse_date(end)
    since = first.day if first else None
    until = last.last_day if last else None
    if since and until and until < since:
        raise refuse("date_unreadable")
    return since, until


def parse_contract(raw: object) -> date | None:
    """The last day of a contract: a date or a span; None for 无固定期限 and empty cells.

    Refuses with contract_unreadable, a term in years (三年) too: nobody says since when it runs.
    """
    try:
        return parse_validity(raw)[1]
    except DomainError:
        raise refuse("contract_unreadable") from None


def _span(raw: object) -> tuple[str, object]:
    """(beginning, end) of a span; a cell that is none is an end."""
    if not isinstance(raw, str):
        return "", raw
    text = unicodedata.normalize("NFKC", parse_text(raw))
    parts = _BETWEEN.split(text)
    if len(parts) == 1 and text.count("-") == 1 and len(text) > 10:
        parts = text.split("-")
    if len(parts) == 1 and text.count("-") == 5:
        pieces = text.split("-")
        parts = ["-".join(pieces[:3]), "-".join(pieces[3:])]
    if len(parts) == 1 and text.count("-") == 3:
        # 2019-03-05-长期
        begin, _, end = text.rpartition("-")
        parts = [begin, end]
    if len(parts) != 2 or not parts[1].strip(" 止"):
        return "", raw
    return parts[0].removesuffix("起").removeprefix("自").strip(), parts[1].strip(" 止")
