"""Whether the content of a private file still lies in its storage."""

from lms.registry.models import PrivateFile


def has_content(row: PrivateFile) -> bool:
    """The row may say that it is erased: this looks."""
    assert row.file.name
    return bool(row.file.storage.exists(row.file.name))
