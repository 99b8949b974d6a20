"""What the shells themselves need: the theme, the ways to go, who is signed in. ``{% load shell %}``."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from lms.web import navigation

register = template.Library()

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


def _request(context: Mapping[str, Any]) -> HttpRequest | None:
    # A page rendered without a request (an error handler, a mail) still gets its shell.
    return context.get("request")


@register.simple_tag(takes_context=True)
def theme(context: Mapping[str, Any]) -> str:
    """The chosen theme, "light" or "dark"; "" follows the device."""
    request = _request(context)
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag(takes_context=True)
def home_url(context: Mapping[str, Any]) -> str:
    """Where "home" leads: to the start of one's role when signed in, else to the public front page."""
    user = getattr(_request(context), "user", None)
    if user and user.is_authenticated:
        try:
            return reverse("home_of_role")
        except NoReverseMatch:
            pass
    return "/"


@register.inclusion_tag("web/components/places.html", takes_context=True)
def places(context: Mapping[str, Any], audience: str = "", style: str = "bar") -> dict[str, object]:
    """The links of an audience (default: the one this page is for) as ``bar``, ``bottom`` or ``rail``."""
    request = _request(context)
    audience = audience or navigation.audience_of(request)
    found = navigation.links(audience, request.path if request else "/")
    return {"links": found, "style": style, "audience": audience}


@register.inclusion_tag("web/components/bell.html", takes_context=True)
def bell(context: Mapping[str, Any]) -> dict[str, object]:
    """The way to one's notices, with how many are unread; nothing for visitors and accounts without a role."""
    acting = getattr(_request(context), "acting", None)
    return {"shown": acting is not None, "unread": getattr(acting, "unread", 0)}


@register.inclusion_tag("web/components/account.html", takes_context=True)
def account(context: Mapping[str, Any], id: str = "account") -> dict[str, object]:
    """Who is signed in, in which role and scope, the other roles to switch to, and the way out."""
    request = _request(context)
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    acting = getattr(request, "acting", None) if signed_in else None
    others = [m for m in getattr(request, "memberships", ()) if m != acting] if signed_in else []
    name = (user.get_full_name() or user.get_username()) if user and signed_in else ""
    return {"request": request, "signed_in": signed_in, "name": name, "acting": acting, "others": others, "id": id}


@register.inclusion_tag("web/components/footer.html", takes_context=True)
def footer(context: Mapping[str, Any]) -> dict[str, object]:
    """Language by POST, theme, and the name of the platform."""
    request = _request(context)
    return {
        "request": request,
        "languages": settings.LANGUAGES,
        "path": request.get_full_path() if request else "/",
    }


class KeptNode(template.Node):
    """What `kept` encloses, with a text per language and values."""

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.texts: dict[tuple[object, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (get_language(), *values.values())
        if key not in self.texts:
            # With nothing but the values: whoever asks first must not show on the pages of the others.
            self.texts[key] = self.nodelist.render(context.new(values))
        return self.texts[key]


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """``{% kept url=home %} … {% endkept %}``: rendered once per process, language and values given.

    For the furniture that every page carries. Inside, only the values are there: no request, no user, no token.
    Give it values of which there are few (an address of the site), never what a visitor typed.
    """
    name, *bits = token.split_contents()
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"{name} takes only name=value, not {bits[0]!r}")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, values)
