"""The broker made of files, for one machine, with messages that appear whole or not at all.

Kombu's own transport creates a message under its final name and then writes it, so a worker that
looks in between reads half a message and dies of it. Here the message is written under another name
and renamed, which the file system does in one step.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        half = folder / f"{name}.half"
        half.write_text(dumps(payload))
        half.replace(folder / name)


class Transport(filesystem.Transport):
    """`filesystem://` as lms.celery registers it."""

    Channel = Channel
