"""Handlers only the tests know, and the table they write to.

The table has no unique key on purpose: a unit counted twice must be seen, not refused.
"""

import os
import signal
from pathlib import Path

from django.db import connection, transaction

from lms.jobs.errors import DomainError
from lms.jobs.running import Running, handler

CREATE_TABLE = "CREATE TABLE counted_unit (unit integer NOT NULL)"
DROP_TABLE = "DROP TABLE counted_unit"
CHUNK = 5


#: Valid, but nobody's.
ID_NUMBER = "310117199003077828"


class Quoting(Exception):
    """A crash of a handler whose words quote data that no log may hold."""


def count(unit: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO counted_unit (unit) VALUES (%s)", [unit])


def counted() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit FROM counted_unit ORDER BY unit")
        return [unit for (unit,) in cursor.fetchall()]


def kill_at(folder: str | None, place: str) -> None:
    """If a fuse for this place lies in the folder, take it and kill -9 the whole process group."""
    if folder and (fuse := Path(folder, place)).exists():
        fuse.unlink()
        os.killpg(os.getpgrp(), signal.SIGKILL)


@handler("count_units", label="Counting")
def count_units(job: Running) -> dict[str, object]:
    """Count `units` units, five to a chunk; `crash_at` and `refuse_at` stop it in the middle of one."""
    units, fuses = job.args["units"], job.args.get("fuses")
    for start in range(job.cursor.get("next", 0), units, CHUNK):
        with transaction.atomic():
            for unit in range(start, min(start + CHUNK, units)):
                count(unit)
                if unit == job.args.get("crash_at"):
                    raise Quoting(ID_NUMBER)
                if unit == job.args.get("refuse_at"):
                    raise DomainError("person_barred", "This person is barred.", unit=unit)
                kill_at(fuses, f"written-{unit}")
            done = min(start + CHUNK, units)
            job.step(done, {"next": done}, units, result={"created": done})
            kill_at(fuses, f"stepped-{done}")
        kill_at(fuses, f"committed-{done}")
    return {"created": units, "url": "/somewhere/"}
