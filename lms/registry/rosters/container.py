"""What a file is, by its content and never by its name, and the files that are refused whole.

Codes: file_empty, file_too_large, file_encrypted, file_has_macro, file_not_roster, file_unreadable.
"""

import io
import subprocess
import sys
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import Protocol

import filetype

from lms.registry.rosters.messages import refuse

#: The largest file accepted, and the most a compressed workbook may unfold to, in bytes.
MAX_BYTES = 50 * 1024 * 1024
MAX_UNFOLDED_BYTES = 600 * 1024 * 1024
#: Memory in bytes and seconds a workbook may take to be opened.
PROBE_MEMORY = 1536 * 1024 * 1024
PROBE_SECONDS = 60

WORKBOOK = "workbook"
TEXT = "text"

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class ReadableFile(Protocol):
    """An open binary file or an upload."""

    def read(self, size: int = -1, /) -> bytes: ...


def read_bytes(source: str | PathLike[str] | ReadableFile) -> bytes:
    """The content of `source`; refuses what is empty, or larger than MAX_BYTES without reading it all."""
    if isinstance(source, (str, PathLike)):
        with Path(source).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    else:
        data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise refuse("file_too_large")
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise refuse("file_empty")
    return data


def kind_of(data: bytes) -> str:
    """WORKBOOK or TEXT; refuses everything else, and workbooks that shouldn't be opened."""
    if data.startswith(b"PK"):
        _check_zip(data)
        _probe(data)
        return WORKBOOK
    if data.startswith(_OLE_MAGIC):
        _check_ole(data)
        _probe(data)
        return WORKBOOK
    guess = filetype.guess(data[:8192])
    if guess is not None or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{\\rtf", b"%PDF")):
        raise refuse("file_not_roster")
    if b"\x00" in data and not data.startswith(_UTF16_MARKS):
        raise refuse("file_not_roster")
    return TEXT


def _check_zip(data: bytes) -> None:
    """An .xlsx without password, macros or a bomb inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            if "xl/workbook.xml" not in names:
                raise refuse("file_not_roster")
            if any(entry.flag_bits & 1 for entry in entries):
                raise refuse("file_encrypted")
            if sum(entry.file_size for entry in entries) > MAX_UNFOLDED_BYTES:
                raise refuse("file_too_large")
            _check_unfolding(data, entries)
            types = archive.read("[Content_Types].xml") if "[content_types].xml" in names else b""
            if b"vbaProject" in types or any("vbaproject" in n or "/macrosheets/" in n for n in names):
                raise refuse("file_has_macro")
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, RuntimeError) as error:
        raise refuse("file_unreadable") from error


def _check_unfolding(data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Inflate every entry and count, since the sizes an archive declares may be lies."""
    total = 0
    for entry in entries:
        if entry.compress_type == zipfile.ZIP_STORED:
            continue
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise zipfile.BadZipFile("unusual compression")
        header = data[entry.header_offset : entry.header_offset + 30]
        if len(header) < 30:
            raise zipfile.BadZipFile("truncated")
        name_and_extra = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        start = entry.header_offset + 30 + name_and_extra
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        rest = data[start : start + entry.compress_size]
        while rest and not inflate.eof:
            total += len(inflate.decompress(rest, 4 * 1024 * 1024))
            rest = inflate.unconsumed_tail
            if total > MAX_UNFOLDED_BYTES:
                raise refuse("file_too_large")


def _check_ole(data: bytes) -> None:
    """An .xls without password or macros. Its directory entries are 128 bytes, named in UTF-16."""
    if _has_stream(data, "EncryptedPackage") or _has_stream(data, "EncryptionInfo"):
        raise refuse("file_encrypted")
    if not (_has_stream(data, "Workbook") or _has_stream(data, "Book")):
        raise refuse("file_not_roster")
    if _has_stream(data, "_VBA_PROJECT_CUR") or _has_stream(data, "_VBA_PROJECT"):
        raise refuse("file_has_macro")


def _has_stream(data: bytes, name: str) -> bool:
    """Whether a directory entry of an OLE file bears `name`: at a multiple of 128, its length beside it."""
    sought = name.encode("utf-16-le") + b"\x00\x00"
    at = data.find(sought)
    while at >= 0:
        if at % 128 == 0 and int.from_bytes(data[at + 64 : at + 66], "little") == len(sought):
            return True
        at = data.find(sought, at + 2)
    return False


# Run on its own: it must not import Django, and must die alone.
_PROBE = """
import io, resource, sys
try:
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
except (ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum
try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet:
            book.get_sheet_by_index(index)
except PasswordError:
    sys.exit(3)
except MemoryError:
    sys.exit(5)
except BaseException:
    sys.exit(4)
"""


def _probe(data: bytes) -> None:
    """Open the workbook in a process of its own first.

    The reader sets aside room for the whole rectangle a sheet spans; one stray cell in XFD1048576 asks
    for 500 GB and aborts the process, which no `except` can catch. So a child with bounded memory tries.
    """
    command = [sys.executable, "-P", "-c", _PROBE, str(PROBE_MEMORY)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise refuse("file_too_large") from error
    if done.returncode == 3:
        raise refuse("file_encrypted")
    if done.returncode == 4:
        raise refuse("file_unreadable")
    if done.returncode != 0:
        raise refuse("file_too_large")
