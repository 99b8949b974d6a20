"""The vendored icon set, drawn inline so that icons need no font and take the colour of the text."""

from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent / "static" / "web" / "vendor" / "icons"


class IconMissing(LookupError):
    """A template asks for an icon that isn't vendored."""


@cache
def _shapes(name: str) -> SafeString:
    if not name.replace("-", "").isalnum():
        raise IconMissing(f"not an icon name: {name!r}")
    path = FOLDER / f"{name}.svg"
    if not path.exists():
        raise IconMissing(f"icon {name!r} is not vendored; copy its file into {FOLDER.name}/")
    text = path.read_text(encoding="utf-8")
    # Only the shapes are kept. The files are ours and reviewed, hence safe to inline.
    return mark_safe(text[text.index(">") + 1 : text.rindex("</svg>")].replace("\n", "").strip())


def names() -> list[str]:
    """Every icon a template may ask for."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


def draw(name: str, label: str = "", css: str = "") -> SafeString:
    """The icon as inline SVG: hidden from screen readers unless ``label`` says what it means."""
    return _drawn(name, label, css) if label else _unlabelled(name, css)


def _drawn(name: str, label: str, css: str) -> SafeString:
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" viewBox="0 0 16 16" width="16" height="16" fill="currentColor" focusable="false" '
        "{}>{}</svg>",
        f" {css}" if css else "",
        role,
        _shapes(name),
    )


@cache
def _unlabelled(name: str, css: str) -> SafeString:
    # Most icons stand beside their word, and every page has a dozen of the same few. Labels are anybody's text,
    # so those are not kept.
    return _drawn(name, "", css)
