"""`rotate_keys`: seal every encrypted value anew under the newest key."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand
from lms.registry import rotating
from lms.registry.crypto import keys


class Command(AnsweringCommand):
    help = "Seals every encrypted value anew under the newest key of FIELD_KEYS; safe to interrupt and to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--most", type=int, metavar="N", help="stop after about so many values")

    def answer(self, options: dict[str, Any]) -> Answer:
        done = rotating.rotate(say=self.say, most=options["most"])
        return {"version": keys()[0], "resealed": sum(done.values()), "columns": done, "waiting": rotating.waiting()}

    def say(self, column: str, done: int, total: int) -> None:
        self.stderr.write(f"{column}: {done} / {total}")

    def tell(self, answer: Answer) -> None:
        self.stdout.write(
            _("%(resealed)s values sealed anew under key %(version)s; %(waiting)s are still under an older one.")
            % answer
        )
