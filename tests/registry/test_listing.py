"""The register's list of people shows the same to whoever fetches a few as to whoever walks among many."""

from typing import Any

import pytest
from django.core.paginator import Page
from django.utils import timezone

from lms.registry import access, listing, naming, searching
from lms.registry.models import Membership, Person, Post, Purpose, Region, Role
from lms.registry.registering import sort_key
from tests import factories as f

pytestmark = pytest.mark.django_db

NAMES = (
    "王秀英",
    "王静",
    "李王芳",
    "陈静",
    "单秀英",
    "单丽",
    "张单",
    "Anna Li",
    "anna 王",
    "欧阳静",
    "重阳",
    "阿依古丽·买买提",
)


def china() -> Region:
    return Region.objects.get(code="000000")


@pytest.fixture
def world() -> list[Post]:
    """Staff of two districts: one is known by a ban, one left, one left and came elsewhere, one has two posts."""
    here, beside, there = f.make_institution(), f.make_institution(), f.make_institution(region=f.qingpu())
    posts = []
    for number, name in enumerate(NAMES):
        person = f.make_person(name=name, sort_key=sort_key(name))
        kind = ("carer", "teacher", "guard")[number % 3]
        state = "probation" if number % 4 == 1 else "on_post"
        posts.append(f.make_post(person, (here, there)[number % 2], kind=kind, state=state))
    f.make_post(posts[0].person, beside, kind="carer")
    for post in (posts[2], posts[5]):
        Post.objects.filter(pk=post.pk).update(state="left", ended_on=timezone.localdate())
    f.make_post(posts[5].person, here, kind="guard")
    f.make_ban(f.make_person(name="王禁", sort_key=sort_key("王禁")))
    evidence = f.make_file(Purpose.EVIDENCE)
    naming.change_name(by=f.make_officer(), person=posts[6].person, name="张英", reason="更名", evidence=evidence)
    return posts


def shown(by: Membership, **chosen: Any) -> list[Person]:
    """All pages of the list, one after another."""
    pages = listing.People(by, chosen, 2)
    found: list[Person] = []
    for number in range(1, pages.num_pages + 1):
        page: Page[Person] = pages.page(number)
        found.extend(page)
    assert len(found) == len({person.pk for person in found}) == pages.count
    return found


CHOSEN: list[dict[str, str]] = [
    {},
    {"q": "王"},
    {"q": "静"},
    {"q": "单"},
    {"q": "anna"},
    {"q": "英"},
    {"kind": "carer"},
    {"kind": "guard", "state": "on_post"},
    {"state": "probation"},
    {"state": "left"},
    {"state": "left", "kind": "guard"},
    {"q": "王", "kind": "carer"},
    {"q": "英", "state": "on_post"},
]


@pytest.mark.parametrize("where", ["000000", "310000", "platform"])
@pytest.mark.parametrize("chosen", CHOSEN, ids=str)
def test_those_walked_are_those_fetched(
    world: list[Post], chosen: dict[str, str], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Walked one limit at a time, since the last limit of a list that is cut off is all that is shown."""
    region = Region.objects.get(code=where) if where != "platform" else None
    by = f.make_officer(region) if region else f.make_membership(Role.PLATFORM_ADMIN)
    fetched = shown(by, **chosen)
    begin = [person for person in fetched if person.name.startswith(chosen.get("q", ""))]
    ranked = begin + [person for person in fetched if person not in begin]
    monkeypatch.setattr(listing, "MOST_SORTED", 1)
    for most in range(1, len(fetched)):
        monkeypatch.setattr(searching, "MOST_COUNTED", most)
        assert listing.People(by, chosen, 2).capped
        assert [person.name for person in shown(by, **chosen)] == [person.name for person in ranked[:most]]


@pytest.mark.parametrize("code", ["000000", "310000", "310117"])
def test_the_list_is_whom_one_may_see(world: list[Post], code: str) -> None:
    officer = f.make_officer(Region.objects.get(code=code))
    assert set(shown(officer)) == set(access.people(officer).filter(merged_into__isnull=True))
    narrower = {person.pk for person in shown(officer, region=f.qingpu())}
    if code != "310117":
        assert narrower == set(access.people(officer, f.qingpu()).values_list("pk", flat=True))
    else:
        assert set(shown(officer, region=china())) == set(shown(officer, region=f.qingpu())) == set(shown(officer))


def test_what_is_asked_of_posts_is_asked_of_those_in_the_region(world: list[Post]) -> None:
    shanghai, songjiang = f.make_officer(Region.objects.get(code="310000")), f.make_officer()
    names = {person.name for person in shown(shanghai, state="left")}
    assert names == {world[2].person.name}
    assert shown(songjiang, state="left") == [world[2].person]
    assert world[5].person in shown(songjiang, kind="guard")
    assert world[5].person not in shown(shanghai, kind="guard", region=f.qingpu())
    assert world[1].person not in shown(songjiang)


def test_former_names_and_merged_records(world: list[Post]) -> None:
    officer = f.make_officer(china())
    renamed, absorbed, kept = world[6].person, world[1].person, world[3].person
    assert [person.pk for person in shown(officer, q="张单")] == [renamed.pk]
    Person.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    assert [person.pk for person in shown(officer, q="王静")] == [kept.pk]
    assert absorbed not in shown(officer) + shown(officer, region=f.qingpu())


def test_people_are_in_the_order_of_a_dictionary(world: list[Post]) -> None:
    names = [person.name for person in shown(f.make_officer(china()))]
    assert names.index("陈静") < names.index("单丽") < names.index("王静") < names.index("王秀英")
