"""Reminding of what runs out: the yearly checks of staff, entries, certificates from outside, permits.

Told 30, 7 and 0 days before, to the managers who can act and to the holder of a certificate; what is overdue
also reaches the bureau, as one notice per institution and week. Each stage is told once: a day without a run
loses nothing, and a second run tells nothing twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification import checking
from certification.checking import Standing
from certification.models import CheckKind, EntryReview, EntryState, Qualification
from lms.registry import noticing
from lms.registry.models import DocumentKind, IdentityDocument, Institution, Post, PostKind, Region, User
from lms.registry.noticing import News, Wording

#: Days before the end at which somebody is told.
STAGES = (0, 7, 30)
#: Institutions worked on at once, so that memory stays flat.
CHUNK = 200
CHECKS = {"check": CheckKind}
WORDINGS = {
    "check_due": Wording(_("%(name)s: %(check)s is due by %(until)s."), days=("until",), choices=CHECKS),
    "check_over": Wording(_("%(name)s: %(check)s was due by %(until)s."), days=("until",), choices=CHECKS),
    "checks_missing": Wording(_("%(check)s is not on record for %(n)s of your staff."), choices=CHECKS),
    "checks_overdue": Wording(_("%(institution)s: %(n)s checks of staff are overdue or missing.")),
    "check_failed": Wording(_("%(institution)s: %(name)s, who is on post, did not pass a check.")),
    "entry_submitted": Wording(
        _("%(institution)s asks for the entry of %(name)s (%(post)s)."), choices={"post": PostKind}
    ),
    "entry_approved": Wording(_("%(name)s may begin: the entry (%(post)s) is approved."), choices={"post": PostKind}),
    "entry_returned": Wording(
        _("The entry of %(name)s (%(post)s) was returned: %(reason)s"), choices={"post": PostKind}
    ),
    "entry_due": Wording(_("The papers of %(name)s for her entry are due by %(until)s."), days=("until",)),
    "entry_over": Wording(_("The papers of %(name)s for her entry were due by %(until)s."), days=("until",)),
    "entry_over_bureau": Wording(
        _("%(institution)s: the entry of %(name)s is overdue since %(until)s."), days=("until",)
    ),
    "qualification_due": Wording(_("%(name)s: the certificate %(kind)s is valid until %(until)s."), days=("until",)),
    "qualification_over": Wording(_("%(name)s: the certificate %(kind)s was valid until %(until)s."), days=("until",)),
    "qualification_refused": Wording(_("The certificate %(kind)s of %(name)s was refused: %(reason)s")),
    "qualification_verified": Wording(_("The certificate %(kind)s of %(name)s is verified and counts.")),
    "qualification_doubted": Wording(_("The certificate %(kind)s of %(name)s is in doubt: %(reason)s")),
    "permit_due": Wording(_("%(name)s: the work permit is valid until %(until)s."), days=("until",)),
    "permit_over": Wording(_("%(name)s: the work permit was valid until %(until)s."), days=("until",)),
    "document_due": Wording(
        _("%(name)s: %(document)s is valid until %(until)s."), days=("until",), choices={"document": DocumentKind}
    ),
    "document_over": Wording(
        _("%(name)s: %(document)s was valid until %(until)s."), days=("until",), choices={"document": DocumentKind}
    ),
}
Managers = dict[UUID, list[User]]
Row = TypeVar("Row")


def remind_sites(today: date, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Tell what is due on `today` at the next CHUNK institutions behind `after`.

    Gives how many notices were new, and the last institution's key; None behind the last one.
    """
    institutions = Institution.objects.filter(pk__gt=after) if after else Institution.objects.all()
    sites = list(institutions.select_related("region").order_by("pk")[:CHUNK])
    if not sites:
        return 0, None
    managers = noticing.managers(sites)
    posts = list(Post.objects.on(today).filter(institution__in=sites).select_related("person", "institution__region"))
    regions = {site.region.prefix: site.region for site in sites}
    officers = {prefix: noticing.officers(region) for prefix, region in regions.items()}
    told = noticing.tell_all(_of_checks(posts, today, managers, officers))
    told += noticing.tell_all(_of_qualifications(posts, today, managers))
    told += noticing.tell_all(_of_permits(posts, today, managers))
    return told, sites[-1].pk


def stage_of(until: date, today: date) -> int | None:
    """The stage an end has reached: 30, 7 or 0 days before it (0 also afterwards); None while it is far."""
    left = (until - today).days
    return next((stage for stage in STAGES if left <= stage), None)


def _of_checks(
    posts: Sequence[Post], today: date, managers: Managers, officers: dict[str, list[User]]
) -> Iterator[News]:
    """Due and overdue checks one by one; missing ones as one notice per institution, check and month."""
    missing: Counter[tuple[UUID, str]] = Counter()
    overdue: Counter[Institution] = Counter()
    for due in checking.due_checks(posts, today):
        post = due.post
        if due.standing == Standing.MISSING:
            missing[post.institution_id, due.kind.value] += 1
        if due.standing in (Standing.MISSING, Standing.RUN_OUT):
            overdue[post.institution] += 1
        if due.until is None or (stage := stage_of(due.until, today)) is None:
            continue
        code = "check_over" if due.until < today else "check_due"
        key = f"{post.pk}:{due.kind}:{due.until}:{stage}"
        context = {"name": post.person.name, "check": due.kind.value, "until": due.until.isoformat()}
        path = f"{reverse('institution_checks')}?kind={due.kind}"
        yield from (News(user, code, key, context, path) for user in managers.get(post.institution_id, ()))
    for (institution, kind), n in missing.items():
        key, path = f"{institution}:{kind}:{today:%Y-%m}", f"{reverse('institution_checks')}?kind={kind}"
        for user in managers.get(institution, ()):
            yield News(user, "checks_missing", key, {"check": kind, "n": n}, path)
    year, week, _day = today.isocalendar()
    for site, n in overdue.items():
        path = reverse("bureau_institution", args=[site.pk])
        for user in officers.get(site.region.prefix, ()):
            yield News(user, "checks_overdue", f"{site.pk}:{year}-{week}", {"institution": site.name, "n": n}, path)


def _of_qualifications(posts: Sequence[Post], today: date, managers: Managers) -> Iterator[News]:
    """To the holder and to the managers of where she is on post."""
    soon = today + timedelta(days=max(STAGES))
    rows = Qualification.objects.filter(state="valid", person__in={post.person_id for post in posts})
    # One that ran out long ago was told of then, or lies behind by a newer one.
    rows = rows.filter(expires_on__range=(today - timedelta(days=max(STAGES)), soon)).select_related("kind", "person")
    holders = {user.person_id: user for user in User.objects.filter(person__in=[row.person_id for row in rows])}
    places: dict[UUID, set[UUID]] = {}
    for post in posts:
        places.setdefault(post.person_id, set()).add(post.institution_id)
    for row in rows:
        assert row.expires_on is not None
        code = "qualification_over" if row.expires_on < today else "qualification_due"
        key = f"{row.pk}:{row.expires_on}:{stage_of(row.expires_on, today)}"
        context = {"name": row.person.name, "kind": row.kind.name, "until": row.expires_on.isoformat()}
        if holder := holders.get(row.person_id):
            yield News(holder, code, key, context, reverse("my_qualifications"))
        told = {user for place in places[row.person_id] for user in managers.get(place, ())}
        path = reverse("institution_qualifications")
        yield from (News(user, code, key, context, path) for user in told if user != holder)


def _of_permits(posts: Sequence[Post], today: date, managers: Managers) -> Iterator[News]:
    """Work permits of posts, and the documents of foreign staff that run out."""
    soon = today + timedelta(days=max(STAGES))
    ends: list[tuple[Post, str, str, date]] = [
        (post, "permit", "", post.work_permit_until)
        for post in posts
        if post.work_permit_until and post.work_permit_until <= soon
    ]
    of_person: dict[UUID, list[Post]] = {}
    for post in posts:
        of_person.setdefault(post.person_id, []).append(post)
    documents = IdentityDocument.objects.filter(person__in=of_person, valid_until__lte=soon)
    for document in documents:
        assert document.valid_until is not None
        ends += [(post, "document", document.kind, document.valid_until) for post in of_person[document.person_id]]
    for post, what, kind, until in ends:
        code = f"{what}_over" if until < today else f"{what}_due"
        key = f"{post.pk}:{kind}:{until}:{stage_of(until, today)}"
        context = {"name": post.person.name, "document": kind, "until": until.isoformat()}
        path = reverse("institution_person", args=[post.person_id])
        yield from (News(user, code, key, context, path) for user in managers.get(post.institution_id, ()))


def remind_of_entries(today: date) -> int:
    """Tell of entries whose papers are due; of the overdue ones also the bureau. How many notices were new."""
    soon = today + timedelta(days=max(STAGES))
    open_here = Q(state__in=(EntryState.COLLECTING, EntryState.RETURNED), due_on__lte=soon)
    entries = EntryReview.objects.filter(open_here).select_related("person", "institution__region").order_by("pk")
    told = 0
    for chunk in _chunks(entries.iterator(chunk_size=CHUNK)):
        told += noticing.tell_all(_of_entries(chunk, today))
    return told


def _of_entries(entries: Sequence[EntryReview], today: date) -> Iterator[News]:
    managers = noticing.managers([entry.institution for entry in entries])
    officers: dict[Region, list[User]] = {}
    for entry in entries:
        site, over = entry.institution, entry.due_on < today
        key = f"{entry.pk}:{entry.due_on}:{stage_of(entry.due_on, today)}"
        context = {"name": entry.person.name, "institution": site.name, "until": entry.due_on.isoformat()}
        path = reverse("institution_entry", args=[entry.pk])
        code = "entry_over" if over else "entry_due"
        yield from (News(user, code, key, context, path) for user in managers.get(site.pk, ()))
        if over:
            if site.region not in officers:
                officers[site.region] = noticing.officers(site.region)
            path = reverse("bureau_entries")
            yield from (News(user, "entry_over_bureau", key, context, path) for user in officers[site.region])


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Lists of at most CHUNK rows."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
