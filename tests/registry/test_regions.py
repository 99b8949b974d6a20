"""The register of regions that `migrate` alone brings."""

import pytest
from django.db.models import F, Q
from django.db.models.functions import Substr

from lms.registry import loading
from lms.registry.models import Region

pytestmark = pytest.mark.django_db


def test_migrate_brings_every_province_city_and_district():
    counts = {level: Region.objects.filter(level=level).count() for level in loading.DIGITS}
    assert counts["country"] == 1
    assert counts["province"] == 34
    assert counts["city"] == 342
    assert counts["district"] > 2800


@pytest.mark.parametrize(
    ("code", "name", "authority", "authority_name"),
    [
        ("310117", "松江区", "education", "上海市松江区教育局"),
        ("310118", "青浦区", "education", "上海市青浦区教育局"),
        ("310120", "奉贤区", "education", "上海市奉贤区教育局"),
        ("330600", "绍兴市", "health", "绍兴市卫生健康委员会"),
        ("360404", "柴桑区", "health", "九江市柴桑区卫生健康委员会"),
    ],
)
def test_five_papers_have_their_authorities_and_streets(code, name, authority, authority_name):
    region = Region.objects.get(code=code)
    assert (region.name, region.authority, region.authority_name) == (name, authority, authority_name)
    streets = Region.objects.within(region).filter(level="street")
    assert streets.count() >= 11
    assert not streets.exclude(prefix=F("code")).exists()


def test_tree_is_a_prefix():
    """Every division lies below its parent, by key and by the digits of its code alike."""
    assert not Region.objects.exclude(prefix="").exclude(prefix__startswith=F("parent__prefix")).exists()
    street = Region.objects.get(code="330602001")
    assert [region.code for region in Region.objects.around(street)] == [
        "330602001",
        "330602",
        "330600",
        "330000",
        "000000",
    ]


def test_statistical_development_zones_are_no_divisions():
    zones = Region.objects.annotate(fifth=Substr("code", 5, 1)).filter(Q(level="district", fifth="7"))
    assert not zones.exists()


def test_second_load_changes_nothing_with_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert loading.load_regions() == 0


def test_load_corrects_what_differs_and_keeps_what_the_file_does_not_know():
    parent = Region.objects.get(code="310117")
    Region.objects.filter(code="310118").update(name="?", authority_name="")
    own = Region.objects.create(code="310117999", prefix="310117999", level="street", name="新街道", parent=parent)
    key = Region.objects.get(code="310118").pk
    Region.objects.filter(code="330602001").delete()

    assert loading.load_regions() == 2

    corrected = Region.objects.get(code="310118")
    assert (corrected.pk, corrected.name, corrected.authority_name) == (key, "青浦区", "上海市青浦区教育局")
    assert Region.objects.get(code="330602001").parent == Region.objects.get(code="330602")
    assert Region.objects.filter(pk=own.pk).exists()
