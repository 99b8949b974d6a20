"""What counts, and what it adds up to (domain formulas 3, 5 and 6): pure decisions over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil

NOTHING = "—"  # a rate over nobody


class Reason(StrEnum):
    """Why somebody on post counts as a holder, doesn't, or stands outside the rate."""

    HOLDS = "holds"
    BARRED = "barred"
    UNVERIFIED = "unverified"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    DOUBTFUL = "doubtful"
    REVOKED = "revoked"
    WRONG_KIND = "wrong_kind"
    NO_CERTIFICATE = "no_certificate"
    NO_HEALTH_CERTIFICATE = "no_health_certificate"
    NO_CRIME_CHECK = "no_crime_check"
    NOT_REQUIRED = "not_required"
    NOT_STAFF = "not_staff"
    NO_RULE = "no_rule"
    REACHED = "reached"
    HOURS_MISSING = "hours_missing"
    NOT_ASSESSED = "not_assessed"
    NO_STANDARD = "no_standard"


#: Outside denominator D2; NOT_STAFF is outside D1 as well.
OUTSIDE = frozenset({Reason.NOT_REQUIRED, Reason.NOT_STAFF, Reason.NO_RULE, Reason.NO_STANDARD})
#: Of several certificates that don't count, the one nearest to counting explains why.
NEAREST_FIRST = (Reason.UNVERIFIED, Reason.NOT_YET_VALID, Reason.EXPIRED, Reason.DOUBTFUL, Reason.REVOKED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate as the decision sees it. `valid` is the one answer of its own room for the day."""

    kind: str
    label: str
    valid: bool
    state: str = "valid"  # valid | unverified | doubtful | revoked
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`, and the certificate that counts or the one nearest to counting."""

    reason: Reason
    claim: Claim | None = None

    @property
    def holds(self) -> bool:
        return self.reason is Reason.HOLDS


def fault(claim: Claim, day: date) -> Reason:
    """Why a certificate of the right kind isn't valid on `day`."""
    if claim.state == "revoked":
        return Reason.REVOKED
    if claim.expires_on is not None and claim.expires_on < day:
        return Reason.EXPIRED
    if claim.state == "doubtful":
        return Reason.DOUBTFUL
    if claim.state == "unverified":
        return Reason.UNVERIFIED
    return Reason.NOT_YET_VALID


def judge(*, fitting: Iterable[str], claims: Iterable[Claim], day: date, barred: bool = False) -> Verdict:
    """Does somebody whose post asks for one of the kinds `fitting` hold a certificate on `day`?"""
    if barred:
        return Verdict(Reason.BARRED)
    kinds, claims = frozenset(fitting), list(claims)
    right = [claim for claim in claims if claim.kind in kinds]
    valid = [claim for claim in right if claim.valid]
    if valid:
        # The one that lasts longest; one without an end outlasts all.
        return Verdict(Reason.HOLDS, max(valid, key=lambda claim: claim.expires_on or date.max))
    if right:
        reason, claim = min(((fault(c, day), c) for c in right), key=lambda pair: NEAREST_FIRST.index(pair[0]))
        return Verdict(reason, claim)
    return Verdict(Reason.WRONG_KIND, claims[0]) if claims else Verdict(Reason.NO_CERTIFICATE)


def checked(
    verdict: Verdict, *, day: date, health_expires_on: date | None, no_crime_checked_on: date | None
) -> Verdict:
    """N3: a holder whose health certificate is valid on `day` and whose no-crime check is at most a year old."""
    if not verdict.holds:
        return verdict
    if health_expires_on is None or health_expires_on < day:
        return Verdict(Reason.NO_HEALTH_CERTIFICATE, verdict.claim)
    if no_crime_checked_on is None or not year_before(day) <= no_crime_checked_on <= day:
        return Verdict(Reason.NO_CRIME_CHECK, verdict.claim)
    return verdict


def year_before(day: date) -> date:
    """The same day a year earlier; 29 February becomes 1 March, so that a check never counts longer."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, day.month + 1, 1)


def year_after(day: date) -> date:
    """The same day a year later; 29 February becomes 28, so that nothing lasts longer than a year."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, day.month + 1, 1) - timedelta(days=1)


def shown(numerator: int, denominator: int) -> str:
    """A rate as people see it, truncated to 0.1: 79.96 % is "79.9%". Over nobody it is "—"."""
    if denominator == 0:
        return NOTHING
    return percent(Fraction(numerator, denominator))


def percent(share: Fraction) -> str:
    """A share as a percentage truncated to one decimal: 779/1000 → "77.9%"."""
    scaled = share * 100
    whole = scaled // 1
    tenth = f"{(scaled - whole) * 100 // 1:02}"[0]  # of two decimals the first: never rounded up
    return f"{whole}.{tenth}%"


def need(target: Fraction | None, numerator: int, denominator: int) -> int | None:
    """How many more holders reach the target: max(0, ⌈target·D⌉ − N). None without a target (formula 5)."""
    return None if target is None else max(0, ceil(target * denominator) - numerator)


def reaches(target: Fraction, numerator: int, denominator: int) -> bool:
    """Whether the exact rate reaches the target; a rate over nobody reaches none."""
    return denominator > 0 and Fraction(numerator, denominator) >= target


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """One person's verdict in a region from those at each of her places: she holds where every post
    that asks for a certificate has a fitting one; otherwise the first that lacks one says why.
    """
    verdicts = list(verdicts)
    asked = [verdict for verdict in verdicts if verdict.reason not in OUTSIDE]
    lacking = [verdict for verdict in asked if verdict.reason not in (Reason.HOLDS, Reason.REACHED)]
    staff = [verdict for verdict in verdicts if verdict.reason is not Reason.NOT_STAFF]
    return (lacking or asked or staff or verdicts)[0]


# --- Rating (formula 6) ---------------------------------------------------------------------


class Outcome(StrEnum):
    """What a rating comes to."""

    GRADED = "graded"
    NO_GRADE = "no_grade"  # all is known, and no gate is passed
    INCOMPLETE = "incomplete"  # points are still to be entered
    WITHHELD = "withheld"  # a veto is proposed and not decided
    VETOED = "vetoed"


class VetoState(StrEnum):
    """How far people are with a veto. In force are CONFIRMED, and what two officers decided elsewhere."""

    PROPOSED = "proposed"
    FIRST_CONFIRMED = "first_confirmed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"  # the facts behind it are gone


@dataclass(frozen=True, slots=True)
class GradeLine:
    """What a grade asks: a share of the points there are, and a holding rate."""

    least_share: Fraction
    least_rate: Fraction


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a grade's two conditions are met."""

    points_met: bool
    rate_met: bool

    @property
    def passed(self) -> bool:
        return self.points_met and self.rate_met


def clamped(rate: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """clamp((rate − low) / (high − low), 0, 1): the share of an indicator's points that `rate` earns."""
    return min(Fraction(1), max(Fraction(0), (rate - low) / (high - low)))


def gate(line: GradeLine, *, earned: Fraction, possible: Fraction, rate: Fraction | None) -> Gate:
    """Exact comparisons; where nothing can be earned, or the rate is over nobody, no gate is passed."""
    return Gate(
        points_met=possible > 0 and earned >= line.least_share * possible,
        rate_met=rate is not None and rate >= line.least_rate,
    )


def best(gates: Iterable[Gate]) -> int | None:
    """The place of the best grade whose gate is passed; the gates come best first."""
    return next((place for place, gate in enumerate(gates) if gate.passed), None)


def veto_state(
    facts: frozenset[str], *, decided_on: frozenset[str], first: bool, second: bool, dismissed: bool
) -> VetoState:
    """How a veto stands, given the keys of today's facts and of those that people have looked at.

    A decision covers the facts it was made on: new ones reopen what was dismissed or half confirmed, and
    a confirmed veto stands for as long as one of its facts does.
    """
    if not facts:
        return VetoState.WITHDRAWN
    if second and facts & decided_on:
        return VetoState.CONFIRMED
    if dismissed and facts <= decided_on:
        return VetoState.DISMISSED
    if first and not second and facts <= decided_on:
        return VetoState.FIRST_CONFIRMED
    return VetoState.PROPOSED


def outcome(*, vetoed: bool, undecided: bool, incomplete: bool, grade: int | None) -> Outcome:
    """Vetoes come before points, and no grade is given before everything is known."""
    if vetoed:
        return Outcome.VETOED
    if undecided:
        return Outcome.WITHHELD
    if incomplete:
        return Outcome.INCOMPLETE
    return Outcome.NO_GRADE if grade is None else Outcome.GRADED


# --- Staff and children (domain 2.7) --------------------------------------------------------


def staff_needed(children: int, children_per_staff: int) -> int:
    """How many a class of `children` asks for, each begun group counted whole."""
    return ceil(Fraction(children, children_per_staff))


def staff_short(needed: int, present: Fraction) -> int:
    """How many more people it takes; whoever shares her day between classes is there in part."""
    return max(0, ceil(needed - present))


# --- Hours by the end of the year -----------------------------------------------------------


class Prospect(StrEnum):
    """How somebody's training year will end."""

    REACHED = "reached"
    ON_COURSE = "on_course"
    WILL_MISS = "will_miss"


@dataclass(frozen=True, slots=True)
class Pace:
    """One bucket of somebody's year in whole minutes; days on post `so_far` (today among them) and `left`.

    What lies ahead is the larger of two: what the days left give at the pace so far, and what she is booked
    for. They are not added up, since whoever learns at a pace is booked for some of it already.
    """

    required: int
    earned: int
    booked: int
    so_far: int
    left: int

    @property
    def missing(self) -> int:
        return max(0, self.required - self.earned)

    @property
    def unbooked(self) -> int:
        """Missing, and not covered by what she is booked for."""
        return max(0, self.missing - self.booked)

    @property
    def at_this_pace(self) -> Fraction:
        """What the days left give when they give as much as those so far; before the first day nothing."""
        return Fraction(self.earned * self.left, self.so_far) if self.so_far else Fraction(0)

    @property
    def expected(self) -> Fraction:
        """Minutes at the end of the year, as far as can be seen."""
        return self.earned + max(self.at_this_pace, Fraction(self.booked))

    @property
    def enough(self) -> bool:
        return self.expected >= self.required


def prospect(reached: bool, paces: Iterable[Pace]) -> Prospect:
    """Every bucket must do by itself. Whoever has all hours and has not reached the standard misses one of its
    conditions, which more of the same will not meet.
    """
    if reached:
        return Prospect.REACHED
    paces = list(paces)
    on_course = any(pace.missing for pace in paces) and all(pace.enough for pace in paces)
    return Prospect.ON_COURSE if on_course else Prospect.WILL_MISS


def seats(minutes: int, session_minutes: Fraction) -> int:
    """How many times somebody must sit in a session of that length for so many minutes."""
    return ceil(minutes / session_minutes)


def spread(total: int, parts: int) -> list[int]:
    """Whole shares that differ by one at most and add up to `total`, the larger ones first."""
    each, over = divmod(total, parts)
    return [each + (place < over) for place in range(parts)]


# --- Duties of an organiser (domain 1) ------------------------------------------------------


class DutyState(StrEnum):
    REACHED = "reached"
    OVERDUE = "overdue"
    ON_COURSE = "on_course"


def months_passed(year: int, today: date) -> int:
    """How many full months of `year` lie before `today`: 0 to 12."""
    return max(0, min(12, (today.year - year) * 12 + today.month - 1))


def duty_due(times: int, months: int) -> int:
    """How often a duty of so many `times` a year must have been done after `months` full months of it.

    In step with the year, rounded down: four times a year is once a quarter, once a year is due at its end.
    """
    return times * months // 12


def duty_state(times: int, done: int, due: int) -> DutyState:
    """Reached when done often enough for the year, overdue when not often enough for the part that has passed."""
    if done >= times:
        return DutyState.REACHED
    return DutyState.OVERDUE if done < due else DutyState.ON_COURSE
