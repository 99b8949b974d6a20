"""Commands as a shell runs them: what they print, and the code they end with."""

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any
from unittest import mock

from django.core.management import get_commands, load_command_class


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return dict(json.loads(self.out))

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.answer["error"])


def manage(name: str, *arguments: object) -> Ended:
    """`manage.py name arguments…`, within the transaction of the test."""
    out, err, code = StringIO(), StringIO(), 0
    # A command closes its connections at its end; that would end the test's transaction.
    kept = mock.patch("django.core.management.base.connections")
    with kept, redirect_stdout(out), redirect_stderr(err):
        try:
            load_command_class(get_commands()[name], name).run_from_argv(["manage.py", name, *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())
