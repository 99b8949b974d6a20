"""What a manager does for many of her people at once: a job with progress, each refusal named beside its person."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification import checking
from certification.models import CheckKind
from courses import access as taught
from courses import enrolling
from courses.errors import Refusal as RefusalOfCourses
from courses.models import CourseRun, EnrollmentSource
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry import access, posting
from lms.registry.errors import sentence_of
from lms.registry.models import Membership, Person, Post, Role
from reports.errors import refuse

END, CHECK, ENROL = "end_posts", "check_staff", "enrol_staff"
LABELS = {END: _("End posts"), CHECK: _("Record no-crime checks"), ENROL: _("Enrol staff")}
#: People per transaction. Acts that lock a post each lock the chain of acts too: only one of them at a time.
CHUNKS = {END: 1, CHECK: 1, ENROL: 50}
#: People in one job.
MOST = 500

#: (person, code, sentence) of somebody it was not done for.
Refused = tuple[Person, str, str]


def end_posts(*, by: Membership, posts: Sequence[Post], on: date, reason: str) -> Job:
    """Ask for these posts to end on `on`. Codes: not_allowed, staff_too_many."""
    return _start(END, by, posts, on=on.isoformat(), reason=reason)


def record_checks(*, by: Membership, posts: Sequence[Post], done_on: date, channel: str, consent: bool) -> Job:
    """Ask for a passed no-crime check of that day to be recorded for all of them. Codes as `end_posts`."""
    return _start(CHECK, by, posts, done_on=done_on.isoformat(), channel=channel, consent=consent)


def enrol_staff(*, by: Membership, posts: Sequence[Post], run: CourseRun) -> Job:
    """Ask for places in an open run of one's city for all of them. Codes: as `end_posts`, not_found."""
    access.one(taught.open_to_staff(by), pk=run.pk)
    return _start(ENROL, by, posts, run=str(run.pk))


def _start(kind: str, by: Membership, posts: Sequence[Post], **args: object) -> Job:
    if by.role != Role.INSTITUTION_MANAGER:
        raise refuse("not_allowed")
    if len(posts) > MOST:
        raise refuse("staff_too_many")
    keys = [str(post.pk) for post in posts]
    return running.enqueue(kind, {"membership": by.pk, "posts": keys, **args}, owner_id=by.user_id)


def work(job: running.Running) -> dict[str, Any]:
    """Chunk by chunk, within what the role allows by then; goes on behind the last chunk that was committed."""
    by = access.one(Membership.objects.current(), pk=job.args["membership"], user_id=job.owner_id)
    act = ACTS[job.kind]
    keys = job.args["posts"]
    result: dict[str, Any] = job.result or {
        "updated": 0,
        "refused": {},
        "rejected": [],
        "url": reverse("institution_roster"),
    }
    while job.done < len(keys):
        chunk = keys[job.done : job.done + CHUNKS[job.kind]]
        with transaction.atomic():
            posts = list(access.posts(by).filter(pk__in=chunk).order_by("person__sort_key", "pk"))
            done, refused = act(by, posts, job.args)
            result = _add(result, done, refused)
            job.step(job.done + len(chunk), {"done": job.done + len(chunk)}, len(keys), result=result)
    return result


def _end(by: Membership, posts: list[Post], args: dict[str, Any]) -> tuple[int, list[Refused]]:
    refused: list[Refused] = []
    for post in posts:
        try:
            posting.end_post(by=by, post=post, on=date.fromisoformat(args["on"]), reason=args["reason"])
        except DomainError as error:
            refused.append((post.person, error.code, str(error)))
    return len(posts) - len(refused), refused


def _check(by: Membership, posts: list[Post], args: dict[str, Any]) -> tuple[int, list[Refused]]:
    assert by.institution is not None
    done_on = date.fromisoformat(args["done_on"])
    answer = checking.record_many(
        by=by,
        institution=by.institution,
        kind=CheckKind.NO_CRIME,
        results=[checking.Result(post.person, done_on) for post in posts],
        channel=args["channel"],
        consent=args["consent"],
    )
    return answer.done, [(person, error.code, str(error)) for person, error in answer.refused]


def _enrol(by: Membership, posts: list[Post], args: dict[str, Any]) -> tuple[int, list[Refused]]:
    report = enrolling.enrol_many(
        by=by,
        run=access.one(taught.open_to_staff(by), pk=args["run"]),
        people=[post.person for post in posts],
        institutions={post.person_id: post.institution_id for post in posts},
        source=EnrollmentSource.INSTITUTION,
    )
    return len(report.enrolled), [(person, code, sentence(code)) for person, code in report.refused]


def sentence(code: str) -> str:
    """The sentence of a refusal, of whichever room it is."""
    return str(RefusalOfCourses(code).label if code in RefusalOfCourses.values else sentence_of(code))


def _add(result: dict[str, Any], done: int, refused: list[Refused]) -> dict[str, Any]:
    counts = dict(result["refused"])
    for _person, code, _said in refused:
        counts[code] = counts.get(code, 0) + 1
    rejected = [
        {"row": number, "column": "", "value": person.name, "code": code, "message": said}
        for number, (person, code, said) in enumerate(refused, len(result["rejected"]) + 1)
    ]
    return result | {
        "updated": result["updated"] + done,
        "refused": counts,
        "rejected": [*result["rejected"], *rejected],
    }


ACTS: dict[str, Callable[[Membership, list[Post], dict[str, Any]], tuple[int, list[Refused]]]] = {
    END: _end,
    CHECK: _check,
    ENROL: _enrol,
}
