"""The plugins that can be run on a project, as what a form, or any other client, needs to offer them."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from datasette import Response

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.store import spaces
from datasette_panoptic.store.plugin_defaults import remembered

from .http.answer import actor_of
from .http.body import address_keys, one_of
from .http.visit import Visit
from .http.words import Words

if TYPE_CHECKING:
    from pydantic import BaseModel

    from panoptic_ml.params import Parameter
    from panoptic_ml.registry import Listed, Registry

#: What a request may say where a file could be named too: a name without a suffix, or a model on a hub.
PLAIN = re.compile(r"[\w-]+|hf-hub:[\w-]+/[\w.-]+")

#: What is offered first where somebody has chosen nothing yet.
USUAL = {"embedder": DEFAULT_EMBEDDER, "clusterer": "kmeans"}
#: The largest seed: what numpy takes, and a browser holds exactly.
MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Called:
    """What a form of plugins was filled in with: the plugin, its checked settings, and what it is given besides.

    `space` and `texts` are null where the plugin is given neither vectors nor texts, or the default is meant.
    """

    listed: Listed
    settings: BaseModel
    params: dict[str, Any]
    seed: int
    space: int | None
    texts: str | None
    by_default: bool

    @property
    def remembered(self) -> dict[str, Any]:
        """What `by_default` keeps."""
        return {"params": self.params, "seed": self.seed, "space": self.space, "texts": self.texts}


async def plugins_json(visit: Visit) -> Response:
    """Send the plugins of a `role`, or all: parameters, what is missing, and what the visitor wants by default."""
    from panoptic_ml.registry import Role

    asked = address_keys(visit, "role")
    roles = get_args(Role)
    roles = (one_of(asked["role"], "role", roles),) if "role" in asked else roles
    installed = await registry()
    defaults, known = await visit.read(lambda conn: (remembered(conn, actor_of(visit)), spaces.listed(conn)))
    plugins: list[dict[str, Any]] = []
    chosen: dict[str, str | None] = {}
    for role in roles:
        remembered_one, settings = defaults.get(role, (None, {}))
        chosen[role] = remembered_one or USUAL.get(role)
        plugins += [
            {**described(visit.words, listed), "remembered": settings.get(listed.id)}
            for listed in installed.of(role).values()
        ]
    return Response.json(
        {
            "plugins": plugins,
            "chosen": chosen,
            "faults": [{"plugin": fault.plugin, "message": fault.message} for fault in installed.faults],
            "spaces": [
                {"id": one.id, "label": space_label(visit.words, one), "embedder": one.embedder, "images": one.images}
                for one in known
            ],
        }
    )


async def registry() -> Registry:
    """Return the plugins that are installed; the first to ask waits until their modules are loaded."""
    from panoptic_ml.registry import installed

    return await asyncio.to_thread(installed)


def described(words: Words, listed: Listed) -> dict[str, Any]:
    """Return what a form says of one plugin. Those of ours speak the visitor's language, others their own."""
    key = f"plugin.{listed.role}.{listed.id}"
    return {
        "role": listed.role,
        "id": listed.id,
        "label": words.messages.get(key, listed.id),
        "description": words.messages.get(f"{key}.says", listed.description),
        "plugin": listed.plugin,
        "missing": listed.missing,
        "given": sorted(listed.parameters.given),
        "parameters": [_parameter(words, key, one) for one in listed.parameters.fields],
    }


def _parameter(words: Words, key: str, one: Parameter) -> dict[str, Any]:
    label = words.messages.get(f"{key}.{one.name}")
    # A name that will be written into the project is in the visitor's language.
    default = words.messages.get(f"{key}.{one.name}.default", one.default)
    return {
        "name": one.name,
        "kind": one.kind,
        "label": label or one.name.replace("_", " "),
        # A label of ours says all that the author's description does.
        "help": "" if label else one.description,
        "default": default,
        "required": one.required,
        "optional": one.optional,
        "choices": [
            {"key": each, "label": words.messages.get(f"{key}.{one.name}.{each}", each)} for each in one.choices
        ],
        "minimum": one.minimum,
        "maximum": one.maximum,
    }


def space_label(words: Words, space: spaces.Space) -> str:
    """Name a space by its embedder, and by the settings that tell it from others of the same one."""
    name = words.messages.get(f"plugin.embedder.{space.embedder}", space.embedder.removeprefix("panoptic:"))
    settings = ", ".join(
        f"{key} {json.dumps(value) if isinstance(value, bool) else value}" for key, value in space.params.items()
    )
    return f"{name} ({settings})" if settings else name


async def called(visit: Visit, role: str, values: dict[str, Any]) -> Called:
    """Read what a form of plugins sends: `plugin`, `params`, `seed`, `space`, `texts`, `by_default`.

    Raises NotThere for a plugin that is not installed, BadQuery where a value cannot be or a package is missing.
    """
    from panoptic_ml.params import BadParameter

    installed = await registry()
    name = values.get("plugin")
    listed = installed.of(role).get(name) if isinstance(name, str) else None  # type: ignore[arg-type]
    if listed is None:
        known = ", ".join(f"`{each}`" for each in installed.of(role)) or "none"  # type: ignore[arg-type]
        raise NotThere(f"no {role} `{str(name)[:80]}` is installed; there is {known}")
    if listed.missing:
        raise BadQuery(f"{role} `{listed.id}` needs packages that are not installed: `{listed.missing}`")
    params = values.get("params") or {}
    if not isinstance(params, dict):
        raise BadQuery("`params` is an object of parameters by name")
    for field in listed.parameters.fields:
        if field.is_place and not PLAIN.fullmatch(str(params.get(field.name, field.default))):
            raise BadQuery(f"`{field.name}` names a file only on the command line: `datasette panoptic embed --help`")
    try:
        settings = listed.parameters.parse(params)
    except BadParameter as error:
        raise BadQuery(str(error)) from error
    seed, space, texts = values.get("seed", 0), values.get("space"), values.get("texts")
    if type(seed) is not int or not 0 <= seed <= MOST_SEED:
        raise BadQuery(f"`seed` is a whole number from 0 to {MOST_SEED}")
    if space is not None and type(space) is not int:
        raise BadQuery("`space` is the id of an embedding space")
    if texts is not None and not isinstance(texts, str):
        raise BadQuery("`texts` is the name of a property")
    return Called(
        listed, settings, listed.parameters.dump(settings), seed, space, texts, values.get("by_default") is True
    )
