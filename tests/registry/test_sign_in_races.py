"""One code, one activation, one last try, wanted twice at the same moment: one gets it, the other is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from lms.jobs.errors import DomainError
from lms.registry import activating, limiting, securing, texting
from lms.registry.models import CodePurpose, Role, Try, User
from tests import factories as f
from tests.registry.test_ban_races import Other

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NUMBER = "13916501234"


def second_of(act: Callable[[], Any]) -> BaseException | None:
    """How the later of two ends that do the same at once; the earlier one succeeds."""
    with transaction.atomic():
        act()
        other = Other(act)
        other.wait_until_blocked()
    return other.ended()


def code_of(error: BaseException | None) -> str:
    assert isinstance(error, DomainError), repr(error)
    return error.code


def test_one_code() -> None:
    row = texting.ask(purpose=CodePurpose.SIGN_IN, number=NUMBER, address="192.0.2.7", user=f.make_user())
    typed = texting.code_of(row)
    error = second_of(lambda: texting.use(pk=row.pk, purpose=CodePurpose.SIGN_IN, typed=typed))
    assert code_of(error) == "code_wrong"


def test_one_activation() -> None:
    person = f.make_person(phone=NUMBER)
    assert code_of(second_of(lambda: activating.activate(person=person, password=""))) == "account_exists"
    assert User.objects.filter(person=person).count() == 1


def test_one_recovery_code() -> None:
    learner = f.make_membership(Role.LEARNER)
    codes = securing.new_recovery_codes(by=learner, user=learner.user)
    assert code_of(second_of(lambda: securing.pass_code(learner.user, codes[0]))) == "factor_wrong"
    assert securing.recovery_codes_left(learner.user) == 9


def test_one_last_try() -> None:
    found: list[Try | None] = []

    def take() -> None:
        found.append(limiting.take("password", "k", most=1, within=timedelta(minutes=1)))

    assert second_of(take) is None
    assert [row is not None for row in found] == [True, False]
