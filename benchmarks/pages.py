"""How many queries the ten main pages take, and how long, as their data grows.

    python -m benchmarks.pages

Builds the small world of the tests in an empty SQLite database of its own, reads every page, makes the
world larger and reads them again. tests/test_queries.py holds the numbers of queries.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

GROWN = 100
READINGS = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="yuzheng-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DEBUG": "1",
            "VAR_DIR": folder,
            "MEDIA_ROOT": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "LOG_LEVEL": "ERROR",
        }
        Path(folder, "static").mkdir()
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        # DEBUG keeps every query and reads templates anew; an operator's process doesn't.
        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        compare()


def compare() -> None:
    from tests.world import build, grow

    world = build()
    small = measure(world)
    grow(world.here, GROWN)
    large = measure(world)
    print(f"queries and milliseconds per page, small world and with {GROWN} more of everything:")
    for name, (queries, taken) in small.items():
        more, longer = large[name]
        print(f"{name:22}{queries:4}{taken:7.0f} ms{more:6}{longer:7.0f} ms")


def measure(world: object) -> dict[str, tuple[int, float]]:
    """Queries and the median time of every page, once it has been read before."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from tests.world import World, browser, main_pages

    assert isinstance(world, World)
    found = {}
    for name, (reader, address) in main_pages(world.here).items():
        client = browser(reader.user if reader else None)
        url = reverse(name, kwargs=address)
        client.get(url)
        times = []
        for _ in range(READINGS):
            started = time.perf_counter()
            client.get(url)
            times.append((time.perf_counter() - started) * 1000)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        found[name] = len(queries), statistics.median(times)
    return found


if __name__ == "__main__":
    main()
