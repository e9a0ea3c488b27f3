"""An embedder for tests of jobs, which does what it is told to at red pictures; and how processes come to find it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from PIL import Image

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Embedder, Floats, Modality

RED = (255, 0, 0)

#: Names the seconds that each batch takes, in the environment: it is no setting, so the space is the same.
SLOWLY = "TRIAL_SECONDS"


class Trial(Embedder):
    """The mean colour of a picture, and the length of a text."""

    id = "trial"
    revision = "1"
    dimension = 4
    modalities: frozenset[Modality] = frozenset({"image", "text"})
    seen: ClassVar[list[int]] = []

    def __init__(self, at_red: Literal["nothing", "raise", "nan", "shape", "zero", "hang", "exit"] = "nothing") -> None:
        self.at_red = at_red

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        time.sleep(float(os.environ.get(SLOWLY, 0)))
        self.seen.append(len(images))
        rows = np.array([[*image.resize((1, 1)).getpixel((0, 0)), 9] for image in images], np.float32)  # type: ignore[misc]
        rows = rows.reshape(len(images), 4)
        red = (rows[:, :3] == RED).all(axis=1)
        if red.any():
            return self.answer(rows, red)
        return rows

    def answer(self, rows: Floats, red: Any) -> Floats:
        match self.at_red:
            case "raise":
                raise RuntimeError("red is not to be borne")
            case "nan":
                rows[red] = np.nan
            case "zero":
                rows[red] = 0
            case "shape":
                return rows[:, :2]
            case "hang":
                time.sleep(600)
            case "exit":
                os._exit(3)
        return rows

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        if self.at_red == "hang" and "red" in texts:
            time.sleep(600)
        if self.at_red == "exit" and "red" in texts:
            print("the last words", file=__import__("sys").stderr, flush=True)
            os._exit(3)
        print("chatter that is nobody's answer")
        return np.array([[len(text), 1, 1, 1] for text in texts], np.float32).reshape(len(texts), 4)


@hookimpl
def register_embedders(register: Callable[[type[Embedder]], None]) -> None:
    register(Trial)


def install(site: Path) -> str:
    """Make a directory that, on PYTHONPATH, is an installation of this plugin; return it."""
    about = site / "panoptic_trial-1.dist-info"
    about.mkdir(parents=True)
    (site / "panoptic_trial.py").write_text(Path(__file__).read_text())
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: panoptic-trial\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[panoptic]\ntrial = panoptic_trial\n")
    return str(site)
