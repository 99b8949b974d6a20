"""kill -9 of an issuing run in the middle: run again, nothing is lost and nothing issued twice.

The run is the real command in a process of its own. It kills itself at an exact place: after a chunk has been
written but before its commit, and again right after a commit.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from certification.models import Certificate, CertificateEntry, SerialCounter
from lms.jobs.models import Job
from tests import certified
from tests.factories import YEAR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 12
CHUNK = 3
DEADLINE = 120.0
#: Small chunks, and a fuse: "step-2" burns before the second chunk commits, "commit-3" after the third has.
RUN = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from django.db import transaction
from certification import issuing
from lms.jobs.running import Running

issuing.CHUNK = int(sys.argv[1])
fuse = sys.argv[2]
steps = 0
step = Running.step

def burn():
    os.kill(os.getpid(), signal.SIGKILL)

def stepping(job, *args, **kw):
    global steps
    step(job, *args, **kw)
    steps += 1
    if fuse == f"step-{steps}":
        burn()
    if fuse == f"commit-{steps}":
        transaction.on_commit(burn)

Running.step = stepping
call_command("issue_certificates", "--year", sys.argv[3], "--json")
"""


def run(fuse: str) -> subprocess.CompletedProcess[str]:
    """The command on this test's database, with this fuse; "none" lets it end."""
    engine = "postgres" if connection.vendor == "postgresql" else "sqlite"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lms.settings_test", "TEST_DATABASE": engine}
    command = [sys.executable, "-c", RUN, str(CHUNK), fuse, str(YEAR)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEADLINE)


def test_a_killed_run_loses_nothing_and_issues_nothing_twice() -> None:
    people = {certified.make_reached().pk for _ in range(PEOPLE)}
    connection.close()

    killed = run("step-2")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # The chunk that had not committed is gone as a whole, its serials with it.
    assert Certificate.objects.count() == SerialCounter.objects.get().last == CHUNK
    connection.close()

    killed = run("commit-3")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Certificate.objects.count() == 3 * CHUNK
    connection.close()

    ended = run("none")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"issued": CHUNK, "kept": 3 * CHUNK, "refused": {}}

    certificates = list(Certificate.objects.all())
    assert {row.person_id for row in certificates} == people
    assert len(certificates) == len({row.serial for row in certificates}) == PEOPLE
    assert sorted(row.serial[12:18] for row in certificates) == [f"{n:06d}" for n in range(1, PEOPLE + 1)]
    assert CertificateEntry.objects.count() == 2 * PEOPLE
    # The rows of the killed runs are still there for a worker to carry on, harmlessly.
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "running", "running"]
