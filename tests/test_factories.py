"""The factories themselves: what they make is valid."""

import pytest

from lms.registry import access
from lms.registry.models import Ban
from lms.registry.rosters.identity import normalise_id, parse_uscc
from tests import factories

pytestmark = pytest.mark.django_db


def test_numbers_are_valid():
    numbers = {factories.make_id_number(n) for n in range(1, 2000)}
    assert len(numbers) == 1999
    assert all(normalise_id(number, today=factories.date(2026, 1, 1)).kind == "resident" for number in numbers)
    assert parse_uscc(factories.make_uscc()).repaired is False


def test_every_persona_has_its_scope():
    personas = factories.every_persona()
    assert access.regions(personas["bureau_officer"]).filter(code="310117").exists()
    assert factories.make_region("310117005").parent.code == "310117"
    assert factories.make_region("310117").lineage == ["310117", "3101", "31", ""]


def test_a_whole_life():
    post = factories.make_post()
    session = factories.make_session()
    factories.make_enrollment(session.run, post.person)
    factories.make_attendance(session, post.person)
    assert factories.give_hours(post.person, skill=90, ethics=45).skill_minutes == 90
    assert factories.make_standard().skill_hours == 88
    assert factories.make_standard().pk == factories.make_standard().pk
    ban = factories.make_ban(post.person)
    assert Ban.objects.standing().get() == ban
    factories.annul(ban)
    assert not Ban.objects.standing().exists()
