"""Sessions that ran out leave no rows behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from lms.registry import tasks
from lms.registry.models import OpenSession
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_each_night_what_ran_out_is_dropped(settings: Any) -> None:
    manager = f.make_manager()
    f.signed_in(manager)
    OpenSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    client = f.signed_in(manager)
    assert OpenSession.objects.count() == 2
    assert settings.CELERY_BEAT_SCHEDULE["clear-sessions"]["task"] == "lms.registry.tasks.clear_sessions"
    tasks.clear_sessions()
    assert OpenSession.objects.get().user == manager.user
    assert client.get(reverse("institution_home")).status_code == 200
