"""What every template is given."""

from django.http import HttpRequest

from lms.web import navigation


def shell(request: HttpRequest) -> dict[str, str]:
    """``shell``: the frame of the role one acts in, for pages of several audiences (``{% extends shell %}``)."""
    return {"shell": f"web/shell_{navigation.SHELLS[navigation.audience_of(request)]}.html"}
