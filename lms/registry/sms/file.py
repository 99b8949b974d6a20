"""Appends messages to a file of VAR_DIR, one JSON object per line, for rehearsals and tests.

The number is masked: the file lies beside the database and must not tell what the database seals.
"""

import json
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from lms.registry.sms import Message, masked


def send(message: Message) -> None:
    line = {"at": timezone.now().isoformat(), "to": masked(message.number), "code": message.code, "text": message.text}
    path = Path(settings.SMS_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
