"""Prints messages into the log of a developer's machine; settings refuse it outside DEBUG."""

import logging

from lms.registry.sms import Message, masked

logger = logging.getLogger(__name__)


def send(message: Message) -> None:
    logger.info("SMS to %s: %s", masked(message.number), message.text)
