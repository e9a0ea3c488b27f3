"""The layout's rules, checked on the source text: who imports whom, how long a file may be, what it may be called."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("datasette_panoptic", "panoptic_ml")

#: What each layer of datasette_panoptic may import of the others. Nothing but the plugin imports web or cli.
ARROWS = {
    "errors": set[str](),
    "domain": {"errors"},
    "store": {"domain", "errors"},
    "query": {"store", "domain", "errors"},
    "ingest": {"store", "domain", "errors"},
    "jobs": {"query", "ingest", "store", "domain", "errors"},
    "web": {"query", "ingest", "jobs", "store", "domain", "errors"},
    "cli": {"query", "ingest", "jobs", "store", "domain", "errors"},
    "plugin": {"web", "cli", "query", "ingest", "jobs", "store", "domain", "errors"},
}
#: Only these layers run machine learning.
REACH_ML = {"jobs", "web", "plugin"}

#: Values only: a module of these has no business with files, databases, the network or Datasette.
PURE = {"domain": {"io", "shutil", "subprocess", "socket", "sqlite3", "sqlite_utils", "datasette", "PIL"}}

#: Where coroutines live; everything else is plain functions.
ASYNC = re.compile(r"datasette_panoptic/(web/.*|jobs/(worker|inference)|plugin)\.py")

#: Names that say nothing of what is inside.
EMPTY_NAMES = {"manager", "handler", "helper", "helpers", "util", "utils", "misc", "data", "info", "item"}

LINES = {".py": 400, ".ts": 300}

#: What each part of static/src may import of the others; `entries` are the bundles' own files beside them.
SCRIPT_ARROWS = {"core": {"core"}, "elements": {"core", "elements"}, "entries": {"core", "elements"}}
#: An import or re-export of one of our own modules, also of nothing but a type.
SCRIPT_IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)["'](\.{1,2}/[^"']+)\.js["']""", re.MULTILINE)

#: Statements that only the store may hold.
WRITE = re.compile(
    r"\s*((create|drop|alter)\s+(temp\s+|unique\s+|virtual\s+)?(table|index|view|trigger)"
    r"|insert\s+(or \w+ )?into|delete\s+from|update\s+\w+\s+set)\b",
    re.IGNORECASE,
)


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def sources() -> list[Path]:
    """Return everything we write by hand: Python, TypeScript, templates, styles, documentation."""
    folders = (*PACKAGES, "templates", "static/src", "static/locales", "tests", "docs")
    found = {path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()}
    linked = {ROOT / PACKAGES[0] / name for name in ("static", "templates")}
    return sorted(
        path
        for path in found
        if not linked & set(path.parents) and not {"__pycache__"} & set(path.relative_to(ROOT).parts)
    )


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def layer(module: str) -> str:
    """Return the part of a dotted module name that the arrows speak of; the package itself is the plugin's front."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "plugin"


def imports(path: Path) -> Iterator[str]:
    """Yield the full dotted name of everything a module imports, wherever in the module it does."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join([*above, *([node.module] if node.module else [])])
            # `from . import x` and `from package import x` may name modules: both readings are checked
            yield from (f"{origin}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=short)
def test_imports_follow_the_arrows(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for name in imports(path):
        package = name.split(".")[0]
        if own.startswith("panoptic_ml"):
            assert package not in {"datasette_panoptic", "datasette", "sqlite3"}, f"{own} imports {name}"
        elif package == "datasette_panoptic":
            here, there = layer(own), layer(name)
            assert there == here or there in ARROWS[here] or own == package, f"{own} imports {name}"
        elif package == "panoptic_ml":
            assert layer(own) in REACH_ML, f"{own} imports {name}"
        else:
            assert package not in PURE.get(layer(own), set()), f"{own} imports {name}"


def test_python_modules_import_in_no_circle() -> None:
    """An import in a function, or for types alone, counts too: it hides a circle and does not remove it."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}

    def of(path: Path) -> set[str]:
        parents = (name.rpartition(".")[0] for name in imports(path))
        return {name for name in (*imports(path), *parents) if name in names}

    assert circle({name: of(path) for name, path in names.items()}) == []


def scripts() -> dict[str, set[str]]:
    """Return what each of our TypeScript modules imports of the others, by path below static/src."""
    top = ROOT / "static/src"
    return {
        path.relative_to(top).as_posix(): {
            Path(os.path.normpath(path.parent / f"{imported}.ts")).relative_to(top).as_posix()
            for imported in SCRIPT_IMPORT.findall(path.read_text())
        }
        for path in top.rglob("*.ts")
    }


def test_scripts_import_along_the_arrows() -> None:
    def part(path: str) -> str:
        return path.split("/")[0] if "/" in path else "entries"

    wrong = [
        f"{path} imports {imported}"
        for path, all_imported in scripts().items()
        for imported in all_imported
        if part(imported) not in SCRIPT_ARROWS[part(path)]
    ]
    assert wrong == []


def test_scripts_import_only_what_there_is() -> None:
    known = scripts()
    assert [f"{path}: {each}" for path, imported in known.items() for each in imported - known.keys()] == []


def test_scripts_import_in_no_circle() -> None:
    assert circle(scripts()) == []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def circle(arrows: Mapping[str, Collection[str]]) -> list[str]:
    """Return one circle of a graph, its first node again at the end; empty where there is none."""
    finished: set[str] = set()

    def walk(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in finished:
            return []
        for target in sorted(arrows.get(node, ())):
            if closed := walk(target, [*way, node]):
                return closed
        finished.add(node)
        return []

    return next((closed for node in sorted(arrows) if (closed := walk(node, []))), [])


@pytest.mark.parametrize("path", modules(), ids=short)
def test_sqlite_is_the_one_that_datasette_uses(path: Path) -> None:
    """Two SQLite libraries on one file in one process lose each other's locks."""
    assert not {"sqlite3", "pysqlite3"} & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", modules(), ids=short)
def test_coroutines_stay_in_the_shell(path: Path) -> None:
    if ASYNC.fullmatch(short(path)):
        return
    asynchronous = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    lines = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, asynchronous)]
    assert not lines, f"async in lines {lines}"


@pytest.mark.parametrize("path", [path for path in modules() if "store" not in path.parts], ids=short)
def test_only_the_store_writes(path: Path) -> None:
    texts = (
        node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert [text for text in texts if WRITE.match(text)] == []


@pytest.mark.parametrize("path", modules(), ids=short)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not path.read_text().strip(), "no docstring"


@pytest.mark.parametrize("path", [path for path in sources() if path.suffix in LINES], ids=short)
def test_files_fit_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES[path.suffix]


@pytest.mark.parametrize("path", sources(), ids=short)
def test_names_say_something(path: Path) -> None:
    assert path.name.split(".")[0].lstrip("_") not in EMPTY_NAMES
    assert not (path.parent.name == "web" and path.stem == "views"), "HTTP code is pages and api"


def test_a_class_name_means_one_thing() -> None:
    counted = Counter(node.name for path in modules() for node in tree(path).body if isinstance(node, ast.ClassDef))
    assert {name for name, times in counted.items() if times > 1} == set()


def test_paths_differ_in_more_than_case() -> None:
    counted = Counter(short(path).casefold() for path in sources())
    assert [path for path, times in counted.items() if times > 1] == []
