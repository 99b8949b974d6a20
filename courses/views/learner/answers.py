"""What a learner says of her own sessions: that she can't come, and what she thought of a course."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import access, evaluating, excusing
from courses.forms.desk import EvaluationForm, ExcuseForm
from courses.models import EnrollmentState, Session
from lms.jobs.errors import DomainError
from lms.registry import keeping
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Purpose, Role


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.LEARNER)
def excuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask to be excused from one session; what was asked and answered before stands here too."""
    by = acting_of(request)
    runs = access.enrollments(by).exclude(state=EnrollmentState.WITHDRAWN).values("run_id")
    session = access.one(access.sessions(by).filter(run__in=runs), pk=pk)
    form = ExcuseForm(request.POST or None, request.FILES or None)
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            _ask(by, session, form)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Sent. The training centre decides and you are told."))
            return redirect("my_run", pk=session.run_id)
    asked = access.excuses(by).filter(session=session).first()
    context = {"session": session, "run": session.run, "form": form, "asked": asked, "refusal": refusal}
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/learner/excuse.html", context, status=status)


@transaction.atomic
def _ask(by: Membership, session: Session, form: ExcuseForm) -> None:
    upload, person = form.cleaned_data["evidence"], by.user.person
    assert person is not None
    evidence = keeping.keep_document(upload, purpose=Purpose.EVIDENCE, owner=by.user) if upload else None
    excusing.ask(by=by, session=session, person=person, reason=form.cleaned_data["reason"], evidence=evidence)


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.LEARNER)
def evaluation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Three marks and a few words on a run that is over, given once."""
    by = acting_of(request)
    enrollment = access.one(access.enrollments(by).exclude(state=EnrollmentState.WITHDRAWN), run=pk)
    form = EvaluationForm(request.POST if request.method == "POST" else None)
    refusal: DomainError | None = None
    if form.is_valid():
        marks = {name: int(form.cleaned_data[name]) for name in ("content", "teaching", "organisation")}
        try:
            evaluating.evaluate(by=by, enrollment=enrollment, words=form.cleaned_data["words"], **marks)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Thank you. The training centre reads it without your name."))
            return redirect("my_run", pk=enrollment.run_id)
    context = {
        "run": enrollment.run,
        "form": form,
        "refusal": refusal,
        "given": hasattr(enrollment, "evaluation"),
        "over": evaluating.over(enrollment.run),
        "least": evaluating.LEAST,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/learner/evaluation.html", context, status=status)
