"""A small world that whole-site tests walk through: four places, each with everything a page can show.

`here` and `beside` lie in the same district, `elsewhere` in the next district of the same city, `far` in
another province. No name of one place is part of a name of another, so that a page that shows a row out of
its reader's scope gives itself away.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from certification.models import Certificate, Qualification
from courses.models import (
    Attendance,
    Course,
    CourseKind,
    CourseRun,
    Enrollment,
    EnrollmentState,
    RunState,
    Session,
    Source,
)
from lms.jobs.models import Job
from lms.registry import enlisting, receiving
from lms.registry.models import (
    Ban,
    IdentityDocument,
    Institution,
    Membership,
    Person,
    Region,
    Role,
    RosterUpload,
    TrainingCentre,
    User,
)
from reports import freezing, metrics
from reports.models import RateSnapshot, RatingRound, RatingScheme
from tests import certified
from tests import factories as make

#: Given names in every place; the surname says which place it is.
GIVEN = ("望舒", "清和", "知夏", "禁言")


@dataclass
class Place:
    """A bureau, an institution and a centre with their people and one row of everything."""

    surname: str
    region: Region
    officer: Membership
    supervisor: Membership
    institution: Institution
    manager: Membership
    centre: TrainingCentre
    trainer: Membership
    #: On post at the institution; the first is the learner, the last is barred.
    staff: list[Person]
    learner: Membership
    #: Over; the learner alone took part, and passed.
    run: CourseRun
    session: Session
    attendance: Attendance
    enrollment: Enrollment
    certificate: Certificate
    qualification: Qualification
    ban: Ban
    round: RatingRound
    snapshot: RateSnapshot
    #: Sent by the officer, and by the manager.
    upload: RosterUpload
    own_upload: RosterUpload
    #: The officer's.
    job: Job
    #: Rows of single subjects, by the names their pages know them under.
    rows: dict[str, Any] = field(default_factory=dict)

    @property
    def learner_name(self) -> str:
        return self.staff[0].name

    @property
    def names(self) -> set[str]:
        """What only this place's pages may say: its people, its institution, its officers."""
        accounts = (self.officer, self.supervisor)
        return {person.name for person in self.staff} | {self.institution.name} | {row.user.name for row in accounts}


@dataclass
class World:
    here: Place
    beside: Place
    elsewhere: Place
    far: Place
    editor: Membership
    admin: Membership
    #: A learner whom the register does not know.
    stray: Membership
    #: Was an officer here.
    former: Membership
    #: An account without any role.
    nobody: User
    #: Whole document numbers and phones, as no page may show them.
    secrets: set[str] = field(default_factory=set)

    @property
    def places(self) -> tuple[Place, ...]:
        return self.here, self.beside, self.elsewhere, self.far

    @property
    def personas(self) -> dict[str, User | None]:
        """The account of everybody who walks; `other_…` has the same role next door, in the nearest other scope."""
        here, beside, elsewhere = self.here, self.beside, self.elsewhere
        return {
            "visitor": None,
            "learner": here.learner.user,
            "other_learner": beside.learner.user,
            "stray": self.stray.user,
            "manager": here.manager.user,
            "other_manager": beside.manager.user,
            "trainer": here.trainer.user,
            "other_trainer": beside.trainer.user,
            "officer": here.officer.user,
            "other_officer": elsewhere.officer.user,
            "supervisor": here.supervisor.user,
            "other_supervisor": elsewhere.supervisor.user,
            "editor": self.editor.user,
            "admin": self.admin.user,
            "nobody": self.nobody,
            "former": self.former.user,
        }


@contextmanager
def standing(blocker: DjangoDbBlocker, furnish: Iterable[Callable[[Place], None]] = ()) -> Iterator[World]:
    """The world for all tests of a module: in a transaction around theirs, gone with it.

    `furnish` adds to every place what single pages need, in `Place.rows`.
    """
    with blocker.unblock(), transaction.atomic():
        world = build()
        for place in (world.here, world.beside, world.elsewhere, world.far):
            for add in furnish:
                add(place)
            place.snapshot = frozen(place.supervisor, place.region)
        world.secrets = set(_secrets())
        yield world
        transaction.set_rollback(True)


def browser(user: User | None, **kw: Any) -> Client:
    """A browser in which `user` is signed in; None: a visitor's."""
    client = Client(**kw)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def build() -> World:
    """The world, through factories and, where the row is intricate, the verb itself."""
    here = build_place("赵", "310117", "百合")
    return World(
        here=here,
        beside=build_place("钱", "310117", "丁香"),
        elsewhere=build_place("孙", "310118", "茉莉"),
        far=build_place("周", "330602", "玉兰"),
        editor=enlisting.grant(by=None, user=make.make_user(), role=Role.CONTENT_EDITOR),
        admin=make.make_admin(),
        stray=make.make_membership(Role.LEARNER),
        former=enlisting.end(by=None, membership=make.make_officer(here.region)),
        nobody=make.make_user(),
    )


def _secrets() -> Iterator[str]:
    yield from (document.number for document in IdentityDocument.objects.all())
    yield from (person.phone for person in Person.objects.exclude(phone_index=""))


def build_place(surname: str, code: str, flower: str) -> Place:
    region = make.make_region(code)
    institution = make.make_institution(region=region, name=f"{flower}托育园")
    centre = make.make_centre(region=region, name=f"{flower}培训中心")
    officer = make.make_officer(region, user=make.make_user(name=f"{surname}局长"))
    supervisor = make.make_supervisor(region, user=make.make_user(name=f"{surname}督查"))
    manager = make.make_manager(institution)
    staff = [make_carer(f"{surname}{given}", institution) for given in GIVEN]
    run, session = held_run(centre, flower)
    enrollment, attendance = passed(run, session, staff[0])
    certificate = certified.issue_post(enrollment=enrollment)
    ban = make.make_ban(staff[-1], region=region)
    today = timezone.localdate()
    return Place(
        surname=surname,
        region=region,
        officer=officer,
        supervisor=supervisor,
        institution=institution,
        manager=manager,
        centre=centre,
        trainer=make.make_trainer(centre),
        staff=staff,
        learner=make.make_learner(staff[0]),
        run=run,
        session=session,
        attendance=attendance,
        enrollment=enrollment,
        certificate=certificate,
        qualification=claim(staff[1]),
        ban=ban,
        round=RatingRound.objects.create(
            code=f"test-{flower}",
            scheme=RatingScheme.objects.filter(published_at__isnull=False)[0],
            region=region,
            as_of=today,
            opened_by=officer.user,
        ),
        snapshot=frozen(supervisor, region),
        upload=send_roster(officer, institution, staff[1]),
        own_upload=send_roster(manager, institution, staff[2]),
        job=Job.objects.create(kind=receiving.IMPORT, owner_id=officer.user_id),
    )


def frozen(by: Membership, region: Region) -> RateSnapshot:
    """Today's official figure, frozen as it stands."""
    rate = metrics.figure(metrics.OFFICIAL, on=timezone.localdate(), region=region)
    return freezing.freeze(by=by, rate=rate).snapshot


def make_carer(name: str, institution: Institution) -> Person:
    """Somebody on post, with a phone on record."""
    person = make.make_person(name=name, phone=f"139{make.next_number():08d}")
    make.make_post(person, institution)
    return person


def held_run(centre: TrainingCentre, flower: str = "") -> tuple[CourseRun, Session]:
    """A pre-service run that is over, with its only session."""
    course: Course = make.make_course(kind=CourseKind.PRE_SERVICE, awards="post_training")
    values = {"title": f"{flower}上岗班"} if flower else {}
    run = make.make_run(course, centre, state=RunState.FINISHED, **values)
    return run, make.make_session(run)


def passed(run: CourseRun, session: Session, person: Person) -> tuple[Enrollment, Attendance]:
    """`person` was there, got her hours and passed."""
    enrollment = make.make_enrollment(run, person, state=EnrollmentState.PASSED, score=90)
    attendance = make.make_attendance(session, person)
    make.make_entry(person, session, attendance.minutes, source=Source.PRE_SERVICE)
    return enrollment, attendance


def claim(person: Person) -> Qualification:
    """A certificate from outside that waits to be verified."""
    return Qualification.objects.create(
        person=person, kind_id="infant_carer", number=f"Q{make.next_number()}", state="unverified"
    )


def send_roster(by: Membership, institution: Institution, person: Person) -> RosterUpload:
    """A previewed roster with something to complain about in every row."""
    number, phone = person.documents.get().number, person.phone
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    rows = (
        "机构名称,统一社会信用代码,姓名,身份证号,岗位,联系电话",
        f"{institution.name},{institution.uscc},{person.name}改,{number},保育员,{phone}",
        f"{institution.name},{institution.uscc},{person.name}改,{number},保育员,{phone}0",
        f"{institution.name},{institution.uscc},{person.name},{wrong},保育员,{phone}",
    )
    file = SimpleUploadedFile("花名册.csv", "\n".join(rows).encode())
    return receiving.receive_roster(by=by, file=file)


# --- What a page may not say ----------------------------------------------------------------

#: Whose role a persona has, where it is held in another scope.
ROLE_OF = {
    "other_learner": "learner",
    "stray": "learner",
    "other_manager": "manager",
    "other_trainer": "trainer",
    "other_officer": "officer",
    "other_supervisor": "supervisor",
}
SIGN_IN = "sign-in"


def said(answer: Any) -> str:
    """The body of an answer as text, a workbook unpacked."""
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(part) for part in book.namelist())
    return body.decode(errors="replace")


def outcome(answer: Any) -> int | str:
    """The status, or `SIGN_IN` when one is sent to sign in."""
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith(f"{reverse('sign_in')}?next=")
    return SIGN_IN if to_sign_in else int(answer.status_code)


def foreign_to(persona: str, world: World) -> set[str]:
    """Names that nothing this persona opens may say."""
    role = ROLE_OF.get(persona, persona)
    if role == "admin":
        return set()
    home = world.beside if persona.startswith("other_") else world.here
    if persona in ("other_officer", "other_supervisor"):
        home = world.elsewhere
    places = [place for place in world.places if place is not home]
    if role in ("officer", "supervisor"):
        places = [place for place in places if place.region != home.region]
    names = {name for place in places for name in place.names}
    if role == "trainer":  # she may invite from every institution of the city
        names -= {place.institution.name for place in (world.here, world.beside, world.elsewhere)}
    if role not in ("officer", "supervisor", "manager", "trainer"):
        own = {home.learner_name, home.institution.name} if persona in ("learner", "other_learner") else set()
        names |= home.names - own
    return names


def judged(answer: Any, persona: str, world: World, where: str, *, whole: bool = False) -> str:
    """The body, once it is sure that the answer keeps the policy and tells nothing it may not.

    `whole`: numbers may stand there in full, because they are what was sent.
    """
    assert answer["X-Content-Type-Options"] == "nosniff", where
    assert answer["X-Frame-Options"] == "DENY", where
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy, where
    assert "frame-ancestors 'none'" in policy, where
    assert "unsafe" not in policy, where
    text = said(answer)
    assert whole or not [secret for secret in world.secrets if secret in text], f"{where} shows a whole number"
    assert not [name for name in foreign_to(persona, world) if name in text], f"{where} shows somebody else's"
    return text


# --- The ten main pages ---------------------------------------------------------------------


def main_pages(place: Place) -> dict[str, tuple[Membership | None, dict[str, Any]]]:
    """The pages that people live on, by URL name: who reads it, and what its address needs."""
    return {
        "bureau_home": (place.officer, {}),
        "bureau_rates": (place.officer, {}),
        "bureau_institutions": (place.officer, {}),
        "bureau_people": (place.officer, {}),
        "institution_home": (place.manager, {}),
        "institution_roster": (place.manager, {}),
        "centre_home": (place.trainer, {}),
        "centre_session": (place.trainer, {"pk": place.session.pk}),
        "my_home": (place.learner, {}),
        "verify": (None, {"serial": place.certificate.serial}),
    }


def grow(place: Place, number: int) -> None:
    """`number` more of everything that those pages count or list."""
    today = timezone.now().replace(microsecond=0)
    for _ in range(number):
        site = make.make_institution(region=place.region)
        make_carer(f"郑{make.next_number()}", site)
        colleague = make_carer(f"吴{make.next_number()}", place.institution)
        claim(colleague)
        passed(place.run, place.session, colleague)
        make.make_ban(make_carer(f"冯{make.next_number()}", place.institution), region=place.region)
        run, session = held_run(place.centre)
        certified.issue_post(enrollment=passed(run, session, place.staff[0])[0])
        ahead = make.make_run(make.make_course(), place.centre)
        for days in (0, 1):
            make.make_session(ahead, today + timedelta(days=days, hours=1))
        make.make_enrollment(ahead, place.staff[0])
