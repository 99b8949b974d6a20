"""From an entry of the register to an account of one's own, proven by the phone on record and the end of one's ID."""

import hmac
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from lms.registry import auditing, enlisting, limiting, signing, texting
from lms.registry.crypto import blind_index
from lms.registry.errors import refuse
from lms.registry.models import CodePurpose, IdentityDocument, Person, PhoneCode, Role, User

#: Entries one address may try to activate in an hour: a whole kindergarten behind one line stays below it.
MOST_OF_ADDRESS = 30
AN_HOUR = timedelta(hours=1)


def ask_code(*, number: str, tail: str, address: str) -> PhoneCode:
    """A code to the phone on record of whoever has it and an ID that ends in `tail`.

    The same answer whether there is such a person or not, and whether she has an account: then the message
    says so. Codes: too_many_tries, and those of texting.ask.
    """
    key = limiting.key_of_address(address)
    if limiting.take("activate", key, most=MOST_OF_ADDRESS, within=AN_HOUR) is None:
        raise refuse("too_many_tries")
    person = _known(number, tail)
    user = User.objects.filter(person=person).first() if person else None
    return texting.ask(purpose=CodePurpose.ACTIVATE, number=number, address=address, user=user, person=person)


def use_code(*, pk: str | None, typed: str) -> Person:
    """Who proved to be herself. Code: code_wrong."""
    person = texting.use(pk=pk, purpose=CodePurpose.ACTIVATE, typed=typed).person
    if person is None:
        raise refuse("code_wrong")
    return person


def activate(*, person: Person, password: str) -> User:
    """Her account, with the learner's role, signing in with the phone on record; `password` may be empty.

    Raises ValidationError for a weak password. Codes: account_exists; phone_taken when another account has the phone.
    """
    with transaction.atomic():
        # Two activations at once give one account.
        row = Person.objects.select_for_update().get(pk=person.pk)
        if User.objects.filter(person=row).exists():
            raise refuse("account_exists")
        username = f"u{uuid.uuid4().hex[:11]}"
        user = enlisting.open_account(username=username, password=password or None, name=row.name, person=row)
        signing.set_phone(user, row.phone)
        enlisting.grant(by=None, user=user, role=Role.LEARNER)
        auditing.record(user, "account.activate", user)
    return user


def _known(number: str, tail: str) -> Person | None:
    """The one person with this phone and a document that ends so; None when there are none or several."""
    length = settings.ACTIVATION_DIGITS
    wanted = tail.strip().upper()
    documents = IdentityDocument.objects.filter(
        person__phone_index=blind_index("phone", number),
        person__merged_into__isnull=True,
        person__erased_at__isnull=True,
    ).select_related("person")
    found = {
        document.person_id: document.person
        for document in documents
        if hmac.compare_digest(document.number[-length:].encode(), wanted.encode())
    }
    return next(iter(found.values())) if len(found) == 1 else None
