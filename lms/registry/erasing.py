"""Erasing what says who somebody is (PIPL art. 47): hours and certificates stay, under a pseudonym.

One proposes, another decides, a job does it: it looks through every file still kept for her numbers, takes them out
of every text column of the database, and then, in one transaction, puts the pseudonym where her name stood and
removes documents, phone, birth date, numbers of papers, files and account. Not erased: figures and ratings that were
frozen with a hash, and the audit trail, which knows her by her key and holds no number.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import access, auditing, disclosing, enlisting, keeping, scrubbing
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    AccountPhone,
    Ban,
    CorrectionRequest,
    EmploymentQuery,
    Erasure,
    ErasureProposal,
    Membership,
    NameChange,
    Person,
    PhoneCode,
    Post,
    PrivateFile,
    Purpose,
    Role,
    RosterChange,
    User,
)

KIND = "erase_person"
PROPOSERS = access.BUREAU
DECIDERS = (Role.BUREAU_SUPERVISOR,)
#: How every pseudonym begins; a name that is one may be shown whole.
PREFIX = "匿名-"
#: Characters that nobody confuses.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: Files looked through between two signs of life.
FILES_AT_ONCE = 20

Make = Callable[[Any, str], Any]


def pseudonym_of(row: Any, pseudonym: str) -> str:
    """The name of somebody who has none any more."""
    return pseudonym


def own_key(row: Any, pseudonym: str) -> str:
    """Something unique that says nothing, where a column wants a value of its own."""
    return str(row.pk).replace("-", "")


def dash(row: Any, pseudonym: str) -> str:
    """Where a constraint wants some word."""
    return "—"


#: What becomes of the columns of a table, by its label: a value, or how it is made. Higher rooms add theirs.
BLANKED: dict[str, dict[str, Any]] = {
    "registry.person": {
        "name": pseudonym_of,
        "erased_at": lambda row, pseudonym: timezone.now(),
        "born_on": None,
        "phone_sealed": None,
        **dict.fromkeys(("sort_key", "sex", "ethnicity", "education", "major", "phone_index", "nationality"), ""),
    },
    "registry.identitydocument": {
        "number_sealed": b"",
        "number_index": own_key,
        "masked": "",
        "valid_from": None,
        "valid_until": None,
    },
    "registry.namechange": {"old_name": pseudonym_of, "new_name": pseudonym_of, "reason": ""},
    "registry.post": {"health_number": "", "work_permit_number": ""},
    "registry.leave": {"reason": ""},
    "registry.employmentnote": {"title": "", "text": ""},
    "registry.employmentquery": {"name": pseudonym_of, "document_index": own_key, "document_masked": "", "reason": ""},
    "registry.correctionrequest": {"text": "", "answer": dash},
    "registry.certificateclaim": {"number": own_key, "issuer": ""},
    "registry.user": {
        "username": pseudonym_of,
        "name": pseudonym_of,
        "password": "!",
        "is_active": False,
        **dict.fromkeys(("first_name", "last_name", "email"), ""),
    },
}
#: Whether something about these people is still open in a higher room.
STILL_OPEN: list[Callable[[list[UUID]], bool]] = []
#: Files that stay though they belong to a row of hers: what a ban was decided on.
KEPT_FILES = (Ban,)


def propose(*, by: Membership, person: Person, reason: str) -> ErasureProposal:
    """Nothing is erased yet. Codes: not_allowed, not_found, reason_missing, erasure_state (one is waiting already),
    and those of `refuse_unless_erasable`.
    """
    if by.role not in PROPOSERS:
        raise refuse("not_allowed")
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        row = access.one(access.people(by).select_for_update(), pk=person.pk)
        refuse_unless_erasable(row)
        if ErasureProposal.objects.filter(person=row, decided_at__isnull=True).exists():
            raise refuse("erasure_state")
        proposal = ErasureProposal.objects.create(person=row, reason=reason.strip(), proposed_by=by.user)
        auditing.record(by, "erasure.propose", proposal, after={"person": str(row.pk)})
    return proposal


def decide(*, by: Membership, proposal: ErasureProposal, grant: bool) -> ErasureProposal:
    """A supervisor, not the one who proposed it, lets a job erase the data, or turns it down.

    Codes: not_allowed, not_found, erasure_state, same_person, own_case, and those of `refuse_unless_erasable`.
    """
    if by.role not in DECIDERS:
        raise refuse("not_allowed")
    with transaction.atomic():
        row = access.one(proposals(by).select_for_update(of=("self",)), pk=proposal.pk)
        if row.decided_at is not None:
            raise refuse("erasure_state")
        if row.proposed_by_id == by.user_id:
            raise refuse("same_person")
        if row.person_id == by.user.person_id:
            raise refuse("own_case")
        if grant:
            refuse_unless_erasable(row.person)
        row.granted, row.decided_by, row.decided_at = grant, by.user, timezone.now()
        if grant:
            row.job_id = enqueue(row.person_id, row.reason, by).pk
        row.save(update_fields=["granted", "decided_by", "decided_at", "job_id"])
        auditing.record(by, "erasure.grant" if grant else "erasure.decline", row, after={"person": str(row.person_id)})
    return row


def enqueue(person_id: UUID, reason: str, by: Membership | None) -> Job:
    """The job that erases; `by` None: because the time was up."""
    args = {"person": str(person_id), "reason": reason, "membership": by.pk if by else None}
    return running.enqueue(KIND, args, owner_id=by.user_id if by else None, key=f"erase:{person_id}")


def proposals(by: Membership) -> "models.QuerySet[ErasureProposal]":
    """Bureau: about people it may see, and what its own accounts proposed."""
    rows = ErasureProposal.objects.select_related("person__erasure", "proposed_by", "decided_by")
    if by.role in access.BUREAU:
        return rows.filter(person__in=access.people(by).values("pk"))
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def refuse_unless_erasable(person: Person) -> None:
    """Codes: person_erased, merged_record, erasure_on_post, erasure_barred, erasure_open."""
    if person.erased_at is not None:
        raise refuse("person_erased")
    if person.merged_into_id is not None:
        raise refuse("merged_record")
    people = [person.pk, *person.merged_records.values_list("pk", flat=True)]
    if Post.objects.filter(person__in=people).filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())).exists():
        raise refuse("erasure_on_post")
    if Ban.objects.filter(person__in=people, rejected_at__isnull=True, annulled_at__isnull=True).exists():
        raise refuse("erasure_barred")
    waiting = EmploymentQuery.objects.filter(person__in=people, answer="wait", decided_at__isnull=True)
    asked = CorrectionRequest.objects.filter(person__in=people, state=CorrectionRequest.State.OPEN)
    if waiting.exists() or asked.exists() or any(still_open(people) for still_open in STILL_OPEN):
        raise refuse("erasure_open")


# --- The job --------------------------------------------------------------------------------


def erase(job: running.Running) -> dict[str, Any]:
    """Look through the files, then the columns, then erase. Her numbers stay sealed until the last transaction, so
    that a worker that was stopped finds them again; done twice it does nothing more."""
    person = Person.objects.get(pk=job.args["person"])
    if person.erased_at is not None:
        return job.result
    refuse_unless_erasable(person)
    people = [person, *person.merged_records.all()]
    needles = scrubbing.needles_of(people)
    found = _search_files(job, needles)
    scrubbed = scrubbing.scrub(needles, alive=job.renew)
    with guarded():
        for row in Person.objects.select_for_update().filter(pk__in=[one.pk for one in people]).order_by("pk"):
            refuse_unless_erasable(person)
            removed = _erase_rows(row, found, job.args)
        removed |= {"columns": scrubbed}
        job.step(job.done, job.cursor, job.done, result=removed)
    return removed


def _search_files(job: running.Running, needles: list[str]) -> list[str]:
    """Keys of the rosters and exports that name her, a few files at a time."""
    kept = PrivateFile.objects.filter(purpose__in=(Purpose.ROSTER, Purpose.EXPORT), erased_at__isnull=True)
    keys = list(kept.order_by("pk").values_list("pk", flat=True))
    cursor = {"after": "", "found": [], **job.cursor}
    waiting = [key for key in keys if str(key) > cursor["after"]]
    for start in range(0, len(waiting), FILES_AT_ONCE):
        chunk = waiting[start : start + FILES_AT_ONCE]
        for file in PrivateFile.objects.filter(pk__in=chunk):
            if scrubbing.names(file, needles):
                cursor["found"].append(str(file.pk))
        cursor["after"] = str(chunk[-1])
        with transaction.atomic():
            job.step(job.done + len(chunk), cursor, len(keys))
    return list(cursor["found"])


def _erase_rows(person: Person, found: list[str], args: dict[str, Any]) -> dict[str, Any]:
    """Everything of one record, under a pseudonym of its own."""
    pseudonym = PREFIX + get_random_string(10, ALPHABET)
    by = Membership.objects.select_related("user").filter(pk=args["membership"]).first()
    belongings = list(disclosing.belongings(person))
    indexes = [document.number_index for document in person.documents.all()]
    Erasure.objects.create(person=person, pseudonym=pseudonym, reason=args["reason"], erased_by=by.user if by else None)
    names = _names_of(person, belongings)
    counts: dict[str, int] = {}
    asked_before = list(EmploymentQuery.objects.filter(document_index__in=indexes, person__isnull=True))
    everything: list[tuple[type[models.Model], list[Any]]] = [*belongings, (EmploymentQuery, asked_before)]
    for model, rows in everything:
        counts[model._meta.label_lower] = counts.get(model._meta.label_lower, 0) + blank(model, rows, pseudonym)
    keys = [row.pk for _model, rows in belongings for row in rows if isinstance(row.pk, UUID)]
    # What an import changed of hers is not taken back any more: nothing may bring her name back.
    RosterChange.objects.filter(row__in=keys).delete()
    scrubbing.forget_names(names)
    scrubbing.rename_in_notices(names, {str(key) for key in keys}, pseudonym)
    _close_account(person, by)
    counts["files"] = _erase_files(person, belongings, found)
    auditing.record(by, "person.erase", person, after={"pseudonym": pseudonym})
    return {name: number for name, number in counts.items() if number}


def blank(model: type[models.Model], rows: Iterable[Any], pseudonym: str) -> int:
    """Put into the columns of these rows what BLANKED says; how many rows there were."""
    wanted = BLANKED.get(model._meta.label_lower)
    if not wanted:
        return 0
    number = 0
    for row in rows:
        values = {name: value(row, pseudonym) if callable(value) else value for name, value in wanted.items()}
        # A sentence that was never there needs no dash.
        values = {name: value for name, value in values.items() if not (value == "—" and not getattr(row, name))}
        model._base_manager.filter(pk=row.pk).update(**values)
        number += 1
    return number


def _names_of(person: Person, belongings: list[tuple[Any, list[Any]]]) -> set[str]:
    """The names she bears and bore."""
    changes = [row for model, rows in belongings if model is NameChange for row in rows]
    return {person.name, *(name for row in changes for name in (row.old_name, row.new_name))}


def _close_account(person: Person, by: Membership | None) -> None:
    """Her roles end, and what would go with the account goes: phone, sessions, second factors, notices, codes."""
    user = User.objects.filter(person=person).first()
    phones = {person.phone_index, *AccountPhone.objects.filter(user=user).values_list("number_index", flat=True)}
    PhoneCode.objects.filter(Q(person=person) | Q(number_index__in=phones - {""})).delete()
    if user is None:
        return
    for membership in Membership.objects.current().filter(user=user):
        enlisting.end(by=None, membership=membership)
    relations: list[Any] = [field for field in User._meta.get_fields(include_hidden=True) if field.auto_created]
    for relation in relations:
        if getattr(relation, "on_delete", None) is models.CASCADE and relation.related_model is not Membership:
            relation.related_model._base_manager.filter(**{relation.field.name: user}).delete()


def _erase_files(person: Person, belongings: list[tuple[Any, list[Any]]], found: list[str]) -> int:
    """Contents of her certificates, scans, evidence and exports, and of every roster that names her."""
    keys: set[Any] = {UUID(key) for key in found}
    for model, rows in belongings:
        columns = [field for field in model._meta.concrete_fields if field.related_model is PrivateFile]
        if model not in KEPT_FILES:
            keys |= {getattr(row, field.attname) for row in rows for field in columns}
    owned = Q(owner__person=person, purpose=Purpose.EXPORT)
    files = list(PrivateFile.objects.filter(Q(pk__in=keys - {None}) | owned, erased_at__isnull=True))
    for file in files:
        keeping.erase(file)
        scrubbing.forget_findings(file)
    return len(files)


def is_pseudonym(name: str) -> bool:
    """Whether `name` stands for somebody whose data were erased."""
    return name.startswith(PREFIX)
