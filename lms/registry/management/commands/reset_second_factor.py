"""`reset_second_factor USERNAME`: for somebody who has lost app, passkeys and recovery codes alike."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from lms.jobs.answering import Answer, AnsweringCommand
from lms.registry import securing, signing
from lms.registry.errors import refuse
from lms.registry.models import User


class Command(AnsweringCommand):
    help = "Takes every second factor of one account away and signs it out; she sets up a new one when she signs in."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")

    def answer(self, options: dict[str, Any]) -> Answer:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise refuse("not_found")
        with transaction.atomic():
            removed = securing.reset(by=None, user=user)
            ended = signing.end_sessions(user)
        return {"removed": removed, "sessions_ended": ended}

    def tell(self, answer: Answer) -> None:
        self.stdout.write(_("Taken away: %(removed)s. Sessions ended: %(sessions_ended)s.") % answer)
