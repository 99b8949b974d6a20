"""Reading the text messages of the file gateway, and a file of them for each test."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings


def texts() -> list[dict[str, Any]]:
    """Every message sent so far, oldest first."""
    path = Path(settings.SMS_FILE)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def last_code() -> str:
    """The code of the newest message."""
    return str(texts()[-1]["code"])


@pytest.fixture(autouse=True)
def own_texts(settings: Settings, tmp_path: Path) -> None:
    """No message of another test."""
    settings.SMS_FILE = str(tmp_path / "sms.jsonl")
