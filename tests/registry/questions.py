"""Questions before hiring, for tests."""

from typing import Any

from lms.registry.models import Answer, EmploymentQuery, Membership, Person


def make_query(by: Membership, person: Person | None = None, **kw: Any) -> EmploymentQuery:
    """A question of `by`'s institution that waits for the bureau."""
    document = person.documents.first() if person else None
    assert by.institution is not None
    values: dict[str, Any] = {
        "purpose": "拟录用为保育员",
        "consent": True,
        "name": person.name if person else "某某",
        "document_index": document.number_index if document else "0" * 64,
        "document_masked": document.masked if document else "310***********0000",
        "person": person,
        "answer": Answer.WAIT,
        "region": by.institution.region,
    }
    return EmploymentQuery.objects.create(institution=by.institution, asked_by=by.user, **(values | kw))
