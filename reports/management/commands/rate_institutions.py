"""manage.py rate_institutions --round CODE [--json]"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.jobs.errors import DomainError
from lms.jobs.running import run_now
from reports.models import Rating, RatingRound
from reports.vetoes import sentence


class Command(BaseCommand):
    help = "Rate every institution of a round; safe to repeat. A closed round is only told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--round", required=True, metavar="CODE")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        round = RatingRound.objects.select_related("scheme", "region").filter(code=options["round"]).first()
        if round is None:
            raise CommandError(f"No rating round has the code {options['round']}.", returncode=2)
        if round.state == RatingRound.State.OPEN:
            try:
                run_now(
                    "rate_institutions",
                    {"round": str(round.pk)},
                    progress=lambda done, total: self.stderr.write(f"{done} / {total}"),
                )
            except DomainError as refusal:
                self.refuse(refusal, as_json=options["json"])
        told = answer(round)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for row in told["institutions"]:
            self.stdout.write(f"{row['points']} / {row['possible']}\t{row['grade'] or row['outcome']}\t{row['name']}")

    def refuse(self, refusal: DomainError, *, as_json: bool) -> None:
        """Say what was refused and end with 1."""
        if as_json:
            self.stdout.write(json.dumps({"error": refusal.code, "message": str(refusal)}, ensure_ascii=False))
        else:
            self.stderr.write(f"{refusal.code}: {refusal}")
        sys.exit(1)


def answer(round: RatingRound) -> dict[str, Any]:
    """Points, gates, vetoes, grade, and why, per institution: what is kept of each, with its version and hash."""
    rows = Rating.objects.filter(round=round).latest_versions().select_related("institution")
    return {
        "round": round.code,
        "region": round.region.code,
        "as_of": round.as_of.isoformat(),
        "state": round.state,
        "scheme": round.scheme.code,
        "institutions": [_institution(row) for row in rows.order_by("-points", "institution__uscc")],
    }


def _institution(row: Rating) -> dict[str, Any]:
    told = row.explanation
    return {
        "uscc": row.institution.uscc,
        "name": row.institution.name,
        "version": row.version,
        "sha256": row.sha256,
        "points": told["points"],
        "exact": told["exact"],
        "possible": told["possible"],
        "grade": told["grade"],
        "outcome": told["outcome"],
        "vetoed": row.vetoed,
        "rate": told["rate"],
        "gates": told["gates"],
        "vetoes": [
            veto | {"facts": [fact | {"message": str(sentence(fact))} for fact in veto["facts"]]}
            for veto in told["vetoes"]
        ],
        "indicators": told["indicators"],
    }
