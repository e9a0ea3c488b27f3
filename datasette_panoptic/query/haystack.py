"""Texts to search in: many values folded into one run of bytes, in which a needle is found at memory speed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasette_panoptic.domain.texts import fold

#: Between values; a needle that contains it is looked for value by value.
GAP = "\x1f"


@dataclass(frozen=True)
class Haystack:
    """The folded values in UTF-8, GAP between them, and where each begins."""

    text: bytes
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, values: Sequence[object]) -> Haystack:
        joined = GAP.join(map(str, values))
        # Folding ASCII keeps lengths, so that it can be done at once.
        folded = joined.lower().split(GAP) if joined.isascii() else [fold(str(value)) for value in values]
        if len(folded) != len(values):  # values that contain the gap themselves
            folded = [fold(str(value)) for value in values]
        encoded = [value.encode(errors="surrogatepass") for value in folded]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        return cls(GAP.encode().join(encoded), np.cumsum(lengths + 1) - lengths - 1)

    def holding(self, needle: str) -> NDArray[np.bool_]:
        """Tell which values contain a folded text."""
        holds = np.ones(len(self.starts), dtype=bool)
        if not needle:
            return holds
        holds[:] = False
        if GAP in needle:
            stops = np.append(self.starts[1:] - 1, len(self.text))[: len(self.starts)]
            spans = zip(self.starts.tolist(), stops.tolist(), strict=True)
            holds[:] = [needle.encode() in self.text[start:stop] for start, stop in spans]
            return holds
        # Having found it, go on at the next gap: a value needs to be found once.
        pattern = re.escape(needle.encode(errors="surrogatepass")) + rb"[^\x1f]*"
        hits = np.fromiter((match.start() for match in re.finditer(pattern, self.text)), np.int64)
        holds[np.searchsorted(self.starts, hits, side="right") - 1] = True
        return holds
