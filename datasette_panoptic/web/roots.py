"""The directories that people may import from in the browser: those of the configuration, and what is below them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasette_panoptic.errors import BadQuery, IngestError

from .http.frame import Option
from .http.visit import Visit

#: Subfolders that a form suggests.
MOST_SUGGESTED = 200


@dataclass(frozen=True)
class ImportPanel:
    """The forms that add images. `roots` are the directories that the server may import from."""

    import_url: str
    upload_url: str
    jobs_url: str
    roots: list[Option]
    folders: list[str]


def import_panel(visit: Visit) -> ImportPanel:
    """The forms that add images, for a visitor who may."""
    roots = import_roots(visit.settings)
    return ImportPanel(
        f"{visit.base}/import",
        f"{visit.base}/upload",
        f"{visit.base}/jobs",
        [Option(str(n), str(root)) for n, root in enumerate(roots)],
        subfolders(roots[0]) if len(roots) == 1 else [],
    )


def import_roots(settings: Mapping[str, Any]) -> list[Path]:
    """Return the configured roots, in order; a request names one by its place."""
    roots = settings.get("import_roots") or []
    return [Path(root).expanduser() for root in ([roots] if isinstance(roots, str) else roots)]


def inside(roots: list[Path], root: int, folder: str) -> Path:
    """Return the directory that a request names: the place of a root, and a path below it.

    Raises BadQuery where there is no such root or the path leaves it, by `..`, by being absolute or through a link, and
    IngestError where there is no such directory.
    """
    if root >= len(roots):
        raise BadQuery(f"`root` cannot be `{root}`; choose among 0 to {len(roots) - 1}" if roots else NO_ROOTS)
    top = os.path.realpath(roots[root])
    try:
        path = os.path.realpath(os.path.join(top, folder), strict=True)
    except (OSError, ValueError) as error:
        raise IngestError(f"no directory `{folder}` in `{roots[root]}`") from error
    if path != top and not path.startswith(os.path.join(top, "")):
        raise BadQuery(f"`folder` is outside of its root: `{folder}`")
    if not os.path.isdir(path):
        raise IngestError(f"`{folder}` is no directory")
    return Path(path)


NO_ROOTS = "this server imports from no directory; name some in `plugins: datasette-panoptic: import_roots`"


def subfolders(root: Path) -> list[str]:
    """Return the names of a root's directories, for a form to suggest."""
    try:
        with os.scandir(root) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False))
    except OSError:
        return []
    return [name for name in names if name.isprintable()][:MOST_SUGGESTED]
