"""Every interface string has its Chinese, and the compiled catalogues say what their sources say."""

import shutil
import string
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.utils import translation

from tests.plumbing.templates import APPS

ROOT = Path(__file__).resolve().parents[1]
TREES = ("lms", "courses", "certification", "reports")
CATALOGUES = sorted(path for tree in TREES for path in (ROOT / tree).rglob("locale/zh_Hans/LC_MESSAGES/*.po"))
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "vendor", "fonts", "*.mo", "*.ttf", "*.png")

EntryKey = tuple[str | None, str]


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def complaints(catalogue: polib.POFile) -> list[str]:
    """Entries that a reader of Chinese would meet in English, or with a hole in them."""
    found = []
    for entry in catalogue:
        if entry.obsolete:
            continue
        if entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid}")
        elif not entry.translated():
            found.append(f"untranslated: {entry.msgid}")
        elif fields(entry.msgid_plural or entry.msgid) != fields(
            entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
        ):
            found.append(f"other placeholders: {entry.msgid}")
    return found


def fields(text: str) -> list[str]:
    """The placeholders of a %-format or a str.format string, in no order."""
    named = [part.split(")")[0] + ")" for part in text.split("%(")[1:]]
    try:
        braces = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        braces = []
    return sorted(named + braces)


def texts(catalogue: polib.POFile | polib.MOFile) -> dict[EntryKey, str | dict[int, str]]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr
        for entry in catalogue
        if not entry.obsolete and "fuzzy" not in entry.flags
    }


def disagreements(catalogues: dict[str, polib.POFile]) -> list[str]:
    """Strings that two catalogues say differently: Django keeps one of them for every page."""
    said: dict[EntryKey, dict[str, list[str]]] = {}
    for name, catalogue in catalogues.items():
        for key, words in texts(catalogue).items():
            said.setdefault(key, {}).setdefault(str(words), []).append(name)
    return [
        f"{msgid!r} (context {context!r}): "
        + "; ".join(f"{words} in {', '.join(names)}" for words, names in versions.items())
        for (context, msgid), versions in said.items()
        if len(versions) > 1
    ]


def test_there_are_catalogues() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in CATALOGUES} >= set(TREES)


@pytest.mark.parametrize("path", CATALOGUES, ids=label)
def test_catalogue_is_complete(path: Path) -> None:
    found = complaints(polib.pofile(str(path)))
    assert not found, "\n".join(found)


def test_each_string_has_one_translation() -> None:
    found = disagreements({label(path): polib.pofile(str(path)) for path in CATALOGUES})
    assert not found, "say it the same, or give the rarer use a context:\n" + "\n".join(found)


def test_the_words_we_add_to_wagtails_screens_are_used() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Exploring") == "浏览"
        assert translation.gettext("Reports") == "报告", "a word of ours must not rename a place of Wagtail's"


def test_a_disagreement_is_seen() -> None:
    said: dict[str, list[tuple[str, str | None, str]]] = {
        "one": [("Name", None, "姓名")],
        "two": [("Name", None, "名称"), ("Name", "person", "姓名")],
    }
    catalogues = {}
    for name, entries in said.items():
        catalogues[name] = polib.POFile()
        catalogues[name].extend(polib.POEntry(msgid=i, msgctxt=context, msgstr=s) for i, context, s in entries)
    assert disagreements(catalogues) == ["'Name' (context None): 姓名 in one; 名称 in two"]


@pytest.mark.parametrize("path", CATALOGUES, ids=label)
def test_compiled_catalogue_is_current(path: Path) -> None:
    compiled = path.with_suffix(".mo")
    assert compiled.exists(), "run `make messages`"
    assert texts(polib.mofile(str(compiled))) == texts(polib.pofile(str(path))), "run `make messages`"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext")
def test_no_string_is_left_out(tmp_path: Path) -> None:
    """Collects the strings anew in a copy of the sources: one that is in no catalogue shows as empty."""
    for tree in TREES:
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=NOT_SOURCES)
    for app in APPS:
        (tmp_path / app / "locale").mkdir(exist_ok=True)
    collect(tmp_path)
    found = [
        f"{path.parents[3].relative_to(tmp_path)}: {complaint}"
        for path in sorted(tmp_path.rglob("*.po"))
        for complaint in complaints(polib.pofile(str(path)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext")
def test_a_string_left_out_is_seen(tmp_path: Path) -> None:
    (tmp_path / "app" / "locale").mkdir(parents=True)
    (tmp_path / "app" / "words.py").write_text("from x import gettext as _\n_('Left out')\n")
    collect(tmp_path)
    (catalogue,) = tmp_path.rglob("*.po")
    assert complaints(polib.pofile(str(catalogue))) == ["untranslated: Left out"]


def collect(folder: Path) -> None:
    """Django's makemessages over `folder`; every app there needs its own locale folder."""
    # Without settings: with them, Django would write into the project's own catalogues.
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans", "--no-location"],
        cwd=folder,
        env={"PATH": str(Path(str(shutil.which("xgettext"))).parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
