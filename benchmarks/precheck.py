"""How long a check before hiring takes: the answer, recorded and in the audit trail.

    python -m benchmarks.precheck [barred]

A throw-away SQLite database with BARRED standing bans, each on somebody of her own; ASKED questions one after another,
a third each about a barred person, about a namesake born on the same day and about somebody nobody knows. The bans
come in by bulk, through every trigger.
"""

import os
import statistics
import sys
import tempfile
import time
from datetime import date
from typing import Any

BARRED = 20000
ASKED = 300
#: The answer must be there within so many milliseconds.
LIMIT = 200
TODAY = date(2026, 1, 1)
EXPECTED = ("may_not", "wait", "may")


def fill(count: int) -> Any:
    """Barred people and a manager who asks."""
    from django.core.management import call_command
    from django.utils import timezone

    from lms.registry.models import Ban, IdentityDocument, Person
    from tests import factories

    call_command("migrate", verbosity=0)
    manager = factories.make_manager()
    model = factories.make_ban(factories.make_person())
    people = [Person(name=name_of(n), sort_key=name_of(n), sex="F", born_on=day_of(n)) for n in range(count)]
    Person.objects.bulk_create(people, batch_size=1000)
    documents = []
    for n, person in enumerate(people):
        document = IdentityDocument(person=person, kind="resident", number_index=index_of(n), masked="310***")
        document.number = number_of(n)
        documents.append(document)
    IdentityDocument.objects.bulk_create(documents, batch_size=1000)
    now = timezone.now()
    shared = {
        field.attname: getattr(model, field.attname)
        for field in Ban._meta.concrete_fields
        if field.attname not in ("id", "person_id", "proposed_at", "confirmed_at")
    }
    bans = [Ban(person_id=person.pk, proposed_at=now, confirmed_at=now, **shared) for person in people]
    Ban.objects.bulk_create(bans, batch_size=1000)
    return manager


def name_of(number: int) -> str:
    """One of 2,000 names, so that every name has namesakes."""
    return f"{'王李张刘陈杨赵黄周吴'[number % 10]}{chr(0x4E00 + number // 10 % 200)}"


def day_of(number: int) -> date:
    return date(1960 + number % 40, 1 + number % 12, 1 + number % 28)


def number_of(number: int, county: str = "310117") -> str:
    """A resident number; the county tells the known from strangers."""
    from lms.registry.rosters.identity import check_character

    body = f"{county}{day_of(number):%Y%m%d}{number % 1000:03d}"
    return body + check_character(body)


def index_of(number: int) -> str:
    from lms.registry.registering import index_of as blind

    return blind(number_of(number))


def ask(manager: Any, number: int) -> tuple[str, float]:
    """One question about the barred person `number`, her namesake, or a stranger; the answer and its milliseconds."""
    from lms.registry import prechecking
    from lms.registry.rosters.identity import normalise_id

    kind = number % len(EXPECTED)
    name = name_of(number) if kind < 2 else "从未登记"
    document = normalise_id(number_of(number, "310117" if kind == 0 else "330602"), today=TODAY)
    started = time.perf_counter()
    query = prechecking.ask(by=manager, name=name, document=document, purpose="招聘", consent=True)
    return str(query.answer), 1000 * (time.perf_counter() - started)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BARRED
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="lms.settings",
            VAR_DIR=folder,
            MEDIA_ROOT=f"{folder}/media",
            DATABASE_URL=f"sqlite:///{folder}/precheck.sqlite3",
            DEBUG="0",
            SECRET_KEY="benchmark-only-" + "0123456789abcdef" * 4,
            FIELD_KEYS=f"1:{'1' * 64},index:{'2' * 64}",
            ALLOWED_HOSTS="127.0.0.1",
            PUBLIC_URL="http://127.0.0.1",
            LOG_LEVEL="ERROR",
        )
        import django

        django.setup()
        from lms.registry import prechecking

        prechecking.MOST_AN_HOUR = 10**9
        manager = fill(count)
        taken = []
        for number in range(ASKED):
            answer, milliseconds = ask(manager, number)
            if answer != EXPECTED[number % len(EXPECTED)]:
                raise RuntimeError(f"answered {answer} to question {number}")
            taken.append(milliseconds)
    middle, slowest = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    sys.stdout.write(
        f"check before hiring: median {middle:.0f} ms, p99 {slowest:.0f} ms ({count} barred, {ASKED} asked, SQLite)\n"
    )
    if slowest > LIMIT:
        raise SystemExit(f"p99 is above {LIMIT} ms")


if __name__ == "__main__":
    main()
