"""Bringing a person into the register, or finding her there, by her document.

The blind index of the normalised number is who she is: a number of 15 digits, and the same one of
18, give the same index. Names differ between papers and never make a second person.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.db import IntegrityError, transaction
from django.utils import timezone
from pypinyin import lazy_pinyin

from lms.registry import auditing
from lms.registry.crypto import blind_index
from lms.registry.models import IdentityDocument, Membership, Person, User
from lms.registry.rosters.identity import IdentityNumber, mask_number, normalise_id

#: What is known about a person besides her name, as `fill` takes it.
TOLD_FIELDS = ("sex", "born_on", "ethnicity", "education", "major", "nationality", "phone")


def find_person(number: str, kind: str | None = None) -> Person | None:
    """Whoever has the document `number`, typed in any of its forms; `kind` as for `normalise_id`.

    Refuses a number that can't be one: id_length, id_check_digit, id_birth_date, id_type_unknown.
    """
    document = normalise_id(number, kind, today=timezone.localdate())
    return _holder(index_of(document.number))


def index_of(number: str) -> str:
    """The blind index of a normalised document number."""
    return blind_index("id", number)


def register_person(
    *,
    by: Membership | User | None,
    name: str,
    document: IdentityNumber,
    sex: str = "",
    born_on: date | None = None,
    phone: str = "",
    ethnicity: str = "",
    education: str = "",
    major: str = "",
) -> Person:
    """The person with `document`: the one already registered, completed by what is told, or a new one.

    A registered person keeps her name; whoever cares that it differs compares it.
    """
    told: dict[str, object] = {
        "sex": sex,
        "born_on": born_on,
        "phone": phone,
        "ethnicity": ethnicity,
        "education": education,
        "major": major,
    }
    index = index_of(document.number)
    with transaction.atomic():
        person = _holder(index)
        if person is None:
            person = new_person(name, document, told)
            try:
                with transaction.atomic():
                    person.save(force_insert=True)
                    new_document(person, document, index).save(force_insert=True)
            except IntegrityError:
                # Somebody registered the same document since we looked; hers is the row that counts.
                registered = _holder(index)
                if registered is None:
                    raise
                person = registered
            else:
                auditing.record(by, "person.register", person, after={"document": document.kind})
                return person
        changed = fill(person, told)
        if changed:
            person.save(update_fields=columns_of(changed))
            auditing.record(by, "person.update", person, after={"fields": changed})
    return person


def new_person(name: str, document: IdentityNumber, told: dict[str, object]) -> Person:
    """A person not yet saved; sex and birth date are those of her document where it tells them."""
    person = Person(name=name, sort_key=sort_key(name), sex=document.sex, born_on=document.born_on)
    fill(person, told)
    return person


def new_document(person: Person, document: IdentityNumber, index: str) -> IdentityDocument:
    """Her document, not yet saved: sealed, indexed and masked."""
    row = IdentityDocument(person=person, kind=document.kind, number_index=index, masked=mask_number(document.number))
    row.number = document.number
    return row


def fill(person: Person, told: dict[str, object]) -> list[str]:
    """Take over what is told (TOLD_FIELDS) and say which fields changed. Nothing told erases nothing.

    Sex and birth date only fill a gap: the document knows them better.
    """
    changed = []
    for name in TOLD_FIELDS:
        value = told.get(name)
        if not value:
            continue
        if name == "phone":
            if blind_index("phone", str(value)) != person.phone_index:
                person.set_phone(str(value))
                changed.append(name)
        elif getattr(person, name) != value and not (name in ("sex", "born_on") and getattr(person, name)):
            setattr(person, name, value)
            changed.append(name)
    return changed


def columns_of(changed: Iterable[str]) -> list[str]:
    """The model fields behind what `fill` says it changed."""
    columns = set(changed)
    return sorted(columns - {"phone"} | ({"phone_sealed", "phone_index"} if "phone" in columns else set()))


@lru_cache(maxsize=16384)
def sort_key(name: str) -> str:
    """Pinyin syllables, so that lists run as in a Chinese dictionary; other letters stay as they are."""
    return " ".join(lazy_pinyin(name)).lower()[:200]


def _holder(index: str) -> Person | None:
    return Person.objects.filter(documents__number_index=index).first()
