"""What the gateways of cloud providers have in common: one signed HTTPS request, one JSON answer."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

#: Seconds a gateway may take; who waits for a code asks again after a minute.
PATIENCE = 5


@dataclass(frozen=True)
class Signed:
    """A request as it goes out."""

    url: str
    headers: dict[str, str]
    body: bytes = b""


def post(request: Signed) -> dict[str, Any]:
    """The gateway's answer, whether it took the message or not. OSError: nobody answered."""
    outgoing = Request(request.url, data=request.body, headers=request.headers, method="POST")
    try:
        with urlopen(outgoing, timeout=PATIENCE) as answer:
            return _read(answer.read())
    except HTTPError as refusal:
        # A refusal's body says why; without one only its status is known.
        with refusal:
            return _read(refusal.read()) or {"Code": f"http_{refusal.code}"}


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
