"""Changing a person's name: the new one with its evidence, the old one findable for good.

Certificates keep the name they were issued with and stay valid; a corrected one is a new certificate.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from lms.registry import access, auditing
from lms.registry.errors import guarded, refuse
from lms.registry.models import Membership, NameChange, Person, PrivateFile, Purpose, Role, User
from lms.registry.registering import sort_key
from lms.registry.searching import named

#: Former names looked through for one search; more would be a search for nothing in particular.
FORMER_FOUND = 200


def change_name(*, by: Membership, person: Person, name: str, reason: str, evidence: PrivateFile | None) -> NameChange:
    """`person` is called `name` from now on, as the scan `evidence` proves.

    For an officer of a region where she is known. Codes: reason_missing, name_evidence, not_allowed, not_found,
    own_case, name_same, merged_record, person_erased.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    if evidence is None or evidence.purpose != Purpose.EVIDENCE:
        raise refuse("name_evidence")
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    if by.user.person_id == person.pk:
        raise refuse("own_case")
    access.one(access.people(by), pk=person.pk)
    with guarded():
        row = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if row.merged_into_id:
            raise refuse("merged_record")
        if row.erased_at:
            raise refuse("person_erased")
        if row.name == name:
            raise refuse("name_same")
        change = NameChange.objects.create(
            person=row, old_name=row.name, new_name=name, reason=reason.strip(), evidence=evidence, changed_by=by.user
        )
        # Her account greets her by the name she bore, unless it was given another one.
        User.objects.filter(person=row, name=row.name).update(name=name)
        row.name, row.sort_key = name, sort_key(name)
        row.save(update_fields=["name", "sort_key"])
        # The names stand in the change; the audit trail outlives an erasure and holds none.
        auditing.record(by, "person.rename", row, after={"change": str(change.pk), "reason": change.reason})
    return change


def readable(by: Membership) -> Q:
    """Evidence of changed names, for whoever reads the register of the person's region."""
    if by.role not in (*access.BUREAU, Role.PLATFORM_ADMIN):
        return Q(pk__in=[])
    changes = NameChange.objects.filter(person__in=access.people(by).order_by().values("pk"))
    return Q(purpose=Purpose.EVIDENCE, pk__in=changes.values("evidence_id"))


def called(text: str) -> "QuerySet[Person, UUID]":
    """Keys of the people whose name, or a former one, contains `text`: for `person__in` in any list."""
    return Person.objects.filter(named(text) | Q(pk__in=formerly(text))).order_by().values_list("pk", flat=True)


def formerly(text: str) -> set[UUID]:
    """People who bore a name containing `text` before, or on a record that was merged into theirs."""
    if not text:
        return set()
    changed = NameChange.objects.filter(named(text, "old_name")).values_list("person_id", "person__merged_into")
    merged = Person.objects.filter(named(text), merged_into__isnull=False).values_list("pk", "merged_into")
    found = changed.order_by().union(merged.order_by())[:FORMER_FOUND]
    return {into or person for person, into in found}
