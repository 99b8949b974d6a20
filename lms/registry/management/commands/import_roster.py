"""import_roster FILE [--institution USCC | --region CODE] [--close-leavers [DATE]] [--dry-run] [--json]

Reads an xlsx, xls or csv roster into the register. Exit code 0: every row was taken in; 1: the file
or some of its rows were refused or held; 2: wrong usage. `--close-leavers` declares the list complete: the posts
of those it leaves out end on DATE, today unless told; a dry run names them. No ID number or phone is shown unmasked.
What a command read in is not undone on any page, so look at a dry run first; rosters sent on the page are.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand, WrongUsage, day, require_file
from lms.registry import importing, receiving
from lms.registry.departing import Departure
from lms.registry.errors import Refusal
from lms.registry.finding import institution_named, region_named
from lms.registry.rosters.messages import MESSAGES


class Command(AnsweringCommand):
    help = "Read a roster (xlsx, xls, csv) into the register."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--institution", metavar="USCC", help="everybody works at this institution")
        scope.add_argument("--region", metavar="CODE", help="only institutions of this region and below")
        parser.add_argument(
            "--close-leavers",
            nargs="?",
            type=day,
            const=timezone.localdate(),
            metavar="DATE",
            help="the list is complete: end the posts of those not in it, on DATE (today unless told)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        file = require_file(options["file"])
        scope: dict[str, Any] = {
            "institution": institution_named(options["institution"]) if options["institution"] else None,
            "region": region_named(options["region"]) if options["region"] else None,
            "step": self.say_rows,
            "filename": file.name,
        }
        left_on: date | None = options["close_leavers"]
        if left_on is not None and left_on > timezone.localdate():
            raise WrongUsage("leavers_day", Refusal.LEAVERS_DAY.label)
        departure = Departure(left_on) if left_on else None
        if options["dry_run"]:
            found = importing.preview_roster(file, **scope)
            # Nobody leaves unless the list is declared complete.
            return (found if departure else replace(found, left=0, staff=0, leavers=[])).as_dict()
        return importing.import_roster(file, by=None, departure=departure, **scope).as_dict()

    def say_rows(self, answer: importing.Answer, rows: int, total: int) -> None:
        self.stderr.write(_("%(rows)s of at most %(total)s rows read") % {"rows": rows, "total": total})

    def tell(self, answer: Answer) -> None:
        self.stdout.write(
            _("%(rows)s rows: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(held)s held") % answer
        )
        if answer["left"]:
            self.stdout.write(_("Not in the list: %(left)s of %(staff)s on post") % answer)
        for place in answer["leavers"]:
            self.stdout.write(f"{place['institution']}: {'、'.join(place['names'])}")
        for title, findings in ((_("Refused"), answer["rejected"]), (_("Remarks"), answer["warnings"])):
            for finding in findings:
                where = "{row} {column} {value}".format(**finding)
                self.stdout.write(f"{title} {where}: {finding['message']} ({finding['code']})")
        for label in answer["unknown_columns"]:
            self.stdout.write(_("Column not understood: %(label)s") % {"label": label})

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        """Rows that were refused, and rows held for a human."""
        codes = [*answer["refused"], *([receiving.HELD] if answer["held"] else [])]
        return {code: MESSAGES[code] for code in codes}

    def nothing(self) -> Answer:
        """A refused file is an answer without rows, so that programs find every key."""
        return importing.Answer().as_dict()
