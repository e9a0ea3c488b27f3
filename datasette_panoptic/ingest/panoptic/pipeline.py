"""Bring a project of Panoptic into one of ours: files first, then all that was said of them as one changeset.

Doing it again adds what is new there. What is said here already is never overruled, so that work goes on here safely.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain, count

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Place, Progress
from datasette_panoptic.domain.fields import TAG_TYPES, Field, Fields, Scope, is_reserved
from datasette_panoptic.domain.names import LONGEST, fitted, name_key
from datasette_panoptic.domain.old import Carried, OldProject, OldProperty, OldVectors, OldView, Translate
from datasette_panoptic.ingest.images.parallel import Decoder
from datasette_panoptic.ingest.images.workers import Pool
from datasette_panoptic.store import arrivals, changelog, embeddings, properties, vocabulary
from datasette_panoptic.store.connection import checkpoint, transaction

from .files import Arrival, places, plain
from .rehearsal import rehearse
from .report import OldPropertyReport, OldReport, OldVectorsReport, OldViewReport
from .values import Complaints, described, names_here, read_tags, read_values

TOOL = "import-panoptic"

#: Characters of a name that leave room for a word behind it.
ROOM = LONGEST - 20


@dataclass(frozen=True)
class Planned:
    """A property and what it becomes; `existing` is the one here that takes its values, None: it is to be made."""

    old: OldProperty
    name: str
    scope: Scope
    existing: int | None


def plan(conn: sqlite3.Connection, project: OldProject) -> list[Planned]:
    """Decide which property here each one becomes.

    One of the same name, type and scope is the same. Where the name is another property's, or the project's own, it
    gets a name behind it; the second time, that is the same.
    """
    known = {name_key(row["name"]): (row["type"], row["scope"], row["id"]) for row in properties.listed(conn)}
    taken: set[str] = set()
    planned = []
    for old in project.properties:
        scope: Scope = "image" if old.anchor == "image" else "instance"
        for name in names_for(old):
            there = known.get(name_key(name))
            if name_key(name) in taken or (there and there[:2] != (old.type, scope)):
                continue
            taken.add(name_key(name))
            planned.append(Planned(old, name, scope, there[2] if there else None))
            break
    return planned


def names_for(old: OldProperty) -> Iterator[str]:
    """Yield names that a property may have here, the best first."""
    name = fitted(old.name)
    if name and not is_reserved(name):
        yield name
    yield fitted(f"{name[:ROOM]} (Panoptic)")
    for number in count(2):
        yield fitted(f"{name[:ROOM]} (Panoptic {number})")


def bring(
    conn: sqlite3.Connection,
    project: OldProject,
    translate: Translate,
    *,
    moved: Mapping[str, str] | None = None,
    actor: str | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    start: Callable[[int], Executor] = Pool,
) -> OldReport:
    """Import all that an old project holds, and report it. `moved` says where directories have gone since.

    Stop it anywhere and run it again: files that are stored are skipped, and what was said is written at the end, all
    or nothing. `start` makes the executor to decode on, given a number of processes. Raises IngestError.
    """
    begun = time.monotonic()
    where = places(project.folders, moved or {})
    planned = plan(conn, project)
    report = _new_report(project, planned)
    with arrivals.opened(conn):
        arrivals.stage(conn, project.instances())
        with transaction(conn):
            _follow(conn, project, where)
        decoder = partial(Decoder, workers or os.cpu_count() or 1, start)
        arrival = Arrival(conn, where, decoder=decoder, progress=progress)
        folders = arrival.place_folders()
        report.unreadable = arrival.import_present(arrivals.counts(conn)[0])
        if nowhere := arrivals.counts(conn)[3]:
            report.complete = arrival.make_gone(project, nowhere)
        report.files, report.instances, report.gone, report.lost = arrivals.counts(conn)
        report.present = report.files - report.gone - report.lost
        with transaction(conn):
            report.instances_made = arrivals.make_instances(conn)
            _say_identities(conn, report)
            changeset = changelog.begin(conn, actor=actor, tool=TOOL)
            for each, told in zip(planned, report.properties, strict=True):
                _write(conn, changeset, project, each, told, report.not_carried)
            for vectors, counted in zip(project.vectors, report.vectors, strict=True):
                _carry_vectors(conn, project, vectors, counted)
            views = translate(project, _carried(planned, folders))
            report.views_saved = arrivals.save_views(conn, changeset, views, actor=actor)
            done = changelog.end(conn, changeset)
            project.require_unchanged()
        report.changeset, report.changed = done.changeset, done.changed
    checkpoint(conn)
    report.written = True
    _finish(report, project, views)
    report.seconds = time.monotonic() - begun
    return report


def _follow(conn: sqlite3.Connection, project: OldProject, where: Mapping[int, Place]) -> None:
    """Let roots that came before stand for the directories that theirs have become, where those are no more."""
    for folder in project.folders:
        before, now = plain(folder.path), where[folder.id]
        if now.parent is None and not os.path.isdir(before):
            arrivals.move_root(conn, before, os.fsdecode(now.path))


def look(
    conn: sqlite3.Connection,
    project: OldProject,
    translate: Translate,
    *,
    moved: Mapping[str, str] | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    start: Callable[[int], Executor] = Pool,
) -> OldReport:
    """Report what `bring` would do, reading the files as it reads them; write nothing but temporary tables."""
    begun = time.monotonic()
    where = places(project.folders, moved or {})
    planned = plan(conn, project)
    report = _new_report(project, planned)
    with arrivals.opened(conn):
        arrivals.stage(conn, project.instances())
        report.files, report.instances, _, _ = arrivals.counts(conn)
        decoder = partial(Decoder, workers or os.cpu_count() or 1, start)
        seen = rehearse(conn, project, where, decoder=decoder, progress=progress)
        report.gone, report.complete, report.lost, report.unreadable = (
            seen.gone,
            seen.complete,
            seen.lost,
            seen.unreadable,
        )
        report.present = report.files - report.gone - report.lost
    for each, told in zip(planned, report.properties, strict=True):
        complaints = Complaints(each.old.anchor)
        said = project.values(each.old)
        if each.old.type in TAG_TYPES:
            told.tags = len(described(each.old, report.not_carried))
            ids = {tag_id: tag_id for tag_id in names_here(each.old)}
            told.values = len(Counter(anchor for anchor, _ in read_tags(said, ids, complaints)))
        else:
            told.values = sum(1 for _ in read_values(said, each.old.type, complaints))
        told.unreadable, told.complaints = complaints.count, complaints.listed
    views = translate(project, _carried(planned, {folder.id: folder.id for folder in project.folders}))
    _finish(report, project, views)
    report.seconds = time.monotonic() - begun
    return report


def _carried(planned: list[Planned], folders: Mapping[int, int]) -> Carried:
    fields = Fields(Field(each.name, each.old.type, each.scope, each.old.id) for each in planned)
    return Carried(fields, {each.old.id: each.name for each in planned}, folders)


def _new_report(project: OldProject, planned: list[Planned]) -> OldReport:
    report = OldReport(project.path, project.version, folders=len(project.folders))
    report.properties = [
        OldPropertyReport(
            each.old.name, each.name, each.old.type, each.scope, each.old.group, new=each.existing is None
        )
        for each in planned
    ]
    report.vectors = [OldVectorsReport(vectors.name, vectors.count) for vectors in project.vectors]
    return report


def _carry_vectors(
    conn: sqlite3.Connection, project: OldProject, vectors: OldVectors, report: OldVectorsReport
) -> None:
    """Store vectors in a space of their own: nothing here makes vectors that they could be compared with."""

    def read() -> Iterator[tuple[int, bytes]]:
        dimension = 0
        for image_id, sha1 in arrivals.images(conn):
            data = project.vector(vectors, sha1)
            if data is None:
                continue
            vector = embeddings.unit(data, dimension or len(data) // 4)
            if vector is None:
                report.unreadable += 1
                continue
            dimension = len(vector) // 4
            report.carried += 1
            yield image_id, vector

    rows = read()
    first = next(rows, None)
    if first:
        name = f"panoptic:{vectors.name}"
        space_id = embeddings.space(conn, name, project.version, vectors.params, len(first[1]) // 4)
        embeddings.add(conn, space_id, chain([first], rows))


def _write(
    conn: sqlite3.Connection,
    changeset: int,
    project: OldProject,
    planned: Planned,
    told: OldPropertyReport,
    notes: list[str],
) -> None:
    """Write a property with its tags and values, in the changeset that is open."""
    old = planned.old
    property_id = planned.existing or properties.make(
        conn, changeset, planned.name, old.type, planned.scope, heading=fitted(old.group or "") or None
    )
    subject = changelog.subject_of(conn, property_id)
    complaints = Complaints(old.anchor)
    if old.type in TAG_TYPES:
        tags = described(old, notes)
        vocabulary.plant(conn, changeset, property_id, tags)
        here = vocabulary.ensure_all(conn, changeset, property_id, [tag.name for tag in tags])
        ids = {tag_id: here[name] for tag_id, name in names_here(old).items()}
        arrivals.say_tags(conn, subject, old.anchor, read_tags(project.values(old), ids, complaints))
        told.tags = len(tags)
        told.values, told.kept, several = arrivals.write_unsaid_tags(conn, changeset, subject)
        if several:
            notes.append(f"{several:,} tags of `{old.name}` beyond the one that it holds")
    else:
        arrivals.say(conn, subject, old.anchor, read_values(project.values(old), old.type, complaints))
        if old.type == "date":
            arrivals.cut_midnights(conn)
        told.values, told.kept = arrivals.write_unsaid(conn, changeset, subject)
    told.unreadable, told.complaints = complaints.count, complaints.listed


def _say_identities(conn: sqlite3.Connection, report: OldReport) -> None:
    """Say where Panoptic's idea of one image is not ours: 0.7 goes by looks, and files change."""
    split, joined = arrivals.identities(conn)
    if split:
        report.not_carried.append(
            f"{split:,} images of Panoptic's are several here, whose files differ: what it says of one is said of each"
        )
    if joined:
        report.not_carried.append(
            f"{joined:,} images here were several of Panoptic's: where it says different things of them, one holds"
        )


def _finish(report: OldReport, project: OldProject, views: Iterable[OldView]) -> None:
    """Name the views, and what has no place here."""
    report.views = [OldViewReport(view.name, view.query, dict(view.layout), list(view.lost)) for view in views]
    if report.lost:
        report.not_carried.append(f"{report.lost:,} files that are gone and of which there is no thumbnail")
    report.not_carried += [
        f"property `{old.name}` was of type {old.was}, and is of type {old.type} here"
        for old in project.properties
        if old.was
    ]
    report.not_carried += project.left
