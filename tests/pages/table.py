"""What the walk over every address needs to know of one: who is let in, and what they get."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.world import ROLE_OF, SIGN_IN, Place

BUREAU = ("officer", "supervisor", "admin")
EVERYBODY = (
    *("visitor", "learner", "manager", "trainer", "officer", "supervisor", "editor", "admin"),
    *("other_learner", "stray", "other_manager", "other_trainer", "other_officer", "other_supervisor"),
    *("nobody", "former"),
)
SIGNED_IN = tuple(name for name in EVERYBODY if name != "visitor")
#: They may look at what an officer sends and confirms, no more.
READERS = {"supervisor": (200, 409), "admin": (200, 409)}
ROLELESS = ("nobody", "former")

At = Callable[[Place], dict[str, Any]]


@dataclass(frozen=True)
class Page:
    """Who is let in to one address, and what they get."""

    #: Personas let in; one of the same role in another scope is let in too, unless `at` names a row.
    who: tuple[str, ...]
    get: int = 200
    post: int = 405
    #: The row of `here` that the address names; for others of the same role it does not exist.
    at: At | None = None
    #: What everybody else is told, once signed in; and accounts without a current role.
    others: int = 403
    roleless: int = 403
    #: (get, post) of those let in who are answered differently, as those who may read but not write.
    but: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: Those let in find whole numbers there: what they sent themselves.
    whole: bool = False
    #: What of `here` a reader finds on the page.
    shows: str = ""

    def verdict(self, persona: str) -> int | str:
        """0 for those who are let in, else the status, or `SIGN_IN`."""
        if persona in self.who:
            return 0
        if persona == "visitor":
            return SIGN_IN
        if persona in ROLELESS:
            return self.roleless
        if ROLE_OF.get(persona, persona) in self.who:
            return 404 if self.at else 0
        return self.others


def pk(name: str) -> At:
    """The address of a row of `here`."""
    return lambda place: {"pk": getattr(place, name).pk}


def job(place: Place) -> dict[str, Any]:
    return {"job_id": place.job.pk}


def learner(place: Place) -> dict[str, Any]:
    return {"pk": place.staff[0].pk}


def rating_round(place: Place) -> dict[str, Any]:
    return {"code": place.round.code}


def rating(place: Place) -> dict[str, Any]:
    return {"code": place.round.code, "pk": place.institution.pk}
