"""`kept`: furniture rendered once per process, language and values, and nothing of the one who asked first."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from lms.web import icons


def template(source: str) -> Template:
    return Template("{% load i18n shell %}" + source)


class Counted:
    """Says how often it was asked to show itself."""

    def __init__(self) -> None:
        self.numbers: Iterator[int] = iter(range(1, 100))

    def __str__(self) -> str:
        return str(next(self.numbers))


def test_it_is_rendered_once_per_value():
    kept = template("{% kept thing=thing url=url %}{{ thing }} {{ url }}{% endkept %}")
    thing = Counted()
    told = [kept.render(Context({"thing": thing, "url": url})) for url in ("/a/", "/a/", "/b/", "/a/", "/b/")]
    assert told == ["1 /a/", "1 /a/", "2 /b/", "1 /a/", "2 /b/"]


def test_each_language_has_its_own():
    kept = template('{% kept %}{% translate "Sign in" %}{% endkept %}')
    told: dict[str, set[str]] = {}
    for language in ("zh-hans", "en", "zh-hans", "en"):
        with translation.override(language):
            told.setdefault(language, set()).add(kept.render(Context()))
    assert told == {"zh-hans": {"登录"}, "en": {"Sign in"}}


def test_what_is_not_given_is_not_there():
    source = "{{ name }}|{{ request.path }}|{{ user }}|{{ csrf_token }}|{{ given }}"
    request = RequestFactory().get("/my/")
    request.user = AnonymousUser()
    values = {"name": "张三", "csrf_token": "token", "request": request, "user": request.user, "given": "<b>"}
    assert template("{% kept given=given %}" + source + "{% endkept %}").render(Context(values)) == "||||&lt;b&gt;"
    assert template(source).render(Context(values)) == "张三|/my/|AnonymousUser|token|&lt;b&gt;"


@pytest.mark.parametrize("bits", ["url", "url=a b", "'x'"])
def test_it_takes_only_named_values(bits):
    with pytest.raises(TemplateSyntaxError):
        template("{% kept " + bits + " %}{% endkept %}")


def test_two_visitors_keep_their_own_tokens_and_places():
    pages = []
    for path, token in (("/v/", "first-token"), ("/catalogue/", "second-token"), ("/v/", "third-token")):
        request = RequestFactory().get(path)
        request.user = AnonymousUser()
        request.META["CSRF_COOKIE"] = token
        pages.append(render_to_string("web/shell_public.html", {"csrf_token": token}, request))
    for page, path in zip(pages, ("/v/", "/catalogue/", "/v/"), strict=True):
        assert page.count('aria-current="page"') == 1
        assert f'<a href="{path}" aria-current="page">' in page
    tokens = [[page.count(token) for token in ("first-token", "second-token", "third-token")] for page in pages]
    assert [row[number] > 0 for number, row in enumerate(tokens)] == [True] * 3
    assert [sum(row) - row[number] for number, row in enumerate(tokens)] == [0] * 3


def test_an_icon_is_the_same_object_unless_it_has_a_label():
    assert icons.draw("house") is icons.draw("house")
    assert icons.draw("house", css="icon-small") != icons.draw("house")
    assert 'aria-label="&lt;b&gt;"' in icons.draw("house", "<b>")
    assert 'aria-label="a"' in icons.draw("house", "a")
