"""The employment file of a post: terms of work, the direct manager, appraisals, rewards and sanctions."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lms.registry import absenting, access, auditing, posting
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    EmploymentNote,
    Institution,
    Leave,
    Membership,
    NoteKind,
    Post,
    PostState,
    PrivateFile,
    Purpose,
    Role,
    User,
)

By = Membership | User | None
#: What `set_employment` may say of a post.
TERMS = (
    "full_time",
    "employment",
    "probation_until",
    "contract_until",
    "social_insurance",
    "work_permit_number",
    "work_permit_until",
)


def set_employment(*, by: By, post: Post, **terms: Any) -> Post:
    """Terms of work (`terms`, any of TERMS); the state follows a probation that begins or is over.

    Saying what is known changes nothing. Codes: not_allowed, post_ended, probation_dates (probation, contract
    or permit that ends before the post began).
    """
    unknown = terms.keys() - set(TERMS)
    if unknown:
        raise TypeError(f"no terms of work: {', '.join(sorted(unknown))}")
    with guarded():
        row = posting.open_post(by, post, Role.INSTITUTION_MANAGER)
        changed = [name for name in TERMS if name in terms and terms[name] != getattr(row, name)]
        for name in changed:
            setattr(row, name, terms[name])
        ends = (row.probation_until, row.contract_until, row.work_permit_until)
        if any(end is not None and end < row.started_on for end in ends):
            raise refuse("probation_dates")
        if changed:
            if "probation_until" in changed and row.probation_until is None and row.state == PostState.PROBATION:
                row.state = PostState.ON_POST
            row.save(update_fields=[*changed, "updated_at"])
            absenting.follow(row)
            auditing.record(by, "post.employment", row, after={"fields": changed})
    return row


def set_manager(*, by: By, post: Post, manager: Post | None) -> Post:
    """The direct manager (直接管理人员), whom a ban may reach too (Q193-195); None: nobody.

    Codes: not_allowed, post_ended, manager_unfit (of another institution, no longer on post, or herself),
    manager_circle.
    """
    with guarded():
        row = posting.open_post(by, post, Role.INSTITUTION_MANAGER)
        # One at a time per institution, or two could make each other the manager.
        Institution.objects.select_for_update(no_key=True).get(pk=row.institution_id)
        if manager is not None:
            _refuse_unfit(row, manager)
        before = row.manager_id
        row.manager = manager
        row.save(update_fields=["manager", "updated_at"])
        auditing.record(
            by, "post.manager", row, before={"manager": _key(before)}, after={"manager": _key(row.manager_id)}
        )
    return row


def add_note(
    *,
    by: Membership,
    post: Post,
    kind: str,
    on: date,
    title: str,
    text: str = "",
    evidence: PrivateFile | None = None,
) -> EmploymentNote:
    """An appraisal, a reward, a sanction or a contract; never changed, a wrong one is answered by another.

    Codes: not_allowed, own_case (nobody writes into her own file), post_ended, title_missing, day_ahead.
    """
    if not title.strip():
        raise refuse("title_missing")
    if on > timezone.localdate():
        raise refuse("day_ahead")
    with guarded():
        row = posting.open_post(by, post, Role.INSTITUTION_MANAGER)
        posting.not_herself(by, row)
        note = EmploymentNote.objects.create(
            post=row,
            kind=NoteKind(kind),
            on=on,
            title=title.strip(),
            text=text.strip(),
            evidence=evidence,
            recorded_by=by.user,
        )
        auditing.record(by, "post.note", note, after={"post": str(row.pk), "kind": note.kind, "on": on.isoformat()})
    return note


def _refuse_unfit(post: Post, manager: Post) -> None:
    chosen = Post.objects.filter(pk=manager.pk, institution_id=post.institution_id, ended_on__isnull=True).first()
    if chosen is None or chosen.person_id == post.person_id:
        raise refuse("manager_unfit")
    above = dict(Post.objects.filter(institution_id=post.institution_id).values_list("pk", "manager_id"))
    seen = {post.pk}
    key: UUID | None = chosen.pk
    while key is not None and key not in seen:
        seen.add(key)
        key = above.get(key)
    if key == post.pk:
        raise refuse("manager_circle")


def _key(pk: object) -> str | None:
    return str(pk) if pk else None


def readable(by: Membership) -> Q:
    """Proofs of leave and of the employment file, for whoever may see the post; see `access.READABLE`."""
    posts = access.posts(by).values("pk")
    leave = Leave.objects.filter(post__in=posts, evidence__isnull=False).values("evidence_id")
    notes = EmploymentNote.objects.filter(post__in=posts, evidence__isnull=False).values("evidence_id")
    return Q(purpose=Purpose.EVIDENCE) & (Q(pk__in=leave) | Q(pk__in=notes))
