"""manage.py load_policies [FILE] [--json]"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification.publishing import Published
from lms.jobs.errors import DomainError
from reports import publishing


class Command(BaseCommand):
    help = "Publish policy rows from a YAML file, or all shipped ones; refuses to change a published row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(options["file"]) if options["file"] else None
        if file and not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        try:
            report = self.load(file)
        except DomainError as refusal:
            self.refused(refusal, options["json"])
            sys.exit(1)
        if options["json"]:
            answer = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for code in report.created:
            self.stdout.write(f"published {code}")
        for code in report.updated:
            self.stdout.write(f"updated {code}")
        self.stdout.write(f"unchanged {report.unchanged}")

    @staticmethod
    def load(file: Path | None) -> Published:
        """One file or all shipped ones; either way all of it or nothing."""
        return publishing.load(publishing.read_file(file)) if file else publishing.load_all()

    def refused(self, refusal: DomainError, as_json: bool) -> None:
        """What was refused, and where in the file."""
        if as_json:
            answer = {"refused": {"code": refusal.code, "message": str(refusal), **refusal.context}}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        place = refusal.context.get("path") or "-"
        detail = refusal.context.get("sentence") or refusal.context.get("row") or ""
        self.stderr.write(f"{refusal.code} {place}: {refusal} {detail}".rstrip())
