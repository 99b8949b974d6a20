"""Figures frozen as reported: hashed, versioned, never overwritten."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Institution
from reports import metrics
from reports.freezing import changes, evidence_of, freeze, previous, sha256_of
from reports.metrics import HoldingRate
from reports.models import RateSnapshot
from tests.factories import (
    annul,
    make_ban,
    make_institution,
    make_manager,
    make_officer,
    make_staff,
    make_supervisor,
    qingpu,
    songjiang,
)
from tests.reports.staff import DAY, certify

pytestmark = pytest.mark.django_db


def rate(**kw: object) -> HoldingRate:
    return metrics.holding_rate(**({"region": songjiang(), "on": DAY} | kw))  # type: ignore[arg-type]


@pytest.fixture
def site() -> Institution:
    site = make_institution()
    certify(make_staff(site, 2)[0])
    return site


def test_the_same_facts_are_frozen_once(site: Institution) -> None:
    by = make_supervisor()
    first, again = freeze(by=by, rate=rate()), freeze(by=by, rate=rate())
    assert (first.added, again.added, again.snapshot) == (True, False, first.snapshot)
    assert AuditEntry.objects.filter(action="freeze_rate").count() == 1
    kept = RateSnapshot.objects.get()
    assert kept.sha256 == sha256_of(kept.evidence) == sha256_of(evidence_of(rate()))


def test_a_late_fact_makes_the_next_version(site: Institution) -> None:
    by = make_supervisor()
    first = freeze(by=by, rate=rate()).snapshot
    late = site.posts.exclude(person__qualifications__isnull=False).get().person
    certify(late)
    second = freeze(by=by, rate=rate()).snapshot
    assert (first.numerator, second.numerator, second.version) == (1, 2, 2)
    assert previous(second) == first
    assert previous(first) is None
    (change,) = changes(first, second)
    assert (change.person, change.before, change.after) == (str(late.pk), "no_certificate", "holds")


def test_banned_and_annulled_the_figure_is_the_first_again(site: Institution) -> None:
    by, today = make_supervisor(), timezone.localdate()
    holder = site.posts.get(person__qualifications__isnull=False).person
    first = freeze(by=by, rate=rate(on=today)).snapshot
    ban = make_ban(holder)
    second = freeze(by=by, rate=rate(on=today)).snapshot
    annul(ban)
    third = freeze(by=by, rate=rate(on=today)).snapshot
    assert (first.numerator, second.numerator, third.numerator) == (1, 0, 1)
    assert first.sha256 == third.sha256 != second.sha256


@pytest.mark.parametrize("change", [{"numerator": 2}, {"evidence": {}}])
def test_a_frozen_figure_cannot_be_changed(site: Institution, change: dict[str, object]) -> None:
    snapshot = freeze(by=make_supervisor(), rate=rate()).snapshot
    with pytest.raises(IntegrityError, match="guard:figure_frozen"), transaction.atomic():
        RateSnapshot.objects.filter(pk=snapshot.pk).update(**change)
    with pytest.raises(IntegrityError, match="guard:figure_frozen"), transaction.atomic():
        RateSnapshot.objects.filter(pk=snapshot.pk).delete()


def test_who_may_freeze_what(site: Institution) -> None:
    today = timezone.localdate()
    for by, figure, code in (
        (make_officer(), rate(), "not_allowed"),
        (make_manager(site), rate(institution=site, region=None), "not_allowed"),
        (make_supervisor(qingpu()), rate(), "not_found"),
        (make_supervisor(qingpu()), rate(institution=site, region=None), "not_found"),
        (make_supervisor(), rate(on=today + timedelta(1)), "day_ahead"),
    ):
        with pytest.raises(DomainError) as refusal:
            freeze(by=by, rate=figure)
        assert refusal.value.code == code
    assert not RateSnapshot.objects.exists()
    assert freeze(by=make_supervisor(), rate=rate(institution=site, region=None)).snapshot.institution == site
