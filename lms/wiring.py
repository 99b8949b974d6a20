"""The one place where rooms that must not know each other are tied together.

A lower room's news for a higher one is a row (a training year that changed, an enrolment
that was passed). After the commit the higher room is nudged from here; if the nudge is
lost, beat finds the same rows.
"""


def connect() -> None:
    """Tie the rooms together; called once from LmsConfig.ready."""
    from certification import tasks
    from courses import news as courses_news
    from lms.registry import news as registry_news

    registry_news.claims_recorded.append(tasks.nudge)
    courses_news.learners_changed.append(tasks.nudge)
