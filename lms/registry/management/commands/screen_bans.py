"""`screen_bans`: match a list of people, or everyone on post, against the bans that stand."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand, require_file
from lms.jobs.errors import DomainError
from lms.registry import banning
from lms.registry.models import Post
from lms.registry.registering import index_of
from lms.registry.rosters.columns import ID_KIND, ID_NUMBER, NAME
from lms.registry.rosters.identity import IdentityNumber, mask_number, mask_runs, normalise_id, parse_id_kind
from lms.registry.rosters.reading import RawRow, read_roster
from lms.registry.rosters.values import parse_name

CHUNK = 1000
BARRED, NEAR, CLEAR, UNREADABLE = "barred", "near_match", "clear", "unreadable"
Match = dict[str, Any]


class Command(AnsweringCommand):
    help = "Matches FILE (a roster with names and ID numbers), or everyone on post, against the ban list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="xlsx, xls or csv; without it everyone on post")

    def answer(self, options: dict[str, Any]) -> Answer:
        path: Path | None = options["file"]
        counts = dict.fromkeys((BARRED, NEAR, CLEAR, UNREADABLE), 0)
        found: list[Match] = []
        for match in screened_file(require_file(path)) if path else screened_posts():
            counts[match["outcome"]] += 1
            if match["outcome"] != CLEAR:
                found.append(match)
        return {"counts": counts, "matches": found}

    def tell(self, answer: Answer) -> None:
        for match in answer["matches"]:
            self.stdout.write("\t".join(str(value) for value in match.values()))
        self.stdout.write(", ".join(f"{outcome} {count}" for outcome, count in answer["counts"].items()))

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        return {"person_barred": _("Barred people are listed.")} if answer["counts"][BARRED] else {}


def screened_posts() -> Iterator[Match]:
    """Every post held today, with whether its person is barred or resembles somebody who is."""
    posts = Post.objects.on(timezone.localdate()).select_related("person", "institution")
    rows = posts.prefetch_related("person__documents").order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        barred = banning.barred_ids(post.person_id for post in chunk)
        near = banning.near_barred((post.person.name, post.person.born_on) for post in chunk)
        for post in chunk:
            outcome = CLEAR
            if post.person_id in barred:
                outcome = BARRED
            elif (post.person.name, post.person.born_on) in near:
                outcome = NEAR
            yield {
                "outcome": outcome,
                "name": post.person.name,
                "document": next((document.masked for document in post.person.documents.all()), ""),
                "institution": post.institution.name,
                "uscc": post.institution.uscc,
            }


def screened_file(path: Path) -> Iterator[Match]:
    """Every row of a roster with its outcome; a row whose document can't be read says why."""
    rows = read_roster(path).rows
    while chunk := list(islice(rows, CHUNK)):
        yield from screened_rows(chunk)


def screened_rows(chunk: Iterable[RawRow]) -> Iterator[Match]:
    """A chunk of rows, by two queries."""
    read = [(row, *_who(row)) for row in chunk]
    known = [(name, document) for _row, name, document, _code in read if document]
    barred = banning.barred_indexes(index_of(document.number) for _name, document in known)
    near = banning.near_barred((name, document.born_on) for name, document in known)
    for row, name, document, code in read:
        match: Match = {"outcome": UNREADABLE, "row": row.number, "name": mask_runs(name), "document": "", "code": code}
        if document is not None:
            match["document"] = mask_number(document.number)
            match["outcome"] = CLEAR
            if index_of(document.number) in barred:
                match["outcome"] = BARRED
            elif (name, document.born_on) in near:
                match["outcome"] = NEAR
        yield match


def _who(row: RawRow) -> tuple[str, IdentityNumber | None, str]:
    """Name, document and, where it can't be read, the code of why."""
    name = str(row.cells.get(NAME) or "")
    try:
        document = normalise_id(
            row.cells.get(ID_NUMBER), parse_id_kind(row.cells.get(ID_KIND)), today=timezone.localdate()
        )
    except DomainError as error:
        return name, None, error.code
    try:
        name = str(parse_name(name))
    except DomainError:
        name = ""  # the number decides; without a name there is no near match
    return name, document, ""
