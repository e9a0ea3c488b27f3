"""Pictures that were sent to be compared."""

from __future__ import annotations

import threading
from collections import OrderedDict

#: Bytes of the pictures that are kept, of which the one asked for longest ago goes first.
MOST_BYTES = 64 * 2**20


class Pictures:
    """Pictures that were sent as queries, by SHA-1: somebody may want them compared in another space."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, sha1: str, data: bytes) -> None:
        with self._lock:
            self._kept[sha1] = data
            self._kept.move_to_end(sha1)
            while sum(map(len, self._kept.values())) > MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def get(self, sha1: str) -> bytes | None:
        with self._lock:
            if sha1 in self._kept:
                self._kept.move_to_end(sha1)
            return self._kept.get(sha1)
