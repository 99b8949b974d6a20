"""The demo's courses, runs, attendance and results: a year of them, up to today and a little ahead."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from wagtail.models import Page

from courses import attending, enrolling, passing, scheduling
from courses.attending import Mark
from courses.models import Bucket, CataloguePage, Course, CourseKind, CoursePage, CourseRun, Enrollment
from courses.scheduling import SessionPlan
from lms.demo.cast import Draw
from lms.demo.staff import District
from lms.registry.models import Membership, Person, PostKind, Region

#: code, title, English, kind, bucket, summary, outline
CATALOGUE = (
    (
        "responsive-care",
        "婴幼儿回应性照护",
        "Responsive care for infants and toddlers",
        CourseKind.IN_SERVICE,
        Bucket.SKILL,
        "看懂宝宝的信号，在喂养、睡眠、如厕和游戏中给出恰当的回应。",
        ("观察与解读婴幼儿信号", "回应性喂养", "睡眠与安抚", "一日生活中的互动"),
    ),
    (
        "health-and-nutrition",
        "托育机构卫生保健与营养膳食",
        "Health care and nutrition in childcare",
        CourseKind.IN_SERVICE,
        Bucket.SKILL,
        "晨检、消毒、传染病防控、过敏与带量食谱，保健员和保育人员都用得上。",
        ("晨午检与健康观察", "传染病识别与报告", "消毒与通风", "辅食与带量食谱"),
    ),
    (
        "safety-first-aid",
        "安全防护与婴幼儿急救",
        "Safety and paediatric first aid",
        CourseKind.IN_SERVICE,
        Bucket.SKILL,
        "海姆立克、心肺复苏、跌落和烫伤的处置，以及机构的应急预案与演练。",
        ("环境风险排查", "气道异物梗阻", "婴儿心肺复苏", "应急预案与演练"),
    ),
    (
        "conduct-and-law",
        "托育从业人员职业道德与法律法规",
        "Professional ethics and law for childcare staff",
        CourseKind.IN_SERVICE,
        Bucket.ETHICS,
        "十项准则、未成年人保护、强制报告和心理调适，讲真实案例。",
        ("从业十项准则", "未成年人保护与强制报告", "情绪管理与心理健康", "家长沟通"),
    ),
    (
        "carer-pre-service",
        "保育人员上岗培训",
        "Pre-service training for carers",
        CourseKind.PRE_SERVICE,
        Bucket.SKILL,
        "新入职保育人员的岗前培训，考核合格发给上岗培训合格证书。",
        ("职业认知与规范", "生活照料", "安全与健康", "早期学习支持"),
    ),
)
MORNING, AFTERNOON = (time(8, 30), time(11, 30)), (time(13, 0), time(16, 0))
SKILL_COURSES = ("responsive-care", "health-and-nutrition", "safety-first-aid")


def build_catalogue() -> dict[str, Course]:
    """The courses and their pages."""
    china = Region.objects.get(code="000000")
    catalogue = CataloguePage.objects.get()
    courses = {}
    for code, title, title_en, kind, bucket, summary, outline in CATALOGUE:
        course = Course.objects.create(
            code=code,
            title=title,
            title_en=title_en,
            kind=kind,
            region=china,
            summary=summary,
            skill_minutes=720 if bucket == Bucket.SKILL else 0,
            ethics_minutes=720 if bucket == Bucket.ETHICS else 0,
            audience=[PostKind.CARER.value] if kind == CourseKind.PRE_SERVICE else [],
            awards="post_training" if kind == CourseKind.PRE_SERVICE else "",
        )
        body = [
            {"type": "text", "value": f"<p>{summary}</p>"},
            {"type": "outline", "value": [{"title": item, "text": ""} for item in outline]},
        ]
        page: Page = CoursePage(title=title, slug=code, course=course, body=body)
        catalogue.add_child(instance=page)
        courses[code] = course
    return courses


def build_year(district: District, courses: dict[str, Course]) -> None:
    """Runs all through the past year, one today, and two ahead that take enrolments."""
    today = timezone.localdate()
    full = district.place.key in ("songjiang", "qingpu", "fengxian")
    pattern = [*(SKILL_COURSES * 2), "conduct-and-law", "conduct-and-law", "conduct-and-law"]
    order = district.draw.random.sample(pattern, len(pattern)) if full else ["safety-first-aid", "conduct-and-law"]
    first, last = date(today.year, 1, 6), today - timedelta(days=9)
    span = max((last - first).days, len(order) * 14)
    for index, code in enumerate(order):
        day = last - timedelta(days=span * (len(order) - 1 - index) // max(len(order) - 1, 1))
        _past_run(district, courses[code], index + 1, day)
    if full:
        _pre_service(district, courses["carer-pre-service"], today - timedelta(days=60))
    _run(district, courses["safety-first-aid"], "实操强化班", [today, today + timedelta(days=7)], enrol=True)
    _run(district, courses["responsive-care"], "冬季班", [today + timedelta(days=d) for d in (10, 17)], enrol=False)
    _run(district, courses["conduct-and-law"], "年末班", [today + timedelta(days=d) for d in (12, 13)], enrol=False)


def _run(district: District, course: Course, suffix: str, days: list[date], *, enrol: bool) -> CourseRun:
    bucket = Bucket.SKILL if course.skill_minutes else Bucket.ETHICS
    outline = next(entry[6] for entry in CATALOGUE if entry[0] == course.code)
    # Pre-service runs have the second room and trainers of their own, so that they meet no other run.
    second = course.kind == CourseKind.PRE_SERVICE
    room = district.centre.rooms.order_by("-seats")[second]
    trainers = district.centre.trainers.order_by("name")[2 * second : 2 * second + 2]
    plans: list[SessionPlan] = []
    for day in days:
        for (begin, end), trainer in zip((MORNING, AFTERNOON), trainers, strict=True):
            title = outline[len(plans) % len(outline)]
            plans.append(SessionPlan(title, bucket, _at(day, begin), _at(day, end), 0, trainer, room))
    assert district.staff is not None
    run = scheduling.plan_run(
        by=district.staff,
        course=course,
        centre=district.centre,
        title=f"{course.title}（{suffix}）",
        place=f"{district.region.name}{district.draw.random.choice(('市民中心', '培训楼', '社区学校'))}三楼",
        capacity=60,
        sessions=plans,
        open=True,
    )
    if enrol:
        _enrol(district, run, [row[0] for row in district.people])
    return run


def _enrol(district: District, run: CourseRun, people: list[Person]) -> None:
    assert district.staff is not None
    sent_by = {row[0].pk: row[2].pk for row in district.people}
    enrolling.enrol_many(by=district.staff, run=run, people=people, institutions=sent_by)


def _past_run(district: District, course: Course, number: int, day: date) -> None:
    run = _run(district, course, f"第{number}期", [day, day + timedelta(days=1)], enrol=True)
    diligence = {row[0].pk: row[3] for row in district.people}
    assert district.staff is not None
    _call_rolls(district.staff, run, district.draw, diligence)
    scheduling.finish_run(by=district.staff, run=run)


def _call_rolls(staff: Membership, run: CourseRun, draw: Draw, diligence: dict[UUID, float]) -> None:
    people = [row.person for row in Enrollment.objects.filter(run=run).select_related("person")]
    for session in run.sessions.all():
        marks = []
        for person in people:
            if draw.random.random() > diligence.get(person.pk, 1):
                marks.append(Mark(person, None, None))
                continue
            late = draw.random.choice((0,) * 14 + (10, 25))
            early = draw.random.choice((0,) * 18 + (20,))
            marks.append(
                Mark(person, session.starts_at + timedelta(minutes=late), session.ends_at - timedelta(minutes=early))
            )
        attending.call_roll(by=staff, session=session, marks=marks)


def _pre_service(district: District, course: Course, day: date) -> None:
    """Carers without any certificate take the pre-service course; most pass."""
    carers = [
        row[0]
        for row in district.people
        if row[1] == PostKind.CARER and not row[0].qualifications.exclude(state="doubtful").exists()
    ][:6]
    if not carers:
        return
    run = _run(district, course, "岗前班", [day, day + timedelta(days=1)], enrol=False)
    _enrol(district, run, carers)
    assert district.staff is not None
    _call_rolls(district.staff, run, district.draw, {})
    results = []
    for enrollment in Enrollment.objects.filter(run=run).order_by("enrolled_at", "pk"):
        score = district.draw.random.randint(52, 98)
        results.append(passing.Result(enrollment, score >= 60, score))
    passing.record_results(by=district.staff, results=results)
    scheduling.finish_run(by=district.staff, run=run)


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
