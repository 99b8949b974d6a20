"""Notices: told once, read in the reader's language, mailed to those who have an address."""

from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.utils import translation

from lms.registry import noticing
from lms.registry.models import Notice, PostKind, User
from lms.registry.noticing import News, Wording
from tests.factories import make_institution, make_manager, make_officer, make_region, make_user, qingpu, songjiang

pytestmark = pytest.mark.django_db
CODE = "papers_of_test"


@pytest.fixture(autouse=True)
def wording(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "%(name)s (%(post)s): until %(until)s"
    monkeypatch.setitem(noticing.WORDINGS, CODE, Wording(text, days=("until",), choices={"post": PostKind}))


FACTS: dict[str, str | int] = {"name": "李春梅", "post": "carer", "until": "2026-03-05"}


def test_the_same_thing_is_told_once_and_another_thing_again() -> None:
    user = make_user()
    assert noticing.tell(user, CODE, "post-1", FACTS, "/institution/")
    assert not noticing.tell(user, CODE, "post-1", FACTS, "/institution/")
    assert noticing.tell(user, CODE, "post-2", FACTS)
    assert Notice.objects.filter(to=user).count() == 2


def test_everybody_concerned_is_told_the_same_fact() -> None:
    users = [make_user(), make_user()]
    assert noticing.tell_all([News(user, CODE, "fact", FACTS) for user in [*users, users[0]]]) == 2
    assert noticing.tell_all([News(user, CODE, "fact", FACTS) for user in users]) == 0
    assert {row.to for row in Notice.objects.all()} == set(users)


def test_a_code_without_a_wording_is_a_mistake_and_tells_nobody() -> None:
    with pytest.raises(LookupError):
        noticing.tell(make_user(), "no_such_code", "key")
    assert not Notice.objects.exists()


def test_a_notice_is_read_in_the_language_of_its_reader() -> None:
    user = make_user()
    noticing.tell(user, CODE, "key", FACTS)
    notice = Notice.objects.get()
    with translation.override("zh-hans"):
        assert noticing.sentence_of(notice) == "李春梅 (保育人员): until 2026年3月5日"
    with translation.override("en"):
        assert noticing.sentence_of(notice) == "李春梅 (Carer): until March 5, 2026"


def test_a_notice_of_a_code_that_is_gone_still_shows() -> None:
    notice = Notice.objects.create(to=make_user(), key="old", code="of_an_older_version")
    assert noticing.sentence_of(notice)


def test_only_the_reader_marks_her_notices() -> None:
    reader, other = make_user(), make_user()
    noticing.tell_all([News(reader, CODE, key, FACTS) for key in ("a", "b")])
    first = noticing.notices_of(reader)[0]
    assert noticing.mark_read(other, first) == 0
    assert noticing.mark_read(reader, first) == 1
    assert noticing.mark_read(reader, first) == 0
    assert noticing.mark_read(reader) == 1
    assert not Notice.objects.filter(read_at__isnull=True).exists()


def test_mail_goes_once_to_accounts_with_an_address() -> None:
    with_address, without, closed = make_user(email="li@example.org"), make_user(), make_user(email="x@example.org")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    noticing.tell_all([News(user, CODE, "key", FACTS, "/institution/") for user in (with_address, without, closed)])
    assert noticing.mail_waiting() == 1
    assert noticing.mail_waiting() == 0
    (letter,) = mail.outbox
    assert letter.to == ["li@example.org"]
    assert "李春梅 (保育人员)" in letter.body
    assert "http://testserver/institution/" in letter.body


def test_a_mail_that_the_server_refuses_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    noticing.tell(make_user(email="li@example.org"), CODE, "key", FACTS)

    def refuse(*_: Any) -> int:
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr(noticing, "send_mail", refuse)
        assert noticing.mail_waiting() == 0
    assert Notice.objects.get().mailed_at is None
    assert noticing.mail_waiting() == 1


def test_officers_are_those_of_the_nearest_bureau() -> None:
    city, own, elsewhere = make_officer(make_region("310000")), make_officer(songjiang()), make_officer(qingpu())
    assert noticing.officers(songjiang()) == [own.user]
    assert noticing.officers(make_region("310120")) == [city.user]
    assert elsewhere.user in noticing.officers(qingpu())


def test_managers_are_the_current_ones_by_institution() -> None:
    institution = make_institution()
    manager, other = make_manager(institution), make_manager()
    assert noticing.managers([institution]) == {institution.pk: [manager.user]}
    assert other.institution_id not in noticing.managers([institution])
