"""The web process. Refuses to serve a database without its guards."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
application = get_wsgi_application()

from lms.registry.checks import require_guards  # noqa: E402  (needs the apps)

require_guards()
