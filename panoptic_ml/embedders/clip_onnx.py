"""The image model of a CLIP in ONNX Runtime, which on CPUs is faster with some models. Exported once, and kept."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from panoptic_ml.types import Refused

from .clip_hub import first_line

#: Operators of ONNX that every release of the runtime knows which runs on the Pythons that we do.
OPERATORS = 17

FILE = "images.onnx"


def image_encoder(model: Any, revision: str, example: Any) -> Callable[[Any], Any]:
    """Return what does as `model.encode_image` by ONNX Runtime. `example` is a batch as the model takes it."""
    import torch
    from onnxruntime import InferenceSession

    kept = kept_for(revision)
    if not kept.exists():
        export(model, example, kept)
    session = InferenceSession(kept / FILE, providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(None, {"images": images.numpy()})[0])


def kept_for(revision: str) -> Path:
    """Return the folder of the exported model, which is there only when it is whole."""
    root = Path(os.environ.get("PANOPTIC_CACHE") or Path.home() / ".cache" / "panoptic")
    return root / "clip" / revision.replace("/", "--")


def export(model: Any, example: Any, kept: Path) -> None:
    """Write the image model in a folder of its own, since weights of more than 2 GB are files beside it."""
    import torch

    if not find_spec("onnx"):
        raise Refused("exporting a model for ONNX Runtime needs one more package: `pip install onnx`")

    class Images(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, images: Any) -> Any:
            return self.model.encode_image(images)

    kept.parent.mkdir(parents=True, exist_ok=True)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its operator exists in torch alone
    try:
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing warns of what does not change with the number of images
            written = Path(folder) / "written"
            written.mkdir()
            torch.onnx.export(
                Images().eval(),
                (example,),
                str(written / FILE),
                input_names=["images"],
                output_names=["vectors"],
                dynamic_axes={"images": {0: "n"}, "vectors": {0: "n"}},
                opset_version=OPERATORS,
                dynamo=False,  # the exporter that replaces it wants one package more, and gives the same
            )
            if not kept.exists():  # another process was as far
                written.replace(kept)
    except Exception as error:
        raise Refused(f"this model cannot be exported for ONNX Runtime: {first_line(error)}") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
