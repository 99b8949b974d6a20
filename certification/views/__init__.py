"""What pages of several audiences share: sending in a certificate from outside."""

from uuid import UUID

from django.http import HttpRequest

from certification import access, claiming
from certification.forms import QualificationForm
from certification.models import Qualification
from lms.jobs.errors import DomainError
from lms.registry.errors import refuse
from lms.registry.models import Membership, Person


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
