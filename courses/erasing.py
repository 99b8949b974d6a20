"""What becomes of this room's rows when a person's data are erased: see lms.registry.erasing.

Her presence and her hours stay, under her pseudonym; where her phone was, which one it was, and what she or others
wrote about her absence and her training elsewhere go.
"""

from typing import Any

from lms.registry.erasing import dash

BLANKED: dict[str, dict[str, Any]] = {
    "courses.scan": {"came_place": None, "left_place": None, "device": "", "left_device": ""},
    "courses.excuse": {"reason": dash, "decision": ""},
    "courses.hourclaim": {"title": dash, "organiser": dash},
}
