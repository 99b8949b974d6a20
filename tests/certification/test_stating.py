"""The statement of hours: every entry, counted or not and why, on the page, on paper and as a table."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pypdfium2 as pdfium
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from certification import assessing
from certification.models import YearKind
from certification.pdf.statement import Row, Section, StatementSheet, draw
from certification.stating import Line, Statement, Year, statement_of
from certification.views import statement_file
from courses.models import Bucket, CourseKind, HourClaim, HourClaimItem, HourEntry, Session, Source, TrainingYear
from lms.registry.models import AuditEntry, Person, Post, Purpose
from tests.factories import (
    YEAR,
    at,
    make_attendance,
    make_course,
    make_entry,
    make_file,
    make_learner,
    make_manager,
    make_officer,
    make_post,
    make_run,
    make_session,
    make_standard,
    make_user,
    next_number,
    qingpu,
    signed_in,
    songjiang,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return make_post().person


def attended(person: Person, session: Session | None = None, **kw: Any) -> HourEntry:
    """There from beginning to end, and credited."""
    session = session or make_session()
    attendance = make_attendance(session, person)
    return make_entry(person, session, attendance.minutes, **kw)


def take_back(entry: HourEntry, note: str) -> None:
    HourEntry.objects.create(
        person=entry.person,
        session=entry.session,
        bucket=entry.bucket,
        minutes=-entry.minutes,
        day=entry.day,
        year=entry.year,
        source=entry.source,
        reverses=entry,
        rule_version="test",
        note=note,
    )


def claimed(person: Person, minutes: int, granted: int | None, reason: str = "") -> HourClaimItem:
    """An item of a claim for a day of `YEAR`: granted so many minutes, refused (0), or open (None)."""
    user = make_user()
    claim = HourClaim.objects.create(
        person=person,
        source=Source.OUTSIDE,
        title="市级骨干研修",
        organiser="市教师进修学院",
        region=songjiang(),
        evidence=make_file(Purpose.EVIDENCE, user),
        claimed_by=user,
    )
    decided = {} if granted is None else {"decided_by": user, "decided_at": timezone.now(), "reason": reason}
    state = "open" if granted is None else "granted" if granted else "refused"
    item = HourClaimItem.objects.create(
        claim=claim,
        number=1,
        day=date(YEAR, 5, 1),
        bucket=Bucket.SKILL,
        asked_minutes=minutes,
        granted_minutes=granted or 0,
        state=state,
        **decided,
    )
    if granted:
        HourEntry.objects.create(
            person=person,
            item=item,
            bucket=Bucket.SKILL,
            minutes=granted,
            day=item.day,
            year=YEAR,
            source=Source.OUTSIDE,
            rule_version="test",
        )
    return item


def only_line(statement: Statement) -> Line:
    (year,) = statement.years
    (line,) = year.lines
    return line


def counted(year: Year) -> dict[str, int]:
    return {total.bucket.value: total.counted for total in year.totals}


def test_a_session_attended_counts_in_full(person: Person) -> None:
    attended(person)
    line = only_line(statement_of(person))
    assert (line.offered, line.counted, line.why, line.full) == (180, 180, "", True)


@pytest.mark.parametrize(
    ("state", "less", "words"),
    [
        ("absent", "", "Marked absent"),
        ("excused", "", "Excused"),
        ("late", "late", "too late"),
        ("present", "suspended", "Suspended"),
        ("present", "overlap", "something else"),
        ("present", "false", "false"),
    ],
)
def test_what_gave_nothing_says_why(person: Person, state: str, less: str, words: str) -> None:
    times = {"arrived_at": None, "left_at": None} if state in ("absent", "excused") else {}
    make_attendance(make_session(), person, state=state, less=less, minutes=0, **times)
    with translation.override("en"):
        line = only_line(statement_of(person))
    assert (line.offered, line.counted) == (180, 0)
    assert words in line.why


def test_a_part_of_a_session_says_why_not_all_of_it(person: Person) -> None:
    session = make_session()
    make_attendance(session, person, state="late", minutes=120, less="overlap")
    make_entry(person, session, 120)
    with translation.override("en"):
        line = only_line(statement_of(person))
    assert (line.offered, line.counted) == (180, 120)
    assert line.why == "The time counts for something else already."


def test_hours_taken_back_count_nothing_and_name_the_reason(person: Person) -> None:
    take_back(attended(person), "代签")
    line = only_line(statement_of(person))
    assert (line.counted, "代签" in line.why) == (0, True)


def test_hours_before_service_count_for_no_year(person: Person) -> None:
    run = make_run(make_course(kind=CourseKind.PRE_SERVICE))
    attended(person, make_session(run), source=Source.PRE_SERVICE)
    statement = statement_of(person)
    assert only_line(statement).counted == 0
    assert counted(statement.years[0]) == {"skill": 0, "ethics": 0}


def test_claims_granted_refused_and_undecided(person: Person) -> None:
    claimed(person, 200, 90, "只认半天")
    claimed(person, 60, 0, "没有证明")
    claimed(person, 45, None)
    (year,) = statement_of(person).years
    found = {(line.offered, line.counted): line.why for line in year.lines}
    assert set(found) == {(200, 90), (60, 0), (45, 0)}
    assert found[200, 90] == "只认半天"
    assert "没有证明" in found[60, 0]
    assert counted(year)["skill"] == 90


def test_years_the_newest_first_and_what_they_come_to(person: Person) -> None:
    attended(person, make_session(starts_at=at(f"{YEAR}-12-30 09:00")), category="安全防护")
    attended(person, make_session(starts_at=at(f"{YEAR - 1}-12-30 09:00"), bucket=Bucket.ETHICS), category="职业道德")
    statement = statement_of(person)
    assert [year.year for year in statement.years] == [YEAR, YEAR - 1]
    assert {total.bucket: total.counted for total in statement.totals} == {"skill": 180, "ethics": 180}
    assert dict(statement.categories) == {"安全防护": 180, "职业道德": 180}
    assert statement.year(str(YEAR - 1)) == statement.years[1]
    assert statement.year("x") == statement.years[0]


def standard(person: Person, **kw: Any) -> None:
    """Her year assessed under a standard of a region of its own."""
    post = Post.objects.get(person=person)
    region = qingpu()
    Post.objects.filter(pk=post.pk).update(institution=make_post().institution)
    Post.objects.get(pk=post.pk).institution.__class__.objects.filter(posts__pk=post.pk).update(region=region)
    make_standard(region, year_from=YEAR, skill_hours=4, ethics_hours=2, code=f"own-{next_number()}", **kw)
    TrainingYear.objects.get_or_create(person=person, year=YEAR)
    assessing.assess_people([person.pk], YEAR)


def test_over_the_ceiling_of_a_day_the_later_ones_give_way(person: Person) -> None:
    run = make_run()
    for begins in ("08:00", "13:00"):
        attended(person, make_session(run, at(f"{YEAR}-04-01 {begins}")))
    standard(person, day_ceiling=6)
    (year,) = statement_of(person).years
    later, earlier = year.lines
    assert (earlier.counted, later.counted, later.offered) == (180, 90, 180)
    assert "6" in later.why
    assert counted(year)["skill"] == 270


def test_a_school_year_takes_its_own_days(person: Person) -> None:
    for day in (f"{YEAR}-09-02", f"{YEAR + 1}-03-02", f"{YEAR}-03-02"):
        attended(person, make_session(starts_at=at(f"{day} 09:00")))
    standard(person, year_kind=YearKind.SCHOOL)
    years = {year.year: year for year in statement_of(person).years}
    found = [line.day for line in years[YEAR].lines if line.day >= date(YEAR, 9, 1)]
    assert found == [date(YEAR + 1, 3, 2), date(YEAR, 9, 2)]
    assert years[YEAR].school


def test_read_with_as_many_queries_however_much_she_learnt(person: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted_queries:
            statement_of(person)
        return len(counted_queries)

    attended(person)
    claimed(person, 60, 0, "没有证明")
    before = queries()
    for _ in range(5):
        take_back(attended(person), "代签")
        claimed(person, 60, 45, "")
    assert queries() == before <= 6


def pages_of(content: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(content)]


def test_the_paper_counts_its_pages_and_masks_the_number(person: Person) -> None:
    for number in range(70):
        attended(person, make_session(starts_at=at(f"{YEAR}-02-01 08:00") + timedelta(days=number)))
    by = make_learner(person)
    answer = statement_file(by, person, "")
    pages = pages_of(answer.content)
    text = "".join(pages)
    assert answer["Content-Type"] == "application/pdf"
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page.replace(" ", "")
    document = person.documents.get()
    assert person.name in text
    assert document.masked in text
    assert document.number not in text
    assert AuditEntry.objects.get(action="draw_statement").subject_id == str(person.pk)


def test_a_character_without_a_glyph_does_not_stop_the_paper() -> None:
    row = Row("2025-01-01", "课\U0010ffff", "", "", "", "1", "")
    sheet = StatementSheet("名\U0010ffff", "", "", "", (), (Section("2025", (), (row,)),))
    assert "〓" in pages_of(draw(sheet))[0]
    assert draw(sheet) == draw(sheet)


def test_the_table_says_the_same_and_calculates_nothing(person: Person) -> None:
    attended(person, make_session(make_run(title="=1+1")))
    content = statement_file(make_learner(person), person, "csv").content.decode()
    assert content.startswith("\ufeff")
    _heads, row = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
    assert row[0] == str(YEAR)
    assert row[2] == "'=1+1"
    assert row[8:10] == ["4", "4"]


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_who_may_draw_it(person: Person, form: str) -> None:
    attended(person)
    institution = person.posts.get().institution
    query = {"form": form}
    mine = signed_in(make_learner(person)).get(reverse("my_statement"), query)
    assert mine.status_code == 200
    assert "no-store" in mine["Cache-Control"]
    at_bureau = reverse("bureau_statement", args=[person.pk])
    assert signed_in(make_officer()).get(at_bureau, query).status_code == 200
    assert signed_in(make_officer(qingpu())).get(at_bureau, query).status_code == 404
    at_work = reverse("institution_statement", args=[person.pk])
    assert signed_in(make_manager(institution)).get(at_work, query).status_code == 200
    assert signed_in(make_manager()).get(at_work, query).status_code == 404
    Post.objects.filter(person=person).update(ended_on=timezone.localdate(), state="left")
    assert signed_in(make_manager(institution)).get(at_work, query).status_code == 404
    assert AuditEntry.objects.filter(action="draw_statement").count() == 3


def test_the_dossier_and_the_record_show_it(person: Person) -> None:
    session = make_session()
    attended(person, session)
    for by, url in (
        (make_learner(person), reverse("my_record")),
        (make_officer(), reverse("bureau_person", args=[person.pk])),
        (make_manager(person.posts.get().institution), reverse("institution_person", args=[person.pk])),
    ):
        assert session.run.title in signed_in(by).get(url).content.decode()
