"""Requests for correction (PIPL art. 46): a person says what is wrong about her, her bureau answers.

The answer changes nothing by itself: whoever accepts makes the correction where it belongs, before or after.
"""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry import access, auditing, keeping, noticing
from lms.registry.errors import refuse
from lms.registry.models import CorrectionRequest, Membership, Purpose
from lms.registry.rosters.identity import mask_runs

#: Requests of one person that may be open at once.
MOST_OPEN = 5
WORDINGS = {
    "correction_decided": noticing.Wording(
        _("Your request for correction (%(about)s): %(state)s. The bureau's answer stands beside it."),
        choices={"about": CorrectionRequest.About, "state": CorrectionRequest.State},
    ),
}


def request_correction(
    *, by: Membership, about: str, text: str, evidence: UploadedFile | None = None
) -> CorrectionRequest:
    """Whoever asks says what is wrong about herself. Long numbers are masked: this text is not sealed.

    Codes: not_found (the account belongs to nobody in the register), reason_missing, too_many_requests, file_type.
    """
    person = by.user.person
    if person is None:
        raise refuse("not_found")
    if not text.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        open_ones = CorrectionRequest.objects.filter(person=person, state=CorrectionRequest.State.OPEN)
        if open_ones.count() >= MOST_OPEN:
            raise refuse("too_many_requests")
        scan = keeping.keep_document(evidence, purpose=Purpose.EVIDENCE, owner=by.user) if evidence else None
        row = CorrectionRequest.objects.create(
            person=person, about=about, text=mask_runs(text.strip()), evidence=scan, asked_by=by.user
        )
        auditing.record(by, "correction.ask", row, after={"about": about})
    return row


def decide(*, by: Membership, request: CorrectionRequest, decision: str, answer: str) -> CorrectionRequest:
    """Her bureau accepts or declines, once, with an answer that she reads; a notice tells her that it is there.

    Codes: not_allowed, not_found, answer_missing, own_case, correction_state.
    """
    if by.role not in access.BUREAU or decision not in ("accepted", "declined"):
        raise refuse("not_allowed")
    if not answer.strip():
        raise refuse("answer_missing")
    with transaction.atomic():
        row = access.one(access.corrections(by).select_for_update(of=("self",)), pk=request.pk)
        if row.person_id == by.user.person_id:
            raise refuse("own_case")
        if row.state != CorrectionRequest.State.OPEN:
            raise refuse("correction_state")
        row.state, row.answer = decision, mask_runs(answer.strip())
        row.decided_by, row.decided_at = by.user, timezone.now()
        row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
        context = {"about": row.about, "state": row.state}
        noticing.tell(row.asked_by, "correction_decided", str(row.pk), context, reverse("my_data"))
        auditing.record(by, "correction.decide", row, before={"state": "open"}, after={"state": decision})
    return row
