"""`verify_audit`: walk the audit chain from its first entry to its last."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand
from lms.registry import auditing


class Command(AnsweringCommand):
    help = "Walks the hash chain of the audit trail; exits 1 when it is broken."

    def answer(self, options: dict[str, Any]) -> Answer:
        report = auditing.verify()
        return {
            "intact": report.intact,
            "entries": report.count,
            "head": report.head,
            "complete": report.complete,
            "broken": report.broken,
        }

    def tell(self, answer: Answer) -> None:
        if answer["intact"]:
            self.stdout.write(_("%(entries)s entries, the chain is intact. Head: %(head)s") % answer)

    def refused(self, answer: Answer) -> dict[str, str | Promise]:
        if answer["intact"]:
            return {}
        keys = ", ".join(map(str, answer["broken"])) or "—"
        return {"chain_broken": _("The audit chain is broken. Entries: %(keys)s") % {"keys": keys}}
