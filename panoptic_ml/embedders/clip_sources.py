"""Where the models of open_clip are: by name, in a folder, in a file, on the hub. What is not there is said at once."""

from __future__ import annotations

import difflib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from panoptic_ml.types import Refused

from .clip_hub import Wanted, fetched, first_line, offline

#: The first release of torch that runs no code in a checkpoint, whoever loads it.
TORCH = (2, 6)

#: Files of a repository of the hub, or of a folder that is like one.
CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"

#: What open_clip looks for in a folder.
READ = (".safetensors", ".bin", ".pth")

#: What a tag of open_clip says of its weights, as arguments.
MANNER = {
    "mean": "image_mean",
    "std": "image_std",
    "interpolation": "image_interpolation",
    "resize_mode": "image_resize_mode",
    "quick_gelu": "force_quick_gelu",
}


@dataclass(frozen=True)
class Source:
    """A model whose configuration is known and whose weights are on this machine."""

    #: What open_clip calls it.
    name: str
    config: dict[str, Any]
    #: A tag or file, where the name alone does not say which weights.
    pretrained: str | None = None
    #: What open_clip is told besides: how these weights want their images, and which activation they were trained with.
    manner: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weights(self) -> str:
        """What the weights are called where something is wrong with them."""
        return self.pretrained or self.name

    @property
    def is_folder(self) -> bool:
        return self.name.startswith("local-dir:")


def found(name: str, pretrained: str) -> Source:
    """Return a model by its name and the tag or file of its weights, from this machine or else from the network."""
    scheme, _, place = name.partition(":")
    if scheme == "local-dir":
        return in_folder(Path(place))
    if scheme == "hf-hub":
        return on_hub(place)
    return in_registry(name.replace("/", "-"), pretrained)


def in_folder(folder: Path) -> Source:
    """Return the model of a folder that has its configuration and weights, as repositories of the hub do."""
    name = f"local-dir:{folder}"
    try:
        config_file = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"`{name}` has no `{CONFIG}` that can be read: {first_line(error)}") from error
    config = checked(config_file.get("model_cfg") if isinstance(config_file, dict) else None, name)
    if not any(file.suffix in READ for file in folder.iterdir()):
        raise Refused(f"the folder {folder} has no weights: no file {', '.join(READ)}")
    return Source(name, config)


def on_hub(place: str) -> Source:
    """Return the model of a repository of the hub, its files brought to this machine."""
    open_clip = imported()
    if not place:
        raise Refused("`hf-hub:` needs a name, as in hf-hub:timm/ViT-B-32-SigLIP2-256")
    name = f"hf-hub:{place}"

    def wanted() -> Wanted:
        return Wanted(f"configuration and weights of {place}", place, (CONFIG, WEIGHTS))

    config = fetched(lambda: open_clip.get_model_config(name), wanted)
    fetched(lambda: open_clip.pretrained.download_pretrained_from_hf(place), wanted)
    return Source(name, checked(config, name))


def in_registry(name: str, pretrained: str) -> Source:
    """Return a model that open_clip knows by name, with the weights of a tag or a file."""
    open_clip = imported()
    if (config := open_clip.get_model_config(name)) is None:
        near = difflib.get_close_matches(name, open_clip.list_models(), 4, 0.5)
        raise Refused(f"open_clip has no model `{name}`{'; similar names are ' + ', '.join(near) if near else ''}")
    tags = {tag: open_clip.get_pretrained_cfg(name, tag) for tag in open_clip.list_pretrained_tags_by_model(name)}
    checked(config, name)
    if tag := open_clip.get_pretrained_cfg(name, pretrained):

        def wanted() -> Wanted:
            repository, _, file = tag["hf_hub"].rpartition("/")
            what = f"the weights {pretrained} of {name}{size(name)}"
            return Wanted(what, repository, (file or WEIGHTS,))

        fetched(lambda: open_clip.download_pretrained(tag), wanted)
        return Source(name, config, pretrained, manner([tag]))
    file = Path(pretrained)
    if not file.is_file():
        known = f", which are {', '.join(tags)}" if tags else "; open_clip knows none"
        raise Refused(f"`{pretrained}` is neither a file nor one of the weights of {name}{known}")
    return Source(name, config, str(file), manner([*tags.values()]))


def manner(tags: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all these weights of a model want alike. open_clip knows it of a tag, and forgets it with a file."""
    return {
        argument: tags[0][key]
        for key, argument in MANNER.items()
        if tags and tags[0].get(key) is not None and all(tag.get(key) == tags[0][key] for tag in tags)
    }


def checked(config: Any, name: str) -> dict[str, Any]:
    """Return a configuration, if it is one and what it needs is installed."""
    if not isinstance(config, dict) or not {"embed_dim", "vision_cfg", "text_cfg"} <= config.keys():
        raise Refused(f"the `{CONFIG}` of `{name}` describes no model")
    if {"hf_model_name", "hf_tokenizer_name"} & config["text_cfg"].keys() and not find_spec("transformers"):
        raise Refused(f"{name} needs a package to read texts: `pip install transformers`")
    return config


def size(name: str) -> str:
    """Return how large the weights of a model are in single precision, in brackets; nothing where nobody can tell."""
    import torch

    logging.disable(logging.WARNING)  # that its weights are random, as if it were for anything but counting
    try:
        with offline(), torch.device("meta"):
            model = imported().create_model(name, load_weights=False, pretrained_text=False, device="meta")
    except Exception:  # a text model of somebody else's, the shape of which has not been fetched either
        return ""
    finally:
        logging.disable(logging.NOTSET)
    return f" ({sum(parameter.numel() for parameter in model.parameters()) * 4 // 10**6} MB)"


def imported() -> Any:
    """Return open_clip; Refused where it, or what it stands on, is broken or too old."""
    try:
        import open_clip
        import torch
    except (ImportError, OSError, RuntimeError) as error:
        raise Refused(
            f"open_clip cannot be loaded ({first_line(error)}): torch and torchvision must be of releases that belong "
            "together and come from one index, as in docs/clip.md"
        ) from error
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < TORCH:
        raise Refused(
            f"torch {torch.__version__} may run code in checkpoints; 2.6 and later do not: `pip install -U torch`"
        )
    return open_clip
