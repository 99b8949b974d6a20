"""Every template of ours compiles and keeps the strict Content-Security-Policy.

That every template is also rendered by some test is watched by tests/plumbing/templates.py in
full runs (`make test`).
"""

import re
from collections.abc import Iterator

import pytest
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.loader import get_template

from tests.plumbing import templates

TEMPLATES = templates.ours()
INLINE = {
    "an inline script": re.compile(
        r"<script(?![^>]*\b(src|nonce|type=\"application/json\"))[^>]*>", re.IGNORECASE
    ),
    "an inline style sheet": re.compile(r"<style(?![^>]*\bnonce)[^>]*>", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "a file from another host": re.compile(
        r"<(script|link|img)[^>]*\s(src|href)=[\"'](https?:)?//", re.IGNORECASE
    ),
}


def refused_by_policy(text: str) -> Iterator[str]:
    """What in `text` the Content-Security-Policy would block without a word to the reader."""
    bare = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", "", text, flags=re.DOTALL)
    yield from (name for name, pattern in INLINE.items() if pattern.search(bare))


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_template_compiles_and_keeps_the_policy(name: str) -> None:
    assert get_template(name).template.origin.name == str(TEMPLATES[name]), "another app's template hides it"
    if TEMPLATES[name].suffix == ".html":
        assert list(refused_by_policy(TEMPLATES[name].read_text(encoding="utf-8"))) == []


def test_a_broken_template_is_seen() -> None:
    with pytest.raises(TemplateSyntaxError):
        engines["django"].from_string("{% if %}")
    with pytest.raises(TemplateDoesNotExist):
        get_template("no/such/template.html")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        '<p class="a" style="color: red">',
        '<a {% if x %}href="/"{% endif %} onclick="go()">',
        '<a href="javascript:void(0)">',
        '<script src="https://cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example.org/x.css">',
    ],
)
def test_the_policy_check_sees(text: str) -> None:
    assert list(refused_by_policy(text))


@pytest.mark.parametrize(
    "text",
    [
        "<script src=\"{% static 'web/app.js' %}\" defer></script>",
        '<script nonce="{{ request.csp_nonce }}">x</script>',
        '<p class="style" data-on="1">style = none</p>',
        '<a href="https://www.gov.cn/">law</a>',
        '<svg><use href="#icon"/></svg>',
    ],
)
def test_the_policy_check_lets_be(text: str) -> None:
    assert list(refused_by_policy(text)) == []
