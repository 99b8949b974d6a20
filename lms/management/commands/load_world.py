"""A synthetic world of any size, for trying out what a million people do to pages and reports."""

from argparse import ArgumentParser
from typing import Any

from lms.jobs.answering import Answer, AnsweringCommand
from lms.world import loading


class Command(AnsweringCommand):
    """Loads institutions, staff, papers and years of training, drawn from a seed; the same each time.

    Safe to interrupt: whole chunks stay, and the same call with --add goes on where it stopped. Refuses
    (`world_not_empty`) where people stand already, unless told to --add. The accounts it opens have no password
    unless one is given.
    """

    help = "Load a synthetic world: --staff people at --institutions institutions. Safe to interrupt (--add goes on)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--staff", type=int, default=10_000, help="how many people (10000)")
        parser.add_argument("--institutions", type=int, default=1_000, help="how many institutions (1000)")
        parser.add_argument("--years", type=int, default=1, help="how many years of training back from this one (1)")
        parser.add_argument("--seed", type=int, default=1, help="which world (1)")
        parser.add_argument("--add", action="store_true", help="beside the people who stand; also goes on after a stop")
        parser.add_argument("--password", help="for its accounts; without it nobody signs in to them")
        parser.add_argument("--processes", type=int, default=2, help="writers at once, on PostgreSQL (2)")

    def answer(self, options: dict[str, Any]) -> Answer:
        wanted = {name: options[name] for name in ("seed", "staff", "institutions", "years", "add", "password")}
        loaded = loading.load(**wanted, processes=options["processes"], say=self.progress)
        return {**loaded.rows, "bans": loaded.bans, "chunks_kept": loaded.chunks_kept}

    def tell(self, answer: Answer) -> None:
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in answer.items()))
