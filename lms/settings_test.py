"""Settings of the test suite: fast hashing, folders of its own, nothing sent anywhere.

Migrations stay on. tests/plumbing/environment.py sets VAR_DIR, MEDIA_ROOT and DATABASE_URL; read
without it (by mypy), they point into the machine's temporary folder.
"""

import os
import tempfile
from pathlib import Path

_scratch = Path(tempfile.gettempdir()) / "yuzheng-settings-test"
os.environ.setdefault("VAR_DIR", str(_scratch))
os.environ.setdefault("MEDIA_ROOT", str(_scratch / "media"))
os.environ.update(
    DEBUG="0",
    SECRET_KEY="tests-only-" + "0123456789abcdef" * 4,
    FIELD_KEYS=f"1:{'1' * 64},index:{'2' * 64}",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    PUBLIC_URL="http://testserver",
    SECURE_SSL_REDIRECT="0",
    # Nudges go to a broker in this process's memory, where nobody fetches them: a test that wants
    # a job done runs it, as the worker would.
    CELERY_BROKER_URL="memory://",
    LOG_LEVEL="WARNING",
    SMS_BACKEND="file",
    # Off where the whole site is walked; the tests of the second factor turn it on.
    SECOND_FACTOR_ROLES="",
)

from lms.settings import *  # noqa: E402, F403
from lms.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A live server's threads must not keep connections to a database that is about to be replaced.
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # else each test client would list every static file
