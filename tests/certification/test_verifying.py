"""/v/: what anybody may learn, in every state, and what nobody can find out."""

import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from certification import issuing, numbering, printing, revoking
from certification.models import Certificate, CertificateFile, FailedLookup
from certification.verifying import Status, verify, verify_pdf
from lms.web.formats import cn_date
from tests import certified, factories
from tests.factories import YEAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate() -> Certificate:
    return certified.issue_yearly(person=certified.make_reached(name="欧阳静怡"), year=YEAR)


def page(serial: str, **kw: Any) -> Any:
    return Client().get(f"/v/{serial}", **kw)


def answer(serial: str) -> tuple[int, dict[str, Any]]:
    response = Client(headers={"accept": "application/json"}).get(f"/v/{serial}")
    return response.status_code, response.json()


def test_a_valid_certificate_says_so(certificate: Certificate) -> None:
    status, found = answer(certificate.serial)
    assert (status, found["status"], found["serial"]) == (200, "valid", certificate.serial)
    assert (found["holder"], found["issued_by"]) == ("欧**", "上海市松江区教育局")
    assert found["minutes"] == {"skill": 88 * 45, "ethics": 40 * 45}
    assert found["expires_on"] is None


def test_nobody_learns_name_or_number(certificate: Certificate) -> None:
    number = certificate.person.documents.get().number
    for text in (page(certificate.serial).content.decode(), json.dumps(answer(certificate.serial)[1])):
        assert "欧阳静怡" not in text
        assert number[:14] not in text
        assert certificate.holder_id_masked not in text


def test_each_state_answers_in_its_order_and_comes_back_from_a_ban(certificate: Certificate) -> None:
    officer = factories.make_officer()
    assert verify(certificate.serial).status == Status.VALID
    new = issuing.supersede(by=officer, certificate=certificate, name="欧阳静宜", reason="改名")
    found = verify(certificate.serial)
    assert (found.status, found.successor) == (Status.SUPERSEDED, new.serial)
    assert answer(certificate.serial)[1]["superseded_by"] == new.serial
    assert f'href="/v/{new.serial}"' in page(certificate.serial).content.decode()
    revoking.revoke(by=officer, certificate=new, reason="造假")
    status, told = answer(new.serial)
    assert (status, told["status"], told["revoked_on"]) == (200, "revoked", timezone.localdate().isoformat())
    assert f"已于 {cn_date(timezone.localdate())} 撤销" in page(new.serial).content.decode()
    ban = factories.make_ban(certificate.person)
    assert verify(new.serial).status == Status.BARRED
    factories.annul(ban)
    assert verify(new.serial).status == Status.REVOKED


def test_a_ban_bars_at_once_and_its_annulment_restores(certificate: Certificate) -> None:
    ban = factories.make_ban(certificate.person)
    assert answer(certificate.serial)[1]["status"] == "barred"
    factories.annul(ban)
    assert answer(certificate.serial)[1]["status"] == "valid"


def test_an_expired_certificate_says_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = factories.make_kind("post_training")
    kind.valid_months = 12
    kind.save()
    certificate = certified.issue_post(enrollment=certified.make_passed())
    assert certificate.expires_on is not None
    last = factories.at(f"{certificate.expires_on} 23:59")
    monkeypatch.setattr(timezone, "now", lambda: last)
    assert verify(certificate.serial).status == Status.VALID
    monkeypatch.setattr(timezone, "now", lambda: last + timedelta(days=1))
    assert verify(certificate.serial).status == Status.EXPIRED


def test_a_serial_may_be_typed_any_way(certificate: Certificate) -> None:
    serial = certificate.serial
    wide = "".join(chr(ord(character) + 0xFEE0) for character in serial)
    for typed in (serial.lower(), serial.replace("-", ""), f"  {serial.replace('-', ' ')} ", wide):
        assert verify(typed).status == Status.VALID, typed
        response = Client().get("/v/", {"number": typed})
        assert (response.status_code, response["Location"]) == (302, f"/v/{serial}")


@pytest.mark.parametrize("serial", ["310117-2026-999999-AA", "nothing", "1", "-", "王" * 90, "%00", "310117"])
def test_the_unknown_is_unknown(serial: str) -> None:
    status, found = answer(serial)
    assert (status, found["status"]) == (404, "unknown")
    assert set(found) == {"status", "serial", "as_of"}


def test_near_misses_look_like_anything_unknown(certificate: Certificate, django_assert_num_queries: Any) -> None:
    near = certificate.serial[:-1] + ("A" if certificate.serial[-1] != "A" else "B")
    pages = []
    for serial in (near, "310117-2031-000001-KT", "310117-2026-00000"):
        with django_assert_num_queries(4):
            response = page(serial)
        assert response.status_code == 404
        shown = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
        assert shown is not None
        pages.append(re.sub(r"\d{1,2}:\d\d", "", shown[0]))
    assert len(set(pages)) == 1


def test_a_page_takes_few_queries_no_session_and_is_not_kept(
    certificate: Certificate, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        response = page(certificate.serial)
    assert "no-store" in response["Cache-Control"]
    assert "sessionid" not in response.cookies


def test_right_answers_are_not_counted(certificate: Certificate) -> None:
    for _ in range(35):
        assert page(certificate.serial).status_code == 200
    assert not FailedLookup.objects.exists()


def test_a_forwarded_address_counts_only_behind_our_proxy(settings: Any) -> None:
    def tried(last: str) -> int:
        forged = {"x-forwarded-for": f"198.51.100.{len(last)}, {last}"}
        page("1", headers=forged, REMOTE_ADDR="10.0.0.1")
        return FailedLookup.objects.count()

    assert [tried("203.0.113.1"), tried("203.0.113.2")] == [1, 1]
    settings.BEHIND_PROXY = True
    assert [tried("203.0.113.1"), tried("203.0.113.2"), tried("203.0.113.2")] == [2, 3, 3]


def test_the_file_itself_is_recognised(certificate: Certificate) -> None:
    content = printing.content_of(printing.pdf_of(certificate))
    assert (verify_pdf(content).status, verify_pdf(content).serial) == (Status.VALID, certificate.serial)
    assert verify_pdf(content + b"\n").status == Status.TAMPERED
    assert verify_pdf(titled(content, "310117-2031-000001-KT")).status == Status.UNKNOWN
    assert verify_pdf(titled(content, f"年度培训学时证书 {certificate.serial}")).status == Status.TAMPERED
    assert verify_pdf(b"%PDF-1.4 nothing").status == Status.UNKNOWN
    assert verify_pdf(b"").status == Status.UNKNOWN


def titled(content: bytes, title: str) -> bytes:
    """The same pages under another title."""
    target = BytesIO()
    with pikepdf.open(BytesIO(content)) as document:
        document.docinfo["/Title"] = title
        document.save(target)
    return target.getvalue()


def test_a_file_is_handed_in_on_the_page(certificate: Certificate) -> None:
    content = printing.content_of(printing.pdf_of(certificate))

    def handed_in(data: bytes) -> Any:
        return Client(headers={"accept": "text/html"}).post("/v/", {"file": SimpleUploadedFile("a.pdf", data)})

    good, forged = handed_in(content), handed_in(content + b"\n")
    assert good.context["found"].status == Status.VALID
    assert forged.context["found"].status == Status.TAMPERED
    assert certificate.serial not in re.sub(r"<form.*", "", forged.content.decode())
    assert handed_in(b"x").status_code == 404
    assert FailedLookup.objects.get().count == 2
    assert Client().post("/v/").status_code == 422
    assert CertificateFile.objects.count() == 1


def test_the_command_tells_the_same(certificate: Certificate, tmp_path: Any, capsys: Any) -> None:
    call_command("verify_certificate", certificate.serial, "--json")
    assert json.loads(capsys.readouterr().out)["status"] == "valid"
    path = tmp_path / "certificate.pdf"
    path.write_bytes(printing.content_of(printing.pdf_of(certificate)) + b"\n")
    for asked, status in ((str(path), "tampered"), ("310117-2031-000001-KT", "unknown")):
        with pytest.raises(SystemExit) as end:
            call_command("verify_certificate", asked, "--json")
        assert end.value.code == 1
        assert json.loads(capsys.readouterr().out)["status"] == status


def test_check_letters_depend_on_every_digit_and_on_the_key() -> None:
    serial = numbering.serial_of("310117", 2026, 123)
    assert re.fullmatch(r"310117-2026-000123-[A-HJ-NP-Z]{2}", serial)
    assert serial == numbering.serial_of("310117", 2026, 123)
    letters = {numbering.check_letters(f"310117-2026-{running:06d}") for running in range(200)}
    assert len(letters) > 120
