"""manage.py holding_rate [--region CODE | --institution USCC] --on DATE [--metric ID] [--json]"""

from typing import Any

from django.core.management.base import CommandParser

from lms.jobs.answering import Answer, AnsweringCommand, day
from lms.registry.finding import institution_named, region_named
from reports import metrics
from reports.metrics import HoldingRate, Line


class Command(AnsweringCommand):
    help = "A figure of a region (all of China by default) or an institution on a day, with the people outside it."

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--region", default="000000", metavar="CODE")
        scope.add_argument("--institution", default="", metavar="USCC")
        parser.add_argument("--on", type=day, required=True, metavar="DATE", help="the day, as 2026-06-30")
        parser.add_argument("--metric", default=metrics.OFFICIAL, metavar="ID")

    def answer(self, options: dict[str, Any]) -> Answer:
        institution = institution_named(options["institution"]) if options["institution"] else None
        region = None if institution else region_named(options["region"])
        return as_json(metrics.figure(options["metric"], on=options["on"], region=region, institution=institution))

    def tell(self, answer: Answer) -> None:
        self.stdout.write("{metric} {as_of}: {shown} ({numerator}/{denominator})".format(**answer))
        if answer["target"]:
            self.stdout.write("target {target}, need {need}".format(**answer))


def as_json(rate: HoldingRate) -> dict[str, Any]:
    """The figure with everybody outside the denominator, and everybody who should hold and doesn't."""
    return {
        "metric": rate.metric.code,
        "rule_version": rate.rule_version,
        "as_of": rate.as_of.isoformat(),
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "d1": rate.d1,
        "rate": f"{rate.numerator}/{rate.denominator}",
        "shown": rate.shown,
        "target": rate.target_shown or None,
        "target_source": rate.target.source if rate.target else None,
        "need": rate.need,
        "excluded": [line_json(line) for line in rate.excluded],
        "lacking": [line_json(line) for line in rate.people if line.lacking],
    }


def line_json(line: Line) -> dict[str, str]:
    """One person at one place, without any number of hers."""
    return {
        "person": str(line.person_id),
        "name": line.name,
        "institution": line.institution.uscc,
        "post": line.post,
        "code": line.reason.value,
        "message": str(line.sentence),
    }
