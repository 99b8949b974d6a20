"""The components of every page: ``{% load web %}``. The styleguide shows each one in every state.

Inclusion tags draw one component; block tags (``{% card %} … {% endcard %}``) wrap markup of the page.
Where a component takes ``tone``, it is one of reached (green), due (amber), refused (red), info, quiet.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lms.web import formats, icons
from lms.web.statuses import TONE_ICONS, Tone, status_of

register = template.Library()

for _filter in (
    formats.minutes_as_hours,
    formats.hours,
    formats.percent_floor,
    formats.cn_date,
    formats.cn_datetime,
    formats.masked,
    formats.about,
):
    register.filter(_filter.__name__, _filter)


def _component(name: str, **context: object) -> SafeString:
    return render_to_string(f"web/components/{name}.html", context)


# --- Words and signs ------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "house" %}``: an inline icon. Give ``label`` only when no word stands beside it."""
    return icons.draw(name, label, css)


@register.simple_tag
def status(value: object, label: object = "", tone: str = "") -> SafeString:
    """``{% status post.state post.get_state_display %}``: a pill of word, icon and colour.

    A TextChoices member brings its own label. ``tone`` overrides the colour the state usually has.
    """
    found = status_of(value, tone)
    word = label or getattr(value, "label", "") or found.word
    return format_html('<span class="pill tone-{}">{}{}</span>', found.tone, icons.draw(found.icon), word)


@register.simple_tag
def seal(text: str, sub: str = "", tone: Tone = "refused") -> SafeString:
    """A round seal with up to four characters, vermilion as on paper; ``sub`` runs below them."""
    return _component("seal", text=text, sub=sub, tone=tone)


# --- Figures --------------------------------------------------------------------------------


@register.inclusion_tag("web/components/figure.html")
def figure(
    label: str,
    value: object,
    unit: str = "",
    target: str = "",
    gap: str = "",
    numerator: object = None,
    denominator: object = None,
    as_of: dt.date | dt.datetime | None = None,
    href: str = "",
    tone: str = "",
    note: str = "",
) -> dict[str, object]:
    """A figure with all it needs to be believed: the number, target and gap beside it, what it counts.

    ``value``, ``target`` and ``gap`` come ready to show ("79.9%"); ``href`` leads to what it counts.
    """
    return {
        "label": label,
        "value": value,
        "unit": unit,
        "target": target,
        "gap": gap,
        "href": href,
        "numerator": numerator,
        "denominator": denominator,
        "as_of": as_of,
        "tone": tone,
        "note": note,
        "tone_icon": TONE_ICONS.get(tone) if tone else "",  # type: ignore[call-overload]
    }


@register.inclusion_tag("web/components/ring.html")
def ring(label: str, have: formats.Exact, need: formats.Exact, href: str = "", id: str = "") -> dict[str, object]:
    """A ring of lesson hours: have, need and still missing. Hours as int, Fraction, Decimal or "12.5".

    Drawn as SVG with plain attributes, without script or inline style. ``need`` 0 shows as reached.
    """
    had, needed = formats.exact(have), formats.exact(need)
    # Rounded up where ``have`` is rounded down, so that the two shown numbers add up to the third.
    missing = max(Fraction(0), Fraction(ceil((needed - formats.exact(formats.hours(had))) * 10), 10))
    return {
        "label": label,
        "href": href,
        "have": formats.hours(had),
        "need": formats.hours(needed),
        "missing": formats.hours(missing),
        "reached": had >= needed,
        "percent": 100 if had >= needed else formats.percent_points(had / needed),
    }


@register.inclusion_tag("web/components/progress.html")
def progress(done: int, total: int | None, label: str = "") -> dict[str, object]:
    """A bar with its count. ``total`` None: under way, length not known yet."""
    percent = formats.percent_points(formats.exact(done) / total) if total else None
    return {"done": done, "total": total, "label": label, "percent": percent}


@register.inclusion_tag("web/components/job_panel.html")
def job_panel(
    job: Any, url: str = "", estimate: int | None = None, refusals: Iterable[Any] = (), result_url: str = ""
) -> dict[str, object]:
    """A background job: word, bar, count, estimate (seconds), what was refused. Polls while under way.

    ``job`` has ``state``, ``done``, ``total`` and maybe ``get_state_display``, ``error_code`` and
    ``error_message``; ``url`` answers with this panel anew (default: the URL ``job_panel``). A refusal
    has ``row``, ``column``, ``message`` and ``code``.
    """
    if not url:
        try:
            url = reverse("job_panel", args=[job.pk])
        except (NoReverseMatch, AttributeError):
            url = ""
    refused = list(refusals)
    return {
        "job": job,
        "url": url,
        "estimate": estimate,
        "refusals": refused,
        "result_url": result_url,
        "active": str(job.state) in ("queued", "running"),
    }


# --- Saying what happened -------------------------------------------------------------------


@register.inclusion_tag("web/components/refusal.html")
def refusal(
    what: object, why: object = "", source: object = "", next: object = "", next_url: object = "", code: str = ""
) -> dict[str, object]:
    """A refusal: what happened, why (the rule and its source), what to do next, the code in small print."""
    return {"what": what, "why": why, "source": source, "next": next, "next_url": next_url, "code": code}


@register.inclusion_tag("web/components/empty.html")
def empty(title: str, text: str = "", action: str = "", href: str = "", icon_name: str = "inbox") -> dict[str, object]:
    """An empty state: what will be here and the one action that fills it."""
    return {"title": title, "text": text, "action": action, "href": href, "icon_name": icon_name}


@register.inclusion_tag("web/components/verdict.html")
def verdict(
    tone: Tone, title: str, text: str = "", icon_name: str = "", action: str = "", href: str = ""
) -> dict[str, object]:
    """An answer that fills the screen in words and colour: a check-in, a verification."""
    return {
        "tone": tone,
        "title": title,
        "text": text,
        "action": action,
        "href": href,
        "icon_name": icon_name or TONE_ICONS[tone],
    }


@register.inclusion_tag("web/components/steps.html")
def steps(*labels: str, current: int = 1) -> dict[str, object]:
    """``{% steps "Upload" "Preview" "Import" current=2 %}``: where one stands in a long form."""
    return {"steps": [(number, label) for number, label in enumerate(labels, 1)], "current": current}


@register.inclusion_tag("web/components/facts.html")
def facts(pairs: Iterable[tuple[object, object]]) -> dict[str, object]:
    """A definition list of (term, value) pairs; an empty value shows as "—"."""
    return {"pairs": [(term, formats.NOTHING if value in (None, "") else value) for term, value in pairs]}


@register.inclusion_tag("web/components/timeline.html")
def timeline(entries: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """What happened when, newest first as given: entries with ``when``, ``title``, ``text``, ``tone``."""
    return {"entries": list(entries)}


# --- Lists ----------------------------------------------------------------------------------


@register.inclusion_tag("web/components/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: Page[Any], parameter: str = "page") -> dict[str, object]:
    """Links to the other pages of a list; everything else in the address is kept."""
    query = context["request"].GET.copy()
    query.pop(parameter, None)
    kept = f"{query.urlencode()}&" if query else ""
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "base": f"?{kept}{parameter}=",
        "count": page.paginator.count,
        "capped": getattr(page.paginator, "capped", False),
        "numbers": list(elided) if page.paginator.num_pages > 1 else [],
        "ellipsis": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("web/components/filter_bar.html", takes_context=True)
def filter_bar(context: Mapping[str, Any], form: Any, views: Iterable[tuple[str, str]] = ()) -> dict[str, object]:
    """A bound GET form whose state is the address; selects apply at once where scripts run.

    ``views`` are saved views: (label, querystring without "?") pairs shown as tabs above the fields.
    """
    request = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    now = sorted(item for item in query.lists() if any(item[1]))
    # A list may begin with a filter of its own before any is chosen.
    begins = [] if query else sorted((name, [value]) for name, value in form.data.items() if value)
    tabs = [(label, "?" + wanted, sorted(QueryDict(wanted).lists()) == (now or begins)) for label, wanted in views]
    return {"form": form, "path": request.path, "tabs": tabs, "active": bool(now)}


@register.simple_block_tag
def datatable(content: str, label: str, keys: bool = True) -> SafeString:
    """Wraps thead and tbody: sticky head and first column on desks, cards on phones.

    Every ``td`` carries ``data-label`` (its column's name) and one ``th scope="row"`` heads each row.
    Up and down (or k and j) move through the rows, Enter opens a row's first link, x picks it.
    """
    return _component("datatable", content=content, label=label, keys=keys)


@register.simple_block_tag
def bulk_bar(content: str) -> SafeString:
    """Wraps the buttons that act on picked rows; shown once one is picked, inside a ``form[data-bulk]``."""
    return _component("bulk_bar", content=content)


# --- Surfaces -------------------------------------------------------------------------------


@register.simple_block_tag
def card(content: str, title: str = "", icon_name: str = "", href: str = "", tone: str = "") -> SafeString:
    """A surface with an optional title; ``href`` makes the title a link to more."""
    return _component("card", content=content, title=title, icon_name=icon_name, href=href, tone=tone)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """A modal dialog, opened by any button with ``data-dialog="<id>"``. Put a form inside."""
    return _component("dialog", content=content, id=id, title=title)


@register.simple_block_tag
def notice(content: str, tone: Tone = "info") -> SafeString:
    """A sentence or two that stand out: info, due, reached or refused."""
    return _component("notice", content=content, tone=tone, icon_name=TONE_ICONS[tone])


# --- Forms ----------------------------------------------------------------------------------

_CLASSES = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select"}


@register.inclusion_tag("web/components/field.html")
def field(bound: Any, compact: bool = False) -> dict[str, object]:
    """``{% field form.name %}``: label above, hint before the field, error beside it with what to do.

    Django ties hint and error to the field (aria-describedby) by the ids used in the template.
    """
    kind = getattr(bound.field.widget, "input_type", "") or ""
    own = bound.field.widget.attrs.get("class", "")
    # Django puts a group's class on its wrapper as well as on each option, so a group gets none of ours.
    css = "" if bound.use_fieldset else _CLASSES.get(kind, "form-control")
    invalid = "is-invalid" if bound.errors and css else ""
    classes = " ".join(part for part in (own, css, invalid) if part)
    return {
        "field": bound,
        "compact": compact,
        "kind": kind,
        "grouped": bound.use_fieldset,
        "widget": bound.as_widget(attrs={"class": classes} if classes else {}),
    }


@register.inclusion_tag("web/components/form.html")
def form_fields(form: Any) -> dict[str, object]:
    """All of a form: errors of the whole on top, hidden fields, then every field in one column."""
    return {"form": form}
