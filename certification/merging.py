"""What passes with a person of this room when two records of hers are merged: see lms.registry.merging."""

from django.db.models import Q

from certification.models import (
    OPEN_ENTRY,
    Assessment,
    Certificate,
    CertificateEntry,
    EntryCheck,
    EntryReview,
    Qualification,
)
from courses.models import Enrollment, HourEntry
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.merging import Belonging, Keys, Pair, Rows, alike, key_of

ENTRIES = HourEntry._meta.db_table
CERTIFICATES = Certificate._meta.db_table


def _certificates_of_both(pair: Pair, keys: Keys) -> Rows:
    """Certificates for what the kept record holds one for already, with all their versions."""
    held = Certificate.objects.filter(person=pair.kept).values_list("kind_id", "credential").distinct()
    return alike(Certificate.objects.filter(person=pair.absorbed), ("kind_id", "credential"), held.order_by())


def _qualifications_of_both(pair: Pair, keys: Keys) -> Rows:
    held = Qualification.objects.filter(person=pair.kept).values_list("kind_id", "number")
    return alike(Qualification.objects.filter(person=pair.absorbed), ("kind_id", "number"), held)


def _assessments_of_both(pair: Pair, keys: Keys) -> Rows:
    held = Assessment.objects.filter(person=pair.kept).values("year")
    return Assessment.objects.filter(person=pair.absorbed, year__in=held)


def _entries_of_both(pair: Pair, keys: Keys) -> Rows:
    """Entry reviews that are open for both at one institution."""
    open_for_kept = EntryReview.objects.filter(person=pair.kept, state__in=OPEN_ENTRY).values("institution_id")
    return EntryReview.objects.filter(person=pair.absorbed, state__in=OPEN_ENTRY, institution__in=open_for_kept)


def _issued_since(pair: Pair, keys: Keys) -> Rows:
    """Later versions of what passed, and what was issued since for runs and hours that all go back."""
    passed = Enrollment.objects.filter(pk__in=keys[Enrollment._meta.db_table])
    runs = passed.exclude(run__course__awards="").values_list("run__course__awards", "run__code")
    since = Certificate.objects.filter(person=pair.kept, created_at__gte=pair.since)
    found = set(alike(since, ("kind_id", "credential"), runs).values_list("pk", flat=True))
    spent: dict[object, list[bool]] = {}
    for certificate, entry in CertificateEntry.objects.filter(certificate__in=since).values_list(
        "certificate_id", "entry_id"
    ):
        spent.setdefault(certificate, []).append(key_of(entry) in keys[ENTRIES])
    found |= {certificate for certificate, going in spent.items() if all(going)}
    versions = Certificate.objects.filter(pk__in=[*keys[CERTIFICATES], *found]).values_list("kind_id", "credential")
    return since.filter(Q(pk__in=found) | Q(pk__in=alike(since, ("kind_id", "credential"), versions).values("pk")))


def object_to_divided_hours(pair: Pair, keys: Keys) -> None:
    """A certificate cannot stand on the hours of two people: merge_spent, until it is revoked."""
    spent = CertificateEntry.objects.filter(
        certificate__person=pair.kept, certificate__revocation__isnull=True, entry__person=pair.kept
    )
    for certificate, entry in spent.values_list("certificate_id", "entry_id"):
        if (key_of(certificate) in keys[CERTIFICATES]) != (key_of(entry) in keys[ENTRIES]):
            raise refuse_by_registry("merge_spent")


BELONGINGS = [
    Belonging(Certificate, stays=_certificates_of_both, follows=_issued_since),
    Belonging(Qualification, stays=_qualifications_of_both),
    Belonging(Assessment, stays=_assessments_of_both),
    Belonging(EntryCheck),
    Belonging(EntryReview, stays=_entries_of_both),
]
