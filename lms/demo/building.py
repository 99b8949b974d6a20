"""Builds the demo world, all of it or nothing, and knows whether it stands."""

from collections.abc import Callable

from django.db import transaction

from lms.demo import (
    care,
    claims,
    duties,
    entries,
    filings,
    identities,
    learning,
    outcomes,
    privacy,
    reminders,
    rolls,
    scans,
    staff,
    teaching,
)
from lms.demo.cast import PLACES
from lms.registry import enlisting
from lms.registry.models import Role, User

#: The account whose existence says that the demo is there; written last.
MARKER = "admin"


def stands() -> bool:
    """Whether the demo has been loaded into this database."""
    return User.objects.filter(username=MARKER).exists()


def build(say: Callable[[str], None]) -> None:
    """Make the demo in one transaction, so that an interrupted one leaves nothing behind."""
    with transaction.atomic():
        courses = learning.build_catalogue()
        districts = {}
        for number, place in enumerate(PLACES, 1):
            district = staff.build_district(place, number)
            teaching.equip(district)
            learning.build_year(district, courses)
            teaching.enliven(district, courses)
            rolls.settle(district)
            scans.scan(district)
            care.build_care(district)
            claims.claim(district)
            districts[place.key] = district
            say(f"{district.region.name}: {len(district.institutions)} / {len(district.people)}")
        outcomes.conclude(districts)
        for district in districts.values():
            identities.build(district)
            privacy.build(district)
            duties.fulfil(district)
            reminders.remind(district)
        for key in ("songjiang", "shaoxing"):
            entries.review(districts[key])
        entries.remind()
        filings.file([*districts.values()])
        claims.draft(districts["songjiang"])
        editor = staff.account("editor", "唐晓敏")
        enlisting.grant(by=None, user=editor, role=Role.CONTENT_EDITOR)
        admin = staff.account(MARKER, "平台管理员")
        enlisting.grant(by=None, user=admin, role=Role.PLATFORM_ADMIN)
