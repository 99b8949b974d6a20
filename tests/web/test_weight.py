"""What a phone has to load: at most 150 KB of script and style, compressed, and nothing from elsewhere."""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from lms.web import navigation

WEB = Path(navigation.__file__).parent
LIMIT = 150 * 1024


def test_a_learner_page_is_light():
    html = render_to_string("web/shell_learner.html")
    files = re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js))"', html)
    assert len(files) >= 7
    size = 0
    for name in files:
        found = finders.find(name)
        assert found, name
        size += len(gzip.compress(Path(found).read_bytes()))
    assert size <= LIMIT


def test_nothing_is_fetched_from_elsewhere():
    for path in [*(WEB / "templates").rglob("*.html"), *(WEB / "static" / "web").glob("*.*")]:
        addresses = re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
        assert [address for address in addresses if not address.startswith("http://www.w3.org/")] == [], path


def test_vendored_files_name_no_source_maps():
    # The manifest storage fails on a reference to a file that isn't there.
    for path in (WEB / "static" / "web" / "vendor").glob("*.min.*"):
        assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path


def test_both_dark_palettes_are_the_same():
    css = (WEB / "static" / "web" / "app.css").read_text(encoding="utf-8")
    chosen = re.search(r'\[data-bs-theme="dark"\] \{(.*?)\}', css, re.S)
    asked = re.search(r":root:not\(\[data-bs-theme\]\) \{(.*?)\}", css, re.S)
    assert chosen
    assert asked
    assert chosen[1].split() == asked[1].split()
