"""What a worker process does to itself when it meets a file that begins with one of these words."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from datasette_panoptic.domain.corpus import Picture
from datasette_panoptic.ingest.images import decode


def abort() -> None:
    os.abort()


def segfault() -> None:
    ctypes.string_at(0)


def hang() -> None:
    """Sleep in C with the interpreter's lock held, as a decoder in an endless loop does."""
    ctypes.PyDLL(None).sleep(600)


def memory() -> None:
    bytearray(16 << 30)


DEATHS = {death.__name__: death for death in (abort, segfault, hang, memory)}


def install() -> None:
    """Run in each worker before its first file."""
    really = decode._picture

    def picture(source: BinaryIO, *attempt: Any) -> Picture:
        source.seek(0)  # its first bytes have been looked at
        head = source.read(20)
        for word, death in DEATHS.items():
            if head.startswith(word.encode()):
                death()
        return really(source, *attempt)

    decode._picture = picture  # type: ignore[assignment]


def deadly(folder: Path) -> list[str]:
    """Write a file of each kind and return their names."""
    for word in DEATHS:
        (folder / f"{word}.jpg").write_bytes(word.encode() + b" and then some more bytes")
    return [f"{word}.jpg" for word in DEATHS]


def loaded() -> list[str]:
    """Return the modules that this process has imported."""
    return sorted(sys.modules)
