"""The demo world, for trying everything out without real people."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from lms.demo import building, staff
from lms.demo.cast import PASSWORD


class Command(BaseCommand):
    """Loads the demo once: five districts, their staff, a year of training, certificates, a ban, a rating.

    Safe to repeat: what stands is left alone. `--show` only prints the sign-ins, and refuses
    (`demo_missing`) while there is no demo.
    """

    help = "Load the demo world (safe to repeat), or with --show print its sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print the sign-ins")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, show: bool = False, **options: Any) -> None:
        stands = building.stands()
        if show and not stands:
            raise CommandError("demo_missing: the demo is not loaded; run load_demo.", returncode=1)
        if not stands:
            building.build(lambda line: self.stderr.write(line))
        if options["json"]:
            rows = [asdict(row) for row in staff.sign_ins()]
            self.stdout.write(json.dumps({"created": not stands, "sign_ins": rows}, ensure_ascii=False))
        elif show:
            self._print()
        else:
            self.stdout.write("The demo stands already." if stands else "The demo is loaded.")

    def _print(self) -> None:
        self.stdout.write(f"密码 / password: {PASSWORD}\n")
        for row in staff.sign_ins():
            self.stdout.write(f"  {row.username:<22} {row.role}  {row.scope}")
        self.stdout.write("")
