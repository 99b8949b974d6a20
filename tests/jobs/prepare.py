"""Run by test_kill as a process of its own: empty tables and one job, asked for in the usual way.

Arguments: how many units, and the folder of the fuses.
"""

import sys

import django
from django.core.management import call_command
from django.db import connection


def prepare(units: int, fuses: str) -> None:
    from lms.jobs import running
    from tests.jobs import handlers

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(handlers.CREATE_TABLE)
    running.enqueue("count_units", {"units": units, "fuses": fuses})


if __name__ == "__main__":
    django.setup()
    prepare(int(sys.argv[1]), sys.argv[2])
