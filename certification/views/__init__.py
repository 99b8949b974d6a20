"""What pages of several audiences share: sending in a certificate from outside, and statements of hours."""

import csv
import io
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from certification import access, claiming
from certification.forms import QualificationForm
from certification.models import Qualification
from certification.pdf import statement as paper
from certification.stating import Line, Statement, Total, Year, statement_of
from courses.models import Bucket
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.errors import refuse
from lms.registry.exporting import harmless
from lms.registry.models import Membership, Person
from lms.web.formats import LESSON_MINUTES, cn_datetime, minutes_as_hours


def send(
    request: HttpRequest, acting: Membership, person: Person
) -> tuple[QualificationForm | None, DomainError | None, int]:
    """The form to show, what refused it, and the status; no form once the certificate is sent in."""
    if request.method != "POST":
        return QualificationForm(initial=_earlier(request, acting, person)), None, 200
    form = QualificationForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None, 422
    try:
        claiming.send(by=acting, person=person, **form.cleaned_data)
    except DomainError as error:
        if error.code.startswith("number_"):
            form.add_error("number", str(error))
        return form, error, 409
    return None, None, 302


def _earlier(request: HttpRequest, acting: Membership, person: Person) -> dict[str, object]:
    """What was sent before, where `again` names it."""
    try:
        key = UUID(request.GET.get("again", ""))
    except ValueError:
        return {}
    row: Qualification | None = access.qualifications(acting).filter(person=person, pk=key).first()
    if row is None:
        raise refuse("not_found")
    return {name: getattr(row, name) for name in ("kind", "number", "level", "issuer", "issued_on", "expires_on")}


# --- Statements of hours --------------------------------------------------------------------


def statement_file(by: Membership, person: Person, wanted: str) -> HttpResponse:
    """The person's statement of hours: as a table where csv is `wanted`, else on paper; that it was drawn is recorded.

    Who may see the person is for the caller to say. The paper is in Chinese, whoever draws it.
    """
    form = "csv" if wanted == "csv" else "pdf"
    with transaction.atomic():
        auditing.record(by, "draw_statement", person, after={"form": form})
    if form == "csv":
        name, content = _name(person), statement_csv(statement_of(person))
    else:
        with translation.override("zh-hans"):
            name, content = _name(person), paper.draw(sheet_of(statement_of(person), by))
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/pdf"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{form}") or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def statement_csv(statement: Statement) -> bytes:
    """Every line, oldest first, with a byte order mark for Excel in Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    what = [_("Training year"), _("Day"), _("What"), _("Where"), _("Kind"), _("Bucket"), _("Category"), _("Online")]
    writer.writerow([*what, _("Lesson hours offered"), _("Lesson hours counted"), _("Why not")])
    for year in reversed(statement.years):
        for line in reversed(year.lines):
            words = [line.title, line.place, line.source, str(line.bucket_label), line.category]
            figures = [minutes_as_hours(minutes, year.lesson_minutes) for minutes in (line.offered, line.counted)]
            online = _("yes") if line.online else ""
            cells = [str(year.year), line.day.isoformat(), *words, online, *figures, line.why]
            writer.writerow([harmless(cell) for cell in cells])
    return ("\ufeff" + buffer.getvalue()).encode()


def sheet_of(statement: Statement, by: Membership) -> paper.StatementSheet:
    """The statement in the words of its paper."""
    document = statement.document
    return paper.StatementSheet(
        name=statement.person.name,
        document=f"{document.get_kind_display()} {document.masked}" if document else "",
        drawn_at=cn_datetime(statement.drawn_at),
        drawn_by=str(by),
        sums=tuple(
            _("%(bucket)s, all years: %(n)s lesson hours")
            % {"bucket": total.bucket.label, "n": minutes_as_hours(total.counted, LESSON_MINUTES)}
            for total in statement.totals
        ),
        sections=tuple(_section(year) for year in statement.years),
    )


def _section(year: Year) -> paper.Section:
    heading = _("School year %(a)s–%(b)s") % {"a": year.year, "b": year.year + 1} if year.school else str(year.year)
    sums = [_sum(total, year) for total in year.totals]
    if year.categories:
        said = (f"{name} {minutes_as_hours(minutes, year.lesson_minutes)}" for name, minutes in year.categories)
        sums.append("，".join(said))
    return paper.Section(heading, tuple(sums), tuple(_row(line, year) for line in reversed(year.lines)))


def _sum(total: Total, year: Year) -> str:
    said = {
        "bucket": total.bucket.label,
        "have": minutes_as_hours(total.counted, year.lesson_minutes),
        "need": minutes_as_hours(total.required, year.lesson_minutes),
    }
    if total.required is None:
        return _("%(bucket)s: %(have)s lesson hours") % said
    return _("%(bucket)s: %(have)s of %(need)s lesson hours") % said


def _row(line: Line, year: Year) -> paper.Row:
    counted = minutes_as_hours(line.counted, year.lesson_minutes)
    offered = minutes_as_hours(line.offered, year.lesson_minutes)
    bucket = str(Bucket(line.bucket).label)
    return paper.Row(
        day=line.day.isoformat(),
        title=line.title,
        place=line.place,
        kind=line.source,
        bucket=f"{bucket} {line.category}".strip(),
        hours=counted if line.full else f"{counted} / {offered}",
        why=line.why,
    )


def _name(person: Person) -> str:
    """E.g. 学时记录_李春梅_2026-11-22"""
    return f"{_('Statement of hours')}_{person.name}_{timezone.localdate()}"
