"""What people type into the search box: words that may stand anywhere, as conditions.

    cat dog          both        cat OR dog      either         (cat OR dog) -black
    "rue de la paix" as it stands    -cat, NOT cat   not there

Words are parts of words, without case and accents. Nothing that is not closed is an error: while somebody types, a
quotation mark or a parenthesis is open.
"""

from __future__ import annotations

import re

from datasette_panoptic.domain.query import ANYWHERE, Combined, Condition, Kind, Where
from datasette_panoptic.errors import BadQuery

TOKEN = re.compile(r'\s*(?:(?P<sign>-(?=\S)|\(|\))|"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s()"]+))')

#: Words that join others.
OPERATORS = (("word", "OR"), ("word", "AND"), ("word", "NOT"), ("word", "-"))
#: Words of a search: each is looked for in every text.
MOST_WORDS = 100
#: How deep parentheses may nest; what is deeper is read as if it had none.
DEEPEST = 50


def parse(text: str) -> Where | None:
    """Return the condition that a search means; None for one without a word. Raises BadQuery for one of too many."""
    tokens = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in TOKEN.finditer(text)]
    words = sum(kind != "sign" and (kind, token) not in OPERATORS for kind, token in tokens)
    if words > MOST_WORDS:
        raise BadQuery(f"`_search` takes {MOST_WORDS} words at most, not {words}")
    return _SearchReader(tokens).either(0)


class _SearchReader:
    """Reads tokens from left to right: OR binds weaker than standing side by side."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def either(self, depth: int) -> Where | None:
        parts = [self.together(depth)]
        while self.next() == ("word", "OR"):
            self.at += 1
            parts.append(self.together(depth))
        return _joined("any", parts)

    def together(self, depth: int) -> Where | None:
        parts: list[Where | None] = []
        while True:
            kind, token = self.next()
            if kind == "end" or (kind, token) == ("word", "OR") or (token == ")" and depth):
                return _joined("all", parts)
            parts.append(self.one(depth))

    def one(self, depth: int) -> Where | None:
        kind, token = self.next()
        self.at += 1
        match kind, token:
            case ("sign", "-") | ("word", "NOT"):
                if self.next()[0] == "end" or self.next() in (("sign", ")"), ("word", "OR")):
                    return None
                what = self.one(depth + 1) if depth < DEEPEST else None
                return what and Combined("not", (what,))
            case ("sign", "("):
                inner = self.either(depth + 1) if depth < DEEPEST else None
                if self.next() == ("sign", ")"):
                    self.at += 1
                return inner
            case ("sign", ")") | ("word", "AND" | "-"):
                return None
        return Condition(ANYWHERE, "contains", (token,)) if token.strip() else None


def _joined(kind: Kind, parts: list[Where | None]) -> Where | None:
    given = tuple(part for part in parts if part)
    if len(given) < 2:
        return given[0] if given else None
    return Combined(kind, given)
