"""The broker made of files never shows half a message."""

from pathlib import Path
from queue import Empty

import pytest
from kombu.connection import Connection

import lms.celery  # noqa: F401  (registers the transport)


def test_a_message_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {name: str(tmp_path / name) for name in ("data_folder_in", "data_folder_out", "control_folder")}
    folders["data_folder_out"] = folders["data_folder_in"]
    for folder in folders.values():
        Path(folder).mkdir(exist_ok=True)
    channel = Connection("filesystem://localhost", transport_options=folders).channel()
    seen_before: list[str] = []
    rename = Path.replace

    def look_then_rename(half: Path, target: Path) -> Path:
        with pytest.raises(Empty):  # a worker that looks now finds nothing yet
            channel._get("celery")
        seen_before.append(half.read_text())
        return rename(half, target)

    monkeypatch.setattr(Path, "replace", look_then_rename)
    channel._put("celery", {"body": "喂奶"})
    assert channel._get("celery") == {"body": "喂奶"}
    assert len(seen_before) == 1
    with pytest.raises(Empty):
        channel._get("celery")
