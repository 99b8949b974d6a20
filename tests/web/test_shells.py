"""The frames around every page: who is signed in, where one can go, language, theme, errors."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext

from lms.jobs.errors import DomainError
from lms.web import context, navigation, samples, views
from lms.web.middleware import PERMISSIONS_POLICY, PermissionsPolicyMiddleware

WEB = Path(navigation.__file__).parent
SHELLS = ("web/base.html", "web/shell_public.html", "web/shell_learner.html", "web/shell_desk.html")


def membership(pk: int, role: str, scope: str, audience: str = "bureau") -> SimpleNamespace:
    return SimpleNamespace(pk=pk, role=role, get_role_display=role.upper(), scope_name=scope, audience=audience)


def visitor(path: str = "/", **attributes: object):
    """A request as the middleware leaves it."""
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    for name, value in attributes.items():
        setattr(request, name, value)
    return request


def officer(path: str = "/bureau/", **attributes: object):
    here = membership(1, "bureau_officer", "上海市松江区")
    other = membership(2, "centre_staff", samples.INSTITUTIONS[1])
    user = SimpleNamespace(is_authenticated=True, is_active=True, get_full_name=lambda: samples.NAMES[2])
    return visitor(path, user=user, acting=here, memberships=[here, other], **attributes)


class Balance(HTMLParser):
    """Finds elements left open or closed twice, inline scripts and inline styles."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "style" in found or tag == "style" or (tag == "script" and "src" not in found):
            self.faults.append(f"inline: {self.get_starttag_text()}")
        self.faults += [f"inline handler: {name}" for name in found if name.startswith("on")]
        if found.get("id"):
            if found["id"] in self.ids:
                self.faults.append(f"id twice: {found['id']}")
            self.ids.add(found["id"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of turn: {tag} at {self.getpos()}")


def check(html: str) -> str:
    judge = Balance()
    judge.feed(html)
    assert judge.faults == []
    assert judge.open == []
    return html


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("request_of", [visitor, officer, lambda: None])
def test_every_shell_stands_for_everyone(name, request_of):
    html = check(render_to_string(name, {}, request=request_of()))
    assert 'href="#main"' in html
    assert html.count("<h1>") == 1


def test_language_of_the_page():
    for code in ("zh-hans", "en"):
        with translation.override(code):
            assert f'<html lang="{code}"' in render_to_string("web/base.html", {}, request=visitor())


@pytest.mark.parametrize(("cookie", "sent"), [("dark", True), ("light", True), ("", False), ('"><script>', False)])
def test_theme_comes_from_the_cookie_and_nothing_else(cookie, sent):
    request = visitor()
    request.COOKIES["theme"] = cookie
    html = render_to_string("web/base.html", {}, request=request)
    assert (f'data-bs-theme="{cookie}"' in html) is sent
    assert '"><script>' not in html


@pytest.mark.urls("tests.web.addresses")
def test_account_names_person_role_scope_and_offers_the_others():
    html = render_to_string("web/shell_desk.html", {}, request=officer())
    assert samples.NAMES[2] in html
    assert "上海市松江区" in html
    assert 'name="membership" value="2"' in html
    assert 'name="membership" value="1"' not in html


@pytest.mark.urls("tests.web.addresses")
def test_home_is_the_start_of_the_role_once_signed_in():
    assert '<a class="brand" href="/start/">' in render_to_string("web/base.html", {}, request=officer())
    assert '<a class="brand" href="/">' in render_to_string("web/base.html", {}, request=visitor())


@pytest.mark.urls("tests.web.addresses")
def test_rail_shows_the_places_that_exist_by_task():
    html = check(render_to_string("web/shell_desk.html", {}, request=officer("/bureau/rates/2025/")))
    assert 'href="/bureau/rates/" aria-current="true"' in html
    assert html.count('class="places places-rail"') == 2


@pytest.mark.urls("tests.web.addresses")
def test_language_is_switched_by_post():
    html = render_to_string("web/base.html", {}, request=visitor("/people/?q=1"))
    assert '<form method="post" action="/i18n/setlang/"' in html
    assert 'name="next" value="/people/?q=1"' in html
    assert 'name="language" value="en"' in html


@pytest.mark.urls("tests.web.addresses")
def test_visitor_is_offered_to_sign_in_and_nothing_else():
    html = render_to_string("web/shell_public.html", {}, request=visitor())
    assert 'name="membership"' not in html
    with translation.override("zh-hans"):
        assert gettext("Sign in") in html


@pytest.mark.parametrize(
    ("path", "of_role", "audience", "shell"),
    [
        ("/bureau/rates/", "", "bureau", "desk"),
        ("/my/", "bureau", "learner", "learner"),
        ("/jobs/", "institution", "institution", "desk"),
        ("/jobs/", "centre", "centre", "desk"),
        ("/account/", "learner", "learner", "learner"),
        ("/account/", "cms", "public", "public"),
        ("/bureaucracy/", "", "public", "public"),
    ],
)
def test_audience_and_its_frame_by_path_then_by_role(path, of_role, audience, shell):
    request = visitor(path, acting=membership(1, of_role, "", of_role) if of_role else None)
    assert navigation.audience_of(request) == audience
    assert context.shell(request) == {"shell": f"web/shell_{shell}.html"}


def test_places_that_do_not_exist_are_left_out(monkeypatch):
    gone = navigation.Place("Gone", "no_such_place", "house")
    monkeypatch.setitem(navigation.PLACES, "public", (*navigation.PLACES["public"], gone))
    found = navigation.links("public", "/")
    assert "Gone" not in [link.label for link in found]
    assert found


def test_the_longest_match_is_the_current_place(monkeypatch):
    places = tuple(navigation.Place(path, "", "house", path=path) for path in ("/", "/a/", "/a/b/"))
    monkeypatch.setitem(navigation.PLACES, "public", places)
    current = {link.url: link.current for link in navigation.links("public", "/a/b/7/")}
    assert current == {"/": "", "/a/": "", "/a/b/": "true"}
    assert navigation.links("public", "/a/")[1].current == "page"
    assert {link.current for link in navigation.links("public", "/sign-in/")} == {""}


def test_a_page_elsewhere_may_belong_to_a_place(monkeypatch):
    places = (
        navigation.Place("list", "", "house", path="/a/list/", also=("/a/one/",)),
        navigation.Place("a", "", "house", path="/a/"),
    )
    monkeypatch.setitem(navigation.PLACES, "public", places)
    assert [link.current for link in navigation.links("public", "/a/one/7/")] == ["true", ""]
    assert [link.current for link in navigation.links("public", "/a/two/")] == ["", "true"]


def test_every_place_has_a_vendored_icon():
    for places in navigation.PLACES.values():
        for place in places:
            assert (WEB / "static/web/vendor/icons" / f"{place.icon}.svg").exists()


def test_messages_say_what_they_are():
    levels = (constants.SUCCESS, constants.ERROR, constants.WARNING, constants.INFO)
    messages = [Message(level, "text") for level in levels]
    html = check(render_to_string("web/components/messages.html", {"messages": messages}))
    assert html.count('role="alert"') == 1
    for tone in ("reached", "refused", "due", "info"):
        assert f"tone-{tone}" in html


@pytest.mark.parametrize("code", ["403", "404", "429", "403_csrf", "500"])
def test_error_pages_need_nothing(code):
    html = check(render_to_string(f"{code}.html"))
    assert html.count("<h1>") == 1


@pytest.mark.parametrize("code", ["403", "404", "429", "403_csrf", "500"])
def test_error_pages_are_shown_in_the_styleguide(code, settings):
    settings.DEBUG = True
    response = views.styleguide_error(visitor(), code=code)
    assert response.status_code == int(code[:3])


def test_refusal_page_and_its_fragment():
    error = DomainError("person_barred", "Barred.", source="S49", why="Lifetime ban.")
    page = check(render_to_string("web/refusal.html", {"refusal": error}, request=visitor(htmx=False)))
    part = check(render_to_string("web/refusal.html", {"refusal": error}, request=visitor(htmx=True)))
    for html in (page, part):
        assert "person_barred" in html
        assert "S49" in html
    assert "<html" in page
    assert "<html" not in part


def test_permissions_policy_is_added_once():
    assert PermissionsPolicyMiddleware(lambda request: HttpResponse())(visitor())["Permissions-Policy"] == (
        PERMISSIONS_POLICY
    )
    own = PermissionsPolicyMiddleware(lambda request: HttpResponse(headers={"Permissions-Policy": "camera=()"}))
    assert own(visitor())["Permissions-Policy"] == "camera=()"


class TestStyleguide:
    @pytest.mark.parametrize("shell", views.SHELLS)
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_shows_everything(self, shell, language, settings):
        settings.DEBUG = True
        with translation.override(language):
            html = views.styleguide(visitor(f"/styleguide/?shell={shell}")).content.decode()
        check(html)
        for component in ("ring", "figure", "job-panel", "refusal", "empty", "verdict", "datatable", "dialog"):
            assert re.search(rf'class="{component}[ "]', html)

    def test_parts(self, settings):
        settings.DEBUG = True
        assert "hx-get" not in views.styleguide_job(visitor()).content.decode()
        assert samples.NAMES[2] in views.styleguide_row(visitor(), number=2).content.decode()

    @pytest.mark.parametrize(
        "path", ["/styleguide/", "/styleguide/job/", "/styleguide/row/1/", "/styleguide/error/404/"]
    )
    def test_is_not_there_outside_debug(self, path, client, db):
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("shell", ["nowhere", "../base"])
    def test_unknown_shell(self, shell, settings, client, db):
        settings.DEBUG = True
        assert client.get("/styleguide/", {"shell": shell}).status_code == 404
