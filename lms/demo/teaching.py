"""The demo's centres at work: rooms, trainers, an invitation, a waiting list, a request, opinions."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from courses import enrolling, equipping, excusing, inviting, rescheduling, scheduling
from courses.models import Bucket, Course, CourseRun, Enrollment, Evaluation, RunState, Session
from courses.scheduling import SessionPlan
from lms.demo.staff import District
from lms.registry import noticing
from lms.registry.models import User

#: name, seats
ROOMS = (("三楼多功能厅", 80), ("二楼实训室", 60))
SUBJECTS = ("婴幼儿照护、回应性养育", "卫生保健、营养膳食", "急救与安全防护", "职业道德与法律法规")
#: content, teaching, organisation, words
OPINIONS = (
    (5, 5, 4, "案例很贴近日常，希望多一些分组练习。"),
    (4, 5, 4, ""),
    (5, 4, 5, "带孩子值班时赶不上早场，能不能开晚上的班。"),
    (4, 4, 3, "签到排队有点久。"),
    (5, 5, 5, "老师讲得很清楚。"),
    (3, 4, 4, "教室下午有点热。"),
)


def equip(district: District) -> None:
    """Two rooms and four trainers, before the first run is planned."""
    by, centre = district.staff, district.centre
    assert by is not None
    for number, (name, seats) in enumerate(ROOMS):
        position = (Decimal("31.0302") + number * Decimal("0.0001"), Decimal("121.2277"))
        equipping.keep_room(by=by, centre=centre, name=name, seats=seats, position=position)
    for subjects in SUBJECTS:
        equipping.keep_trainer(by=by, centre=centre, name=district.draw.name(), subjects=subjects)


def enliven(district: District, courses: dict[str, Course]) -> None:
    """What goes on at the centre beside teaching."""
    _invite(district)
    _queue(district, courses["safety-first-aid"])
    _move(district)
    _ask(district)
    _judge(district)
    _read_old_news(district)


def _invite(district: District) -> None:
    """The winter run asks two institutions; one declines."""
    assert district.staff is not None
    run = CourseRun.objects.get(centre=district.centre, title__endswith="（冬季班）")
    words = "请优先安排今年学时还没有达标的老师。"
    rows = inviting.invite(by=district.staff, run=run, institutions=district.institutions[:2], places=6, words=words)
    managers = noticing.managers(district.institutions[:2])
    if declining := managers.get(rows[-1].institution_id):
        inviting.decline(by=declining[0], invitation=rows[-1], reason="这两周园里人手紧，抽不出人。")


def _queue(district: District, course: Course) -> None:
    """A small run is full and three people wait."""
    assert district.staff is not None
    day = timezone.localdate() + timedelta(days=20)
    rooms, trainers = [*district.centre.rooms.order_by("-seats")], [*district.centre.trainers.order_by("name")]
    plan = SessionPlan(
        "婴儿心肺复苏", Bucket.SKILL, _at(day, 9), _at(day, 12), 15, trainers[0], rooms[-1], category="安全防范"
    )
    run = scheduling.plan_run(
        by=district.staff,
        course=course,
        centre=district.centre,
        title=f"{course.title}（小班实操）",
        place=f"{district.region.name}市民中心",
        capacity=5,
        sessions=[plan],
        open=True,
    )
    people, sent_by = [row[0] for row in district.people[:8]], {row[0].pk: row[2].pk for row in district.people}
    enrolling.enrol_many(by=district.staff, run=run, people=people[:5], institutions=sent_by)
    enrolling.wait_many(by=district.staff, run=run, people=people[5:], institutions=sent_by)


def _move(district: District) -> None:
    """The last session of the run that is on was put off by an hour."""
    assert district.staff is not None
    session = Session.objects.filter(run__centre=district.centre, run__title__endswith="（实操强化班）").latest(
        "starts_at"
    )
    later = timedelta(hours=1)
    rescheduling.move_session(
        by=district.staff,
        session=session,
        starts_at=session.starts_at + later,
        ends_at=session.ends_at + later,
        room=session.room,
        trainer=session.trainer,
        reason="授课人上午另有安排",
    )


def _ask(district: District) -> None:
    """Whoever has an account asks to be excused from it."""
    session = Session.objects.filter(run__centre=district.centre, run__title__endswith="（实操强化班）").latest(
        "starts_at"
    )
    enrolled = Enrollment.objects.filter(run=session.run).values("person")
    user = User.objects.filter(person__in=enrolled).order_by("username").first()
    if user and user.person:
        excusing.ask(by=user, session=session, person=user.person, reason="当天下午要带孩子去医院复查，已约好时间。")


def _judge(district: District) -> None:
    """Six people judge the last run that is over; most of them have no account, so the rows are written here."""
    run = CourseRun.objects.filter(centre=district.centre, state=RunState.FINISHED).order_by("-code").first()
    if run is None:
        return
    places = Enrollment.objects.filter(run=run, state="enrolled").order_by("enrolled_at", "pk")
    Evaluation.objects.bulk_create(
        Evaluation(enrollment=place, content=content, teaching=teaching, organisation=organisation, words=words)
        for place, (content, teaching, organisation, words) in zip(places, OPINIONS, strict=False)
    )


def _read_old_news(district: District) -> None:
    """The runs of the past year were over long ago: only what is new is unread."""
    users = User.objects.filter(person__in=[row[0].pk for row in district.people])
    for user in users:
        for notice in noticing.notices_of(user).filter(code="run_over"):
            noticing.mark_read(user, notice)


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
