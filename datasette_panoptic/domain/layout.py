"""The side of a cell of the grid in pixels: the least, the usual and the greatest."""

from __future__ import annotations

SMALLEST, USUAL, LARGEST = 60, 160, 400
