"""Texts that a spreadsheet takes for formulas when it opens a CSV: marked by an apostrophe, and read back without it.

A text that looks as if it were marked gets one more apostrophe, so that none is taken from a text that had its own.
"""

from __future__ import annotations

import re

#: What begins a formula in one spreadsheet or another, wide forms of the signs included.
SIGNS = (
    "=+@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}-"
)
FORMULA = re.compile(f"'*[{SIGNS}]")
MARKED = re.compile(f"'+[{SIGNS}]")


def escape(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def unescape(text: str) -> str:
    return text[1:] if MARKED.match(text) else text
