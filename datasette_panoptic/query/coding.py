"""Columns of values coded as places among their distinct values, and texts put in the order of people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasette_panoptic.domain.texts import PATH, natural

from .operators import Value
from .periods import Periods, periods

Codes = NDArray[np.int32]

#: Between texts that are read as one: the unit separator, made for this and in no text that a person writes.
SEPARATOR = "\x1f"
#: Digits of a number up to which its length is one byte of a key.
MOST_DIGITS = 200


@dataclass(frozen=True)
class Column:
    """One value per instance: `values[codes[i]]` for the i-th, −1 meaning none. Values are distinct and ascending.

    Dates ascend in time, and have the period of each.
    """

    values: list[Value]
    codes: Codes
    periods: Periods | None = None

    def matching(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Spread a choice among the values over the instances."""
        return np.append(wanted, False)[self.codes]  # −1 takes the last


def coded(places: NDArray[np.int64], values: Collection[Value], size: int | None = None) -> Column:
    """Code values that stand at places; elsewhere up to the last of them, or up to a size, is none."""
    distinct = sorted(dict.fromkeys(values))  # in their first order, since what is sorted already sorts quickly
    rank = dict(zip(distinct, range(len(distinct)), strict=True))
    codes = np.fromiter(map(rank.__getitem__, values), np.int32, len(values))
    return Column(distinct, _placed(places, codes, size))


def in_time(column: Column) -> Column:
    """Put a column of texts that are dates in the order of time."""
    spans = periods(list(map(str, column.values)))
    order = spans.order()
    if order is None:
        return Column(column.values, column.codes, spans)
    place = np.full(len(order) + 1, -1, dtype=np.int32)  # −1 takes the last
    place[order] = np.arange(len(order), dtype=np.int32)
    return Column([column.values[n] for n in order.tolist()], place[column.codes], spans.taken(order))


def coded_integers(places: NDArray[np.int64], values: NDArray[np.int64]) -> Column:
    """Code integers, faster."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if high - low <= 4 * len(values):  # ticking them off takes a tenth of sorting them
        present = np.zeros(high - low + 1, dtype=bool)
        present[values - low] = True
        distinct, codes = np.flatnonzero(present) + low, (np.cumsum(present) - 1)[values - low]
    else:
        distinct, codes = np.unique(values, return_inverse=True)
    named: list[Value] = [*distinct.tolist()]
    return Column(named, _placed(places, codes.astype(np.int32), None))


def _placed(places: NDArray[np.int64], codes: Codes, size: int | None) -> Codes:
    array = np.full(size or int(places.max(initial=-1)) + 1, -1, dtype=np.int32)
    array[places] = codes
    return array


def text_ranks(texts: Sequence[str]) -> Codes:
    """Rank distinct ascending texts in the order of people: see `domain.texts.natural`."""
    joined = SEPARATOR.join(texts)
    if joined.isascii() and PATH not in joined:
        keys = (sized(joined.lower().encode()) or b"").split(SEPARATOR.encode())
        if len(keys) == len(texts):
            return ranks(keys)
    return ranks(list(map(natural, texts)))


def sized(text: bytes) -> bytes | None:
    """Write each number so that comparing bytes compares numbers, as `natural` does: for a whole corpus at once.

    None where a number has more than MOST_DIGITS.
    """
    letters = np.frombuffer(text, dtype=np.uint8)
    is_digit = np.concatenate([[False], (letters >= ord("0")) & (letters <= ord("9")), [False]])
    starts = np.flatnonzero(is_digit[1:] & ~is_digit[:-1])
    stops = np.flatnonzero(is_digit[:-1] & ~is_digit[1:])
    digits = np.flatnonzero(is_digit[1:-1] & (letters != ord("0")))
    firsts = np.minimum(np.append(digits, len(letters))[np.searchsorted(digits, starts)], stops)  # after leading zeros
    lengths = stops - firsts
    if int(lengths.max(initial=0)) > MOST_DIGITS:
        return None
    gone = np.zeros(len(letters) + 1, dtype=np.int64)
    np.add.at(gone, starts, 1)
    np.add.at(gone, firsts, -1)
    kept = np.flatnonzero(np.cumsum(gone)[:-1] == 0)
    marks = np.bincount(firsts, minlength=len(letters) + 1)
    before = np.cumsum(marks)
    out = np.empty(len(kept) + 2 * len(starts), dtype=np.uint8)
    places = np.arange(len(kept)) + 2 * before[kept]
    out[places] = letters[kept]
    # Each number's mark stands before what is kept of it: a 0, then how many digits follow.
    heads = np.searchsorted(kept, firsts) + 2 * np.arange(len(starts))
    out[heads] = ord("0")
    out[heads + 1] = ord("0") + lengths
    return out.tobytes()


def ranks(keys: Sequence[str] | Sequence[bytes]) -> Codes:
    """Return the rank of each key; equal keys stay in their order."""
    places = np.empty(len(keys), dtype=np.int32)
    order: list[int] = sorted(range(len(keys)), key=keys.__getitem__)
    places[order] = np.arange(len(keys))
    return places
