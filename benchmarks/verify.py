"""How many verification pages two gunicorn workers answer in a second.

    python -m benchmarks.verify

A throw-away SQLite database with CERTIFICATES certificates behind a real gunicorn on loopback; THREADS clients,
each asking for one random serial after another, for SECONDS. Every answer must be a 200 that
says "valid".
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CERTIFICATES = 3000
WORKERS = 2
THREADS = 4
SECONDS = 10.0
ROOT = Path(__file__).resolve().parents[1]


def fill(count: int) -> list[str]:
    """Certificates through the verbs, so that the pages are the real ones; their serials."""
    from django.core.management import call_command
    from django.db import transaction

    from certification import issuing, printing
    from certification.models import Certificate
    from courses.models import TrainingYear
    from tests import factories

    call_command("migrate", verbosity=0)
    institution = factories.make_institution()
    factories.make_standard()
    factories.make_kind()
    with transaction.atomic():
        people = factories.make_staff(institution, count)
        TrainingYear.objects.bulk_create(
            TrainingYear(person=person, year=factories.YEAR, skill_minutes=88 * 45, ethics_minutes=40 * 45)
            for person in people
        )
    setattr(printing, "draw_now", lambda certificate: None)  # noqa: B010  the pages show no PDF
    for start in range(0, count, issuing.CHUNK):
        with transaction.atomic():
            issuing.issue_year_of([person.pk for person in people[start : start + issuing.CHUNK]], factories.YEAR)
    return list(Certificate.objects.values_list("serial", flat=True))


def ask(port: int, serials: list[str], until: float, counts: list[int], number: int) -> None:
    """One client: as many pages as it gets before `until`."""
    chosen = random.Random(number)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < until:
        connection.request("GET", f"/v/{chosen.choice(serials)}", headers={"Accept": "text/html"})
        response = connection.getresponse()
        page = response.read()
        if response.status != 200 or b"tone-reached" not in page:
            raise RuntimeError(f"answered {response.status}")
        counts[number] += 1


def measure(port: int, serials: list[str], seconds: float) -> float:
    """Pages per second of all clients together; a client that fails fails the measurement."""
    counts = [0] * THREADS
    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as clients:
        asked = [clients.submit(ask, port, serials, started + seconds, counts, number) for number in range(THREADS)]
        for one in asked:
            one.result()
    return sum(counts) / (time.monotonic() - started)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="lms.settings",
            VAR_DIR=folder,
            MEDIA_ROOT=f"{folder}/media",
            DATABASE_URL=f"sqlite:///{folder}/verify.sqlite3",
            DEBUG="0",
            SECRET_KEY="benchmark-only-" + "0123456789abcdef" * 4,
            FIELD_KEYS=f"1:{'1' * 64},index:{'2' * 64}",
            ALLOWED_HOSTS="127.0.0.1",
            PUBLIC_URL="http://127.0.0.1",
            SECURE_SSL_REDIRECT="0",
            LOG_LEVEL="ERROR",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("collectstatic", interactive=False, verbosity=0)
        serials = fill(CERTIFICATES)
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "lms.wsgi", "-w", str(WORKERS)]
        server = subprocess.Popen([*command, "-b", f"127.0.0.1:{port}", "--log-level", "error"], cwd=ROOT)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            measure(port, serials, 2.0)  # templates compiled, caches warm
            rate = measure(port, serials, SECONDS)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)
    sys.stdout.write(f"verify page: {rate:.0f} requests/s ({WORKERS} workers, {CERTIFICATES} certificates, SQLite)\n")


if __name__ == "__main__":
    main()
