"""The job that runs an action of a plugin on images, and writes what it answers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.query.annotate import selection_of
from datasette_panoptic.query.orders import Orders, fields
from datasette_panoptic.store import machine
from datasette_panoptic.store.clusterings import SAVED, NewClustering, save
from datasette_panoptic.store.connection import connect_read_only, transaction
from datasette_panoptic.store.machine import Origin
from datasette_panoptic.store.place import path_of
from panoptic_ml import guard
from panoptic_ml.params import BadParameter
from panoptic_ml.registry import Listed, installed
from panoptic_ml.types import Groups, Notice, Result, Scores, Tags, Values
from panoptic_ml.vectors import by_size

from .context import Follower, Reading, Stopped
from .examples import learnt


@dataclass(frozen=True)
class Written:
    """A property that was written to: how many values changed, and the changeset, null where none did."""

    property: str
    changed: int
    changeset: int | None


@dataclass
class ActionReport:
    """What came of an action: `clusterings` are the ids of groups that it answered, `notices` its own words."""

    action: str
    images: int
    written: list[Written] = field(default_factory=list)
    clusterings: list[int] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)


def run_action(conn: sqlite3.Connection, params: dict[str, Any], monitor: Follower) -> dict[str, Any]:
    """Run an action on the images of a query; return the report, or nothing where it was stopped.

    Everything is written at the end, in one transaction: an action that fails or is cancelled leaves nothing behind.
    """
    listed = find(params["action"])
    try:
        settings = listed.parameters.parse(params["params"])
    except BadParameter as error:
        raise PanopticError(f"action `{listed.id}`: {error}") from error
    query = learnt(conn, params["query"])
    with closing(connect_read_only(path_of(conn))) as reader:
        images = Orders().order(reader, replace(query, mode="images", groups=()))[1].ids.tolist()
        monitor.progress(Progress(0, len(images), 0.0, ""))
        try:
            results = guard.act(listed, settings, Reading(reader, images, monitor), seed=params["seed"])
        except Stopped:
            return {}
        except guard.PluginFault as fault:
            raise PanopticError(str(fault)) from fault
    if monitor.cancelled():
        return {}
    origin = Origin(
        f"run:{listed.id}",
        params["actor"],
        params["query"],
        selection_of(query, fields(conn)),
        {"action": listed.id, "plugin": listed.plugin, "params": params["params"], "seed": params["seed"]},
    )
    report = ActionReport(listed.id, len(images))
    with transaction(conn):
        for result in results:
            write(conn, origin, images, result, report)
    return asdict(report)


def find(action: str) -> Listed:
    """Return an installed action. Raises NotThere, with those that there are."""
    known = installed().actions
    if action not in known:
        raise NotThere(f"no action `{action}` is installed; there is {', '.join(f'`{each}`' for each in known)}")
    return known[action]


def write(conn: sqlite3.Connection, origin: Origin, images: list[int], result: Result, report: ActionReport) -> None:
    """Write one result, and say so in the report."""
    match result:
        case Values():
            said = {image: value for image, value in zip(images, result.values, strict=True) if value is not None}
            done = machine.say(conn, origin, result.property, said)
            report.written.append(Written(result.property, done.changed, done.changeset))
        case Scores():
            # As they are printed: float32 has seven digits, and its 0.9 is 0.899999976 as a double.
            numbers = [float(str(score)) for score in result.scores]
            done = machine.say(conn, origin, result.name, dict(zip(images, numbers, strict=True)))
            report.written.append(Written(result.name, done.changed, done.changeset))
        case Tags():
            done = machine.tag(conn, origin, result.property, dict(zip(images, result.tags, strict=True)))
            report.written.append(Written(result.property, done.changed, done.changeset))
        case Groups():
            labels = by_size(result.labels)
            names = {
                int(new): result.names[old]
                for new, old in zip(labels, result.labels, strict=True)
                if result.names and new >= 0
            }
            run = NewClustering(
                report.action,
                SAVED,
                np.array(images, np.int64),
                labels,
                result.scores,
                names,
                params=origin.details,
                query=origin.query,
                actor=origin.actor,
            )
            report.clusterings.append(save(conn, run))
        case Notice():
            report.notices.append({"text": result.text, "level": result.level})
