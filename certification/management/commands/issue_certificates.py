"""manage.py issue_certificates --year Y [--region CODE] [--json]"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification.errors import Refusal
from lms.jobs.running import run_now
from lms.registry.models import Region


class Command(BaseCommand):
    help = "Issue the yearly certificates of everybody who has reached the hours; safe to repeat and to interrupt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--region", default="", metavar="CODE", help="only people with a post in this region")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["region"] and not Region.objects.filter(code=options["region"]).exists():
            raise CommandError(f"No region has the code {options['region']}.", returncode=2)
        job = run_now(
            "issue_certificates",
            {"year": options["year"], "region": options["region"]},
            progress=lambda done, total: self.stderr.write(f"{done} / {total}"),
        )
        if options["json"]:
            # Named one by one: a database may give the keys back in another order.
            self.stdout.write(json.dumps({key: job.result[key] for key in ("issued", "kept", "refused")}))
        else:
            self.stdout.write(f"issued {job.result['issued']}, kept {job.result['kept']}")
            for code, count in job.result["refused"].items():
                sentence = Refusal(code).label if code in Refusal.values else ""
                self.stdout.write(f"refused {count} {code} {sentence}".rstrip())
        if job.result["refused"]:
            sys.exit(1)
