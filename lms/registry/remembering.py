"""Keeping filters of lists under a name, per account."""

from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict

from lms.registry import access
from lms.registry.errors import refuse
from lms.registry.models import SavedFilter, User

#: The lists that offer it, by URL name.
PLACES = ("institution_roster", "bureau_institutions")
#: As the columns hold them.
LONGEST_NAME, LONGEST_FILTER = 30, 500
#: Filters one account may keep for one list.
MOST = 20


def remember_filter(*, user: User, place: str, name: str, query: str) -> SavedFilter:
    """Keep the filter `query` of the list `place` under `name`; the same name again replaces it.

    Codes: not_found (no such list), filter_name (none, or too long), filter_empty (nothing is chosen),
    filters_many.
    """
    name = " ".join(name.split())
    kept = filter_in(QueryDict(query))
    if place not in PLACES:
        raise refuse("not_found")
    if not name or len(name) > LONGEST_NAME:
        raise refuse("filter_name")
    if not kept or len(kept) > LONGEST_FILTER:
        raise refuse("filter_empty")
    with transaction.atomic():
        # The account's row is the lock of its filters.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = SavedFilter.objects.filter(user=user, place=place).exclude(name=name)
        if others.count() >= MOST:
            raise refuse("filters_many")
        row, _created = SavedFilter.objects.update_or_create(
            user=user, place=place, name=name, defaults={"query": kept}
        )
    return row


def forget_filter(*, user: User, pk: int) -> SavedFilter:
    """Drop one of one's own filters. Code: not_found."""
    row = access.one(SavedFilter.objects.filter(user=user), pk=pk)
    row.delete()
    return row


def filters_of(user: User, place: str) -> list[SavedFilter]:
    """What this account keeps for the list `place`, by name."""
    return list(SavedFilter.objects.filter(user=user, place=place))


def filter_in(address: QueryDict) -> str:
    """What of an address is a filter: everything that is set, but not the page."""
    return urlencode([(key, value) for key, values in address.lists() for value in values if value and key != "page"])
