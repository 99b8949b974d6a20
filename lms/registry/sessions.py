"""The session engine: Django's rows, with the account beside them and when they were last used."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from lms.registry.models import OpenSession

#: How exactly "last seen" is known: a write per page would be too dear.
SEEN_EVERY = timedelta(minutes=5)


class SessionStore(DatabaseStore):
    """Sessions in registry_opensession (setting SESSION_ENGINE)."""

    @classmethod
    def get_model_class(cls) -> Any:
        return OpenSession

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]  # the stubs lack it
        if row is None:
            return {}
        now = timezone.now()
        if row.user_id and now - row.seen_at > SEEN_EVERY:
            OpenSession.objects.filter(pk=row.pk).update(seen_at=now)
        return dict(self.decode(row.session_data))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row
