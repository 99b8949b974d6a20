"""Aliyun's short message service: SendSms 2017-05-25, signed with ACS3-HMAC-SHA256 (signature version 3)."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from urllib.parse import quote

from django.conf import settings

from lms.registry.sms import Message, SmsFailed
from lms.registry.sms.gateway import Signed, post

HOST = "dysmsapi.aliyuncs.com"
ALGORITHM = "ACS3-HMAC-SHA256"


def send(message: Message) -> None:
    answer = post(prepare(message, at=datetime.now(UTC), nonce=secrets.token_hex(16)))
    if answer.get("Code") != "OK":
        raise SmsFailed(str(answer.get("Code", "unreadable")))


def prepare(message: Message, *, at: datetime, nonce: str) -> Signed:
    """The signed request that sends `message`."""
    template = settings.SMS_TEMPLATE_CODE if message.code else settings.SMS_TEMPLATE_ACCOUNT
    parameters = {"PhoneNumbers": message.number, "SignName": settings.SMS_SIGN_NAME, "TemplateCode": template}
    if message.code:
        parameters["TemplateParam"] = json.dumps({"code": message.code}, separators=(",", ":"))
    return sign(HOST, "SendSms", "2017-05-25", parameters, at=at, nonce=nonce)


def sign(host: str, action: str, version: str, parameters: dict[str, str], *, at: datetime, nonce: str) -> Signed:
    """A call of one operation with its parameters in the address and an empty body, as the provider describes it."""
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(parameters.items()))
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{empty}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.new(settings.SMS_KEY_SECRET.encode(), f"{ALGORITHM}\n{digest}".encode(), hashlib.sha256)
    authorization = (
        f"{ALGORITHM} Credential={settings.SMS_KEY_ID},SignedHeaders={names},Signature={signature.hexdigest()}"
    )
    return Signed(f"https://{host}/?{query}", headers | {"Authorization": authorization})


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
