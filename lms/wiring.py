"""The one place where rooms that must not know each other are tied together.

A lower room's news for a higher one is a row (a training year that changed, an enrolment
that was passed). After the commit the higher room is nudged from here; if the nudge is
lost, beat finds the same rows.
"""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate


def connect() -> None:
    """Tie the rooms together; called once from LmsConfig.ready."""
    from certification import merging as merging_of_certificates
    from certification import tasks, withdrawing
    from certification.models import Assessment
    from certification.pdf import fonts
    from courses import merging as merging_of_hours
    from courses import news as courses_news
    from courses import tasks as courses_tasks
    from courses.models import TrainingYear
    from lms.registry import hanging, merging, undoing
    from lms.registry import news as registry_news
    from lms.registry.rosters import glyphs

    registry_news.claims_recorded.append(tasks.nudge)
    registry_news.suspensions_changed.append(courses_tasks.nudge)
    undoing.claims_withdrawn.append(withdrawing.withdraw_claims)
    # Beat opens a year for whoever comes on post and assesses it: as long as nothing was earned, nobody put it there.
    hanging.GOES_ALONG[TrainingYear] = {"skill_minutes": 0, "ethics_minutes": 0}
    hanging.GOES_ALONG[Assessment] = {"earned_skill": 0, "earned_ethics": 0}
    courses_news.learners_changed.append(tasks.nudge)
    glyphs.drawers.append(fonts.missing_glyphs)
    merging.belongings += [*merging_of_hours.BELONGINGS, *merging_of_certificates.BELONGINGS]
    merging.settlers.append(merging_of_hours.settle)
    merging.objections.append(merging_of_certificates.object_to_divided_hours)
    # The platform has no models, so no signal is sent for it; the highest room's is the last that matters.
    post_migrate.connect(furnish, sender=apps.get_app_config("reports"), dispatch_uid="lms.furnish")


def furnish(using: str = "default", **_: Any) -> None:
    """post_migrate hook: regions, policies, then the site's pages. Waits until every migration is applied."""
    from courses import seeding
    from lms.registry import loading
    from reports import publishing

    loader = MigrationLoader(connections[using])
    if set(loader.graph.leaf_nodes()) <= set(loader.applied_migrations):
        loading.load_regions()
        loading.load_retention()
        publishing.load_all()
        seeding.seed_site()
