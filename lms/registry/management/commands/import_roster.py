"""import_roster FILE [--institution USCC | --region CODE] [--dry-run] [--json]

Reads an xlsx, xls or csv roster into the register. Exit code 0: every row was taken in; 1: the file
or some of its rows were refused or held; 2: wrong usage. No ID number or phone is shown unmasked.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from lms.jobs.errors import DomainError
from lms.registry import importing
from lms.registry.models import Institution, Region


class Command(BaseCommand):
    help = "Read a roster (xlsx, xls, csv) into the register."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--institution", metavar="USCC", help="everybody works at this institution")
        scope.add_argument("--region", metavar="CODE", help="only institutions of this region and below")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(_("There is no file %(file)s.") % {"file": file}, returncode=2)
        institution = self._scope(Institution, "uscc", options["institution"])
        region = self._scope(Region, "code", options["region"])
        try:
            answer = self._run(file, region, institution, options["dry_run"])
        except DomainError as refusal:
            self._refuse(refusal, options["json"])
        self._answer(answer, options["json"])
        if answer.rows_refused or answer.held:
            raise SystemExit(1)

    def _scope(self, model: Any, key: str, value: str | None) -> Any:
        if value is None:
            return None
        found = model.objects.filter(**{key: value.strip()}).first()
        if found is None:
            message = _("There is no %(what)s %(value)s.") % {"what": model._meta.verbose_name, "value": value}
            raise CommandError(message, returncode=2)
        return found

    def _run(
        self, file: Path, region: Region | None, institution: Institution | None, dry_run: bool
    ) -> importing.Answer:
        def progress(answer: importing.Answer, rows: int, total: int) -> None:
            self.stderr.write(_("%(rows)s of at most %(total)s rows read") % {"rows": rows, "total": total})

        if dry_run:
            return importing.preview_roster(
                file, region=region, institution=institution, step=progress, filename=file.name
            )
        return importing.import_roster(
            file, by=None, region=region, institution=institution, step=progress, filename=file.name
        )

    def _refuse(self, refusal: DomainError, as_json: bool) -> None:
        """The whole file is refused: say why, and leave with 1."""
        if as_json:
            error = {"code": refusal.code, "message": str(refusal)}
            self.stdout.write(json.dumps(importing.Answer().as_dict() | {"error": error}, ensure_ascii=False))
        else:
            self.stderr.write(f"{refusal} ({refusal.code})")
        raise SystemExit(1)

    def _answer(self, answer: importing.Answer, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer.as_dict(), ensure_ascii=False, indent=1))
            return
        self.stdout.write(
            _("%(rows)s rows: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(held)s held")
            % {name: getattr(answer, name) for name in ("rows", "created", "updated", "unchanged", "held")}
        )
        for title, findings in ((_("Refused"), answer.rejected), (_("Remarks"), answer.warnings)):
            for finding in findings:
                where = "{row} {column} {value}".format(**finding)
                self.stdout.write(f"{title} {where}: {finding['message']} ({finding['code']})")
        for label in answer.unknown_columns:
            self.stdout.write(_("Column not understood: %(label)s") % {"label": label})
