"""The kiosk: a shared tablet at the centre where whoever has no phone checks in by the end of her ID."""

import unicodedata
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from courses.errors import refuse
from courses.models import EnrollmentState, Session, SessionPaper
from lms.registry import auditing, limiting
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import IdentityDocument, Membership, Person, Purpose
from lms.registry.scanning import keep_scan

#: How many last characters of a document's number one types.
FEWEST, MOST = 4, 6
#: So often one may type what nobody has, or a wrong password, within WHILE, per session or account.
MISSES, WRONG_PASSWORDS = 20, 5
WHILE = timedelta(minutes=10)


@transaction.atomic
def open_kiosk(*, by: Membership, session: Session) -> None:
    """Keep on record who left a tablet to the learners. Refuses `session_cancelled`, `session_closed`."""
    session = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if session.cancelled_at is not None:
        raise refuse("session_cancelled")
    if session.closed_at is not None:
        raise refuse("session_closed")
    auditing.record(by, "open_kiosk", session)


def leave_kiosk(*, by: Membership, session: Session, password: str) -> None:
    """Take the tablet back. Refuses `password_wrong`, and `too_many_tries`."""
    tried = limiting.take("kiosk_leave", str(by.user_id), most=WRONG_PASSWORDS, within=WHILE)
    if tried is None:
        raise refuse_by_registry("too_many_tries")
    if not by.user.check_password(password):
        raise refuse("password_wrong")
    tried.delete()
    with transaction.atomic():
        auditing.record(by, "leave_kiosk", session)


def find(*, session: Session, tail: str) -> list[Person]:
    """Who is enrolled and has a document that ends so, by name. Numbers are sealed, so each one is opened.

    Refuses `tail_short` for fewer than 4 or more than 6 characters, `tail_unknown` when it is nobody's, and
    `too_many_tries` after too many of these, so that the tablet can't be used to learn who is enrolled.
    """
    wanted = unicodedata.normalize("NFKC", tail).strip().upper()
    if not FEWEST <= len(wanted) <= MOST:
        raise refuse("tail_short")
    tried = limiting.take("kiosk", str(session.pk), most=MISSES, within=WHILE)
    if tried is None:
        raise refuse_by_registry("too_many_tries")
    here = session.run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).values("person_id")
    documents = IdentityDocument.objects.filter(person__in=here).select_related("person")
    found = {row.person_id: row.person for row in documents if row.number.upper().endswith(wanted)}
    if not found:
        raise refuse("tail_unknown")
    tried.delete()
    return sorted(found.values(), key=lambda person: (person.sort_key, person.name))


@transaction.atomic
def keep_photo(*, by: Membership, session: Session, upload: UploadedFile) -> SessionPaper:
    """A photo of the room, as evidence that it was full. Refuses `session_closed`, `file_type`."""
    session = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if session.closed_at is not None:
        raise refuse("session_closed")
    file = keep_scan(upload, purpose=Purpose.EVIDENCE, owner=by.user)
    paper = SessionPaper.objects.create(session=session, kind=SessionPaper.Kind.ROOM, file=file, sent_by=by.user)
    auditing.record(by, "keep_photo", paper, after={"session": str(session.pk)})
    return paper
