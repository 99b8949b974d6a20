"""axe finds nothing on any main page: on a phone and at a desk, light and dark; nor is a page too wide.

The pages stand in the world that the permission tests walk through, grown a little, so that lists,
states and refusals are there to be judged.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from courses.models import RunState, Session
from courses.seeding import publish_page
from lms.registry import absenting
from lms.registry.models import Post, User
from lms.web.views import SHELLS
from tests import factories as make
from tests import world as worlds
from tests.browser.stage import Stage
from tests.pages import filing, people, planning, privacy
from tests.reports.classes import make_class, serve

# What a browser draws does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")

SCREENS: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
#: Dark or light changes colours alone, so the second theme is judged by them.
THEMES = {"light": None, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}
FIND = """async options => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...options });
  return violations.flatMap(({ id, nodes }) => nodes.map(
    ({ target, any }) => `${id}: ${target.join(" ")} ${any.map(check => check.message).join("; ")}`));
}"""


def test_axe_finds_nothing(stage: Stage, settings: Any) -> None:
    world = worlds.build()
    place = world.here
    worlds.grow(place, 2)
    page_of_course = publish_page(place.run.course, "<p>看懂婴幼儿的信号，及时、恰当地回应。</p>")
    readers: dict[User | None, list[str]] = {
        None: ["/", "/catalogue/", page_of_course.url, *visitors_pages(place)],
        place.learner.user: learners_pages(place),
        place.trainer.user: trainers_pages(place),
        place.manager.user: managers_pages(place),
        place.officer.user: officers_pages(place),
        world.admin.user: [reverse("bureau_audit")],
    }
    found = faults(stage, readers)
    settings.DEBUG = True  # the component page is there only then
    page = stage.visitor()
    for shell in SHELLS:
        found += faults_of(page, f"/styleguide/?shell={shell}")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_pages_of_people_and_their_data(stage: Stage) -> None:
    place = worlds.build().here
    for furnish in (people.furnish, privacy.furnish, filing.furnish):
        furnish(place)
    found = faults(
        stage,
        {
            place.learner.user: [
                reverse("my_data"),
                reverse("my_lookups"),
                reverse("notices"),
                reverse("password_change"),
            ],
            place.trainer.user: [reverse("centre_learner_new")],
            place.manager.user: own_data_at_the_institution(place),
            place.officer.user: register_of_the_bureau(place),
            place.supervisor.user: [reverse("bureau_erasures")],
        },
    )
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_pages_of_planning(stage: Stage) -> None:
    place = worlds.build().here
    planning.furnish(place)
    run, session = place.rows["open_run"], place.rows["open_run"].sessions.get()
    of_run = ("centre_run", "centre_run_change", "centre_session_new", "centre_invite")
    desk = [reverse(name, args=[run.pk]) for name in of_run] + [reverse("centre_session_plan", args=[session.pk])]
    desk += [reverse(name) for name in ("centre_calendar", "centre_rooms", "centre_trainers", "centre_excuses")]
    desk += [reverse("centre_room", args=[place.rows["room"].pk]), reverse("centre_trainer_new")]
    desk += [f"{reverse('centre_figures')}?year=2025", reverse("centre_evaluation", args=[place.run.pk])]
    found = faults(
        stage,
        {
            place.trainer.user: desk,
            place.learner.user: [
                reverse("my_excuse", args=[place.session.pk]),
                reverse("my_evaluation", args=[place.run.pk]),
            ],
            place.manager.user: [
                reverse("institution_invitations"),
                reverse("institution_invitation", args=[place.rows["invitation"].pk]),
            ],
        },
    )
    assert not found, "\n".join(found)


def faults(stage: Stage, readers: dict[User | None, list[str]]) -> list[str]:
    """What is wrong with the pages that each reader opens."""
    found: list[str] = []
    for reader, paths in readers.items():
        page = stage.enter(reader)
        for path in dict.fromkeys(paths):
            found += faults_of(page, path)
    return found


def faults_of(page: Page, path: str) -> Iterator[str]:
    """What axe says of the page at `path` on both screens in both themes, and where it is wider than a screen."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == (404 if "UNKNOWN" in path else 200), f"{answer.status} {path}"
    page.evaluate(Axe().axe_script)
    for screen, size in SCREENS.items():
        page.set_viewport_size(size)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            yield f"{path} {screen}: {width} wide"
        for theme, options in THEMES.items():
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            yield from (f"{path} {screen} {theme}: {fault}" for fault in page.evaluate(FIND, options))


def visitors_pages(place: worlds.Place) -> list[str]:
    return [
        reverse("sign_in"),
        reverse("sign_in_by_code"),
        reverse("activate"),
        reverse("verify_form"),
        reverse("verify", args=[place.certificate.serial]),
        reverse("verify", args=["UNKNOWN"]),
    ]


def learners_pages(place: worlds.Place) -> list[str]:
    return [
        reverse("my_home"),
        reverse("my_record"),
        reverse("my_courses"),
        reverse("my_checkin"),
        reverse("my_run", args=[place.run.pk]),
        reverse("my_certificate", args=[place.certificate.pk]),
        reverse("my_qualifications"),
        *(reverse(name) for name in ("account", "account_phone", "factor_totp", "factor_passkey")),
    ]


def trainers_pages(place: worlds.Place) -> list[str]:
    """Among them a roll and results that are still to be recorded."""
    run = make.make_run(place.run.course, place.centre, state=RunState.OPEN)
    session: Session = make.make_session(run)
    for person in place.staff:
        make.make_enrollment(run, person) if person != place.staff[-1] else None
    return [
        reverse("centre_home"),
        reverse("centre_runs"),
        reverse("centre_run", args=[run.pk]),
        reverse("centre_run_new"),
        reverse("centre_session", args=[session.pk]),
        reverse("centre_session", args=[place.session.pk]),
        reverse("centre_enrol", args=[run.pk]),
        reverse("centre_results", args=[run.pk]),
    ]


def managers_pages(place: worlds.Place) -> list[str]:
    return [
        reverse("institution_home"),
        reverse("institution_roster"),
        reverse("institution_rates"),
        reverse("institution_import"),
        reverse("institution_import_preview", args=[place.own_upload.pk]),
        reverse("institution_person", args=[place.staff[0].pk]),
        *(reverse(f"institution_{name}") for name in ("entries", "entry_new", "checks", "qualifications")),
        reverse("notices"),
        *pages_of_posts_and_classes(place),
    ]


def pages_of_posts_and_classes(place: worlds.Place) -> list[str]:
    """A class short of staff, and somebody who is away."""
    post = Post.objects.get(person=place.staff[0], ended_on__isnull=True)
    group = make_class(place.institution, children=16)
    serve(group, post)
    absenting.begin_leave(by=None, post=post, kind="other", on=timezone.localdate() + timedelta(days=3))
    return [
        reverse("institution_classes"),
        reverse("institution_class", args=[group.pk]),
        reverse("institution_post", args=[post.pk]),
    ]


def officers_pages(place: worlds.Place) -> list[str]:
    code = place.round.code
    return [
        reverse("bureau_home"),
        reverse("bureau_institutions"),
        reverse("bureau_people"),
        reverse("bureau_person", args=[place.staff[0].pk]),
        reverse("bureau_rosters"),
        reverse("bureau_roster", args=[place.upload.pk]),
        reverse("bureau_qualifications"),
        reverse("bureau_qualification", args=[place.qualification.pk]),
        reverse("bureau_entries"),
        reverse("bureau_certificates"),
        reverse("bureau_certificate", args=[place.certificate.pk]),
        reverse("bureau_rates"),
        reverse("bureau_rate_people"),
        reverse("bureau_ratios"),
        reverse("bureau_ratio", args=[place.institution.pk]),
        reverse("bureau_ratings"),
        reverse("bureau_rating_round", args=[code]),
        reverse("bureau_rating", args=[code, place.institution.pk]),
        reverse("bureau_bans"),
        reverse("bureau_ban", args=[place.ban.pk]),
        reverse("bureau_ban_new"),
        f"{reverse('bureau_ban_new')}?person={place.staff[0].pk}",
        reverse("bureau_standards"),
        reverse("job", args=[place.job.pk]),
        reverse("account"),
        reverse("second_factor_setup"),
    ]


def own_data_at_the_institution(place: worlds.Place) -> list[str]:
    """Staff by what they lack, checks before hiring, whole numbers."""
    person = [place.staff[0].pk]
    return [
        f"{reverse('institution_roster')}?show=papers",
        f"{reverse('institution_roster')}?q=没有这个人",
        reverse("institution_queries"),
        reverse("institution_query_batch", args=[place.rows["batch"].pk]),
        reverse("institution_unmask", args=person),
        f"{reverse('institution_checks')}?kind=health&show=all",
        reverse("institution_qualification_new", args=person),
    ]


def register_of_the_bureau(place: worlds.Place) -> list[str]:
    """Who is who, what people ask about their data, what the bureau answers, and the filing of institutions."""
    person = [place.staff[0].pk]
    return [
        reverse("bureau_duplicates"),
        reverse("bureau_merge", args=[place.rows["merge"].pk]),
        reverse("bureau_document_new", args=person),
        reverse("bureau_document_end", args=[place.staff[0].documents.earliest("created_at").pk]),
        reverse("bureau_name_change", args=person),
        reverse("bureau_same_person", args=person),
        reverse("bureau_learner_new"),
        reverse("bureau_unmask", args=person),
        reverse("bureau_corrections"),
        reverse("bureau_correction", args=[place.rows["correction"].pk]),
        reverse("bureau_erasures"),
        reverse("bureau_erase", args=[place.staff[1].pk]),
        reverse("bureau_retention"),
        reverse("bureau_queries"),
        reverse("bureau_query", args=[place.rows["query"].pk]),
        reverse("bureau_institution", args=[place.institution.pk]),
        *(reverse("bureau_filing", args=[place.institution.pk, step]) for step in ("suspend", "close")),
    ]
