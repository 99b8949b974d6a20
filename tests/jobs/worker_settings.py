"""Settings of the real worker that test_kill starts: ours, with no more apps than jobs need.

The broker is the one of the environment; the database comes as JSON, because the suite may run on
either kind. Beat sweeps often, so that a test needn't wait ten seconds for the next one.
"""

import json
import os

from lms.settings import *  # noqa: F403
from lms.settings import DATABASES

DATABASES["default"] |= json.loads(os.environ["JOBS_TEST_DATABASE"])
INSTALLED_APPS = ["lms.jobs"]
CELERY_IMPORTS = ["tests.jobs.worker_handlers"]
CELERY_BEAT_SCHEDULE = {"sweep-jobs": {"task": "lms.jobs.tasks.sweep", "schedule": 0.5}}
# The worker's start-up checks want a URLconf; without the apps it is an empty one: this module.
ROOT_URLCONF = __name__
urlpatterns: list[object] = []
