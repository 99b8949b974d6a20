"""Rating institutions (等级评定): rounds, entered points, vetoes decided by two people, results in versions.

A rating is never changed: new facts make the next version beside it, and closing a round makes the last.
Every step locks the round and looks again before it writes.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.registry import access, auditing
from lms.registry import errors as registry
from lms.registry.models import Institution, Membership, Post, Region, User
from reports import vetoes
from reports.appraising import Scheme, Standing, participants, staff_of, veto_standings
from reports.errors import refuse
from reports.models import Indicator, IndicatorScore, RatingRound, RatingScheme, Veto, VetoFinding
from reports.rules import VetoState
from reports.versioning import Rated, keep, write_finding

By = Membership | User | None


# --- Rounds ---------------------------------------------------------------------------------


def scheme_for(region: Region) -> RatingScheme:
    """The newest published scheme of the region or the nearest above it; refuses `scheme_missing`."""
    published = RatingScheme.objects.filter(published_at__isnull=False, region__prefix__in=region.lineage)
    scheme = published.select_related("region").order_by("-region__prefix", "-version").first()
    if scheme is None:
        raise refuse("scheme_missing", region=region.code)
    return scheme


def open_round(
    *, by: Membership, region: Region, as_of: date, scheme: RatingScheme | None = None, code: str | None = None
) -> RatingRound:
    """Open a round over the institutions of `region`, as of a day that has come.

    Codes: not_allowed, not_found (region elsewhere), day_ahead, scheme_missing, round_exists.
    """
    refuse_unless_bureau_of(by, region)
    if as_of > timezone.localdate():
        raise refuse("day_ahead")
    scheme = scheme or scheme_for(region)
    if scheme.published_at is None or scheme.region.prefix not in region.lineage:
        raise refuse("scheme_missing", region=region.code)
    with transaction.atomic():
        try:
            with transaction.atomic():
                round = RatingRound.objects.create(
                    code=code or _free_code(region, as_of), scheme=scheme, region=region, as_of=as_of, opened_by=by.user
                )
        except IntegrityError as error:
            raise refuse("round_exists") from error
        after = {"code": round.code, "scheme": scheme.code, "as_of": as_of.isoformat()}
        auditing.record(by, "rating.open", round, after=after)
    return round


def close_round(*, by: Membership, round: RatingRound) -> RatingRound:
    """Rate everybody a last time and freeze the round.

    Codes: not_allowed, not_found, round_closed, veto_undecided (an institution is owed the decision).
    """
    with transaction.atomic():
        held = _held(by, round)
        rated = keep(by, held, participants(held))
        undecided = [row for row in rated.appraisals if any(standing.undecided for standing in row.standings)]
        if undecided:
            raise refuse("veto_undecided", institutions=len(undecided))
        held.state = RatingRound.State.CLOSED
        held.save(update_fields=["state"])
        auditing.record(by, "rating.close", held, before={"state": "open"}, after={"state": "closed"})
    return held


def rate(*, by: By, round: RatingRound, institutions: Iterable[Institution] | None = None) -> Rated:
    """Appraise these institutions (all of the round's, if none are named) and keep what has changed.

    The vetoes found are proposed to the officers. Codes: not_allowed, not_found, round_closed.
    """
    with transaction.atomic():
        held = _held(by, round)
        return keep(by, held, participants(held) if institutions is None else institutions)


# --- Points ---------------------------------------------------------------------------------


def enter_scores(
    *, by: Membership, round: RatingRound, institution: Institution, scores: Mapping[str, tuple[Decimal | None, str]]
) -> Rated:
    """Enter points with notes by indicator code, and rate the institution anew: all of them or none.

    Codes: not_allowed, not_found, own_case, round_closed, indicator_automatic, points_range.
    """
    with transaction.atomic():
        held = _held(by, round, institution)
        entered = {row.code: row for row in held.scheme.indicators.all()}
        old = {row.indicator_id: row for row in IndicatorScore.objects.filter(round=held, institution=institution)}
        before: dict[str, str | None] = {}
        after: dict[str, str | None] = {}
        for code, (points, note) in scores.items():
            indicator = _enterable(entered.get(code), points)
            row = old.get(indicator.pk)
            if (row.points, row.note) == (points, note) if row else points is None:
                continue
            before[code], after[code] = str(row.points) if row else None, None if points is None else str(points)
            if points is None:
                IndicatorScore.objects.filter(round=held, institution=institution, indicator=indicator).delete()
            else:
                IndicatorScore.objects.update_or_create(
                    round=held,
                    institution=institution,
                    indicator=indicator,
                    defaults={"points": points, "note": note, "entered_by": by.user},
                )
        rated = keep(by, held, [institution])
        if after:
            auditing.record(by, "rating.score", rated.ratings[0], before=before, after=after)
    return rated


def _enterable(indicator: Indicator | None, points: Decimal | None) -> Indicator:
    if indicator is None:
        raise registry.refuse("not_found")
    if indicator.source:
        raise refuse("indicator_automatic", indicator=indicator.code)
    if points is not None and not (
        points.is_finite() and 0 <= points <= indicator.points and points == round(points, 1)
    ):
        raise refuse("points_range", indicator=indicator.code)
    return indicator


# --- Vetoes ---------------------------------------------------------------------------------


def propose_veto(*, by: Membership, round: RatingRound, institution: Institution, veto: Veto, note: str) -> VetoFinding:
    """An officer reports what no source can see; that is the first of the two confirmations.

    Codes: reason_missing, not_allowed, not_found (also for an automatic veto), own_case, round_closed,
    finding_decided (it is proposed or confirmed already).
    """
    if not note.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        held = _held(by, round, institution)
        if veto.source:
            raise registry.refuse("not_found")
        standing = _standing(held, institution, veto)
        if standing is not None and standing.state is not VetoState.DISMISSED:
            raise refuse("finding_decided")
        reported = Standing(veto, [vetoes.reported(note.strip())], VetoState.PROPOSED, None)
        return _decided(by, held, institution, reported, {"first_by": by.user}, "propose", note.strip())


def confirm_veto(*, by: Membership, round: RatingRound, institution: Institution, veto: Veto) -> VetoFinding:
    """The first officer's word, or the second's, with which the veto is in force.

    Codes: not_allowed, not_found (no facts today), own_case, round_closed, finding_decided, same_person.
    """
    with transaction.atomic():
        held = _held(by, round, institution)
        standing = _waiting(held, institution, veto)
        if standing.state is VetoState.PROPOSED:
            return _decided(by, held, institution, standing, {"first_by": by.user}, "confirm")
        assert standing.finding is not None
        if standing.finding.first_by_id == by.user_id:
            raise refuse("same_person")
        second = {"first_by": standing.finding.first_by, "second_by": by.user, "decided_at": timezone.now()}
        return _decided(by, held, institution, standing, second, "confirm")


def dismiss_veto(
    *, by: Membership, round: RatingRound, institution: Institution, veto: Veto, reason: str
) -> VetoFinding:
    """An officer finds that the facts don't carry the veto; new facts would propose it again.

    Codes: reason_missing, not_allowed, not_found, own_case, round_closed, finding_decided, ban_stands (what
    two officers decided about somebody still on post isn't undone by one here).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        held = _held(by, round, institution)
        standing = _waiting(held, institution, veto)
        today = timezone.localdate()
        if any(vetoes.bars(fact) and vetoes.on_post(fact, today) for fact in standing.facts):
            raise refuse("ban_stands")
        dismissed = {"dismissed_by": by.user, "decided_at": timezone.now(), "dismissal_reason": reason.strip()}
        return _decided(by, held, institution, standing, dismissed, "dismiss", reason.strip())


def _standing(held: RatingRound, institution: Institution, veto: Veto) -> Standing | None:
    scheme = Scheme.of(held.scheme)
    if veto.pk not in {row.pk for row in scheme.vetoes}:
        raise registry.refuse("not_found")
    standings = veto_standings(held, scheme, [institution], staff_of(held, [institution]))[institution.pk]
    return next((row for row in standings if row.veto.pk == veto.pk), None)


def _waiting(held: RatingRound, institution: Institution, veto: Veto) -> Standing:
    standing = _standing(held, institution, veto)
    if standing is None or standing.state is VetoState.WITHDRAWN:
        raise registry.refuse("not_found")
    if not standing.undecided:
        raise refuse("finding_decided")
    return standing


def _decided(
    by: Membership,
    held: RatingRound,
    institution: Institution,
    standing: Standing,
    decision: dict[str, Any],
    action: str,
    words: str = "",
) -> VetoFinding:
    """Write the decision, rate the institution anew, and tell the audit."""
    finding = write_finding(held, institution, standing, decision)
    keep(by, held, [institution])
    after = {"veto": standing.veto.code, "institution": str(institution.pk), "round": held.code, "words": words}
    auditing.record(by, f"veto.{action}", finding, before={"state": standing.state.value}, after=after)
    return finding


# --- Checks ---------------------------------------------------------------------


def refuse_unless_bureau_of(by: Membership, region: Region) -> None:
    """`not_allowed` for other roles than a bureau's, `not_found` for a bureau of somewhere else."""
    if by.role not in access.BUREAU or by.region is None:
        raise registry.refuse("not_allowed")
    if not region.prefix.startswith(by.region.prefix):
        raise registry.refuse("not_found")


def _held(by: By, round: RatingRound, institution: Institution | None = None) -> RatingRound:
    """The round, locked, still open, and `by` allowed to act in it (and on `institution`, if one is named)."""
    rows = RatingRound.objects.select_for_update(of=("self",)).select_related("scheme__region", "region")
    held = rows.get(pk=round.pk)
    if isinstance(by, Membership):
        refuse_unless_bureau_of(by, held.region)
    if held.state != RatingRound.State.OPEN:
        raise refuse("round_closed")
    if institution is not None:
        access.one(participants(held), pk=institution.pk)
        if isinstance(by, Membership):
            _not_own_unit(by.user, institution)
    return held


def _not_own_unit(user: User, institution: Institution) -> None:
    """Nobody rates where she works or manages: `own_case`."""
    manages = Membership.objects.current().filter(user=user, institution=institution)
    if manages.exists() or (user.person_id is not None and _works_at(user.person_id, institution)):
        raise registry.refuse("own_case")


def _works_at(person_id: UUID, institution: Institution) -> bool:
    return Post.objects.filter(person_id=person_id, institution=institution, ended_on__isnull=True).exists()


def _free_code(region: Region, as_of: date) -> str:
    """Region and day; a number is added from the second round on."""
    stem = f"{region.code}-{as_of:%Y%m%d}"
    taken = set(RatingRound.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)
