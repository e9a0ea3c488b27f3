"""The pages of a list that shows some of its entries at a time."""

from __future__ import annotations

from dataclasses import dataclass

from .visit import Pairs, Visit, with_query


@dataclass(frozen=True)
class Pager:
    """`label` says which cells the page shows; a null address is a page that does not exist."""

    label: str
    first: str | None
    previous: str | None
    next: str | None
    last: str | None


def pager(visit: Visit, address: str, pairs: Pairs, at: int, shown: int, count: int, page: int) -> Pager:
    """Link the pages of a list that shows some of its entries, from a position on."""

    def to(position: int) -> str:
        return with_query(address, pairs, [("_at", str(position))] if position else [])

    last = max(count - 1, 0) // page * page
    has_more, is_first = at + shown < count, at == 0
    words = visit.words
    label = words("pager.range", first=at + 1, last=at + shown, count=count) if shown else words("pager.none")
    return Pager(
        label,
        first=None if is_first else to(0),
        previous=None if is_first else to(max(min(at, count) - page, 0)),
        next=to(at + shown) if has_more else None,
        last=to(last) if has_more else None,
    )
