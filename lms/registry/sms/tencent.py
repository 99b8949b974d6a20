"""Tencent Cloud's short message service: SendSms 2021-01-11, signed with TC3-HMAC-SHA256."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

from django.conf import settings

from lms.registry.sms import Message, SmsFailed
from lms.registry.sms.gateway import Signed, post

SERVICE = "sms"
ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"


def send(message: Message) -> None:
    answer = post(prepare(message, at=datetime.now(UTC)))
    response = answer.get("Response") or {}
    sent = response.get("SendStatusSet") or [{}]
    if sent[0].get("Code") != "Ok":
        error = response.get("Error") or {}
        raise SmsFailed(str(error.get("Code") or sent[0].get("Code") or answer.get("Code") or "unreadable"))


def prepare(message: Message, *, at: datetime) -> Signed:
    """The signed request that sends `message`."""
    template = settings.SMS_TEMPLATE_CODE if message.code else settings.SMS_TEMPLATE_ACCOUNT
    payload = {
        "PhoneNumberSet": [f"+86{message.number}"],
        "SmsSdkAppId": settings.SMS_APP_ID,
        "SignName": settings.SMS_SIGN_NAME,
        "TemplateId": template,
        "TemplateParamSet": [message.code] if message.code else [],
    }
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": settings.SMS_REGION}
    return sign(SERVICE, headers, body, at=at)


def sign(service: str, headers: dict[str, str], body: bytes, *, at: datetime) -> Signed:
    """A call with `body` as JSON; `headers` name operation, version and region, and are not part of the signature."""
    host = f"{service}.tencentcloudapi.com"
    moment, day = str(int(at.timestamp())), at.astimezone(UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\n\ncontent-type;host\n{hashed}"
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{settings.SMS_KEY_SECRET}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={settings.SMS_KEY_ID}/{scope}"
    authorization = f"{ALGORITHM} {credential}, SignedHeaders=content-type;host, Signature={signature}"
    fixed = {"Authorization": authorization, "Content-Type": CONTENT_TYPE, "Host": host, "X-TC-Timestamp": moment}
    return Signed(f"https://{host}/", headers | fixed, body)
