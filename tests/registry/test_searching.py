"""Finding people by any part of their names, on both databases alike, and lists whose end nobody counts."""

import pytest
from django.db import connection
from django.urls import reverse

from lms.registry import access, searching
from lms.registry.models import Person, Region
from lms.registry.searching import CappedPaginator, named
from tests import factories as f

pytestmark = pytest.mark.django_db

NAMES = ("王秀英", "秀王英", "张𬱖明", "阿依古丽·买买提", "Anna Li", "百分%之", "下_划", "反\\斜", "欧阳静")
FOUND = {
    "王": {"王秀英", "秀王英"},
    "秀": {"王秀英", "秀王英"},
    "王秀": {"王秀英"},
    "秀英": {"王秀英"},
    "英秀": set(),
    "王英": {"秀王英"},
    "王秀英": {"王秀英"},
    "𬱖": {"张𬱖明"},
    "𬱖明": {"张𬱖明"},
    "·": {"阿依古丽·买买提"},
    "古丽·买": {"阿依古丽·买买提"},
    "aNNa": {"Anna Li"},
    "a l": {"Anna Li"},
    "%": {"百分%之"},
    "_": {"下_划"},
    "\\": {"反\\斜"},
    "王%英": set(),
    "{}": set(),
    "'": set(),
    "赵": set(),
}


@pytest.mark.parametrize("text", FOUND)
def test_a_name_is_found_by_any_part_of_it_and_wildcards_stand_for_themselves(text: str) -> None:
    for name in NAMES:
        f.make_person(name=name)
    assert {person.name for person in Person.objects.filter(named(text), name__in=NAMES)} == FOUND[text]


def test_a_name_is_found_across_a_relation_and_an_institution_by_its_own() -> None:
    post = f.make_post(f.make_person(name="张𬱖明"), f.make_institution(name="岳阳阳光宝宝屋"))
    posts = access.posts(f.make_manager(post.institution))
    assert list(posts.filter(named("𬱖", "person__name"))) == [post]
    assert not posts.filter(named("静", "person__name")).exists()
    here = access.institutions(f.make_officer()).filter(pk=post.institution_id)
    assert here.filter(named("阳光")).exists()
    assert not here.filter(named("光阳")).exists()


@pytest.mark.postgres
def test_the_index_of_characters_serves_the_search() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "person_name_characters" in Person.objects.filter(named("秀英")).order_by().explain()
    rows = access.institutions(f.make_officer()).filter(named("阳")).order_by()
    assert "string_to_array" in str(rows.query)


def test_a_bureau_finds_those_of_its_region_whatever_made_them_known_there() -> None:
    posted = f.make_post().person
    f.make_post(posted, f.make_institution())
    banned = f.make_person()
    f.make_ban(banned)
    learner = f.make_person()
    Person.objects.filter(pk=learner.pk).update(registered_in=f.songjiang())
    elsewhere = f.make_post(institution=f.make_institution(region=f.qingpu())).person
    nowhere = f.make_person()
    songjiang, shanghai, china = f.songjiang(), Region.objects.get(code="310000"), Region.objects.get(code="000000")
    all_of_them = {posted, banned, learner, elsewhere, nowhere}

    def seen(region: Region, within: Region | None = None) -> set[Person]:
        rows = list(access.people(f.make_officer(region), within).filter(pk__in=[row.pk for row in all_of_them]))
        assert len(rows) == len(set(rows))
        return set(rows)

    assert seen(songjiang) == {posted, banned, learner}
    assert seen(shanghai) == {posted, banned, learner, elsewhere}
    assert seen(china) == all_of_them
    assert seen(shanghai, within=f.qingpu()) == {elsewhere}
    # A region outside one's own widens nothing.
    assert seen(songjiang, within=f.qingpu()) == {posted, banned, learner}
    assert seen(songjiang, within=china) == {posted, banned, learner}


def test_a_long_list_is_counted_to_a_limit_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_COUNTED", 3)
    institution = f.make_institution()
    f.make_staff(institution, 3)
    officer = f.make_officer()
    rows = access.people(officer)
    exact = CappedPaginator(rows, 2)
    assert (exact.count, exact.capped, exact.num_pages) == (3, False, 2)
    f.make_staff(institution, 2)
    capped = CappedPaginator(rows, 2)
    assert (capped.count, capped.capped, capped.num_pages) == (3, True, 2)
    page = f.signed_in(officer).get(reverse("bureau_people")).content.decode()
    assert "超过 3 人" in page


def test_people_are_listed_by_post_state_and_region() -> None:
    here, there = f.make_institution(), f.make_institution(region=f.qingpu())
    carer = f.make_post(f.make_person(name="甲一"), here, kind="carer").person
    guard = f.make_post(f.make_person(name="乙二"), here, kind="guard", state="probation").person
    other = f.make_post(f.make_person(name="丙三"), there, kind="carer").person
    gone = f.make_post(f.make_person(name="丁四"), here, kind="carer")
    type(gone).objects.filter(pk=gone.pk).update(state="left", ended_on=gone.started_on)
    client = f.signed_in(f.make_officer(Region.objects.get(code="310000")))

    def listed(**query: str) -> set[str]:
        page = client.get(reverse("bureau_people"), query).content.decode()
        return {name for name in ("甲一", "乙二", "丙三", "丁四") if name in page}

    assert listed() == {"甲一", "乙二", "丙三", "丁四"}
    assert listed(kind="carer") == {carer.name, other.name}
    assert listed(state="probation") == {guard.name}
    assert listed(state="left") == {"丁四"}
    assert listed(kind="carer", region=there.region.code) == {other.name}
    assert listed(q="一", region=there.region.code) == set()
    assert listed(q="三", state="on_post", kind="carer") == {other.name}
