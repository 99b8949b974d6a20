"""Figures as files, for bureaus and managers alike."""

from hashlib import sha256

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.jobs.running import enqueue
from lms.registry import auditing
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports import exporting
from reports.errors import refuse
from reports.forms import PeopleFilter
from reports.views import people_behind
from reports.views.bureau.home import DESK


@only(*DESK, Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def rate_export(request: HttpRequest) -> HttpResponseBase:
    """The people behind a figure, as the address filters them, as xlsx or (with `form=csv`) as csv.

    Large ones are made by a worker; who asks again within the minute finds the same job.
    """
    by = acting_of(request)
    form = "csv" if request.GET.get("form") == "csv" else "xlsx"
    asked = PeopleFilter(request.GET)
    if asked.errors.get("on"):
        raise refuse("date_unreadable")
    rate, lines = people_behind(by, asked)
    with transaction.atomic():
        after = {"rows": len(lines), "form": form, "metric": rate.metric.code, "as_of": rate.as_of.isoformat()}
        auditing.record(by, "export_rate", rate.institution or rate.region or rate.metric, after=after)
        if len(lines) > exporting.AT_ONCE:
            query = request.GET.urlencode()
            minute = timezone.now().strftime("%Y%m%d%H%M")
            key = sha256(f"{by.pk} {form} {query} {minute}".encode()).hexdigest()
            args = {"membership": by.pk, "form": form, "query": query}
            return redirect(enqueue("export_rate", args, owner_id=by.user_id, key=f"export_rate:{key}"))
    name = exporting.file_name(rate, form)
    if form == "xlsx":
        book = exporting.xlsx(rate, lines)
        return FileResponse(book, as_attachment=True, filename=name, content_type=exporting.TYPES[form])
    answer = StreamingHttpResponse(exporting.csv_lines(rate, lines), content_type=exporting.TYPES[form])
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
