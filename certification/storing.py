"""Keeping assessments: one statement for thousands of rows where the database knows how, the ORM elsewhere."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from certification import rules
from certification.judging import ETHICS, SKILL, Judged
from certification.models import Assessment

UPDATED = (
    "region",
    "standard",
    "required_skill",
    "required_ethics",
    "earned_skill",
    "earned_ethics",
    "reached",
    "explanation",
    "rule_version",
    "assessed_at",
)
#: Rows per statement of the ORM.
BATCH = 500
#: Explanations are sent once for all who share them, and numbered; keys are made by the database.
UPSERT = """
WITH told AS MATERIALIZED (
    SELECT number, told->'why' AS explanation, (told->>'standard')::uuid AS standard,
        (told->>'skill')::int AS required_skill, (told->>'ethics')::int AS required_ethics
    FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS told (told, number)
)
INSERT INTO certification_assessment (id, person_id, year, region_id, standard_id, required_skill, required_ethics,
    earned_skill, earned_ethics, reached, explanation, rule_version, assessed_at)
SELECT gen_random_uuid(), row.person, %s, row.region, told.standard, told.required_skill, told.required_ethics,
    row.skill, row.ethics, row.reached, told.explanation, %s, %s
FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::int[], %s::bool[], %s::int[])
    AS row (person, region, skill, ethics, reached, number)
JOIN told USING (number)
ON CONFLICT (person_id, year) DO UPDATE SET region_id = EXCLUDED.region_id, standard_id = EXCLUDED.standard_id,
    required_skill = EXCLUDED.required_skill, required_ethics = EXCLUDED.required_ethics,
    earned_skill = EXCLUDED.earned_skill, earned_ethics = EXCLUDED.earned_ethics, reached = EXCLUDED.reached,
    explanation = EXCLUDED.explanation, rule_version = EXCLUDED.rule_version, assessed_at = EXCLUDED.assessed_at
"""


def store(judged: Sequence[Judged], year: int, at: datetime) -> None:
    """Keep these assessments of `year`, each in the place of the person's former one, in the caller's transaction."""
    if not judged:
        return
    if connection.vendor != "postgresql":
        Assessment.objects.bulk_create(
            (one.assessment(year, at) for one in judged),
            update_conflicts=True,
            unique_fields=["person", "year"],
            update_fields=UPDATED,
            batch_size=BATCH,
        )
        return
    shared: dict[int, int] = {}
    told: list[dict[str, Any]] = []
    numbers = []
    for one in judged:
        # The objects live as long as `judged` does, so their identity names them.
        number = shared.setdefault(id(one.explanation), len(told) + 1)
        if number > len(told):
            asked = one.asked
            required = {"skill": asked.required[SKILL], "ethics": asked.required[ETHICS]}
            told.append({"why": one.explanation, "standard": str(asked.standard.pk), **required})
        numbers.append(number)
    people, regions, _asked, skills, ethics, reached, _why = zip(*judged, strict=True)
    rows = [_array(column) for column in (people, regions, skills, ethics, reached, numbers)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [json.dumps(told, ensure_ascii=False), year, rules.RULE_VERSION, at, *rows])


def _array(values: Iterable[object]) -> str:
    """Keys, numbers and truths as PostgreSQL writes an array; the driver would take them one by one."""
    return "{" + ",".join(map(str, values)) + "}"
