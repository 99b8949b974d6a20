"""What each role reaches: fetching and authorising are one step, and the rest does not exist."""

from typing import Any

import pytest
from django.db import transaction

from lms.jobs.errors import DomainError
from lms.registry import access, auditing
from lms.registry.models import Membership, Purpose, RosterUpload
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def places() -> dict[str, Any]:
    """Two people in Songjiang, one in Qingpu, one in Shaoxing; one of them banned."""
    home, away, far = (
        f.make_institution(),
        f.make_institution(region=f.qingpu()),
        f.make_institution(region=f.yuecheng()),
    )
    posts = {
        "home": f.make_post(institution=home),
        "away": f.make_post(institution=away),
        "far": f.make_post(institution=far),
    }
    return {"home": home, "away": away, "far": far, "posts": posts, "left": f.make_person()}


def names(rows: Any, places: dict[str, Any], what: str) -> set[str]:
    found = set(rows.values_list("pk", flat=True))
    pick = {
        "institution": lambda name: places[name].pk,
        "post": lambda name: places["posts"][name].pk,
        "person": lambda name: places["posts"][name].person_id,
    }[what]
    return {name for name in ("home", "away", "far") if pick(name) in found}


def personas(places: dict[str, Any]) -> dict[str, Membership]:
    return {
        "officer": f.make_officer(),
        "city": f.make_officer(f.make_region("310000")),
        "supervisor": f.make_supervisor(),
        "manager": f.make_manager(places["home"]),
        "centre": f.make_trainer(),
        "learner": f.make_learner(places["posts"]["home"].person),
        "editor": f.make_editor(),
        "admin": f.make_admin(),
    }


HOME, SHANGHAI, ALL, NONE = {"home"}, {"home", "away"}, {"home", "away", "far"}, set[str]()
#: institutions, posts, people
REACH = {
    "officer": (HOME, HOME, HOME),
    "city": (SHANGHAI, SHANGHAI, SHANGHAI),
    "supervisor": (HOME, HOME, HOME),
    "manager": (HOME, HOME, HOME),
    "centre": (SHANGHAI, NONE, NONE),
    "learner": (NONE, HOME, HOME),
    "editor": (NONE, NONE, NONE),
    "admin": (ALL, ALL, ALL),
}


@pytest.mark.parametrize("who", REACH)
def test_reach(who: str, places: dict[str, Any]) -> None:
    by = personas(places)[who]
    institutions, posts, people = REACH[who]
    assert names(access.institutions(by), places, "institution") == institutions
    assert names(access.posts(by), places, "post") == posts
    assert names(access.people(by), places, "person") == people


def test_a_banned_person_without_a_post_is_in_reach_of_who_decided() -> None:
    ban = f.make_ban(f.make_person())
    for by, seen in ((f.make_officer(), True), (f.make_officer(f.qingpu()), False), (f.make_manager(), False)):
        assert access.bans(by).filter(pk=ban.pk).exists() is seen
        assert access.people(by).filter(pk=ban.person_id).exists() is seen


def test_a_ban_decided_elsewhere_is_seen_where_she_works(places: dict[str, Any]) -> None:
    ban = f.make_ban(places["posts"]["home"].person, region=f.qingpu())
    assert list(access.bans(f.make_officer())) == [ban]
    assert list(access.bans(f.make_officer(f.yuecheng()))) == []


def code_of(act: Any, *args: Any, **kw: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        act(*args, **kw)
    return refusal.value.code


def test_one_row_or_not_found(places: dict[str, Any]) -> None:
    officer = f.make_officer()
    assert access.one(access.institutions(officer), pk=places["home"].pk) == places["home"]
    assert code_of(access.one, access.institutions(officer), pk=places["away"].pk) == "not_found"


def test_private_files(places: dict[str, Any]) -> None:
    who = personas(places)
    officer, manager = who["officer"], who["manager"]
    decision = f.make_ban(places["posts"]["home"].person).decision
    roster = f.make_file(purpose=Purpose.ROSTER)
    RosterUpload.objects.create(file=roster, institution=places["home"], uploaded_by=manager.user)
    export = f.make_file(purpose=Purpose.EXPORT, owner=manager.user)
    certificate = f.make_file(purpose=Purpose.CERTIFICATE, owner=officer.user)
    readers = {
        decision: {"officer", "city", "supervisor", "admin"},
        roster: {"officer", "city", "supervisor", "manager", "admin"},
        export: {"manager"},
        certificate: set(),
    }
    for file, may in readers.items():
        for name, by in who.items():
            if name in may:
                assert access.private_file(by, file.pk) == file
            else:
                assert code_of(access.private_file, by, file.pk) == "not_found", (file.purpose, name)


def test_the_audit_of_ones_region() -> None:
    officer, away, manager = f.make_officer(), f.make_officer(f.qingpu()), f.make_manager()
    with transaction.atomic():
        entries = {by: auditing.record(by, "test.act", by) for by in (officer, away, manager)}
        system = auditing.record(None, "test.act", officer)
    supervisor = access.audit_entries(f.make_supervisor())
    assert set(supervisor) == {entries[officer], entries[manager]}
    assert set(access.audit_entries(f.make_admin())) >= {*entries.values(), system}
    for by in (officer, manager, f.make_trainer(), f.make_learner()):
        assert not access.audit_entries(by).exists()
