"""Who may do what: our actions, and a short memory for verdicts on thumbnails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_address
from time import monotonic
from typing import Any

from datasette.permissions import Action, PermissionSQL
from datasette.resources import DatabaseResource
from datasette.utils.asgi import Base400

from datasette_panoptic.store.privacy import PREFIX, TABLES, VIEWS, is_closed

Actor = Mapping[str, Any] | None

VIEW = "view-database"
EDIT = "panoptic-edit"
IMPORT = "panoptic-import"
RUN = "panoptic-run"

#: Denied to everybody until `--root` or the configuration grants them.
ACTIONS = [
    Action(
        name=EDIT,
        description="Annotate images of a project and see its original files",
        resource_class=DatabaseResource,
        also_requires=VIEW,
    ),
    Action(
        name=IMPORT,
        description="Add images to a project and run jobs that read the server's disk",
        resource_class=DatabaseResource,
        also_requires=VIEW,
    ),
    Action(
        name=RUN,
        description="Run machine learning on a project",
        resource_class=DatabaseResource,
        also_requires=VIEW,
    ),
]


class Denied(Base400):
    """The visitor may not."""

    status = 403


#: Seconds that a verdict on a thumbnail is remembered: a check costs more than the thumbnail.
MEMORY = 5.0
#: Verdicts remembered at most.
LARGEST_MEMORY = 1000


class Verdicts:
    """Remembers for MEMORY seconds what an actor may on a database."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[float, bool]] = {}

    async def may_view(self, datasette: Any, actor: Actor, database: str) -> bool:
        """Tell whether an actor may view a database, as of at most MEMORY seconds ago."""
        if datasette.in_client():  # a call from inside may skip the checks, which is nobody's verdict
            return await may(datasette, VIEW, actor, database)
        return await self._remembered(datasette, VIEW, actor, database)

    async def only_looks(self, datasette: Any, actor: Actor, database: str, *, may_be_old: bool = False) -> bool:
        """Tell whether an actor may do nothing besides viewing a database.

        What was granted may count up to MEMORY seconds later. What was taken away counts at once, unless the verdict
        `may_be_old`.
        """
        for action in (EDIT, IMPORT, RUN):
            if await self._remembered(datasette, action, actor, database) and (
                may_be_old or await may(datasette, action, actor, database)
            ):
                return False
        return True

    async def _remembered(self, datasette: Any, action: str, actor: Actor, database: str) -> bool:
        key = (action, json.dumps(actor, sort_keys=True, default=repr), database, datasette.in_client())
        now = monotonic()
        until, verdict = self._known.get(key, (0.0, False))
        if now >= until:
            verdict = await may(datasette, action, actor, database)
            if len(self._known) >= LARGEST_MEMORY:
                self._known.clear()
            self._known[key] = (now + MEMORY, verdict)
        return verdict


async def may(datasette: Any, action: str, actor: Actor, database: str) -> bool:
    """Ask Datasette."""
    allowed: bool = await datasette.allowed(action=action, resource=DatabaseResource(database), actor=actor)
    return allowed


#: What Datasette offers to do with a table, and would do past the changesets.
WRITES = ("insert-row", "update-row", "delete-row", "alter-table", "drop-table", "drop-view")

CLOSED = """
select value as parent, tables.name as child, 0 as allow, :panoptic_reason as reason
from json_each(:panoptic_projects)
join (
  select value as name, null as database_name from json_each(:panoptic_tables)
  union all
  select table_name, database_name from catalog_tables where table_name glob :panoptic_others
) as tables on coalesce(tables.database_name, value) = value
"""


def no_downloads(private: list[str]) -> PermissionSQL:
    """Deny everybody to download projects as files, with what is private in them; published copies stay open."""
    return PermissionSQL(
        sql="""select value as parent, null as child, 0 as allow, :panoptic_reason as reason
               from json_each(:panoptic_private)""",
        params={
            "panoptic_reason": "no copy that `datasette panoptic publish-prep` made",
            "panoptic_private": json.dumps(private),
        },
    )


def closed_tables(projects: list[str], action: str) -> PermissionSQL | None:
    """Deny everybody the pages of tables that are machinery, and Datasette's ways to write to a project's own tables.

    Not even who may edit has them: the pages of this plugin show what may be seen, and their changes can be undone.
    """
    if action == "view-table":
        names, reason = [table for table in TABLES if is_closed(table)], "machinery of datasette-panoptic"
    elif action in WRITES:
        names, reason = [*TABLES, *VIEWS], "datasette-panoptic writes its own tables"
    else:
        return None
    return PermissionSQL(
        sql=CLOSED,
        params={
            "panoptic_reason": reason,
            "panoptic_projects": json.dumps(projects),
            "panoptic_tables": json.dumps(names),
            "panoptic_others": f"{PREFIX}*",
        },
    )


def shows_originals(datasette: Any, database: str, *, can_edit: bool) -> bool:
    """Tell whether originals are served: as configured, else to those who may edit."""
    configured = settings(datasette, database).get("originals")
    return can_edit if configured is None else bool(configured)


def settings(datasette: Any, database: str) -> dict[str, Any]:
    """Return the plugin's configuration for a database: the database's own keys over those of the instance."""
    general = datasette.plugin_config("datasette-panoptic") or {}
    own = datasette.plugin_config("datasette-panoptic", database=database, fallback=False) or {}
    return {**general, **own}


def is_loopback(request: Any) -> bool:
    """Tell whether the visitor sits at this machine and named it so: behind a proxy, everybody seems to sit at it."""
    client = (request.scope.get("client") or ("",))[0]
    host = request.host.rsplit(":", 1)[0].strip("[]") if not request.host.endswith("]") else request.host.strip("[]")
    return _loops(client) and (host == "localhost" or _loops(host))


def _loops(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
