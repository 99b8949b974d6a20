"""Gateways: what goes out is what the providers' own examples say, and a refusal is told from silence."""

import io
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

import pytest
from pytest_django import Settings

from lms.registry import sms
from lms.registry.sms import Message, SmsFailed, aliyun, console, file, gateway, tencent

NUMBER = "13916501234"
CODE = Message(NUMBER, "042137")
AT = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def account(settings: Settings) -> Settings:
    settings.SMS_KEY_ID, settings.SMS_KEY_SECRET = "TestKeyId", "TestKeySecret"
    settings.SMS_SIGN_NAME, settings.SMS_APP_ID, settings.SMS_REGION = "育证", "1400006666", "ap-guangzhou"
    settings.SMS_TEMPLATE_CODE, settings.SMS_TEMPLATE_ACCOUNT = "SMS_1", "SMS_2"
    return settings


def test_aliyun_signs_as_its_documentation_does(account: Settings) -> None:
    account.SMS_KEY_ID, account.SMS_KEY_SECRET = "YourAccessKeyId", "YourAccessKeySecret"
    parameters = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    signed = aliyun.sign(
        "ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        "2014-05-26",
        parameters,
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert signed.headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencent_signs_as_its_documentation_does(account: Settings) -> None:
    account.SMS_KEY_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******"
    account.SMS_KEY_SECRET = "Gu5t9xGARNpq86cd98joQYCN3*******"
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    signed = tencent.sign("cvm", {}, body, at=datetime.fromtimestamp(1551113065, UTC))
    assert signed.headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
    )


def test_what_aliyun_is_sent(account: Settings) -> None:
    signed = aliyun.prepare(CODE, at=AT, nonce="n0")
    assert signed.url == (
        "https://dysmsapi.aliyuncs.com/?PhoneNumbers=13916501234&SignName=%E8%82%B2%E8%AF%81"
        "&TemplateCode=SMS_1&TemplateParam=%7B%22code%22%3A%22042137%22%7D"
    )
    sent = {name: value for name, value in signed.headers.items() if name != "Authorization"}
    assert sent == {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2026-03-05T01:02:03Z",
        "x-acs-signature-nonce": "n0",
        "x-acs-version": "2017-05-25",
    }
    assert signed.body == b""
    known = aliyun.prepare(Message(NUMBER), at=AT, nonce="n0").url
    assert known.endswith("&TemplateCode=SMS_2")


def test_what_tencent_is_sent(account: Settings) -> None:
    signed = tencent.prepare(CODE, at=AT)
    assert signed.url == "https://sms.tencentcloudapi.com/"
    assert json.loads(signed.body) == {
        "PhoneNumberSet": ["+8613916501234"],
        "SmsSdkAppId": "1400006666",
        "SignName": "育证",
        "TemplateId": "SMS_1",
        "TemplateParamSet": ["042137"],
    }
    sent = {name: value for name, value in signed.headers.items() if name != "Authorization"}
    assert sent == {
        "Content-Type": "application/json; charset=utf-8",
        "Host": "sms.tencentcloudapi.com",
        "X-TC-Action": "SendSms",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": str(int(AT.timestamp())),
        "X-TC-Version": "2021-01-11",
    }
    known = json.loads(tencent.prepare(Message(NUMBER), at=AT).body)
    assert (known["TemplateId"], known["TemplateParamSet"]) == ("SMS_2", [])


OK = {"aliyun": {"Code": "OK"}, "tencent": {"Response": {"SendStatusSet": [{"Code": "Ok"}], "RequestId": "r"}}}
REFUSED = [
    ("aliyun", {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, "isv.BUSINESS_LIMIT_CONTROL"),
    ("aliyun", {}, "unreadable"),
    ("tencent", {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}, "AuthFailure.SignatureFailure"),
    ("tencent", {"Response": {"SendStatusSet": [{"Code": "LimitExceeded.Daily"}]}}, "LimitExceeded.Daily"),
    ("tencent", {"Code": "http_502"}, "http_502"),
    ("tencent", {}, "unreadable"),
]


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[Request]:
    """The network gives `answer` (bytes, or an exception) to whatever is asked; what was asked."""
    asked: list[Request] = []

    def urlopen(request: Request, timeout: float) -> io.BytesIO:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setattr(gateway, "urlopen", urlopen)
    return asked


@pytest.mark.parametrize("name", OK)
def test_a_message_that_was_taken(
    name: str, account: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account.SMS_BACKEND = name
    asked = answering(monkeypatch, json.dumps(OK[name]).encode())
    with caplog.at_level(logging.DEBUG):
        sms.send(CODE)
    assert [request.get_method() for request in asked] == ["POST"]
    assert asked[0].full_url.startswith("https://")
    assert NUMBER not in caplog.text


@pytest.mark.parametrize(("name", "answer", "code"), REFUSED)
def test_a_message_that_was_refused(
    name: str, answer: Any, code: str, account: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.SMS_BACKEND = name
    answering(monkeypatch, json.dumps(answer).encode())
    with pytest.raises(SmsFailed) as refusal:
        sms.send(CODE)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("body", "code"), [(b'{"Code": "SignatureDoesNotMatch"}', "SignatureDoesNotMatch"), (b"<html>", "http_400")]
)
def test_a_refusal_with_a_status(body: bytes, code: str, account: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    account.SMS_BACKEND = "aliyun"
    answering(monkeypatch, HTTPError("https://x", 400, "Bad", {}, io.BytesIO(body)))  # type: ignore[arg-type]
    with pytest.raises(SmsFailed) as refusal:
        sms.send(CODE)
    assert refusal.value.code == code


def test_nobody_answers(account: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    account.SMS_BACKEND = "tencent"
    answering(monkeypatch, URLError("no route"))
    with pytest.raises(OSError, match="no route"):
        sms.send(CODE)


def test_the_file_and_the_console_mask_the_number(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SMS_FILE = str(tmp_path / "deep" / "sms.jsonl")
    file.send(CODE)
    file.send(Message(NUMBER))
    lines = [json.loads(line) for line in Path(settings.SMS_FILE).read_text().splitlines()]
    assert [line["code"] for line in lines] == ["042137", ""]
    assert Path(settings.SMS_FILE).stat().st_mode & 0o777 == 0o600
    with caplog.at_level(logging.INFO):
        console.send(CODE)
    written = Path(settings.SMS_FILE).read_text() + caplog.text
    assert "139****1234" in written
    assert "042137" in caplog.text
    assert NUMBER not in written
