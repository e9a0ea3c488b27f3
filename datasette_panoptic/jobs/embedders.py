"""Embedders as jobs use them: chosen by name, made with settings, or found again for the space that they filled."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.ingest.images.mat import on_mat
from datasette_panoptic.store.spaces import Space
from panoptic_ml import guard, registry
from panoptic_ml.params import BadParameter
from panoptic_ml.registry import Listed
from panoptic_ml.types import Embedder, Floats

#: What embedders of vectors that came from a project of Panoptic are called; nothing here makes more of them.
BROUGHT = "panoptic:"


@dataclass(frozen=True)
class Made:
    """An embedder that is ready, and those of its settings that its vectors come from, as they are stored."""

    listed: Listed
    embedder: Embedder
    params: dict[str, Any]

    @property
    def reads_texts(self) -> bool:
        return "text" in guard.modalities_of(self.embedder)

    def embed(self, pictures: Sequence[Image.Image]) -> Floats:
        """Return unit vectors of pictures. Raises PluginFault."""
        return guard.embed_images(self.listed, self.embedder, pictures)

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors of texts. Raises PanopticError."""
        try:
            return guard.embed_texts(self.listed, self.embedder, texts)
        except guard.PluginFault as fault:
            raise PanopticError(str(fault)) from fault


def chosen(name: str) -> Listed:
    """Return an installed embedder. Raises NotThere with those that there are, PanopticError where it cannot run."""
    known = registry.installed().embedders
    if name not in known:
        raise NotThere(f"no embedder `{name}` is installed; there is {', '.join(f'`{each}`' for each in known)}")
    if known[name].missing:
        raise PanopticError(f"embedder `{name}` needs packages that are not installed: `{known[name].missing}`")
    return known[name]


def make(name: str, params: Mapping[str, Any]) -> Made:
    """Make an embedder. Raises PanopticError where it is not there, or cannot be made so."""
    listed = chosen(name)
    try:
        settings = listed.parameters.parse(params)
        embedder = guard.make(listed, settings)
        told = listed.parameters.dump(settings)
        return Made(listed, embedder, {name: told[name] for name in told.keys() - guard.incidental_of(embedder)})
    except BadParameter as error:
        raise PanopticError(f"embedder `{name}`: {error}") from error
    except guard.PluginFault as fault:
        raise PanopticError(str(fault)) from fault


def of_space(space: Space) -> Made:
    """Make the embedder whose vectors a space has. Raises PanopticError where it is not there, or another by now."""
    if space.embedder.startswith(BROUGHT):
        name = space.embedder.removeprefix(BROUGHT)
        raise PanopticError(f"the embeddings of `{name}` were imported from Panoptic and cannot be computed here")
    try:
        made = make(space.embedder, space.params)
    except PanopticError as error:
        raise PanopticError(f"embedding space {space.id} was made by `{space.embedder}`: {error}") from error
    if made.embedder.revision != space.revision:
        raise PanopticError(
            f"embedding space {space.id} was made by revision {space.revision} of `{space.embedder}`, and revision "
            f"{made.embedder.revision} is installed; `datasette panoptic embed --embedder {space.embedder}` makes "
            "another space"
        )
    return made


def decoded(picture: bytes) -> Image.Image:
    """Decode a stored picture, which is upright: RGB, laid on a mat where it is transparent."""
    with Image.open(io.BytesIO(picture)) as image:
        page = on_mat(image.convert("RGBA") if image.mode in ("P", "LA", "PA") else image)
        return page.convert("RGB")
