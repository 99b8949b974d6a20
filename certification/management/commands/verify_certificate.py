"""manage.py verify_certificate SERIAL|FILE.pdf [--json]"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise

from certification.verifying import Status, verify, verify_pdf
from lms.jobs.answering import Answer, AnsweringCommand, require_file


class Command(AnsweringCommand):
    """Anything but a valid certificate counts as refused."""

    help = "Say whether a certificate holds: by its serial, or by the PDF that was handed in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("certificate", metavar="SERIAL|FILE.pdf")

    def answer(self, options: dict[str, Any]) -> Answer:
        asked = options["certificate"]
        path = Path(asked)
        if path.suffix.lower() == ".pdf" or path.is_file():
            found = verify_pdf(require_file(path).read_bytes())
        else:
            found = verify(asked)
        return found.as_json()

    def tell(self, answer: Answer) -> None:
        status = Status(answer["status"])
        self.stdout.write(f"{answer.get('serial') or '—'}: {status.value} ({status.label})")

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        status = Status(answer["status"])
        return {} if status == Status.VALID else {status.value: status.label}
