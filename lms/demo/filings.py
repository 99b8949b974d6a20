"""The demo's filings: every institution but one is filed, one paused for a while, one is suspended."""

from datetime import date, timedelta

from django.utils import timezone

from lms.demo.staff import District
from lms.registry import filing, remembering
from lms.registry.filing import Step
from lms.registry.models import Filing, Institution

#: The day the register of the demo begins to know them.
FILED_ON = date(2023, 9, 1)


def file(districts: list[District]) -> None:
    """File whoever isn't filed by an act yet; then the two stories, and a filter that an officer keeps."""
    for district in districts:
        officer = district.officers[0]
        for order, institution in enumerate(district.institutions, 1):
            if institution.filing == Filing.FILED:
                number = f"{district.place.code}-TY-{FILED_ON.year}-{order:03d}"
                # They stood in the register as filed before filings were acts.
                Institution.objects.filter(pk=institution.pk).update(filing=Filing.PENDING)
                filing.decide_filing(by=officer, institution=institution, step=Step.FILE, on=FILED_ON, number=number)
        remembering.remember_filter(
            user=officer.user, place="bureau_institutions", name="社区托育点", query="kind=community"
        )
    today = timezone.localdate()
    paused, closed_door = districts[0], districts[-1]
    site, officer = paused.institutions[-1], paused.officers[0]
    reason = "消防验收整改"
    filing.decide_filing(by=officer, institution=site, step=Step.SUSPEND, on=today - timedelta(60), reason=reason)
    filing.decide_filing(
        by=officer, institution=site, step=Step.RESUME, on=today - timedelta(21), reason="整改验收合格"
    )
    site, officer = closed_door.institutions[-1], closed_door.officers[0]
    if Institution.objects.get(pk=site.pk).filing == Filing.FILED:
        filing.decide_filing(
            by=officer, institution=site, step=Step.SUSPEND, on=today - timedelta(7), reason="场地搬迁，暂停收托"
        )
