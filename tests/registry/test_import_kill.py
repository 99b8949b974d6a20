"""kill -9 of a real worker at the worst places of a roster import: nothing lost, nothing twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.test_kill import DEADLINE, ROOT, Worker, database, opened, wait_for_end

__all__ = ["database"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROWS = 60
#: Written, not yet stepped; stepped, not yet committed; committed, and the next chunk written.
FUSES = ("written-李春梅20", "stepped-40", "committed-40")


def counted(settings: dict[str, Any], table: str) -> int:
    with opened(settings).cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def test_a_killed_import_loses_nothing_and_does_nothing_twice(
    database: dict[str, Any],
    tmp_path: Path,
) -> None:
    fuses = tmp_path / "fuses"
    fuses.mkdir()
    for fuse in FUSES:
        (fuses / fuse).touch()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.registry.import_worker_settings",
        "DEBUG": "1",
        "VAR_DIR": str(tmp_path / "var"),
        "MEDIA_ROOT": str(tmp_path / "media"),
        "CELERY_BROKER_URL": "filesystem://",
        "JOBS_TEST_DATABASE": json.dumps(database),
        "JOBS_TEST_FUSES": str(fuses),
    }
    prepare = [sys.executable, "-m", "tests.registry.import_prepare", str(ROWS)]
    subprocess.run(prepare, cwd=ROOT, env=environment, check=True, timeout=10 * DEADLINE)
    worker = Worker(environment, tmp_path / "worker.log")
    try:
        for fuse in FUSES:
            worker.expect_kill()
            assert not (fuses / fuse).exists()
            worker = Worker(environment, tmp_path / "worker.log")
        state, done, _ = wait_for_end(opened(database), worker)
    finally:
        worker.stop()

    assert (state, done) == ("done", ROWS)
    tables = ("registry_person", "registry_identitydocument", "registry_post", "registry_certificateclaim")
    assert {table: counted(database, table) for table in tables} == dict.fromkeys(tables, ROWS)
    assert counted(database, "registry_institution") == 1
    assert counted(database, "registry_auditentry WHERE action = 'post.place'") == ROWS
    with opened(database).cursor() as cursor:
        cursor.execute("SELECT result FROM jobs_job")
        result = cursor.fetchone()[0]
    result = json.loads(result) if isinstance(result, str) else result
    assert (result["rows"], result["created"], result["unchanged"]) == (ROWS, ROWS, 0)
