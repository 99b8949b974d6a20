"""What hangs on a row: whatever of any room points to it and would be lost or left without it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import ForeignObjectRel, Model

from lms.registry.models import PossibleDuplicate

#: Rows that are only about the row itself and go with it, as far as this says.
GOES_ALONG: dict[type[Model], dict[str, Any]] = {PossibleDuplicate: {"decision": ""}}


def hanging(model: type[Model], ids: Collection[UUID], *, except_for: Collection[UUID] = ()) -> dict[UUID, str]:
    """Which rows of `model` something hangs on, and the name of what it is; `except_for` are keys that don't count."""
    found: dict[UUID, str] = {}
    for relation in relations(model):
        field = relation.field
        rows = relation.related_model._base_manager.filter(**{f"{field.name}__in": ids})
        along = GOES_ALONG.get(relation.related_model)
        if along is not None:
            rows = rows.exclude(**along)
        for key, holder in rows.values_list("pk", field.attname):
            if key not in except_for:
                found.setdefault(holder, str(relation.related_model._meta.verbose_name))
    return found


def drop_along(model: type[Model], ids: Collection[UUID]) -> None:
    """Delete the rows that go with these rows of `model`."""
    for relation in relations(model):
        if along := GOES_ALONG.get(relation.related_model):
            relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids}, **along).delete()


def relations(model: type[Model]) -> list[Any]:
    """Every foreign key to `model`, of all rooms, also those that have no name there."""
    fields = model._meta.get_fields(include_hidden=True)
    return [
        field for field in fields if isinstance(field, ForeignObjectRel) and (field.one_to_many or field.one_to_one)
    ]
