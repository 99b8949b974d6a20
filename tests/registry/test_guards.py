"""The database refuses, whatever Python does: every known bypass, on SQLite and PostgreSQL alike."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models.signals import pre_migrate
from django.test import Client

from certification.models import Certificate
from lms.jobs.errors import DomainError
from lms.registry import auditing, checks, guards
from lms.registry.errors import guarded
from lms.registry.models import Ban, IdentityDocument, Person, Post
from tests import factories as f
from tests.registry import attacks
from tests.registry.attacks import World, make_world, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = make_world()
    with transaction.atomic():
        auditing.record(None, "test.begin", made.ban)
    return made


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The statement inside fails in the database, by the guard of this code; nothing of it stays."""
    with pytest.raises(IntegrityError, match=f"guard:{code}"), transaction.atomic():
        yield


# --- Nothing for a banned person ------------------------------------------------------------


@pytest.mark.parametrize("insert", attacks.INSERTS)
@pytest.mark.parametrize("kind", attacks.NEW_ROWS)
def test_no_new_row(world: World, kind: str, insert: Callable[[models.Model], None]) -> None:
    row = attacks.NEW_ROWS[kind](world)
    before = type(row)._base_manager.count()
    with refused("person_barred"):
        insert(row)
    assert type(row)._base_manager.count() == before


@pytest.mark.parametrize("insert", attacks.INSERTS)
@pytest.mark.parametrize("kind", attacks.NEW_ROWS)
def test_the_same_row_stands_without_a_ban(world: World, kind: str, insert: Callable[[models.Model], None]) -> None:
    f.annul(world.ban)
    row = attacks.NEW_ROWS[kind](world)
    insert(row)
    assert type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("way", attacks.UPDATES)
@pytest.mark.parametrize("name", attacks.CHANGES)
def test_no_change(world: World, name: str, way: Callable[..., None]) -> None:
    row, values, code = attacks.CHANGES[name](world)
    before = type(row)._base_manager.filter(pk=row.pk).values().get()
    with refused(code):
        way(row, **values)
    assert type(row)._base_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("name", [n for n in attacks.CHANGES if "ban" not in n.split() and n != "audit rewritten"])
def test_the_same_change_is_possible_without_a_ban(world: World, name: str) -> None:
    row, values, code = attacks.CHANGES[name](world)
    f.annul(world.ban)
    if code in ("ledger_append_only", "certificate_frozen", "identity_fixed"):
        with refused(code):
            attacks.update(row, **values)
    else:
        attacks.update(row, **values)


@pytest.mark.parametrize("name", attacks.DELETIONS)
def test_no_deletion(world: World, name: str) -> None:
    row, code = attacks.DELETIONS[name](world)
    manager = type(row)._base_manager
    with refused(code):
        manager.filter(pk=row.pk)._raw_delete(using="default")
    with refused(code):
        sql(f"DELETE FROM {row._meta.db_table}")
    assert manager.filter(pk=row.pk).exists()


def test_a_rejected_or_waiting_ban_bars_nobody(world: World) -> None:
    waiting = f.make_ban(world.free, confirmed=False)
    f.make_post(world.free)
    with transaction.atomic():
        Ban.objects.filter(pk=waiting.pk).update(rejected_by=f.make_user(), rejected_at=f.at("2025-01-01 00:00"))
    f.make_post(world.free)
    assert Post.objects.on(date(2025, 6, 1)).filter(person=world.free).count() == 3


def test_what_stood_before_stays_and_can_be_ended(world: World) -> None:
    assert Post.objects.filter(person=world.banned).count() == 2
    attacks.update(world.post, state="left", ended_on=date(2030, 1, 1))
    attacks.update(world.attendance, minutes=30)
    attacks.update(world.year, skill_minutes=0)
    attacks.update(world.enrollment, state="withdrawn")


def test_a_document_may_change_hands_and_be_sealed_anew(world: World) -> None:
    """Two records of one person are merged; the barred one's documents stay hers, and take in another."""
    document = world.free.documents.get()
    number, sealed = document.number, bytes(document.number_sealed)
    document.number = number
    document.save()
    again = IdentityDocument.objects.get(pk=document.pk)
    assert (bytes(again.number_sealed) != sealed, again.number) == (True, number)
    for owner in (f.make_person(), world.banned):
        attacks.update(document, person=owner)
    assert world.banned.documents.count() == 2
    with refused("identity_barred"):
        attacks.update(document, person=world.free)


def test_a_name_may_be_put_right(world: World) -> None:
    attacks.update(world.banned, name="王𬱖")
    assert Person.objects.get(pk=world.banned.pk).name == "王𬱖"


def test_a_spell_that_was_over_may_be_recorded_late(world: World) -> None:
    attacks.create(attacks.new_post(world, state="left", started_on=date(2019, 1, 1), ended_on=date(2019, 5, 1)))
    with refused("person_barred"):
        sql("UPDATE registry_post SET ended_on = '2199-01-01' WHERE ended_on = '2019-05-01'")


def test_a_reversal_stays_possible(world: World) -> None:
    reversal = attacks.new_entry(world)
    reversal.session, reversal.day, reversal.minutes, reversal.reverses = (
        world.entry.session,
        world.entry.day,
        -world.entry.minutes,
        world.entry,
    )
    reversal.save(force_insert=True)
    assert world.entry.reversal == reversal


def test_a_banned_person_in_the_middle_of_a_bulk_stops_all_of_it(world: World) -> None:
    posts = [
        Post(person=p, institution=f.make_institution(), kind="carer", started_on=date(2025, 1, 1))
        for p in (f.make_person(), world.banned, f.make_person())
    ]
    before = Post.objects.count()
    with refused("person_barred"):
        Post.objects.bulk_create(posts, batch_size=1)
    assert Post.objects.count() == before


def test_a_verb_sees_the_code(world: World) -> None:
    with pytest.raises(DomainError) as refusal, guarded():
        attacks.create(attacks.new_post(world))
    assert refusal.value.code == "person_barred"
    with pytest.raises(IntegrityError) as other, guarded():
        Post.objects.create(
            person=world.free, institution=world.free_post.institution, kind="carer", started_on=date(2025, 1, 1)
        )
    assert "guard:" not in str(other.value)


# --- The ban itself -------------------------------------------------------------------------


def test_an_annulled_ban_is_final_too(world: World) -> None:
    f.annul(world.ban)
    for values in ({"annulled_at": None, "annulled_by": None}, {"annulment_reason": "x"}):
        with refused("ban_final"):
            attacks.update(world.ban, **values)
    assert Ban.objects.get(pk=world.ban.pk).state == "annulled"


def test_two_people_are_asked_for_below_the_verbs(world: World) -> None:
    ban = f.make_ban(world.free, confirmed=False)
    with pytest.raises(IntegrityError, match="ban_confirmed_by_a_second_person"), transaction.atomic():
        attacks.update(ban, confirmed_by=ban.proposed_by, confirmed_at=ban.proposed_at)
    user, at = f.make_user(), ban.proposed_at
    proposal = {"annulment_reason": "x", "annulment_proposed_by": user, "annulment_proposed_at": at}
    with refused("ban_final"):  # annulling is a second step
        attacks.update(world.ban, **proposal, annulled_by=f.make_user(), annulled_at=at)
    attacks.update(world.ban, **proposal)
    with refused("ban_final"):  # by whoever proposed it, not by another name put in her place
        attacks.update(world.ban, annulment_proposed_by=f.make_user())
    with pytest.raises(IntegrityError, match="ban_annulled_by_a_second_person"), transaction.atomic():
        attacks.update(world.ban, annulled_by=user, annulled_at=at)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own statement")
@pytest.mark.parametrize("name", ["ban", "entry", "certificate", "document"])
def test_replace_is_a_deletion(world: World, name: str) -> None:
    row, _code = attacks.DELETIONS[name](world)
    with pytest.raises(IntegrityError, match="guard:"), transaction.atomic():
        sql(attacks.replacement(row))


@pytest.mark.postgres
@pytest.mark.parametrize("table", attacks.KEPT)
def test_truncate_is_refused(world: World, table: str) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL truncates nothing whose foreign keys are still unchecked
    with refused("append_only"):
        sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["registry_person", "registry_user", "registry_region"])
def test_truncate_does_not_reach_them_through_another_table(world: World, table: str) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL truncates nothing whose foreign keys are still unchecked
    with refused("append_only"):
        sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.postgres
def test_a_temporary_table_does_not_stand_in_for_the_bans(world: World) -> None:
    sql("CREATE TEMP TABLE registry_ban (LIKE registry_ban)")
    with refused("person_barred"):
        attacks.raw_insert(attacks.new_post(world))


@pytest.mark.postgres
def test_a_rule_of_the_session_changes_nothing(world: World) -> None:
    for statement in ("SET LOCAL search_path = pg_temp, public", "SET LOCAL TimeZone = 'Pacific/Kiritimati'"):
        sql(statement)
        with refused("person_barred"):
            attacks.create(attacks.new_post(world))


# --- The guards stand, or nothing starts ----------------------------------------------------


def drop(name: str) -> None:
    guard = next(guard for guard in guards.every_guard() if guard.name == name)
    sql(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {guard.table}"))


def test_every_guard_is_there_after_migrate() -> None:
    assert guards.missing() == []
    assert run_checks(tags=["database"], databases=["default"]) == []
    checks.require_guards()


@pytest.mark.parametrize("name", ["guard_registry_post_insert", "guard_courses_hourentry_insert"])
def test_a_missing_guard_stops_the_start(name: str, client: Client) -> None:
    drop(name)
    assert guards.missing() == [name]
    (error,) = run_checks(tags=["database"], databases=["default"])
    assert error.id == "registry.E001"
    with pytest.raises(ImproperlyConfigured, match=name):
        checks.require_guards()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["guards"]) == (503, False)
    guards.install()
    assert client.get("/readyz").json()["guards"] is True


@pytest.mark.postgres
def test_a_disabled_guard_counts_as_missing() -> None:
    sql("ALTER TABLE registry_post DISABLE TRIGGER guard_registry_post_insert")
    assert guards.missing() == ["guard_registry_post_insert"]


@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_table_gets_its_guards_back() -> None:
    field = models.CharField(max_length=10, default="")
    field.set_attributes_from_name("passing")
    pre_migrate.send(apps.get_app_config("registry"), using="default", plan=[(None, False)])
    with connection.schema_editor() as editor:
        editor.add_field(Post, field)
        if connection.vendor == "sqlite":
            editor._remake_table(Post)  # type: ignore[attr-defined]
    if connection.vendor == "sqlite":
        assert "guard_registry_post_insert" in guards.missing()
    else:
        drop("guard_registry_post_insert")
    call_command("migrate", verbosity=0)
    assert guards.missing() == []


def test_remove_takes_away_all_of_them_and_install_brings_them_back(world: World) -> None:
    guards.remove()
    sqlite = connection.vendor == "sqlite"
    wanted: Any = {
        guard.name for guard in guards.every_guard() if (guard.sqlite() if sqlite else guard.postgresql("public"))
    }
    assert set(guards.missing()) == wanted
    guards.install()
    with refused("certificate_frozen"):
        Certificate.objects.update(serial="x")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has INSERT OR REPLACE")
def test_nothing_is_replaced_over_a_bare_connection() -> None:
    person: Person = f.make_person()
    f.make_ban(person)
    with guarded():
        auditing.record(None, "test", person)
    bare = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    codes = {
        "registry_ban": "ban_final",
        "registry_identitydocument": "identity_barred",
        "registry_auditentry": "append_only",
    }
    for table, code in codes.items():
        with pytest.raises(sqlite3.IntegrityError, match=f"guard:{code}"):
            bare.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    bare.close()
