"""The house rules that a machine can see (docs/development.md says why each stands).

Every rule is a function from one parsed file to its complaints, and every rule is fed a file that
breaks it: a rule that can't fail is no rule.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
TREES = ("lms", "courses", "certification", "reports", "tests", "benchmarks")

# Lower rooms never import higher ones.
ROOMS = ("lms.jobs", "lms.registry", "courses", "certification", "reports")
WIRING = len(ROOMS)
APPS = {"lms/jobs": 0, "lms/registry": 1, "courses": 2, "certification": 3, "reports": 4}
LABELS = {"jobs": 0, "registry": 1, "courses": 2, "certification": 3, "reports": 4}

EDGES = {"views", "urls", "api", "forms", "wagtail_hooks", "middleware"}
EDGES |= {"tasks", "templatetags", "management"}
FACTS = {"models", "rules", "guards", "errors", "access", "checks", "news", "apps", "migrations", "__init__"}
# Facts that only one room has, each with its reason.
OWN = {
    "lms/jobs": {"broker"},  # the transport of the embedded broker
    # the field cipher; reading of roster files; the session engine; gateways for text messages
    "lms/registry": {"crypto", "rosters", "sessions", "sms"},
    # the rotating code of a session's screen; which rule holds where; the sentences of notices
    "courses": {"codes", "policies", "wording"},
    "certification": {"pdf", "fonts", "policies"},  # drawing; what it draws with; which rule holds where
    "reports": {"metrics", "indicators", "vetoes"},  # readings per metric, rating indicator, veto
}
AUDIENCES = {"__init__", "public", "learner", "centre", "institution", "bureau"}
# Numbers a rule may know: none, one, both; months of a year, minutes of an hour, per cent.
# Everything else (72 hours, 88, 40 %, a mark of 80) is a policy row.
ARITHMETIC = {0, 1, 2, 12, 60, 100}
FILE_LINES = 400
FUNCTION_LINES = 60


@dataclass(frozen=True)
class Source:
    path: PurePosixPath  # relative to the project
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def app(self) -> str | None:
        return next((app for app in APPS if self.path.is_relative_to(app)), None)

    @property
    def in_product(self) -> bool:
        return self.path.parts[0] not in {"tests", "benchmarks"}

    @property
    def generated(self) -> bool:
        return "migrations" in self.path.parts

    def imports(self) -> Iterator[str]:
        """Every module imported anywhere in the file; `from a import b` gives both a and a.b."""
        package = self.module if self.path.stem == "__init__" else self.module.rpartition(".")[0]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    above = package.split(".")[: len(package.split(".")) - node.level + 1]
                    base = ".".join([*above, base] if base else above)
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def rank(module: str) -> int | None:
    """How high the room of `module` lies; None for the look, libraries and tests."""
    for height, room in enumerate(ROOMS):
        if within(module, room):
            return height
    return WIRING if within(module, "lms") and not within(module, "lms.web") else None


def arrows(source: Source) -> Iterator[str]:
    """Imports, foreign keys and look-ups by label point down only."""
    own = rank(source.module)
    if not source.in_product:
        return
    if within(source.module, "lms.web"):
        own = 0  # the look knows the refusals of the lowest room and nothing else of ours
    for module in source.imports():
        target = rank(module)
        # `from lms import jobs` names the package `lms` itself, which holds nothing.
        if own is not None and module != "lms" and target is not None and target > own:
            yield f"imports {module}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            aim = str(node.args[0].value)
            label = aim.partition(".")[0]
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            points = name in {"ForeignKey", "OneToOneField", "ManyToManyField", "ParentalKey", "get_model"}
            if points and own is not None and LABELS.get(label, -1) > own:
                yield f"{name} to {aim}"


def look(source: Source) -> Iterator[str]:
    """lms.web serves edges; no verb and no fact knows how it is shown."""
    edge = bool(EDGES & {*source.path.parts, source.path.stem}) or rank(source.module) == WIRING
    if source.in_product and not edge and not within(source.module, "lms.web"):
        yield from (f"imports {module}" for module in source.imports() if within(module, "lms.web"))


def size(source: Source) -> Iterator[str]:
    if source.generated:
        return
    lines = source.text.count("\n")
    if lines > FILE_LINES:
        yield f"{lines} lines; {FILE_LINES} is the most"
    for node in ast.walk(source.tree):
        if source.in_product and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{node.name} has {length} lines; {FUNCTION_LINES} is the most"


def libraries(source: Source) -> Iterator[str]:
    """pandas reads rosters and makes reports; ReportLab draws; neither leaks into verbs and facts."""
    tables = source.path.is_relative_to("reports") or source.path.is_relative_to("lms/registry/rosters")
    for module in source.imports() if source.in_product else ():
        if within(module, "pandas") and not tables:
            yield "imports pandas"
        if within(module, "reportlab") and "pdf" not in source.path.parts:
            yield "imports reportlab"


def is_rules(source: Source) -> bool:
    return source.in_product and (source.path.stem == "rules" or "rules" in source.path.parts)


def pure_rules(source: Source) -> Iterator[str]:
    """A rule is arithmetic over what it is given: standard library only, no policy number."""
    if not is_rules(source):
        return
    for module in source.imports():
        if module.partition(".")[0] not in sys.stdlib_module_names:
            yield f"imports {module}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | None):
            value = node.value
            if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value):
                value = float(value)
            if isinstance(value, int | float) and value not in ARITHMETIC:
                yield f"holds the number {node.value!r} in line {node.lineno}"


def certificates(source: Source) -> Iterator[str]:
    """One verb issues; whoever else made a row would skip its checks."""
    if not source.in_product or source.generated or source.path.match("certification/issuing.py"):
        return
    makers = {"create", "acreate", "bulk_create", "abulk_create", "get_or_create", "update_or_create"}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        name = called.rpartition(".")[2]
        if name == "Certificate" or (name in makers and re.search(r"\bCertificate\b", called)):
            yield f"calls {called} in line {node.lineno}"


def names(source: Source) -> Iterator[str]:
    """The same file names in every app; a verb module is named for what it does."""
    if source.path.stem in {"services", "utils", "helpers", "util", "misc", "common"}:
        yield "says nothing by its name"
    if source.app is None or source.generated:
        return
    inside = source.path.relative_to(source.app)
    first = PurePosixPath(inside.parts[0]).stem
    known = EDGES | FACTS | OWN.get(source.app, set())
    verb = len(inside.parts) == 1 and first.endswith("ing")
    if first not in known and not verb:
        yield "is neither an edge, nor a fact, nor a verb (…ing.py in the app's root)"
    # views/<audience>.py, or the folder views/<audience>/ with a file per task.
    if inside.parts[0] == "views" and PurePosixPath(inside.parts[1]).stem not in AUDIENCES:
        yield f"{PurePosixPath(inside.parts[1]).stem} is no audience"
    if inside.parts[0] == "views" and len(inside.parts) > 3:
        yield "lies deeper than views/<audience>/<task>.py"


def no_force(source: Source) -> Iterator[str]:
    """There is no way around a refusal."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg) and node.arg == "force":
            yield f"takes force in line {node.lineno}"


Rule = Callable[[Source], Iterator[str]]
RULES: tuple[Rule, ...] = (arrows, look, size, libraries, pure_rules, certificates, names, no_force)


def sources() -> list[Source]:
    return [
        Source(PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text(encoding="utf-8"))
        for tree in TREES
        for path in sorted((ROOT / tree).rglob("*.py"))
    ]


@pytest.fixture(scope="module")
def house() -> list[Source]:
    return sources()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_house_keeps(rule: Rule, house: list[Source]) -> None:
    complaints = [f"{source.path}: {complaint}" for source in house for complaint in rule(source)]
    assert not complaints, "\n".join(complaints)


def test_house_is_seen(house: list[Source]) -> None:
    """A moved tree must not make the rules above pass over nothing."""
    assert {source.path.parts[0] for source in house} >= {"lms", "courses", "certification", "reports"}
    assert {source.app for source in house} >= set(APPS)


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * FUNCTION_LINES

BROKEN = [
    (arrows, "lms/registry/banning.py", "from courses.models import Course"),
    (arrows, "lms/registry/banning.py", "import certification.issuing"),
    (arrows, "courses/enrolling.py", "from certification import rules"),
    (arrows, "courses/models/runs.py", "def f():\n    from reports.models import Rating"),
    (arrows, "certification/models/__init__.py", "from ...reports import metrics"),
    (arrows, "lms/jobs/running.py", "from lms.celery import app"),
    (arrows, "lms/jobs/running.py", "from lms import registry"),
    (arrows, "courses/models/runs.py", "models.ForeignKey('certification.Certificate', CASCADE)"),
    (arrows, "lms/registry/banning.py", "apps.get_model('courses.Enrollment')"),
    (arrows, "lms/web/navigation.py", "from lms.registry.models import Membership"),
    (look, "courses/enrolling.py", "from lms.web.formats import minutes"),
    (look, "certification/models/certificates.py", "import lms.web"),
    (size, "courses/enrolling.py", "x = 1\n" * (FILE_LINES + 1)),
    (size, "tests/test_story.py", "x = 1\n" * (FILE_LINES + 1)),
    (size, "courses/enrolling.py", LONG_FUNCTION),
    (libraries, "courses/crediting.py", "import pandas as pd"),
    (libraries, "lms/registry/importing.py", "from pandas import DataFrame"),
    (libraries, "certification/issuing.py", "from reportlab.pdfgen import canvas"),
    (pure_rules, "certification/rules.py", "from django.utils import timezone"),
    (pure_rules, "certification/rules.py", "from certification.models import Assessment"),
    (pure_rules, "certification/rules.py", "def reached(minutes):\n    return minutes >= 72 * 60"),
    (pure_rules, "certification/rules.py", "MARK = Decimal('77.9')"),
    (pure_rules, "reports/rules/gates.py", "LESSON = 45"),
    (certificates, "courses/crediting.py", "Certificate(serial='1').save()"),
    (certificates, "lms/management/commands/load_world.py", "models.Certificate.objects.bulk_create(rows)"),
    (certificates, "certification/revoking.py", "Certificate.objects.create(serial='1')"),
    (certificates, "certification/revoking.py", "Certificate._base_manager.get_or_create(serial='1')"),
    (names, "courses/services.py", ""),
    (names, "lms/utils.py", ""),
    (names, "courses/enrolment.py", ""),
    (names, "courses/enrolling/seats.py", ""),
    (names, "courses/views/teacher.py", ""),
    (names, "courses/views/teacher/runs.py", ""),
    (names, "courses/views/centre/runs/list.py", ""),
    (no_force, "courses/enrolling.py", "def enrol(person, *, force=False): ..."),
    (no_force, "courses/enrolling.py", "x = lambda force: 1"),
]

SOUND = [
    (
        arrows,
        "certification/issuing.py",
        "from courses.models import HourEntry\nfrom lms.jobs import running",
    ),
    (arrows, "lms/wiring.py", "from certification import assessing\nimport reports"),
    (arrows, "reports/metrics.py", "models.ForeignKey('certification.Certificate', PROTECT)"),
    (arrows, "lms/web/middleware.py", "from lms.jobs.errors import DomainError"),
    (arrows, "courses/models/runs.py", "from .courses import Course"),
    (look, "courses/views/centre.py", "from lms.web.formats import minutes"),
    (look, "lms/urls.py", "import lms.web.views"),
    (libraries, "reports/exporting.py", "import pandas"),
    (libraries, "certification/pdf/drawing.py", "from reportlab.pdfgen import canvas"),
    (
        pure_rules,
        "certification/rules.py",
        "from fractions import Fraction\nHALF = Fraction(1, 2)\nYES = True",
    ),
    (certificates, "certification/issuing.py", "Certificate.objects.create(serial='1')"),
    (certificates, "reports/rating.py", "CertificateKind.objects.create()\nCertificate.objects.filter(x=1)"),
    (names, "courses/enrolling.py", ""),
    (names, "courses/views/centre.py", ""),
    (names, "reports/views/bureau/ratings.py", ""),
    (names, "lms/registry/views/bureau/bans.py", ""),
    (names, "certification/pdf/seal.py", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_rule_sees_a_breach(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(PurePosixPath(path), text)))


@pytest.mark.parametrize(("rule", "path", "text"), SOUND)
def test_rule_lets_sound_code_be(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(PurePosixPath(path), text))) == []
