"""manage.py rate_institutions --round CODE [--json]"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand, WrongUsage
from lms.jobs.running import run_now
from reports.models import Rating, RatingRound
from reports.vetoes import sentence


class Command(AnsweringCommand):
    help = "Rate every institution of a round; safe to repeat. A closed round is only told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--round", required=True, metavar="CODE")

    def answer(self, options: dict[str, Any]) -> Answer:
        code = options["round"]
        round = RatingRound.objects.select_related("scheme", "region").filter(code=code).first()
        if round is None:
            raise WrongUsage("round_unknown", _("There is no rating round with the code %(code)s.") % {"code": code})
        if round.state == RatingRound.State.OPEN:
            run_now("rate_institutions", {"round": str(round.pk)}, progress=self.progress)
        return as_json(round)

    def tell(self, answer: Answer) -> None:
        for row in answer["institutions"]:
            self.stdout.write(f"{row['points']} / {row['possible']}\t{row['grade'] or row['outcome']}\t{row['name']}")


def as_json(round: RatingRound) -> Answer:
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
