"""Checking in and out of a session: by the code on its screen, or at the centre's kiosk.

A scan is evidence; what it is worth is judged by `attending`, once somebody has checked out. All times are the
server's. Locks: the session, then the person, as everywhere.
"""

import io
import re
import secrets
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import zxingcpp
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from PIL import Image

from courses import attending, codes, rules
from courses.attending import Mark
from courses.codes import Direction
from courses.enrolling import lock_people
from courses.errors import barred, refuse
from courses.models import Attendance, AttendanceRule, Enrollment, EnrollmentState, Room, RunState, Scan, Session, Way
from courses.policies import attendance_rule_for
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.models import Membership, Person

#: Mean radius of the earth in metres.
EARTH = 6_371_009
#: More points than any phone's camera makes; such a file would only fill the memory.
MOST_POINTS = 120_000_000
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True)
class Answer:
    """What is on record of one person at one session: her scan, and her attendance once there is one."""

    session: Session
    scan: Scan | None
    attendance: Attendance | None


def read_code(code: str, *, at: datetime) -> tuple[Session, Direction]:
    """The session whose screen shows this code at that moment. Refuses `code_wrong`, `code_expired`, `code_ahead`."""
    shown = codes.parse(code)
    sessions = Session.objects.select_related("run__region", "run__centre", "room")
    session = sessions.filter(pk=shown.session).first() if shown else None
    if shown is None or session is None:
        raise refuse("code_wrong")
    if fault := codes.verdict(shown, session.nonce, at):
        raise refuse(fault)
    return session, shown.direction


def code_on(photo: bytes) -> str:
    """The code of a screen on a photo. Refuses `code_unreadable`."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(photo)) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # judged by our own limit
            if picture.width * picture.height > MOST_POINTS:
                raise refuse("code_unreadable")
            found = zxingcpp.read_barcodes(picture.convert("L"), formats=QR)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise refuse("code_unreadable") from error
    for symbol in found:
        if address := re.search(r"/s/([A-Za-z0-9_-]{40})$", symbol.text):
            return address[1]
    raise refuse("code_unreadable")


@transaction.atomic
def renew(*, by: Membership, session: Session) -> Session:
    """A new nonce: every code shown until now is worthless from here on."""
    session = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    session.nonce = secrets.token_urlsafe(16)
    session.save(update_fields=["nonce"])
    auditing.record(by, "renew_code", session)
    return session


def on_record(session: Session, person: Person) -> Answer:
    """What is on record of her at this session."""
    scan = Scan.objects.filter(session=session, person=person).first()
    return Answer(session, scan, Attendance.objects.filter(session=session, person=person).first())


@transaction.atomic
def check_in(
    *,
    by: Membership,
    session: Session,
    person: Person,
    at: datetime,
    way: Scan.Way = Scan.Way.CODE,
    device: str = "",
    place: dict[str, float] | None = None,
) -> Answer:
    """Note that she came at `at`. Whoever has checked in, or is on the roll, gets what is on record: no harm done.

    `device` is the keyed hash of her phone's cookie; `place` {"latitude", "longitude", "accuracy"}, with her consent.
    Refuses `session_cancelled`, `session_closed`, `run_state`, `not_enrolled`, `own_session`, `person_barred`,
    `too_early`, `too_late`, and `device_used` when another person of this session used the device. Nothing is kept
    of a refusal, so that nobody is locked out by it.
    """
    session, found, rule = _begin(session, person)
    if found.scan or found.attendance:
        return found
    opens = session.starts_at - timedelta(minutes=rule.early_minutes)
    if at < opens:
        raise refuse("too_early", opens=opens)
    if at >= session.ends_at:
        raise refuse("too_late")
    _refuse_shared(session, person, device)
    scan = Scan(session=session, person=person, way=way, came_at=at, device=device, came_place=_near(session, place))
    _keep(scan, force_insert=True)
    auditing.record(by, "scan_in", scan, after=_words(scan))
    return Answer(session, scan, None)


@transaction.atomic
def check_out(
    *,
    by: Membership,
    session: Session,
    person: Person,
    at: datetime,
    way: Scan.Way = Scan.Way.CODE,
    device: str = "",
    place: dict[str, float] | None = None,
) -> Answer:
    """Note that she went at `at` and have her attendance recorded; who has checked out gets what is on record.

    Refuses what `check_in` does, besides `not_checked_in`; `too_early` is before the session has begun, `too_late`
    is later after it than the rule of the region says.
    """
    session, found, rule = _begin(session, person)
    scan = found.scan
    if found.attendance:
        return found
    if scan is None:
        raise refuse("not_checked_in")
    if at <= max(session.starts_at, scan.came_at):
        raise refuse("too_early", opens=session.starts_at)
    if at > session.ends_at + timedelta(minutes=rule.after_minutes):
        raise refuse("too_late")
    _refuse_shared(session, person, device)
    scan.left_at, scan.left_device, scan.left_place = at, device, _near(session, place)
    _keep(scan, update_fields=["left_at", "left_device", "left_place"])
    attending.record(by=by, session=session, marks=[Mark(person, scan.came_at, at)], way=Way(scan.way))
    auditing.record(by, "scan_out", scan, after=_words(scan))
    return Answer(session, scan, Attendance.objects.get(session=session, person=person))


def note_consent(*, by: Membership, given: bool) -> None:
    """Keep as proof that she allowed, or no longer allows, her phone's position to go with her scans."""
    with transaction.atomic():
        auditing.record(by, "consent_to_place", by.user, after={"given": given})


def _begin(session: Session, person: Person) -> tuple[Session, Answer, AttendanceRule]:
    """The session under its lock, what is on record of her there, and the rule; refuses whom it is no use to scan."""
    locked = Session.objects.select_for_update(of=("self",), no_key=True)
    session = locked.select_related("run__region", "room", "trainer").get(pk=session.pk)
    banned = lock_people([person.pk])
    rule = attendance_rule_for(session.run.region, timezone.localdate(session.starts_at))
    found = on_record(session, person)
    if found.attendance:
        return session, found, rule
    if session.cancelled_at is not None or session.run.state == RunState.CANCELLED:
        raise refuse("session_cancelled")
    if session.closed_at is not None:
        raise refuse("session_closed")
    if session.run.state not in (RunState.OPEN, RunState.FINISHED):
        raise refuse("run_state", state=session.run.state)
    enrolled = Enrollment.objects.filter(run=session.run_id, person=person).exclude(state=EnrollmentState.WITHDRAWN)
    if not enrolled.exists():
        raise refuse("not_enrolled", person=person.name)
    if person.pk in attending.teaching(session, [person.pk]):
        raise refuse("own_session", person=person.name)
    if banned:
        raise barred(person=person.name)
    return session, found, rule


def _refuse_shared(session: Session, person: Person, device: str) -> None:
    """One device serves one person per session, for coming and going alike."""
    used = Q(device=device) | Q(left_device=device)
    if device and Scan.objects.filter(used, session=session).exclude(person=person).exists():
        raise refuse("device_used")


def _keep(scan: Scan, **how: Any) -> None:
    try:
        with guarded():
            scan.save(**how)
    except IntegrityError as error:  # what the constraints say of devices, should anybody come between
        raise refuse("device_used") from error


def _near(session: Session, place: dict[str, float] | None) -> dict[str, Any] | None:
    """The place as it is kept: with its distance from the room in metres, None where the room has no position."""
    if place is None:
        return None
    return {**place, "metres": metres_from(session.room, place["latitude"], place["longitude"])}


def metres_from(room: Room | None, latitude: float, longitude: float) -> int | None:
    """How far away from the room that is; None where nobody knows where the room is."""
    if room is None or room.latitude is None or room.longitude is None:
        return None
    there = (float(room.latitude), float(room.longitude))
    return round(rules.arc(there, (latitude, longitude)) * EARTH)


def _words(scan: Scan) -> dict[str, Any]:
    return {
        "person": str(scan.person_id),
        "session": str(scan.session_id),
        "way": scan.way,
        "came_at": scan.came_at.isoformat(),
        "left_at": scan.left_at.isoformat() if scan.left_at else None,
    }
