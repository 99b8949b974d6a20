"""manage.py assess_year --year Y [--region CODE] [--person UUID] [--json]"""

import json
import sys
import uuid
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification import assessing
from certification.models import Assessment
from courses.models import Bucket
from lms.jobs.errors import DomainError
from lms.registry.models import Person, Region


class Command(BaseCommand):
    help = "Required, earned and missing minutes per bucket of everybody on post in a year, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True)
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--region", default="", metavar="CODE", help="only people with a post in this region")
        scope.add_argument("--person", type=uuid.UUID, metavar="UUID")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = self.assess(options["year"], options["region"], options["person"])
        refused = Counter(refusal.code for refusal in outcome.refusals.values())
        people = [as_json(row) for row in outcome.assessments.values()]
        if options["json"]:
            answer = {"year": options["year"], "assessed": len(people), "refused": dict(refused), "people": people}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            for row in people:
                self.stdout.write(f"{row['person']} {'reached' if row['reached'] else 'missing'} {row['missing']}")
            self.stdout.write(f"assessed {len(people)}")
            for refusal in {refusal.code: refusal for refusal in outcome.refusals.values()}.values():
                self.stdout.write(f"refused {refused[refusal.code]} {refusal.code} {refusal}")
        if refused:
            sys.exit(1)

    @staticmethod
    def assess(year: int, region: str, person_id: uuid.UUID | None) -> assessing.Outcome:
        """One person, or everybody who had a post that year in the region (without one: anywhere)."""
        if person_id:
            person = Person.objects.filter(pk=person_id).first()
            if person is None:
                raise CommandError(f"No person has the key {person_id}.", returncode=2)
            try:
                return assessing.Outcome({(person.pk, year): assessing.assess(person=person, year=year)}, {})
            except DomainError as refusal:
                return assessing.Outcome({}, {(person.pk, year): refusal})
        found = Region.objects.filter(code=region).first() if region else None
        if region and found is None:
            raise CommandError(f"No region has the code {region}.", returncode=2)
        return assessing.assess_people(assessing.on_post_in(year, found.prefix if found else ""), year)


def as_json(row: Assessment) -> dict[str, Any]:
    """Minutes per bucket and the explanation; people by their key alone."""
    return {
        "person": str(row.person_id),
        "region": row.region.code,
        "required": {bucket: getattr(row, f"required_{bucket}") for bucket in Bucket.values},
        "earned": {bucket: getattr(row, f"earned_{bucket}") for bucket in Bucket.values},
        "missing": {bucket: row.missing(bucket) for bucket in Bucket.values},
        "reached": row.reached,
        "rule_version": row.rule_version,
        "why": row.explanation,
    }
