"""manage.py load_policies [FILE] [--json]"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from lms.jobs.answering import Answer, AnsweringCommand, require_file
from reports import publishing


class Command(AnsweringCommand):
    """One file or all shipped ones; either way all of it or nothing."""

    help = "Publish policy rows from a YAML file, or all shipped ones; refuses to change a published row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")

    def answer(self, options: dict[str, Any]) -> Answer:
        file: Path | None = options["file"]
        report = publishing.load(publishing.read_file(require_file(file))) if file else publishing.load_all()
        return {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}

    def tell(self, answer: Answer) -> None:
        for code in answer["created"]:
            self.stdout.write(f"published {code}")
        for code in answer["updated"]:
            self.stdout.write(f"updated {code}")
        self.stdout.write(f"unchanged {answer['unchanged']}")
