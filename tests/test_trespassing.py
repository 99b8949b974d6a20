"""Ways around the front door: rows of others smuggled into forms and addresses, roles that ended, garbage."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from certification import printing
from certification.models import Qualification, Revocation
from courses import seeding
from courses.models import AttendanceCorrection, Enrollment
from lms.registry import enlisting
from lms.registry.models import AuditEntry, PrivateFile
from tests import factories as make
from tests.pages import FURNISH, PAGES
from tests.test_permissions import CMS, EVERY, fresh, url_of
from tests.world import SIGN_IN, Place, World, browser, foreign_to, judged, outcome, said, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with standing(django_db_blocker, FURNISH) as world:
        yield world


# --- Smuggled -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """Somebody of `here` opens or sends `name` with a key of a place that is none of hers."""

    persona: str
    name: str
    values: Callable[[Place], dict[str, Any]]
    #: Whose key it is.
    victim: str = "elsewhere"
    at: Callable[[World], dict[str, Any]] | None = None
    send: bool = False
    status: int = 404

    def __str__(self) -> str:
        return f"{self.persona} {self.name} {self.victim}"

    def carry_out(self, world: World) -> Any:
        url = reverse(self.name, kwargs=self.at(world) if self.at else {})
        client = browser(world.personas[self.persona])
        values = self.values(getattr(world, self.victim))
        return client.post(url, values) if self.send else client.get(url, values)


def region(place: Place) -> dict[str, Any]:
    return {"region": place.region.code}


def institution(place: Place) -> dict[str, Any]:
    return {"institution": place.institution.uscc}


def nothing(_place: Place) -> dict[str, Any]:
    return {}


def own_run(world: World) -> dict[str, Any]:
    return {"pk": world.here.run.pk}


def own_session(world: World) -> dict[str, Any]:
    return {"pk": world.here.session.pk}


def own_round(world: World) -> dict[str, Any]:
    return {"code": world.here.round.code}


ATTEMPTS = [
    Attempt("officer", "bureau_rates", region, status=200),
    Attempt("officer", "bureau_rate_people", region),
    Attempt("officer", "bureau_rate_people", institution),
    Attempt("officer", "rate_export", institution),
    Attempt("officer", "rate_export", region),
    Attempt("officer", "bureau_institutions", region, status=200),
    Attempt("officer", "bureau_qualifications", lambda them: {"institution": them.institution.name[:-1]}, status=200),
    Attempt("officer", "bureau_people", lambda them: {"q": them.surname}, status=200),
    Attempt("officer", "bureau_certificates", lambda them: {"q": them.surname}, status=200),
    Attempt("officer", "bureau_bans", lambda them: {"q": them.surname}, status=200),
    Attempt("officer", "bureau_ban_new", lambda them: {"person": them.staff[0].pk}),
    Attempt(
        "officer",
        "bureau_qualifications",
        lambda them: {"act": "verify", "picked": them.qualification.pk},
        send=True,
        status=409,
    ),
    Attempt("supervisor", "bureau_rate_freeze", region, send=True, status=302),
    Attempt("supervisor", "bureau_audit", lambda them: {"actor": them.officer.user.username}, status=200),
    Attempt("officer", "switch_membership", lambda them: {"membership": them.officer.pk}, send=True),
    Attempt("manager", "institution_rates", institution, victim="beside"),
    Attempt("manager", "rate_export", institution, victim="beside"),
    Attempt("manager", "rate_export", region, status=200),
    Attempt("manager", "institution_roster", lambda them: {"q": them.surname}, victim="beside", status=200),
    Attempt("trainer", "centre_session", lambda them: {"correct": them.attendance.pk}, victim="beside", at=own_session),
    Attempt(
        "trainer",
        "centre_session",
        lambda them: {"attendance": them.attendance.pk, "absent": "on", "reason": "误记"},
        victim="beside",
        at=own_session,
        send=True,
    ),
    Attempt(
        "trainer",
        "centre_run",
        lambda them: {"act": "withdraw", "enrollment": them.enrollment.pk},
        victim="beside",
        at=own_run,
        send=True,
    ),
    Attempt(
        "trainer",
        "centre_results",
        lambda them: {f"result-{them.enrollment.pk.hex}": "fail"},
        victim="beside",
        at=own_run,
        send=True,
        status=302,
    ),
    Attempt("trainer", "centre_enrol", lambda them: {"q": them.surname}, victim="far", at=own_run, status=200),
    Attempt(
        "trainer",
        "centre_enrol",
        lambda them: {"act": "enrol", "institution": them.institution.pk, "person": them.staff[0].pk},
        victim="far",
        at=own_run,
        send=True,
        status=302,
    ),
    Attempt(
        "officer",
        "bureau_rating_round",
        lambda them: {"job": them.job.pk},
        at=own_round,
    ),
]


def state(world: World) -> tuple[object, ...]:
    """All that an attempt could have changed at the other places."""
    return (
        AuditEntry.objects.exclude(subject_id__in=[str(world.here.snapshot.pk)]).count(),
        sorted(Qualification.objects.values_list("pk", "state")),
        sorted(Enrollment.objects.values_list("pk", "state")),
        AttendanceCorrection.objects.count(),
        Revocation.objects.count(),
    )


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_a_key_of_somebody_else_opens_nothing(attempt: Attempt, world: World) -> None:
    before = state(world)
    answer = attempt.carry_out(world)
    assert answer.status_code == attempt.status
    judged(answer, attempt.persona, world, str(attempt))
    if attempt.name != "rate_export" or attempt.status == 404:  # an export is recorded
        assert state(world) == before


def test_an_institution_of_elsewhere_is_not_in_the_round(world: World) -> None:
    officer = browser(world.here.officer.user)
    for place, status in ((world.here, 200), (world.elsewhere, 404), (world.far, 404)):
        url = reverse("bureau_rating", args=[world.here.round.code, place.institution.pk])
        assert officer.get(url).status_code == status
        assert officer.post(url, {"act": "rate"}).status_code == (302 if status == 200 else 404)


def test_a_certificate_is_no_private_file_for_anybody(world: World) -> None:
    """Its own address asks whose it is; the general one must not become a way around."""
    file = printing.pdf_of(world.here.certificate)
    refusals = {"visitor": SIGN_IN, "nobody": 403, "former": 403}
    for persona, user in world.personas.items():
        answer = browser(user).get(reverse("private_file", args=[file.pk]))
        assert outcome(answer) == refusals.get(persona, 404), persona


def test_a_roster_is_for_those_who_may_see_the_upload(world: World) -> None:
    kept: PrivateFile = world.here.own_upload.file
    opened = {
        persona
        for persona, user in world.personas.items()
        if browser(user).get(reverse("private_file", args=[kept.pk])).status_code == 200
    }
    assert opened == {"manager", "officer", "supervisor", "admin"}


def test_a_look_up_elsewhere_finds_nobody_and_is_recorded(world: World) -> None:
    person = world.far.staff[0]
    typed = {"kind": "resident", "number": person.documents.get().number, "purpose": "核对"}
    answer = browser(world.here.officer.user).post(reverse("bureau_people"), typed)
    text = said(answer)
    assert answer.status_code == 200
    assert not [name for name in foreign_to("officer", world) if name in text]
    assert AuditEntry.objects.filter(action="person.lookup", subject_id=str(person.pk)).exists()


# --- Roles that change ----------------------------------------------------------------------


def test_an_ended_role_is_over_at_once(world: World) -> None:
    place = world.here
    for membership, name in (
        (place.officer, "bureau_home"),
        (place.manager, "institution_roster"),
        (place.trainer, "centre_home"),
        (place.learner, "my_home"),
    ):
        client = browser(membership.user)
        assert client.get(reverse(name)).status_code == 200
        enlisting.end(by=None, membership=membership)
        assert outcome(client.get(reverse(name))) == SIGN_IN
        assert outcome(client.post(reverse(name))) in (SIGN_IN, 405)
        assert browser(membership.user).get(reverse(name)).status_code == 403


def test_an_ended_editor_is_out_of_the_cms(world: World) -> None:
    client = browser(world.editor.user)
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    enlisting.end(by=None, membership=world.editor)
    assert outcome(client.get(reverse("wagtailadmin_home"))) == SIGN_IN


def test_switching_changes_what_one_sees(world: World) -> None:
    here, beside = world.here, world.beside
    other = make.make_manager(beside.institution, user=here.manager.user)
    client = browser(here.manager.user)
    roster = reverse("institution_roster")
    dossier = reverse("institution_person", args=[here.staff[0].pk])
    for membership, own, foreign, status in ((here.manager, here, beside, 200), (other, beside, here, 404)):
        switched = client.post(reverse("switch_membership"), {"membership": membership.pk})
        assert switched.status_code == 302
        text = said(client.get(roster))
        assert own.learner_name in text
        assert foreign.learner_name not in text
        assert client.get(dossier).status_code == status
    enlisting.end(by=None, membership=other)
    assert outcome(client.get(roster)) == SIGN_IN, "a session ends with a role of its account"
    client = browser(here.manager.user)
    assert client.post(reverse("switch_membership"), {"membership": other.pk}).status_code == 404
    assert here.learner_name in said(client.get(roster)), "the role one acted in has ended: the other one holds"


def test_two_desks_are_kept_apart(world: World) -> None:
    """One account, a manager and an officer: each desk opens only in its own role."""
    user = make.make_officer(world.here.region, user=world.here.manager.user).user
    client = browser(user)
    for role, own, other in (
        ("bureau_officer", "bureau_home", "institution_home"),
        ("institution_manager", "institution_home", "bureau_home"),
    ):
        client.post(reverse("switch_membership"), {"membership": user.memberships.get(role=role).pk})
        assert client.get(reverse("home_of_role"))["Location"] == reverse(own)
        assert client.get(reverse(own)).status_code == 200
        assert client.get(reverse(other)).status_code == 403


# --- Garbage --------------------------------------------------------------------------------

FIELDS = (
    *("q", "page", "state", "kind", "region", "filing", "institution", "on", "metric", "show", "reason", "post"),
    *("year", "person", "correct", "attendance", "course", "job", "result", "actor", "role", "since", "until", "form"),
    *("number", "bucket", "enrollment", "candidate", "veto", "picked", "membership", "as_of", "purpose", "next"),
)
VALUES = ("\x00", "zzz", "0001-01-01", "9999-12-31", "-1", "9" * 30)
ALONE = ("institution", "region", "person", "job", "correct")
ACTS = (
    *("zzz", "open", "withdraw", "enrol", "verify", "verify_all", "doubt", "confirm", "reject", "annul", "keep"),
    *("propose_annulment", "revoke", "supersede", "score", "report", "dismiss", "close", "\x00"),
)


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.get == 200 and page.who])
def test_garbage_in_an_address_is_no_accident(name: str, world: World) -> None:
    client = browser(world.personas[PAGES[name].who[0]])
    url = url_of(name, world.here)
    for value in VALUES:
        assert client.get(url, dict.fromkeys(FIELDS, value)).status_code < 500, value
    for one in ALONE:  # a bad value that hides others
        assert client.get(url, dict.fromkeys(set(FIELDS) - {one}, "zzz")).status_code < 500, one


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.post != 405 and page.who])
def test_garbage_in_a_form_is_no_accident(name: str, world: World) -> None:
    client = browser(world.personas[PAGES[name].who[0]])
    url = url_of(name, world.here)
    for act in ACTS:
        for value in ("zzz", "\x00"):
            assert fresh(client).post(url, {**dict.fromkeys(FIELDS, value), "act": act}).status_code < 500, act


@pytest.mark.parametrize("route", ["/v/%00", "/bureau/ratings/%00/", "/catalogue/%00/", "/%00"])
def test_garbage_in_a_path_is_nothing(route: str, world: World) -> None:
    assert browser(world.here.officer.user).get(route).status_code == 404


# --- The editing screens and the pages of the tree ------------------------------------------

#: Wagtail's own addresses that ask nothing of a visitor.
OPEN = {"wagtailadmin_login", "wagtailadmin_logout", "wagtailadmin_javascript_catalog", "wagtailadmin_sprite"}
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def cms_urls() -> Iterator[tuple[str, str]]:
    """(URL name, an address) of every pattern below /cms/."""
    for route, name, _arguments in EVERY:
        if route.startswith(CMS) and "(?P" not in route and not route.endswith(".*/$"):
            filled = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)
            yield name, "/" + filled.replace("^", "").replace("$", "")


@pytest.mark.parametrize("persona", ["visitor", "learner", "officer", "admin"])
def test_the_cms_is_for_editors_only(persona: str, world: World) -> None:
    client = browser(world.personas[persona])
    walked = [(name, client.get(url)) for name, url in cms_urls() if name not in OPEN]
    assert len(walked) > 150
    assert {name for name, answer in walked if outcome(answer) not in (SIGN_IN, 404)} == set()
    assert outcome(client.get(reverse("wagtailadmin_home"))) == SIGN_IN


def test_an_editor_edits_pages_and_nothing_else(world: World) -> None:
    client = browser(world.editor.user)
    for name in ("wagtailadmin_home", "wagtailimages:index"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200, name
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self' 'unsafe-inline'" in answer["Content-Security-Policy"]
        assert not [foreign for foreign in foreign_to("editor", world) if foreign in said(answer)]
    assert "unsafe" not in client.get("/")["Content-Security-Policy"]
    for name in ("wagtailusers_users:index", "wagtailusers_groups:index", "wagtailsites:index"):
        assert client.get(reverse(name)).status_code == 302, name


def test_who_may_not_edit_is_not_sent_in_circles(world: World) -> None:
    for persona in ("officer", "learner", "nobody"):
        answer = browser(world.personas[persona]).get(reverse("wagtailadmin_home"), follow=True)
        assert answer.status_code == (403 if persona == "nobody" else 200), persona
        assert len(answer.redirect_chain) <= 3, persona


def test_accounts_are_kept_in_one_place(world: World) -> None:
    """Passwords and addresses change where it is recorded, not through Wagtail's own forms."""
    editor, visitor = browser(world.editor.user), Client()
    assert visitor.get(reverse("wagtailadmin_password_reset")).status_code == 404
    page = said(editor.get(reverse("wagtailadmin_account")))
    assert "old_password" not in page
    assert 'type="email"' not in page


def test_the_pages_of_the_tree_are_for_everybody(world: World) -> None:
    page = seeding.publish_page(world.here.run.course)
    for persona, user in world.personas.items():
        for url in ("/", "/catalogue/", page.url):
            answer = browser(user).get(url)
            assert answer.status_code == 200
            judged(answer, persona, world, f"{url} for {persona}")
