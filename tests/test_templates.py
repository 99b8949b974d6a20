"""Every template of ours compiles and keeps the strict Content-Security-Policy.

That every template is also rendered by some test is watched by tests/plumbing/templates.py in
full runs (`make test`).
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.loader import get_template

from tests.plumbing import templates

TEMPLATES = templates.ours()
# What the Content-Security-Policy would block without a word to the reader.
BLOCKED = {
    "an inline script": r"<script(?![^>]*\b(src|nonce|type=\"application/json\"))[^>]*>",
    "an inline style sheet": r"<style(?![^>]*\bnonce)[^>]*>",
    "a style attribute": r"<[a-z][^<>]*\sstyle\s*=",
    "an event attribute": r"<[a-z][^<>]*\son[a-z]+\s*=",
    "a javascript: address": r"=\s*[\"']?\s*javascript:",
    "a file from another host": r"<(script|link|img)[^>]*\s(src|href)=[\"'](https?:)?//",
}


def blocked(text: str) -> Iterator[str]:
    bare = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", "", text, flags=re.DOTALL)
    yield from (name for name, pattern in BLOCKED.items() if re.search(pattern, bare, re.IGNORECASE))


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_template_compiles_and_keeps_the_policy(name: str) -> None:
    compiled: Any = get_template(name)
    assert compiled.template.origin.name == str(TEMPLATES[name]), "another app's template hides it"
    if TEMPLATES[name].suffix == ".html":
        assert list(blocked(TEMPLATES[name].read_text(encoding="utf-8"))) == []


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
    assert list(blocked(text))


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
    assert list(blocked(text)) == []
