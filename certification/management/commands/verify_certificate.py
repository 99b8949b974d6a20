"""manage.py verify_certificate SERIAL|FILE.pdf [--json]"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification.verifying import Status, verify, verify_pdf


class Command(BaseCommand):
    help = "Say whether a certificate holds: by its serial, or by the PDF that was handed in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", metavar="SERIAL|FILE.pdf")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = options["certificate"]
        path = Path(asked)
        if path.suffix.lower() == ".pdf" or path.is_file():
            if not path.is_file():
                raise CommandError(f"There is no file {asked}.", returncode=2)
            found = verify_pdf(path.read_bytes())
        else:
            found = verify(asked)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(f"{found.serial or asked}: {found.status.value} ({found.status.label})")
        if found.status != Status.VALID:
            sys.exit(1)
