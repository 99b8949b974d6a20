"""manage.py holding_rate [--region CODE | --institution USCC] --on DATE [--metric ID] [--json]"""

import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.jobs.errors import DomainError
from lms.registry.models import Institution, Region
from reports import metrics
from reports.metrics import HoldingRate, Line


def day(text: str) -> date:
    """2026-06-30; argparse names the option when it is none."""
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = "A figure of a region (all of China by default) or an institution on a day, with the people outside it."

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--region", default="000000", metavar="CODE")
        scope.add_argument("--institution", default="", metavar="USCC")
        parser.add_argument("--on", type=day, required=True, metavar="DATE", help="the day, as 2026-06-30")
        parser.add_argument("--metric", default=metrics.OFFICIAL, metavar="ID")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        region = institution = None
        if options["institution"]:
            institution = Institution.objects.filter(uscc=options["institution"]).select_related("region").first()
            if institution is None:
                raise CommandError(f"No institution has the code {options['institution']}.", returncode=2)
        else:
            region = Region.objects.filter(code=options["region"]).first()
            if region is None:
                raise CommandError(f"No region has the code {options['region']}.", returncode=2)
        try:
            rate = metrics.figure(options["metric"], on=options["on"], region=region, institution=institution)
        except DomainError as refusal:
            self.refuse(refusal, as_json=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(rate), ensure_ascii=False))
        else:
            self.stdout.write(f"{rate.metric.code} {rate.as_of}: {rate.shown} ({rate.numerator}/{rate.denominator})")
            if rate.target_shown:
                self.stdout.write(f"target {rate.target_shown}, need {rate.need}")

    def refuse(self, refusal: DomainError, *, as_json: bool) -> None:
        """Say what was refused and end with 1."""
        if as_json:
            self.stdout.write(json.dumps({"error": refusal.code, "message": str(refusal)}, ensure_ascii=False))
        else:
            self.stderr.write(f"{refusal.code}: {refusal}")
        sys.exit(1)


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
