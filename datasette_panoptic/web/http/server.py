"""What the plugin knows of one running Datasette: its projects, its processes, its uploads."""

from __future__ import annotations

import secrets
import threading
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Query
from datasette_panoptic.jobs.inference import Inference
from datasette_panoptic.jobs.worker import Worker
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import listing
from datasette_panoptic.store.access import Obstacle, prepare, recognise
from datasette_panoptic.store.guard import privileged
from datasette_panoptic.store.publish import is_publication
from datasette_panoptic.web.similar import recipes
from datasette_panoptic.web.similar.sent_pictures import Pictures
from datasette_panoptic.web.tables.uploads import TableUploads
from datasette_panoptic.web.uploads import Uploads

from .access import Verdicts
from .snapshots import Readers, Snapshot

#: Exports that are written at once.
MOST_EXPORTS = 4


@dataclass
class Project:
    """A database that is a project. `obstacle`: why it cannot be written; None: it can."""

    database: Any
    obstacle: Obstacle | None
    readers: Readers
    is_publication: bool = False  # nothing private is in it, and all of it may be downloaded
    orders: Orders = field(default_factory=Orders)
    _folders: tuple[int, list[listing.Folder]] = (-1, [])

    @property
    def name(self) -> str:
        return str(self.database.name)

    @property
    def is_writable(self) -> bool:
        return self.obstacle is None

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
        self.uploads = Uploads()
        self.pictures = Pictures()
        self.tables = TableUploads()
        self.exports = threading.Semaphore(MOST_EXPORTS)
        self.worker = Worker()
        self.inference = Inference()
        self._projects: dict[str, Project | None] = {}

    async def open_all(self) -> list[Project]:
        """Return the projects among the databases there are now; a new one is prepared."""
        opened = [await self.project(name) for name in list(self.datasette.databases) if name != "_internal"]
        return [project for project in opened if project is not None]

    async def warm(self, datasette: Any) -> None:
        """Read what the first visitor of each project will need: a background task."""
        for project in await self.open_all():
            with closing(Snapshot(project.readers)) as snapshot:
                await snapshot.read(project.read_ahead)

    async def project(self, name: str) -> Project | None:
        """Return a database's project; None where the database is none of ours."""
        database = self.datasette.databases[name]
        known = self._projects.get(name)
        if known is None or known.database is not database:
            self._projects[name] = known = await _open(database)
            if known is not None:
                await recipes.offer(self.datasette, database)
        return known

    @property
    def project_names(self) -> list[str]:
        """The databases that are known to be projects."""
        return [name for name, project in self._projects.items() if project is not None]

    @property
    def private_names(self) -> list[str]:
        """Those of them that have what is for their owners alone."""
        return [name for name, project in self._projects.items() if project and not project.is_publication]

    def is_other(self, name: str) -> bool:
        """Tell whether a database is known to be no project."""
        return name in self._projects and self._projects[name] is None

    def known(self, name: str) -> Project | None:
        """Return a project that has been opened, without looking at the file."""
        return self._projects.get(name)


async def _open(database: Any) -> Project | None:
    if database.is_memory or not await database.execute_fn(recognise):
        return None
    if not database.is_mutable:
        is_public = await database.execute_fn(privileged(is_publication))
        return Project(database, "immutable", Readers(database), is_public)
    try:
        obstacle = await database.execute_write_fn(privileged(prepare), transaction=False)
    except sqlite3.OperationalError:  # not even a connection that could write
        obstacle = "file"
    return Project(database, obstacle, Readers(database))


def server_of(datasette: Any) -> Server:
    """Return what the startup hook left on a Datasette."""
    server: Server = datasette._panoptic
    return server
