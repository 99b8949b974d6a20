"""Remarks on the cells of a roster, as its answers give them."""

from collections.abc import Mapping
from dataclasses import dataclass

from lms.registry.rosters import columns as c
from lms.registry.rosters.identity import mask_number, mask_phone, mask_runs
from lms.registry.rosters.messages import MESSAGES
from lms.registry.rosters.values import parse_text

VALUE_MAX = 60


@dataclass(frozen=True)
class Finding:
    """One remark on one cell; in `value` ID numbers and phones are masked. `name` is whom the row names."""

    row: int
    column: str
    value: str
    code: str
    sheet: str = ""
    name: str = ""

    @property
    def message(self) -> str:
        """The sentence of the code, in the language of the reader."""
        return str(MESSAGES[self.code])

    def as_dict(self) -> dict[str, object]:
        """The JSON form of the contract; "sheet" is there only where a workbook has several rosters."""
        answer: dict[str, object] = {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message,
        }
        return answer | {key: said for key in ("sheet", "name") if (said := getattr(self, key))}


def finding_on(
    row: int, column: str, raw: object, code: str, sheet: str = "", cells: Mapping[str, object] | None = None
) -> Finding:
    """A remark on the cell `raw`, with what may be shown of it; `cells` are its whole row."""
    label = column.partition("#")[0]
    if label == c.ID_NUMBER:
        value = mask_number(raw)
    elif label == c.PHONE:
        value = mask_phone(raw)
    else:
        value = mask_runs(parse_text(raw))
    name = mask_runs(parse_text((cells or {}).get(c.NAME)))
    return Finding(row, label, value[:VALUE_MAX], code, sheet, name[:VALUE_MAX])
