"""Characters that a certificate couldn't show. Only the room that draws them knows which; see lms/wiring.py."""

from collections.abc import Callable, Iterable

#: Each gives the characters of a text that it can't draw.
drawers: list[Callable[[str], Iterable[str]]] = []


def undrawn(text: str) -> list[str]:
    """The characters of `text` that somebody who draws it can't, each once, as `𪚥 U+2A6A5`."""
    found = dict.fromkeys(character for missing in drawers for character in missing(text))
    return [f"{character} U+{ord(character):04X}" for character in found]
