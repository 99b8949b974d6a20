"""import_attendance FILE --run CODE [--dry-run] [--json]

Reads the marks of a run's sessions from an xlsx, xls or csv: one row per person and session, with the session's
number or day, arrival and departure or 缺勤/请假. Exit code 0: every row was taken in; 1: the file or some of its rows
were refused; 2: wrong usage. Nobody signs in for a command, so the marks name no account. No ID number is shown
unmasked.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from courses import importing
from courses.errors import Refusal, refuse
from courses.models import CourseRun
from lms.jobs.answering import Answer, AnsweringCommand, require_file
from lms.registry.errors import sentence_of
from lms.registry.rosters.messages import MESSAGES


class Command(AnsweringCommand):
    help = "Read the marks of a run's sessions (xlsx, xls, csv)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--run", required=True, metavar="CODE", help="the run's code, such as 310117-2026-0042")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        file = require_file(options["file"])
        run = CourseRun.objects.filter(code=options["run"]).first()
        if run is None:
            raise refuse("run_unknown", run=options["run"])
        report = importing.import_attendance(file, by=None, run=run, dry_run=options["dry_run"])
        return report.as_dict()

    def tell(self, answer: Answer) -> None:
        self.stdout.write(_("%(rows)s rows: %(created)s new, %(unchanged)s unchanged") % answer)
        for title, findings in ((_("Refused"), answer["rejected"]), (_("Remarks"), answer["warnings"])):
            for finding in findings:
                where = "{row} {column} {value}".format(**finding)
                self.stdout.write(f"{title} {where}: {finding['message']} ({finding['code']})")
        for label in answer["unknown_columns"]:
            self.stdout.write(_("Column not understood: %(label)s") % {"label": label})

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        """Rows that were refused, each code once."""
        return {
            code: Refusal(code).label if code in Refusal.values else MESSAGES.get(code) or sentence_of(code) or code
            for code in dict.fromkeys(str(finding["code"]) for finding in answer["rejected"])
        }

    def nothing(self) -> Answer:
        """A refused file is an answer without rows, so that programs find every key."""
        return importing.Report().as_dict()
