"""The colours that tags and colour properties are offered, by their names: Panoptic's palette, in its order."""

from __future__ import annotations

COLORS = {
    "red": "#e03131",
    "pink": "#d6336c",
    "grape": "#ae3ec9",
    "violet": "#7048e8",
    "indigo": "#4263eb",
    "blue": "#1c7ed6",
    "cyan": "#1098ad",
    "teal": "#0ca678",
    "green": "#37b24d",
    "lime": "#74b816",
    "yellow": "#f59f00",
    "orange": "#f76707",
}

PALETTE = tuple(COLORS.values())
NAMES = {color: name for name, color in COLORS.items()}
