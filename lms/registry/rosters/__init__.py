"""Reading rosters: from a file as bureaus send it to typed rows and findings. Knows no database.

`read_roster(file)` opens it, `parse_sheet(sheet, today=…)` judges its rows.
"""

from lms.registry.rosters.reading import read_roster
from lms.registry.rosters.rows import SheetDefaults, parse_sheet

__all__ = ["SheetDefaults", "parse_sheet", "read_roster"]
