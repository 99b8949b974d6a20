"""manage.py assess_year --year Y [--region CODE] [--person UUID] [--json]"""

import uuid
from collections import Counter
from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certification import assessing
from certification.models import Assessment
from courses.models import Bucket
from lms.jobs.answering import Answer, AnsweringCommand, WrongUsage, year
from lms.jobs.errors import DomainError
from lms.registry.errors import sentence_of
from lms.registry.finding import region_named
from lms.registry.models import Person


class Command(AnsweringCommand):
    help = "Required, earned and missing minutes per bucket of everybody on post in a year, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=year, required=True)
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--region", default="", metavar="CODE", help="only people with a post in this region")
        scope.add_argument("--person", type=uuid.UUID, metavar="UUID")

    def answer(self, options: dict[str, Any]) -> Answer:
        outcome = self.assess(options["year"], options["region"], options["person"])
        people = [as_json(row) for row in outcome.assessments.values()]
        refused = Counter(refusal.code for refusal in outcome.refusals.values())
        return {"year": options["year"], "assessed": len(people), "refused": dict(refused), "people": people}

    def tell(self, answer: Answer) -> None:
        for row in answer["people"]:
            self.stdout.write(f"{row['person']} {'reached' if row['reached'] else 'missing'} {row['missing']}")
        self.stdout.write(f"assessed {answer['assessed']}")
        for code, count in answer["refused"].items():
            self.stdout.write(f"refused {count} {code}")

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        return {code: sentence_of(code) or "" for code in answer["refused"]}

    @staticmethod
    def assess(year: int, region: str, person_id: uuid.UUID | None) -> assessing.Outcome:
        """One person, or everybody who had a post that year in the region (without one: anywhere)."""
        if person_id:
            person = Person.objects.filter(pk=person_id).first()
            if person is None:
                raise WrongUsage("person_unknown", _("There is no person with the key %(key)s.") % {"key": person_id})
            try:
                return assessing.Outcome({(person.pk, year): assessing.assess(person=person, year=year)}, {})
            except DomainError as refusal:
                return assessing.Outcome({}, {(person.pk, year): refusal})
        prefix = region_named(region).prefix if region else ""
        return assessing.assess_people(assessing.on_post_in(year, prefix), year)


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
