"""Make PyPI's torchvision importable beside a torch that was built for CPUs, in the environment that runs this.

Its compiled operators want CUDA's libraries, and without them the package registers details of operators that do not
exist. Nothing that CLIP needs is among them: declaring the two by name is enough.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

DECLARED = """\
import torch as _torch
_operators = _torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _operators.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


def main() -> None:
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        path = Path(find_spec("torchvision").origin)
        path.write_text(DECLARED + path.read_text())


if __name__ == "__main__":
    main()
