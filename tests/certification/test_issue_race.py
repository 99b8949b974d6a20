"""Fifty who ask at once for the same certificate get the same one (real threads, real locks)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from certification import printing
from certification.models import Certificate, CertificateFile, SerialCounter
from lms.jobs.errors import DomainError
from lms.registry.models import PrivateFile
from tests import certified, factories
from tests.factories import YEAR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work returned or refused, all started at the same moment, each with a connection of its own."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[number] = work()
        except DomainError as refusal:
            results[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_requests_make_one_certificate_with_one_serial() -> None:
    person = certified.make_reached()
    results = at_once(*[lambda: certified.issue_yearly(person=person, year=YEAR)] * 50)
    certificate = Certificate.objects.get()
    assert results == [certificate] * 50
    assert SerialCounter.objects.get().last == 1
    assert certificate.entries.count() == 2


def test_many_people_at_once_get_serials_without_gap_or_double() -> None:
    people = [certified.make_reached() for _ in range(12)]
    works = [lambda person=person: certified.issue_yearly(person=person, year=YEAR) for person in people]
    serials = sorted(row.serial[12:18] for row in at_once(*works))
    assert serials == [f"{number:06d}" for number in range(1, 13)]


def test_a_ban_and_a_certificate_never_both_win() -> None:
    person = certified.make_reached()
    ban = factories.make_ban(person, confirmed=False)
    officer = factories.make_officer().user

    def confirm() -> str:
        from django.utils import timezone

        ban.confirmed_by, ban.confirmed_at = officer, timezone.now()
        ban.save(update_fields=["confirmed_by", "confirmed_at"])
        return "confirmed"

    issued, confirmed = at_once(lambda: certified.issue_yearly(person=person, year=YEAR), confirm)
    assert confirmed == "confirmed"
    if issued == "person_barred":
        assert not Certificate.objects.exists()
    else:
        # It was there first, and is worth nothing now.
        assert Certificate.objects.get() == issued
        assert not Certificate.objects.valid_on(issued.issued_on).exists()


def test_many_who_draw_at_once_keep_one_file() -> None:
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    files = at_once(*[lambda: printing.pdf_of(certificate)] * 8)
    assert len(set(files)) == CertificateFile.objects.count() == 1
    assert PrivateFile.objects.filter(purpose="certificate").count() == 1
