"""`verify_audit`: walk the audit chain from its first entry to its last."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from lms.registry import auditing


class Command(BaseCommand):
    help = "Walks the hash chain of the audit trail; exits 1 when it is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        report = auditing.verify()
        answer = {
            "intact": report.intact,
            "entries": report.count,
            "head": report.head,
            "complete": report.complete,
            "broken": report.broken,
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        elif report.intact:
            self.stdout.write(
                _("%(count)s entries, the chain is intact. Head: %(head)s")
                % {"count": report.count, "head": report.head}
            )
        if not report.intact:
            keys = ", ".join(map(str, report.broken)) or "—"
            # With --json the answer stands on stdout already; the exit code says the rest.
            said = (
                ""
                if options["json"]
                else _("chain_broken: the audit chain is broken. Entries: %(keys)s") % {"keys": keys}
            )
            raise CommandError(said, returncode=1)
