"""What the real worker of test_kill loads: the test handlers, and waiting times cut short."""

from datetime import timedelta

from lms.jobs import running
from tests.jobs import handlers

__all__ = ["handlers"]

running.LEASE = timedelta(seconds=1.5)
running.RESEND_AFTER = timedelta(seconds=0.5)
