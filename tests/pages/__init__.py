"""Every address of the site with who may open it; a module per audience or subject.

A module may `furnish` the rows its addresses name: it puts them in `place.rows`, once per place of the world.
"""

from collections.abc import Callable

from tests.pages import (
    accounts,
    anybody,
    attendance,
    bureau,
    centre,
    claims,
    duties,
    employment,
    entries,
    filing,
    hours,
    institution,
    learner,
    marks,
    people,
    planning,
    privacy,
    reviews,
    scanning,
    staff,
    standards,
)
from tests.pages.table import Page
from tests.world import Place

MODULES = (
    anybody,
    accounts,
    bureau,
    institution,
    centre,
    attendance,
    claims,
    learner,
    privacy,
    entries,
    employment,
    people,
    filing,
    staff,
    standards,
    duties,
    hours,
    scanning,
    planning,
    reviews,
    marks,
)
PAGES: dict[str, Page] = {name: page for module in MODULES for name, page in module.PAGES.items()}
FURNISH: list[Callable[[Place], None]] = [module.furnish for module in MODULES if hasattr(module, "furnish")]
