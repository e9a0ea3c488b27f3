"""What the plugin knows of one running Datasette: its projects, its processes, its uploads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Query
from datasette_panoptic.jobs.inference import Inference
from datasette_panoptic.jobs.scratch import Scratch, taken_on
from datasette_panoptic.jobs.worker import Worker
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import listing
from datasette_panoptic.store.access import Obstacle, prepare, recognise
from datasette_panoptic.store.connection import checkpoint
from datasette_panoptic.store.faults import told
from datasette_panoptic.store.guard import privileged
from datasette_panoptic.store.matrices import Matrices
from datasette_panoptic.store.originals import SeenFiles
from datasette_panoptic.store.place import Identity, identity
from datasette_panoptic.store.publish import is_publication
from datasette_panoptic.store.soundness import first_fault
from datasette_panoptic.store.stand_in import fault_of
from datasette_panoptic.store.vector_cache import VectorCache
from datasette_panoptic.web.similar import recipes
from datasette_panoptic.web.similar.sent_pictures import Pictures
from datasette_panoptic.web.tables.uploads import TableUploads
from datasette_panoptic.web.uploads import Uploads

from .access import Verdicts
from .patience import ExportPlaces, places
from .security import Policies
from .snapshots import Readers, Snapshot

T = TypeVar("T")

#: Exports that are written at once.
MOST_EXPORTS = 4


@dataclass
class Project:
    """A database that is a project. `obstacle`: why it cannot be written; None: it can."""

    database: Any
    obstacle: Obstacle | None
    file: Identity | None
    vectors: VectorCache
    is_publication: bool = False  # nothing private is in it, and all of it may be downloaded
    is_gone: bool = False  # no file lies at its path any more
    readers: Readers = field(init=False)
    orders: Orders = field(init=False)
    _folders: tuple[int, list[listing.Folder]] = (-1, [])

    def __post_init__(self) -> None:
        self.readers = Readers(self.database, self.file)
        self.orders = Orders(self.vectors)

    @property
    def name(self) -> str:
        return str(self.database.name)

    @property
    def is_writable(self) -> bool:
        return self.obstacle is None

    async def read(self, function: Callable[[Any], T]) -> T:
        """Run a function that reads, on a snapshot of its own."""
        with closing(Snapshot(self.readers)) as snapshot:
            return await snapshot.read(function)

    def close(self) -> None:
        """Let go of what is kept in memory; whoever still reads is not disturbed."""
        self.readers.close()
        self.vectors.clear()

    def read_ahead(self, conn: Any) -> None:
        """Fill the caches that the grid page reads: seconds for a million images, once."""
        self.orders.totals(conn, Query())
        self.orders.folder_counts(conn, Query())
        self.folders(conn)

    def folders(self, conn: Any) -> list[listing.Folder]:
        """Every folder, read once per version of the corpus."""
        corpus = self.orders.state(conn).version.corpus
        known = self._folders
        if known[0] != corpus:  # other threads may be reading another version
            self._folders = known = (corpus, listing.folders(conn))
        return known[1]


class Server:
    """One per Datasette, made by the startup hook."""

    def __init__(self, datasette: Any) -> None:
        self.datasette = datasette
        self.run = secrets.token_hex(4)  # tells this run of the server from others
        self.verdicts = Verdicts()
        self.policies = Policies()
        self.places = places(datasette)
        self.scratch = Scratch()
        self.uploads = Uploads(self.scratch)
        self.pictures = Pictures()
        self.originals = SeenFiles()
        self.tables = TableUploads(self.scratch)
        self.exports = ExportPlaces(MOST_EXPORTS)
        self.worker = Worker(self.scratch)
        self.inference = Inference()
        self.matrices = Matrices()
        self.faults: dict[str, str] = {}  # what is wrong with files, by the names of their databases
        self._projects: dict[str, Project | None] = {}
        self._files: WeakKeyDictionary[Any, Identity | None] = WeakKeyDictionary()  # that Datasette has opened

    async def open_all(self) -> list[Project]:
        """Return the projects among the databases there are now; a new one is prepared."""
        opened = [await self.project(name) for name in list(self.datasette.databases) if name != "_internal"]
        return [project for project in opened if project is not None]

    async def warm(self, datasette: Any) -> None:
        """Read what the first visitor of each project will need: a background task."""
        for project in await self.open_all():
            await project.read(project.read_ahead)

    async def project(self, name: str) -> Project | None:
        """Return a database's project; None where the database is none of ours.

        Where another file has taken the place of the one that was opened, it is another project.
        """
        database = self.datasette.databases[name]
        known, file = self._projects.get(name), identity(database.path) if database.path else None
        if known is not None and not known.is_gone and known.file is not None and file != known.file:
            await self._settle(known)
        if known is None or known.database is not database or file not in (known.file, None):
            if known is not None:
                known.close()
            self._projects[name] = known = await self._open(database, file)
            if known is not None:
                await recipes.offer(self.datasette, database)
        if known is not None:
            known.is_gone = file is None and known.file is not None
        return known

    async def _settle(self, project: Project) -> None:
        """Empty the write-ahead log of a project whose file has left its place.

        The log stays where the file was: without it the file lacks what was committed last, and another file in that
        place would be read with it.
        """
        if project.is_writable and project.database is self.datasette.databases.get(project.name):
            with suppress(sqlite3.Error):
                await project.database.execute_write_fn(checkpoint, transaction=False)

    @property
    def guarded_names(self) -> list[str]:
        """The databases that are projects, or damaged files that may be some: their private tables have no page."""
        return [name for name in self._projects if not self.is_other(name)]

    @property
    def private_names(self) -> list[str]:
        """Those of them that have what is for their owners alone, so that their files are not downloaded."""
        return [
            name for name in self.guarded_names if not (project := self._projects[name]) or not project.is_publication
        ]

    def is_other(self, name: str) -> bool:
        """Tell whether a database is known to be no project, and no damaged one either."""
        return name in self._projects and self._projects[name] is None and name not in self.faults

    async def _open(self, database: Any, file: Identity | None) -> Project | None:
        """Return the project that a database is, if it is one, prepared to be written if it can be."""
        project = Project(database, None, file, VectorCache(self.matrices))
        self.faults.pop(database.name, None)
        if database.is_memory:
            return None
        try:
            if await self._prepare(project):
                return project
        except sqlite3.DatabaseError as error:
            self.faults[database.name] = told(error) or str(error)
        project.close()
        return None

    async def _prepare(self, project: Project) -> bool:
        """Find out what may be done to a project; False where it is none, or one that cannot be relied on."""
        database = project.database
        is_ours = await project.read(recognise)
        fault = await project.read(first_fault if is_ours else fault_of)
        if fault is not None:
            self.faults[database.name] = fault
        if fault is not None or not is_ours:
            return False
        if not database.is_mutable:
            project.obstacle = "immutable"
            project.is_publication = await project.read(is_publication)
        elif self._files.setdefault(database, project.file) != project.file:
            project.obstacle = "replaced"  # what Datasette would write to has no name any more
        else:
            try:
                others = taken_on(database.path)
                project.obstacle = await database.execute_write_fn(
                    privileged(lambda conn: prepare(conn, others)), transaction=False
                )
            except sqlite3.OperationalError:  # not even a connection that could write
                project.obstacle = "file"
        return True

    def known(self, name: str) -> Project | None:
        """Return a project that has been opened, without looking at the file."""
        return self._projects.get(name)


def server_of(datasette: Any) -> Server:
    """Return what the startup hook left on a Datasette."""
    server: Server = datasette._panoptic
    return server
