"""One request to a project: who asks, for what, in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from datasette_panoptic.domain.discretion import discreet
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import ReadOnly
from datasette_panoptic.query import text
from datasette_panoptic.store.clusterings import has_runs
from datasette_panoptic.store.duplicates import any_copies
from datasette_panoptic.store.guard import privileged
from datasette_panoptic.store.history import has_history
from datasette_panoptic.store.listing import has_rejects
from datasette_panoptic.store.properties import any_properties, any_tagged

from .access import EDIT, IMPORT, RUN, is_loopback, may, settings
from .frame import Frame, Link
from .patience import Patience, time_limit
from .server import Project, Server
from .snapshots import Snapshot
from .words import LANGUAGES, Words

T = TypeVar("T")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Visit:
    """Whoever makes one closes it: all of its reads see the project at one moment."""

    datasette: Any
    request: Any
    server: Server
    project: Project
    words: Words
    only_looks: bool  # the visitor may do nothing besides viewing

    @cached_property
    def _snapshot(self) -> Snapshot:
        return Snapshot(self.project.readers)

    @cached_property
    def _patience(self) -> Patience:
        return Patience(time_limit(self.datasette, self.settings))

    @cached_property
    def base(self) -> str:
        """The address that all of a project's pages are under."""
        return f"{self.datasette.urls.database(self.project.name)}/-/panoptic"

    @cached_property
    def path(self) -> str:
        """This page's address without its query string, behind the prefix that a proxy may have taken off."""
        path, prefix = self.request.path, self.datasette.setting("base_url")
        return str(self.datasette.urls.path(path.removeprefix(prefix) if path.startswith(prefix) else path))

    @cached_property
    def pairs(self) -> Pairs:
        return parse_qsl(self.request.query_string, keep_blank_values=True)

    @cached_property
    def settings(self) -> dict[str, Any]:
        return settings(self.datasette, self.project.name)

    @property
    def wants_page(self) -> bool:
        """Tell whether a browser asks that shows what comes, as after a form."""
        return "text/html" in (self.request.headers.get("accept") or "")

    def query(self, *also: str) -> Query:
        """Read the query of the address; `also` names keys that the route itself understands. Raises BadQuery."""
        return text.parse([(name, value) for name, value in self.pairs if name not in also])

    async def may(self, action: str) -> bool:
        """Tell whether the visitor is granted an action on this project, be it writable or not."""
        return await may(self.datasette, action, self.request.actor, self.project.name)

    @property
    def sees_people(self) -> bool:
        """Tell whether the visitor may know who said what. All of a published copy is public."""
        return self.project.is_publication or not self.only_looks

    @property
    def nobody(self) -> str:
        """What stands in the place of a name: nobody was signed in, or it is not for this visitor."""
        return self.words("history.nobody" if self.sees_people else "history.somebody")

    def bounded(self, function: Callable[..., T]) -> Callable[..., T]:
        """Wrap a function that reads: for a visitor who only looks, it has limited time and tells nothing private."""
        if self.only_looks:
            function = self._patience.spend(function)
        return function if self.sees_people else discreet(function)

    async def read(self, function: Callable[[Any], T]) -> T:
        """Read the project as it was at the first read of this visit, or at the first since it last wrote.

        Raises TooSlow where a visitor who only looks takes longer than they may.
        """
        bounded = self.bounded(function)
        if not self.only_looks:
            return await self._snapshot.read(bounded)
        async with self.server.places:
            return await self._snapshot.read(bounded)

    def require_writable(self) -> None:
        """Refuse what writes, or leads to nothing but writing, in a project that cannot be written. Raises ReadOnly."""
        if self.project.obstacle:
            raise ReadOnly(self.words(f"read_only.{self.project.obstacle}"))

    async def write(self, function: Callable[[Any], T]) -> T:
        """Run a function in a transaction of its own; later reads see what it wrote."""
        self.close()
        result: T = await self.project.database.execute_write_fn(privileged(function), request=self.request)
        return result

    def close(self) -> None:
        """End the moment that this visit reads."""
        self._snapshot.close()

    async def frame(self, title: str) -> Frame:
        """Return what every page has around it."""
        is_writable = self.project.is_writable
        granted = {action: await self.may(action) for action in (EDIT, IMPORT, RUN)}
        links = [Link(self.words("link.grid"), self.base)]
        asked = (has_history, has_rejects, any_properties, any_tagged, any_copies, has_runs)
        was_changed, was_rejected, has_properties, has_tags, has_copies, was_clustered = await self.read(
            lambda conn: [ask(conn) for ask in asked]
        )
        if was_changed or (granted[EDIT] and is_writable):
            links.append(Link(self.words("link.history"), f"{self.base}/history"))
        if has_properties or (granted[EDIT] and is_writable):
            links.append(Link(self.words("link.properties"), f"{self.base}/properties"))
        if has_tags:
            links.append(Link(self.words("link.tags"), f"{self.base}/tags"))
        if was_clustered or (granted[RUN] and is_writable):
            links.append(Link(self.words("link.clusterings"), f"{self.base}/clusterings"))
        if has_copies or (granted[RUN] and is_writable):
            links.append(Link(self.words("link.duplicates"), f"{self.base}/duplicates"))
        if granted[EDIT] and is_writable:
            links.append(Link(self.words("link.import_table"), f"{self.base}/import-table"))
        if was_rejected and any(granted.values()):
            links.append(Link(self.words("link.rejects"), f"{self.base}/rejects"))
        if (granted[IMPORT] or granted[RUN]) and is_writable:
            links.append(Link(self.words("link.jobs"), f"{self.base}/jobs"))
        return Frame(
            database=self.project.name,
            title=title,
            base=self.base,
            language=self.words.language,
            languages=[
                Link(name, self.address([*self.without("_lang"), ("_lang", key)]), key == self.words.language)
                for key, name in LANGUAGES.items()
            ],
            links=links,
            can_edit=granted[EDIT] and is_writable,
            can_import=granted[IMPORT] and is_writable,
            can_run=granted[RUN] and is_writable,
            notices=self._notices(granted),
        )

    def address(self, pairs: Pairs) -> str:
        """This page's address with another query string."""
        return with_query(self.path, pairs)

    def without(self, *names: str) -> Pairs:
        return [(name, value) for name, value in self.pairs if name not in names]

    def _notices(self, granted: dict[str, bool]) -> list[str]:
        obstacle = self.project.obstacle
        if any(granted.values()):
            return [self.words(f"read_only.{obstacle}")] if obstacle else []
        if obstacle is None and is_loopback(self.request):
            return [self.words("hint.open", file=Path(self.project.database.path).name)]
        return []


def with_query(address: str, *pairs: Pairs) -> str:
    """Append a query string where there is one."""
    joined = [pair for some in pairs for pair in some]
    return f"{address}?{urlencode(joined)}" if joined else address
