"""The demo world, for trying everything out without real people."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from lms.demo import building, staff
from lms.demo.cast import PASSWORD
from lms.jobs.answering import Answer, AnsweringCommand
from lms.jobs.errors import DomainError


class Command(AnsweringCommand):
    """Loads the demo once: five districts, their staff, a year of training, certificates, a ban, a rating.

    Safe to repeat: what stands is left alone. `--show` only prints the sign-ins, and refuses
    (`demo_missing`) while there is no demo.
    """

    help = "Load the demo world (safe to repeat), or with --show print its sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print the sign-ins")

    def answer(self, options: dict[str, Any]) -> Answer:
        stands = building.stands()
        self.show = options["show"]
        if self.show and not stands:
            raise DomainError("demo_missing", "The demo is not loaded; run load_demo.")
        if not stands:
            building.build(lambda line: self.stderr.write(line))
        return {"created": not stands, "sign_ins": [asdict(row) for row in staff.sign_ins()]}

    def tell(self, answer: Answer) -> None:
        if not self.show:
            self.stdout.write("The demo is loaded." if answer["created"] else "The demo stands already.")
            return
        self.stdout.write(f"密码 / password: {PASSWORD}\n")
        for row in answer["sign_ins"]:
            self.stdout.write("  {username:<22} {role}  {scope}".format(**row))
        self.stdout.write("")
