"""How a command answers: in words, or with `--json` as one document; the same codes and exits for all.

It ends with 0 when all is done, with 1 when something was refused, and with 2 when it was asked wrongly.
Whatever was refused stands on stderr as a sentence with its code; progress does too, so that stdout
carries the answer alone.
"""

import json
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.jobs.errors import DomainError

#: Years a command takes. What lies outside was mistyped, and near the end of the calendar dates overflow.
FIRST_YEAR, LAST_YEAR = 2000, 2100
Answer = dict[str, Any]


class WrongUsage(DomainError):
    """What was asked for can't be meant: a file, a region or a round that there isn't."""


class AnsweringCommand(BaseCommand, ABC):
    """A command of the contract. It implements `answer` and `tell`, and `refused` where that may be.

    A `DomainError` out of `answer` refuses the whole: `{"error": {"code", "message", …context}}`.
    """

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        try:
            answer = self.answer(options)
        except DomainError as refusal:
            if as_json:
                self._write({**self.nothing(), "error": error_of(refusal)})
            status = 2 if isinstance(refusal, WrongUsage) else 1
            details = ", ".join(f"{name}: {value}" for name, value in refusal.context.items())
            raise CommandError(
                f"{_line(refusal.code, refusal.message)} {details}".rstrip(), returncode=status
            ) from refusal
        if as_json:
            self._write(answer)
        else:
            self.tell(answer)
        refused = self.refused(answer)
        for code, sentence in refused.items():
            self.stderr.write(_line(code, sentence))
        if refused:
            sys.exit(1)

    @abstractmethod
    def answer(self, options: dict[str, Any]) -> Answer:
        """Do it, and give the JSON document that says what was done."""

    @abstractmethod
    def tell(self, answer: Answer) -> None:
        """The same in words, on stdout."""

    def refused(self, answer: Answer) -> Mapping[str, str | Promise]:
        """The codes of what was refused within the answer, each with its sentence."""
        return {}

    def nothing(self) -> Answer:
        """What stands beside the error when the whole is refused."""
        return {}

    def progress(self, done: int, total: int | None) -> None:
        """Say how far a job has come; handed to `run_now`."""
        self.stderr.write(f"{done} / {total}")

    def _write(self, answer: Answer) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False, default=str))


def error_of(refusal: DomainError) -> Answer:
    """The one shape of a refusal in JSON."""
    return {**refusal.context, "code": refusal.code, "message": str(refusal)}


def _line(code: str, sentence: str | Promise) -> str:
    return f"{sentence} ({code})".lstrip()


def year(text: str) -> int:
    """The argument of --year."""
    if not text.isascii() or not text.isdigit() or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise ArgumentTypeError(_wanted(text))
    return int(text)


def day(text: str) -> date:
    """The argument of --on: 2026-06-30."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(_("%(text)s is no day; write it like 2026-06-30.") % {"text": text}) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ArgumentTypeError(_wanted(text))
    return found


def _wanted(text: str) -> str:
    return _("%(text)s: a year from %(first)s to %(last)s is needed.") % {
        "text": text,
        "first": FIRST_YEAR,
        "last": LAST_YEAR,
    }


def require_file(path: Path) -> Path:
    """`path`, which must be there. Code: file_missing."""
    if not path.is_file():
        raise WrongUsage("file_missing", _("There is no file %(file)s.") % {"file": path})
    return path
