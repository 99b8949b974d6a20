"""Marks of a whole run out of one file: looked at first, then taken in."""

import io
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, importing, reading
from courses.errors import refuse
from courses.importing import Report
from courses.models import CourseRun
from lms.jobs.errors import DomainError
from lms.registry import keeping
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, PrivateFile, Purpose, Role

#: Larger files hold no run's marks.
LARGEST = 5 * 2**20
#: How long a file that was looked at may be taken in.
FRESH_SECONDS = 3600
SALT = "courses.import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class MarksForm(forms.Form):
    """The file with the marks."""

    file = forms.FileField(
        label=gettext_lazy("File with the marks"),
        help_text=gettext_lazy("xlsx, xls or csv, up to 5 MB; one row per person and session."),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 5 MB."), code="file_too_large")
        return upload


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file is looked at and kept; with its `token` it is then taken in."""
    by = acting_of(request)
    run = access.one(access.runs(by), pk=pk)
    form = MarksForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    refusal: DomainError | None = None
    token = request.POST.get("token", "")
    try:
        if token:
            report = importing.import_attendance(_kept(by, run, token).file, by=by, run=run)
            messages.success(request, _("%(n)s marks have been taken in.") % {"n": report.created})
            if not report.rejected and not report.warnings:
                return redirect("centre_run", pk=run.pk)
            token = ""
        elif request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            report = importing.import_attendance(upload, by=by, run=run, dry_run=True)
            token = _keep(by, run, upload) if report.created else ""
    except DomainError as error:
        refusal = error
    failed = refusal is not None or (request.method == "POST" and report is None)
    context = {"run": run, "form": form, "report": report, "token": token, "refusal": refusal}
    return render(request, "courses/centre/import.html", context, status=422 if failed else 200)


@require_safe
@only(Role.CENTRE_STAFF)
def blank(request: HttpRequest, pk: UUID) -> FileResponse:
    """A workbook with a row per person and session, to be filled in."""
    run = access.one(access.runs(acting_of(request)), pk=pk)
    names = [row.person.name for row in access.taking_part(run)]
    sessions = run.sessions.filter(cancelled_at__isnull=True).order_by("number")
    days = [(session.number, timezone.localdate(session.starts_at)) for session in sessions]
    content = reading.blank_marks(names, days)
    name = f"{run.code}-{_('marks')}.xlsx"
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)


def _keep(by: Membership, run: CourseRun, upload: Any) -> str:
    """Keep the file as rosters are kept, until their time is up; the token names it to this account and run only."""
    upload.seek(0)
    row = keeping.keep(upload.read(), name=upload.name, purpose=Purpose.ROSTER, content_type=XLSX, owner=by.user)
    return signing.dumps({"file": str(row.pk), "run": str(run.pk), "user": by.user_id}, salt=SALT)


def _kept(by: Membership, run: CourseRun, token: str) -> PrivateFile:
    try:
        said = signing.loads(token, salt=SALT, max_age=FRESH_SECONDS)
    except signing.BadSignature as error:
        raise refuse("marks_stale") from error
    if (said["run"], said["user"]) != (str(run.pk), by.user_id):
        raise refuse("marks_stale")
    return PrivateFile.objects.get(pk=said["file"])
