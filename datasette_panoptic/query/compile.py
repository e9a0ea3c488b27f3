"""Query → one SQL text with its parameters: what panels show and exports run, the truth that `order` is held to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datasette_panoptic.domain.query import Query

from .fields import CHOSEN, FIELDS, JOINS, TREE, shuffled


@dataclass(frozen=True)
class Sql:
    text: str
    params: dict[str, int | str]

    def literal(self) -> str:
        """The same SQL with its parameters written in, to paste where parameters cannot be bound."""
        return re.sub(r":(\w+)", lambda match: literal(self.params[match[1]]), self.text)


def literal(value: int | str) -> str:
    """Write a value as SQL."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def compile(query: Query) -> Sql:
    """Return SQL that selects `instance_id`, or `image_id` in mode images, in the query's order."""
    tables = {FIELDS[sort.key].table for sort in query.sorts if sort.key in FIELDS}
    if query.folders or "tree" in tables:
        tables.add("files")
    params: dict[str, int | str] = {f"folder_{n}": folder for n, folder in enumerate(sorted(query.folders))}

    ctes = []
    if "tree" in tables:
        ctes.append(TREE)
    if query.folders:
        ctes.append(CHOSEN.format(ids=", ".join(f":{name}" for name in params)))

    keys = []
    for sort in query.sorts:
        direction = " desc" if sort.descending else ""
        if sort.key == "random":
            params["seed"] = query.seed
            keys.append(shuffled("instances.id", ":seed") + direction)
        elif (field := FIELDS[sort.key]).kind == "number":
            keys.append(field.comparable + direction)
        else:
            keys += [f"{field.sql} is null", field.comparable + direction]
    keys.append("instances.id")

    source = ["from instances", *(JOINS[table] for table in JOINS if table in tables)]
    if query.folders:
        source.append("where files.folder_id in (select id from chosen)")
    order = "order by " + ", ".join(keys)
    if query.mode == "instances":
        body = ["select instances.id as instance_id", *source, order]
    else:
        ctes.append(
            "ordered (image_id, place) as (\n  "
            + "\n  ".join([f"select instances.image_id, row_number() over ({order})", *source])
            + "\n)"
        )
        body = ["select image_id", "from ordered", "group by image_id", "order by min(place)"]
    head = ["with recursive " + ",\n".join(ctes)] if ctes else []
    return Sql("\n".join([*head, *body]), params)
