"""Which parts of a query decided its answer: those without which the naive evaluation answers otherwise.

An oracle says nothing of what its draws leave undecided, such as a sort by people where nobody said anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datasette_panoptic.domain.query import Query

from .naive import Corpus

NOTHING: dict[str, Any] = {"search": "", "within": None, "folders": frozenset()}


def deciding(corpus: Corpus, query: Query, answer: list[tuple[Any, ...]]) -> Iterator[str]:
    """Yield a word for each part of a query that its answer depends on; `answer` is what the corpus evaluates it to.

    `sort by Topic` is one, and `several of Topic` where the answer also depends on which of a cell's tags it sorts by.
    """
    for place, sort in enumerate(query.sorts):
        others = query.sorts[:place] + query.sorts[place + 1 :]
        if corpus.evaluate(replace(query, sorts=others)) != answer:
            yield f"sort by {sort.key}"
            if replace(corpus, sorted_by={sort.key: max}).evaluate(query) != answer:
                yield f"several of {sort.key}"
    for place, where in enumerate(query.where):
        others = query.where[:place] + query.where[place + 1 :]
        if corpus.evaluate(replace(query, where=others)) != answer:
            yield f"where {where}"
    for part, nothing in NOTHING.items():
        if getattr(query, part) != nothing and corpus.evaluate(replace(query, **{part: nothing})) != answer:
            yield part
