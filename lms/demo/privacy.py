"""The demo's checks before hiring, looks at people, and a request for correction."""

from datetime import date

from django.utils import timezone

from lms.demo.staff import District
from lms.registry import correcting, prechecking, unmasking
from lms.registry.models import Ban, Membership, Person, Role
from lms.registry.rosters.identity import check_character, normalise_id

#: Name, birth date and serial of applicants nobody knows yet.
APPLICANTS = (("陆佳怡", date(1996, 4, 18), 204), ("程思远", date(1993, 9, 2), 311), ("唐若冰", date(1999, 1, 27), 428))


def build(district: District) -> None:
    """Managers asked, one question waits; an officer read a number; somebody says her major is wrong."""
    institution = district.institutions[0]
    manager = Membership.objects.filter(institution=institution, role=Role.INSTITUTION_MANAGER).first()
    if manager is None:
        return
    for name, born_on, serial in APPLICANTS:
        _ask(manager, name, _number(district, born_on, serial), "拟录用为保育人员")
    for ban in Ban.objects.standing().filter(region=district.region).select_related("person")[:1]:
        if ban.person.born_on is not None:
            # Somebody else with the name and the birth date of a barred person.
            _ask(manager, ban.person.name, _number(district, ban.person.born_on, 877), "拟录用为托班教师")
    colleague = next(person for person, _kind, place, _share in district.people if place == institution)
    number = colleague.documents.get()
    unmasking.unmask(by=manager, person=colleague, what=str(number.pk), purpose="办理社会保险参保")
    learner = (
        Membership.objects.filter(role=Role.LEARNER, user__person__posts__institution__in=district.institutions)
        .select_related("user__person")
        .first()
    )
    if learner is not None:
        _look_and_correct(district, learner)


def _look_and_correct(district: District, learner: Membership) -> None:
    person = learner.user.person
    assert isinstance(person, Person)
    document = person.documents.order_by("created_at")[0]
    unmasking.unmask(by=district.officers[0], person=person, what=str(document.pk), purpose="核对持证人身份")
    correcting.request_correction(
        by=learner, about="other", text="所学专业应为“婴幼儿托育服务与管理”，登记成了“学前教育”。"
    )


def _ask(manager: Membership, name: str, number: str, purpose: str) -> None:
    document = normalise_id(number, today=timezone.localdate())
    prechecking.ask(by=manager, name=name, document=document, purpose=purpose, consent=True)


def _number(district: District, born_on: date, serial: int) -> str:
    body = f"{district.region.code}{born_on:%Y%m%d}{serial:03d}"
    return body + check_character(body)
