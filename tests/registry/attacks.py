"""A banned person's world, and every known way to give her something all the same.

Each attack is one function over `World`; tests run each in a savepoint and expect the database, not
Python, to refuse it with the code named beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

from certification.models import Certificate
from courses.models import Attendance, Enrollment, HourEntry, TrainingYear
from lms.registry.models import AuditEntry, Ban, IdentityDocument, Person, Post
from tests import factories as f


@dataclass
class World:
    """`banned` had a life before her ban, `free` has the same life without one."""

    banned: Person
    free: Person
    ban: Ban
    post: Post
    closed: Post
    enrollment: Enrollment
    withdrawn: Enrollment
    attendance: Attendance
    absence: Attendance
    entry: HourEntry
    year: TrainingYear
    certificate: Certificate
    free_post: Post
    free_enrollment: Enrollment
    free_attendance: Attendance


def make_world() -> World:
    banned, free = f.make_person(), f.make_person()
    run, other = f.make_run(), f.make_run()
    session, missed = f.make_session(run), f.make_session(run)
    values: dict[str, Any] = {
        "banned": banned,
        "free": free,
        "post": f.make_post(banned, state="leave"),
        "closed": f.make_post(banned, state="left", started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1)),
        "enrollment": f.make_enrollment(run, banned),
        "withdrawn": f.make_enrollment(other, banned, state="withdrawn"),
        "attendance": f.make_attendance(session, banned, minutes=60),
        "absence": f.make_attendance(missed, banned, state="absent", arrived_at=None, left_at=None, minutes=0),
        "entry": f.make_entry(banned, session, 60),
        "certificate": _certificate(banned),
        "free_post": f.make_post(free),
        "free_enrollment": f.make_enrollment(f.make_run(), free),
        "free_attendance": f.make_attendance(f.make_session(), free),
    }
    values["certificate"].save(force_insert=True)
    values["year"] = TrainingYear.objects.create(person=banned, year=f.YEAR, skill_minutes=60)
    values["ban"] = f.make_ban(banned)
    return World(**values)


def _certificate(person: Person) -> Certificate:
    return Certificate(
        serial=f"T{f.next_number()}",
        person=person,
        kind=f.make_kind(),
        credential=f"c{f.next_number()}",
        region=f.songjiang(),
        issuer_name="局",
        holder_name=person.name,
        issued_on=date(2025, 1, 1),
        frozen={},
    )


# --- New rows, three ways -------------------------------------------------------------------


def new_post(w: World, **kw: Any) -> Post:
    values: dict[str, Any] = {"kind": "carer", "started_on": date(2025, 1, 1)}
    return Post(person=w.banned, institution=f.make_institution(), **(values | kw))


def new_enrollment(w: World) -> Enrollment:
    return Enrollment(run=f.make_run(), person=w.banned, source="self", enrolled_by=f.make_user())


def new_attendance(w: World) -> Attendance:
    session = f.make_session()
    return Attendance(
        session=session,
        person=w.banned,
        state="present",
        arrived_at=session.starts_at,
        left_at=session.ends_at,
        minutes=180,
        recorded_by=f.make_user(),
    )


def new_entry(w: World) -> HourEntry:
    return HourEntry(
        person=w.banned,
        bucket="skill",
        minutes=45,
        day=date(2025, 3, 1),
        year=2025,
        source="session",
        session=f.make_session(),
        rule_version="1",
    )


def new_certificate(w: World) -> Certificate:
    return _certificate(w.banned)


#: Past ones too: a ban asks no date, so nothing can be dated around it.
NEW_ROWS: dict[str, Callable[[World], models.Model]] = {
    "post": new_post,
    "post begun long ago": lambda w: new_post(w, started_on=date(2001, 1, 1)),
    "post that ends in the far future": lambda w: new_post(w, state="left", ended_on=date(2199, 1, 1)),
    "post that ends tomorrow": lambda w: new_post(w, state="left", ended_on=timezone.localdate() + timedelta(days=1)),
    "post as volunteer": lambda w: new_post(w, kind="volunteer"),
    "enrollment": new_enrollment,
    "attendance": new_attendance,
    "entry": new_entry,
    "certificate": new_certificate,
    "training year": lambda w: TrainingYear(person=w.banned, year=2024, skill_minutes=1),
}


def create(row: models.Model) -> None:
    row.save(force_insert=True)


def bulk_create(row: models.Model) -> None:
    type(row)._base_manager.bulk_create([row])


def upsert(row: models.Model) -> None:
    type(row)._base_manager.bulk_create([row], ignore_conflicts=True)


def raw_insert(row: models.Model) -> None:
    now = timezone.now()
    values: dict[str, Any] = {}
    for field in row._meta.local_concrete_fields:
        value = getattr(row, field.attname)
        if value is None and (getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)):
            value = now
        values[str(field.column)] = field.get_db_prep_save(value, connection)
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    sql(f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({marks})", *values.values())


INSERTS = (create, bulk_create, upsert, raw_insert)


# --- Rows that stand ------------------------------------------------------------------------


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def key(row: models.Model) -> Any:
    """The primary key as raw SQL wants it: SQLite keeps a UUID as 32 digits."""
    return row._meta.pk.get_db_prep_value(row.pk, connection) if row._meta.pk else row.pk


def change(row: models.Model, **values: Any) -> None:
    """By the ORM's save, as a form would."""
    fresh = type(row)._base_manager.get(pk=row.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.save()


def update(row: models.Model, **values: Any) -> None:
    """By the queryset, below save() and its signals."""
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def raw_update(row: models.Model, **values: Any) -> None:
    columns = {row._meta.get_field(name).column: row._meta.get_field(name) for name in values}
    prepared = [
        field.get_db_prep_save(getattr(value, "pk", value), connection)
        for field, value in zip(columns.values(), values.values(), strict=True)
    ]
    settings = ", ".join(f"{column} = %s" for column in columns)
    pk = row._meta.pk.column if row._meta.pk else "id"
    sql(f"UPDATE {row._meta.db_table} SET {settings} WHERE {pk} = %s", *prepared, key(row))


UPDATES = (change, update, raw_update)

#: What somebody may try on rows that stand: (row, new values, code).
CHANGES: dict[str, Callable[[World], tuple[models.Model, dict[str, Any], str]]] = {
    "reopen a closed post": lambda w: (w.closed, {"state": "on_post", "ended_on": None}, "person_barred"),
    "prolong a closed post": lambda w: (w.closed, {"ended_on": date(2199, 1, 1)}, "person_barred"),
    "back from leave": lambda w: (w.post, {"state": "on_post"}, "person_barred"),
    "to another institution": lambda w: (w.post, {"institution": f.make_institution()}, "person_barred"),
    "to another kind of post": lambda w: (w.post, {"kind": "director"}, "person_barred"),
    "post back-dated": lambda w: (w.post, {"started_on": date(2001, 1, 1)}, "person_barred"),
    "post handed over": lambda w: (w.free_post, {"person": w.banned}, "person_barred"),
    "back into a run": lambda w: (w.withdrawn, {"state": "enrolled"}, "person_barred"),
    "passed after the ban": lambda w: (w.enrollment, {"state": "passed"}, "person_barred"),
    "moved to another run": lambda w: (w.enrollment, {"run": f.make_run()}, "person_barred"),
    "enrolment handed over": lambda w: (w.free_enrollment, {"person": w.banned}, "person_barred"),
    "more minutes": lambda w: (w.attendance, {"minutes": 180}, "person_barred"),
    "present after all": lambda w: (
        w.absence,
        {"state": "late", "arrived_at": f.at("2025-03-01 09:00"), "left_at": f.at("2025-03-01 09:01")},
        "person_barred",
    ),
    "moved to another session": lambda w: (w.attendance, {"session": f.make_session()}, "person_barred"),
    "attendance handed over": lambda w: (w.free_attendance, {"person": w.banned}, "person_barred"),
    "yearly sum raised": lambda w: (w.year, {"ethics_minutes": 1}, "person_barred"),
    "entry raised": lambda w: (w.entry, {"minutes": 180}, "ledger_append_only"),
    "entry handed over": lambda w: (w.entry, {"person": w.free}, "ledger_append_only"),
    "certificate prolonged": lambda w: (w.certificate, {"expires_on": date(2099, 1, 1)}, "certificate_frozen"),
    "document moved": lambda w: (document(w), {"person": w.free}, "identity_barred"),
    "document renumbered": lambda w: (document(w), {"number_index": "0" * 64}, "identity_fixed"),
    "document of another kind": lambda w: (document(w), {"kind": "passport"}, "identity_fixed"),
    "document shown otherwise": lambda w: (document(w), {"masked": "310***********0000"}, "identity_fixed"),
    "document renumbered before a ban": lambda w: (
        w.free.documents.get(),
        {"number_index": "0" * 64},
        "identity_fixed",
    ),
    "ban unconfirmed": lambda w: (w.ban, {"confirmed_at": None, "confirmed_by": None}, "ban_final"),
    "ban confirmed at another time": lambda w: (w.ban, {"confirmed_at": f.at("2030-01-01 00:00")}, "ban_final"),
    "ban confirmed by another": lambda w: (w.ban, {"confirmed_by": f.make_user()}, "ban_final"),
    "ban on somebody else": lambda w: (w.ban, {"person": w.free}, "ban_final"),
    "ban of another scope": lambda w: (w.ban, {"scope": "manager"}, "ban_final"),
    "ban with another basis": lambda w: (w.ban, {"legal_basis": "x"}, "ban_final"),
    "ban with another document": lambda w: (w.ban, {"decision": f.make_file()}, "ban_final"),
    "audit rewritten": lambda w: (AuditEntry.objects.first() or AuditEntry(), {"action": "x"}, "append_only"),
}

#: Rows nobody deletes, with the code.
DELETIONS: dict[str, Callable[[World], tuple[models.Model, str]]] = {
    "ban": lambda w: (w.ban, "ban_final"),
    "document": lambda w: (document(w), "identity_barred"),
    "entry": lambda w: (w.entry, "ledger_append_only"),
    "certificate": lambda w: (w.certificate, "certificate_frozen"),
    "audit": lambda w: (AuditEntry.objects.first() or AuditEntry(), "append_only"),
}

#: Tables whose rows only come, never go: for TRUNCATE and DELETE without a condition.
KEPT = (
    "registry_ban",
    "registry_auditentry",
    "registry_identitydocument",
    "courses_hourentry",
    "courses_attendancecorrection",
    "certification_certificate",
    "certification_revocation",
)


def document(w: World) -> IdentityDocument:
    return w.banned.documents.get()


def replacement(row: models.Model) -> str:
    """SQLite's REPLACE deletes the row in the way before it inserts."""
    columns = [str(field.column) for field in row._meta.local_concrete_fields]
    table = row._meta.db_table
    return f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {table}"
