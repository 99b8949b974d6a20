"""The demo world: loaded through the verbs, complete, and left alone when it is loaded again."""

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from certification.models import Assessment, Certificate
from courses.models import Attendance, HourEntry
from lms.demo.cast import PASSWORD, PLACES, SPECIAL_NAMES, Draw, uscc
from lms.registry import auditing
from lms.registry.models import AuditEntry, Ban, Institution, Person, Role
from lms.registry.rosters.identity import normalise_id, parse_uscc
from reports.models import Rating

pytestmark = pytest.mark.django_db


def demo(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("load_demo", json=True, stdout=out, stderr=StringIO(), **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_demo_is_refused_while_it_is_not_there() -> None:
    with pytest.raises(CommandError, match="demo_missing"):
        call_command("load_demo", show=True, stdout=StringIO())


@pytest.mark.slow
def test_the_demo_is_a_whole_year_in_five_districts(client: Client) -> None:
    first = demo()
    assert first["created"] is True
    counts = {model: model.objects.count() for model in (Person, HourEntry, Certificate, Attendance, AuditEntry, Ban)}

    districts = set(Institution.objects.values_list("region__code", flat=True))
    assert districts == {place.code for place in PLACES}
    assert Assessment.objects.filter(reached=True).exists()
    assert Assessment.objects.filter(reached=False).exists()
    assert {row.kind_id for row in Certificate.objects.all()} >= {"yearly_training"}
    assert set(SPECIAL_NAMES) <= set(Person.objects.values_list("name", flat=True))
    assert sorted(ban.state for ban in Ban.objects.all()) == ["annulled", "standing"]
    assert Rating.objects.exists()
    assert auditing.verify().intact

    # Every role has a sign-in that works.
    roles = {row["role"] for row in first["sign_ins"]}
    assert len(roles) == len(Role)
    for username in ("songjiang-officer", "shaoxing-supervisor", "qingpu-carer", "editor", "admin"):
        answer = client.post(reverse("sign_in"), {"username": username, "password": PASSWORD})
        assert answer.status_code == 302, username

    assert demo()["created"] is False
    assert counts == {model: model.objects.count() for model in counts}
    shown = StringIO()
    call_command("load_demo", show=True, stdout=shown)
    assert PASSWORD in shown.getvalue()
    assert "songjiang-carer" in shown.getvalue()


def test_the_draw_is_the_same_everywhere_and_valid() -> None:
    one, two = Draw("songjiang"), Draw("songjiang")
    people = [(one.name(), one.resident_number(female=True), one.phone()) for _ in range(200)]
    assert people == [(two.name(), two.resident_number(female=True), two.phone()) for _ in range(200)]
    assert len({number for _, number, _ in people}) == len(people)
    for _, number, _ in people:
        assert normalise_id(number, today=date(2026, 1, 1)).sex == "F"
    assert parse_uscc(uscc("91", "310117", 7)) is not None
