"""The process in which embedders answer queries: `python -m datasette_panoptic.jobs.inference_process`.

A message is two lengths, a JSON object and bytes. It asks for vectors of `texts`, or else of the image file that its
bytes are, in `space`. The answer's bytes are float32, or its object says the `error`. It ends by itself when nobody
asks any more.
"""

from __future__ import annotations

import io
import json
import os
import queue
import struct
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from datasette_panoptic.errors import PanopticError

if TYPE_CHECKING:
    from PIL.Image import Image

    from .embedders import Made

HEAD = struct.Struct(">II")

#: Seconds without a question after which it ends.
IDLE = 600.0

Message = tuple[dict[str, Any], bytes]


def pack(head: Mapping[str, Any], data: bytes) -> bytes:
    """Return a message as it travels."""
    text = json.dumps(head).encode()
    return HEAD.pack(len(text), len(data)) + text + data


def main() -> int:
    """Answer questions until nobody has any."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what plugins print must not come between
    questions: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, questions), daemon=True).start()
    warnings.simplefilter("ignore")
    # Here, because the server imports this module too, and needs none of it.
    from datasette_panoptic.store.spaces import Space
    from panoptic_ml.guard import PluginFault

    from .embedders import of_space

    made = None
    while True:
        try:
            head, data = questions.get(timeout=IDLE)
        except queue.Empty:
            return 0
        try:
            made = made or of_space(Space(**head["space"]))
            answers.write(pack({}, answer(made, head, data)))
        except (PanopticError, PluginFault) as error:
            answers.write(pack({"error": str(error)}, b""))
        answers.flush()


def listen(source: IO[bytes], questions: queue.Queue[Message]) -> None:
    """Pass on what is asked; end with the server, even while a plugin hangs."""
    while len(head := source.read(HEAD.size)) == HEAD.size:
        text, data = HEAD.unpack(head)
        questions.put((json.loads(source.read(text)), source.read(data)))
    os._exit(0)


def answer(made: Made, head: Mapping[str, Any], data: bytes) -> bytes:
    """Return the vectors that a question is after. Raises PanopticError or PluginFault."""
    vectors = made.embed_texts(head["texts"]) if "texts" in head else made.embed([shown(data)])
    return bytes(vectors.astype("<f4").tobytes())


def shown(data: bytes) -> Image:
    """Return the picture that an import of this file would store. Raises PanopticError where it would be refused."""
    from datasette_panoptic.domain.corpus import Picture, Refusal
    from datasette_panoptic.ingest.images.decode import read_picture

    from .embedders import decoded

    picture = read_picture(io.BytesIO(data))
    if not isinstance(picture, Picture):
        raise PanopticError(picture.reason if isinstance(picture, Refusal) else picture)
    return decoded((picture.preview or picture.thumbnail).data)


if __name__ == "__main__":
    sys.exit(main())
