"""The whole story in one browser test: from a roster to a certificate, a rate, a rating, a ban and its end.

In Chinese and through the pages only; officers, centre and manager at a desk, the carers and whoever
verifies on a phone. What worker and beat do is done between two clicks by `work`, so nothing waits.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from courses.models import CourseKind, CourseRun, Trainer, TrainingYear
from courses.seeding import publish_page
from lms.registry.models import Institution, Person, Role
from tests import factories as make
from tests.browser import judging, learning
from tests.browser.learning import CARER, CARER_ID, COURSE, LATE, PRE_SERVICE, SITE
from tests.browser.stage import Stage, open_account
from tests.reports.rounds import make_carer

SHAOXING_ID = make.make_id_number(990_001)


@pytest.fixture(autouse=True)
def _far_enough_into_the_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story needs two weeks of this year behind it: early in January it is told on a day of December."""
    if timezone.localdate().timetuple().tm_yday < 20:
        now = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: now() - timedelta(days=30))
        # A field's default keeps the function it was given.
        changed_at = TrainingYear._meta.get_field("changed_at")
        monkeypatch.setattr(changed_at, "_get_default", lambda: timezone.now())


def test_the_story(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = set_the_scene()
    officer = stage.sign_in("songjiang")
    learning.import_a_roster(officer, monkeypatch)
    learning.verify_outside_certificates(officer)

    centre = stage.sign_in("centre")
    learning.open_a_run_behind_us(centre)
    learning.enrol_two_institutions(centre)
    learning.open_a_run_to_come(centre)

    open_accounts_of_the_roster()
    carer = stage.sign_in("carer", phone=True)
    learning.see_what_is_asked(carer, skill=88, ethics=40)
    learning.see_what_is_asked(stage.sign_in("qingpu-carer", phone=True), skill=72, ethics=40)
    learning.enrol_herself(carer)

    learning.call_the_rolls(centre)
    learning.find_one_hour_missing(carer)
    learning.correct_an_arrival(centre, officer)
    pdf = learning.fetch_certificate(carer, learning.YEARLY, tmp_path)
    rate_before = judging.rate_of(officer)
    learning.pass_the_pre_service_course(centre)
    learning.fetch_certificate(carer, learning.POST, tmp_path)

    anybody = stage.visitor(phone=True)
    code = learning.scan(pdf)
    learning.verify(anybody, code)

    rate = judging.rate_of(officer)
    assert rate == (rate_before[0] + 1, rate_before[1]), "a carer's post certificate counts"
    judging.follow_the_rate(officer, rate, tmp_path)
    judging.see_the_rate_of_ones_own(stage.sign_in("manager"), tmp_path)

    shaoxing, shaoxing_second = stage.sign_in("shaoxing"), stage.sign_in("shaoxing-second")
    round_page = judging.rate_institutions(shaoxing)
    rating = judging.rating_of(shaoxing, round_page)
    assert rating == ("二级", "888")

    second = stage.sign_in("songjiang-second")
    ban = judging.propose_a_ban(officer, CARER, CARER_ID, "沪松教案〔2026〕1号")
    assert judging.rate_of(officer) == rate, "a proposal bars nobody"
    judging.confirm_the_ban(second, ban)
    learning.verify(anybody, code, says="持证人已被禁入")
    assert judging.rate_of(officer) == (rate[0] - 1, rate[1])
    judging.find_her_refused(centre, carer, later)
    judging.find_her_row_refused(officer)
    on_post = judging.propose_a_ban(shaoxing, "郑秋月", SHAOXING_ID, "绍卫案〔2026〕1号")
    judging.confirm_the_ban(shaoxing_second, on_post)
    judging.see_the_veto(shaoxing, shaoxing_second, round_page)

    judging.annul(second, officer, ban)
    judging.annul(shaoxing_second, shaoxing, on_post)
    learning.verify(anybody, code)
    assert judging.rate_of(officer) == rate
    assert judging.rating_of(shaoxing, round_page) == rating
    learning.enrol_herself(carer, later.title)


def set_the_scene() -> CourseRun:
    """Accounts, a centre with two courses, a carer in Qingpu, an institution in Shaoxing; a run for the end."""
    for code, region in (("songjiang", make.songjiang()), ("shaoxing", make.make_region("330600"))):
        open_account(code, Role.BUREAU_OFFICER, name="陈科员", region=region)
        open_account(f"{code}-second", Role.BUREAU_OFFICER, name="林科长", region=region)
    centre = make.make_centre(name="松江托育人才培训中心")
    Trainer.objects.create(centre=centre, name="陈老师")
    open_account("centre", Role.CENTRE_STAFF, name="吴教务", centre=centre)
    course = make.make_course(title=COURSE, code="responsive-care", ethics_minutes=180)
    first_course = {"kind": CourseKind.PRE_SERVICE, "awards": "post_training"}
    for listed in (course, make.make_course(title=PRE_SERVICE, code="pre-service", **first_course)):
        publish_page(listed)
    carer = make.make_post(make.make_person(name="沈若兰"), make.make_institution(region=make.qingpu())).person
    open_account("qingpu-carer", Role.LEARNER, name=carer.name, person=carer)
    site = make.make_institution(name=judging.SHAOXING_SITE, region=make.yuecheng())
    for number in range(9):
        make_carer(site, certified=number > 0)
    barred = make_carer(site).person
    barred.name = "郑秋月"
    barred.save()
    make.make_document(barred, number=SHAOXING_ID)
    later = make.make_run(course, centre, title="冬季班")
    make.make_session(later, timezone.now() + timedelta(days=9))
    return later


def open_accounts_of_the_roster() -> None:
    """A carer's account and a manager's, for those the roster has brought."""
    open_account("carer", Role.LEARNER, name=CARER, person=Person.objects.get(name=CARER))
    open_account("manager", Role.INSTITUTION_MANAGER, name=LATE, institution=Institution.objects.get(name=SITE))
