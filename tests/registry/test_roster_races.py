"""Two imports of one file at the same moment: every person and every post once."""

import io

import pytest

from lms.registry import importing
from lms.registry.auditing import verify
from lms.registry.models import CertificateClaim, IdentityDocument, Institution, Person, Post
from lms.registry.views.bureau.rosters import refused_rows
from tests.certification.test_issue_race import at_once
from tests.factories import make_id_number, make_officer, make_uscc, songjiang

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROWS = 60


def test_two_imports_of_one_file_make_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 10)
    code, officer, region = make_uscc(), make_officer(), songjiang()
    lines = ["机构名称,统一社会信用代码,姓名,身份证号,岗位,证书名称,证书编号"]
    lines += [f"小树苗托育园,{code},李{n},{make_id_number(n)},保育员,育婴员,Y{n}" for n in range(1, ROWS + 1)]
    content = "\n".join(lines).encode()

    def run() -> importing.Answer:
        return importing.import_roster(io.BytesIO(content), by=officer, region=region)

    one, other = at_once(run, run)
    assert (refused_rows(one.as_dict()), refused_rows(other.as_dict())) == (0, 0)
    assert one.created + other.created == ROWS
    assert one.unchanged + other.unchanged == ROWS
    counts = [model.objects.count() for model in (Institution, Person, IdentityDocument, Post, CertificateClaim)]
    assert counts == [1, ROWS, ROWS, ROWS, ROWS]
    assert verify().intact
