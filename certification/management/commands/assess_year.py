"""manage.py assess_year --year Y [--region CODE] [--person UUID] [--json]"""

import uuid
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

#: With more people the answer would be hundreds of megabytes that nobody reads.
MOST_LISTED = 10_000


class Command(AnsweringCommand):
    help = "Required, earned and missing minutes per bucket of everybody on post in a year, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=year, required=True)
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--region", default="", metavar="CODE", help="only people with a post in this region")
        scope.add_argument("--person", type=uuid.UUID, metavar="UUID")
        parser.add_argument("--processes", type=int, default=2, help="at once, for many people on PostgreSQL (2)")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Everybody by herself with the reason why; beyond MOST_LISTED people the sums alone, `listed` false."""
        year, region = options["year"], options["region"]
        if options["person"] is None:
            prefix = region_named(region).prefix if region else ""
            wanted = assessing.on_post_in(year, prefix)
            if len(wanted) > MOST_LISTED:
                total = assessing.assess_many(wanted, year, processes=options["processes"], say=self.progress)
                return {"year": year, **self.summed(total), "listed": False, "people": []}
            outcome = assessing.assess_people(wanted, year)
        else:
            outcome = self.one(year, options["person"])
        people = [as_json(row) for row in outcome.assessments.values()]
        return {"year": year, **self.summed(total_of(outcome)), "listed": True, "people": people}

    def tell(self, answer: Answer) -> None:
        for row in answer["people"]:
            self.stdout.write(f"{row['person']} {'reached' if row['reached'] else 'missing'} {row['missing']}")
        self.stdout.write(f"assessed {answer['assessed']}, reached {answer['reached']}")
        for code, count in answer["refused"].items():
            self.stdout.write(f"refused {count} {code}")

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        return {code: sentence_of(code) or "" for code in answer["refused"]}

    @staticmethod
    def one(year: int, person_id: uuid.UUID) -> assessing.Outcome:
        """One person's year, or why nothing is asked of her."""
        person = Person.objects.filter(pk=person_id).first()
        if person is None:
            raise WrongUsage("person_unknown", _("There is no person with the key %(key)s.") % {"key": person_id})
        try:
            return assessing.Outcome({(person.pk, year): assessing.assess(person=person, year=year)}, {})
        except DomainError as refusal:
            return assessing.Outcome({}, {(person.pk, year): refusal})

    @staticmethod
    def summed(total: assessing.Total) -> dict[str, Any]:
        """How many, and minutes required, earned and missing over all of them."""
        return {
            "assessed": total.assessed,
            "reached": total.reached,
            "refused": dict(total.refused),
            **{
                name: {bucket: total.minutes[f"{name}_{bucket}"] for bucket in Bucket.values}
                for name in ("required", "earned", "missing")
            },
        }


def total_of(outcome: assessing.Outcome) -> assessing.Total:
    """The sums over a few assessments."""
    rows = outcome.assessments.values()
    total = assessing.Total(len(rows), sum(row.reached for row in rows))
    total.refused.update(refusal.code for refusal in outcome.refusals.values())
    for bucket in Bucket.values:
        total.minutes[f"required_{bucket}"] = sum(getattr(row, f"required_{bucket}") for row in rows)
        total.minutes[f"earned_{bucket}"] = sum(getattr(row, f"earned_{bucket}") for row in rows)
        total.minutes[f"missing_{bucket}"] = sum(row.missing(bucket) for row in rows)
    return total


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
