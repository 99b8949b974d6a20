"""The colours of paper: green-teal, a quiet gold, warm white. Vermilion belongs to the seal."""

from certification.pdf.typesetting import Colour

INK: Colour = (0.110, 0.145, 0.145)
QUIET: Colour = (0.345, 0.396, 0.392)
TEAL: Colour = (0.055, 0.373, 0.353)
DEEP: Colour = (0.035, 0.275, 0.263)
GOLD: Colour = (0.655, 0.518, 0.235)
PALE_GOLD: Colour = (0.847, 0.769, 0.592)
PAPER: Colour = (0.996, 0.990, 0.973)
MIST: Colour = (0.862, 0.910, 0.886)
WHITE: Colour = (1, 1, 1)
