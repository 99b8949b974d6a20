"""The rating of one institution: every point down to the people and rules, points to enter, vetoes to decide."""

import uuid
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry.access import BUREAU, one, only
from lms.registry.models import Institution, Membership, PostKind
from reports import access, rating, vetoes
from reports.appraising import appraise, changed_by_bans, participants, staff_of, tenths
from reports.forms import ReasonForm, ReportForm, ScoresForm
from reports.metrics.figures import SENTENCES
from reports.models import IndicatorScore, Rating, RatingRound, VetoFinding
from reports.rules import Reason, VetoState
from reports.views.bureau.ratings import DESK, OUTCOMES

#: How far a veto is, and its tone.
STATES: dict[str, tuple[str | Promise, str]] = {
    VetoState.PROPOSED: (gettext_lazy("Awaiting confirmation by two"), "due"),
    VetoState.FIRST_CONFIRMED: (gettext_lazy("Awaiting the second confirmation"), "due"),
    VetoState.CONFIRMED: (gettext_lazy("Confirmed by two"), "refused"),
    VetoState.DISMISSED: (gettext_lazy("Dismissed"), "quiet"),
}


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_rating(request: HttpRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """One institution in a round, as kept or, where a ban has come or gone since, as of this moment."""
    by: Membership = request.acting  # type: ignore[attr-defined]
    round = one(access.rounds(by), code=code)
    versions = list(
        Rating.objects.filter(round=round, institution=pk)
        .select_related("institution__region", "grade")
        .defer("explanation")  # of all but the last one only the head is shown
        .order_by("-version")
    )
    institution = versions[0].institution if versions else one(participants(round), pk=pk)
    forms = _forms(request, round, institution)
    refusal = None
    act = request.POST.get("act", "")
    form = forms.get(act)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _do(request, by, round, institution, act, form)
            return redirect("bureau_rating", code=code, pk=pk)
        except DomainError as error:
            refusal = error
    context = {
        "round": round,
        "institution": institution,
        "versions": versions,
        "forms": forms,
        "opened": act,
        "opened_veto": request.POST.get("veto", ""),
        "refusal": refusal,
        "may_act": by.role in BUREAU and round.state == RatingRound.State.OPEN,
        **_told(round, institution, versions),
    }
    return render(request, "reports/rating.html", context, status=409 if refusal else 200)


def _forms(request: HttpRequest, round: RatingRound, institution: Institution) -> dict[str, Any]:
    """The page's forms by the act of their button; the one that was sent is bound."""
    if round.state != RatingRound.State.OPEN:
        return {}
    sent = request.POST if request.method == "POST" else None
    act = request.POST.get("act", "")
    entered = IndicatorScore.objects.filter(round=round, institution=institution).select_related("indicator")
    initial: dict[str, Any] = {}
    for score in entered:
        initial |= {
            f"points_{score.indicator.code}": tenths(Fraction(score.points)),
            f"note_{score.indicator.code}": score.note,
        }
    return {
        "score": ScoresForm(
            sent if act == "score" else None,
            indicators=list(round.scheme.indicators.filter(source="")),
            initial=initial,
        ),
        "dismiss": ReasonForm(sent if act == "dismiss" else None),
        "report": ReportForm(sent if act == "report" else None, vetoes=round.scheme.vetoes.filter(source="")),
    }


def _do(
    request: HttpRequest, by: Membership, round: RatingRound, institution: Institution, act: str, form: Any
) -> None:
    """The verb behind the pressed button."""
    if act == "score":
        rating.enter_scores(by=by, round=round, institution=institution, scores=form.scores)
        messages.success(request, _("The points are kept, and the institution is rated anew."))
    elif act == "report":
        typed = form.cleaned_data
        rating.propose_veto(by=by, round=round, institution=institution, veto=typed["veto"], note=typed["note"])
        messages.success(request, _("Reported. A second officer has to confirm it."))
    elif act in ("confirm", "dismiss"):
        veto = one(round.scheme.vetoes.all(), code=request.POST.get("veto", ""))
        if act == "dismiss":
            reason = form.cleaned_data["reason"]
            rating.dismiss_veto(by=by, round=round, institution=institution, veto=veto, reason=reason)
            messages.success(request, _("The veto is dismissed, with your reason."))
        else:
            finding = rating.confirm_veto(by=by, round=round, institution=institution, veto=veto)
            second = finding.second_by_id is not None
            messages.success(
                request, _("The veto is in force.") if second else _("Now a second officer has to confirm.")
            )
    else:
        rated = rating.rate(by=by, round=round, institutions=[institution])
        messages.success(
            request, _("Rated anew.") if rated.changed else _("Nothing has changed since the last rating.")
        )


def _told(round: RatingRound, institution: Institution, versions: list[Rating]) -> dict[str, Any]:
    """What the page says: of the kept rating, or of this moment where nothing is kept or a ban has changed it."""
    now = changed_by_bans(round, versions[:1]).get(institution.pk) if versions else appraise(round, [institution])[0]
    told = now.explanation if now else versions[0].explanation
    label, tone = OUTCOMES[told["outcome"]]
    findings = {
        row.veto.code: row
        for row in VetoFinding.objects.filter(round=round, institution=institution).select_related(
            "veto", "first_by", "second_by", "dismissed_by"
        )
    }
    return {
        "told": told,
        "kept": versions[0] if versions else None,
        "moved": now is not None and bool(versions),
        "label": told["grade"] or label,
        "tone": tone,
        "since": _since_closing(round, institution),
        "domains": [
            (domain, [_part(part) for part in parts])
            for domain, parts in groupby(told["indicators"], key=lambda part: part["domain"])
        ],
        "vetoes": [_veto(veto, findings.get(veto["code"])) for veto in told["vetoes"]],
    }


def _since_closing(round: RatingRound, institution: Institution) -> list[vetoes.Fact]:
    """Bans on staff of an institution that a closed round can't show any more."""
    if round.state == RatingRound.State.OPEN:
        return []
    return vetoes.barred_on_post(staff_of(round, [institution])).get(institution.pk, [])


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """One indicator, with the words for the people behind it; those who don't count come first."""
    people = [
        person
        | {
            "sentence": SENTENCES[Reason(person["reason"])],
            "until": _day(person.get("until")),
            "post_label": PostKind(person["post"]).label,
            "holds": person["reason"] in (Reason.HOLDS, Reason.REACHED),
        }
        for person in part.get("people", ())
    ]
    return part | {"people": sorted(people, key=lambda person: person["holds"])}


def _veto(veto: dict[str, Any], finding: VetoFinding | None) -> dict[str, Any]:
    """One veto item, with its facts in sentences and who has said what of it."""
    label, tone = STATES[veto["state"]]
    today = timezone.localdate()
    facts = [
        fact
        | {
            "sentence": vetoes.sentence(fact),
            "day": _day(fact.get("day")),
            "post_label": PostKind(fact["post"]).label if fact.get("post") else "",
            "numbers": _("%(children)s children; %(present)s of %(needed)s staff") % fact if "needed" in fact else "",
        }
        for fact in veto["facts"]
    ]
    fixed = any(vetoes.bars(fact) and vetoes.on_post(fact, today) for fact in veto["facts"])
    return veto | {
        "facts": facts,
        "label": label,
        "tone": "refused" if veto["in_force"] else tone,
        "finding": finding,
        "undecided": veto["state"] in (VetoState.PROPOSED, VetoState.FIRST_CONFIRMED),
        "dismissable": not fixed,
    }


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None
