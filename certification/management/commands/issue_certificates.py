"""manage.py issue_certificates --year Y [--region CODE] [--json]"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.functional import Promise

from lms.jobs.answering import Answer, AnsweringCommand, year
from lms.jobs.running import run_now
from lms.registry.errors import sentence_of
from lms.registry.finding import region_named


class Command(AnsweringCommand):
    help = "Issue the yearly certificates of everybody who has reached the hours; safe to repeat and to interrupt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=year, required=True)
        parser.add_argument("--region", default="", metavar="CODE", help="only people with a post in this region")

    def answer(self, options: dict[str, Any]) -> Answer:
        region = region_named(options["region"]).code if options["region"] else ""
        job = run_now("issue_certificates", {"year": options["year"], "region": region}, progress=self.progress)
        # Named one by one: a database may give the keys back in another order.
        return {key: job.result[key] for key in ("issued", "kept", "refused")}

    def tell(self, answer: Answer) -> None:
        self.stdout.write(f"issued {answer['issued']}, kept {answer['kept']}")
        for code, count in answer["refused"].items():
            self.stdout.write(f"refused {count} {code}")

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        return {code: sentence_of(code) or "" for code in answer["refused"]}
