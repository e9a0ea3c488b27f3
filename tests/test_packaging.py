"""The distribution: what is in it, and that each way to install it serves pages with their scripts and styles.

The environments are fresh but for a `.pth` file that lends them this one's dependencies, so nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import hatch_build
import hatch_model

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.packaging

#: What a clone has: everything but what git ignores and the tests.
SOURCES = (
    *("pyproject.toml", "hatch_build.py", *hatch_model.INPUTS, "README.md", "LICENSE", ".gitignore"),
    *("datasette_panoptic", "panoptic_ml", "templates", "static", "package.json", "package-lock.json", "tsconfig.json"),
)


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources as they are now, with fresh bundle and model, without links of an editable install."""
    clone = tmp_path_factory.mktemp("clone")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, clone / name, ignore=ignored, symlinks=True)
        else:
            shutil.copyfile(ROOT / name, clone / name)
    for link in ("static", "templates"):
        path = clone / "datasette_panoptic" / link
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    if not hatch_build.is_fresh(clone):
        hatch_build.bundle(clone)
    if not hatch_model.is_fresh(clone):
        hatch_model.build(clone)
    return clone


@pytest.fixture(scope="session")
def built(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sdist, and the wheel that was built from the sdist."""
    out = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, clone)
    return out


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command without this process' idea of plugins and paths; return what it prints."""
    environment = {
        key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "DATASETTE_LOAD_PLUGINS"}
    }
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=cwd, env=environment)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(path: Path) -> Path:
    """Make an environment that borrows this one's dependencies, but not this project; return its Python."""
    venv.create(path, with_pip=False)
    python = path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    borrowed = path / "borrowed"
    borrowed.mkdir()
    for entry in Path(hatchling_home()).iterdir():
        if "datasette_panoptic" not in entry.name.lower().replace("-", "_") and entry.suffix != ".pth":
            (borrowed / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    return python


def hatchling_home() -> str:
    """Return the directory that this environment's packages are in."""
    import hatchling

    return str(Path(hatchling.__file__).parent.parent)


def install(python: Path, *what: str | Path) -> None:
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        *what,
    )


def names(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as sdist:
        return {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}


def test_wheel_holds_the_packages_and_their_assets_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    found = names(wheel)
    assert {name.split("/")[0] for name in found} == {
        "datasette_panoptic",
        "panoptic_ml",
        "datasette_panoptic-0.1a0.dist-info",
    }
    for asset in ("dist/panoptic.js", "dist/panoptic.css", "locales/en.json", "locales/fr.json"):
        assert f"datasette_panoptic/static/{asset}" in found
    assert any(name.startswith("datasette_panoptic/templates/panoptic/") for name in found)
    assert {"panoptic_ml/models/efficientnet-lite0.onnx", "panoptic_ml/models/imagenet_terms.txt"} <= found
    licences = {name.removeprefix("datasette_panoptic-0.1a0.dist-info/licenses/") for name in found}
    assert {"LICENSE", "panoptic_ml/models/NOTICE"} <= licences
    assert not [name for name in found if "/src/" in name or "node_modules" in name]


def test_sdist_carries_bundle_and_model_so_that_neither_node_nor_weights_are_needed(
    built: Path, tmp_path: Path
) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    assert hatch_build.is_fresh(root)
    assert hatch_model.is_fresh(root)
    assert not (root / "node_modules").exists()


def test_node_and_weights_are_asked_for_when_a_source_changed(clone: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(clone, changed)
    script = "import sys, hatchling.build as b; print(b.get_requires_for_build_wheel())"
    asked = run(sys.executable, "-c", script, cwd=changed)
    assert "nodejs" not in asked
    assert "efficientnet" not in asked
    with (changed / "static" / "src" / "app.css").open("a") as file:
        file.write("\n/* changed */\n")
    asked = run(sys.executable, "-c", script, cwd=changed)
    assert hatch_build.NODE in asked
    assert "efficientnet" not in asked
    (changed / hatch_model.MODEL).unlink()
    asked = run(sys.executable, "-c", script, cwd=changed)
    assert all(package in asked for package in hatch_model.PACKAGES)


def test_where_links_are_not_allowed_the_package_gets_copies(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    changed = tmp_path / "changed"
    shutil.copytree(clone, changed)
    hatch_build.link(changed)
    (changed / "templates" / "panoptic" / "new.html").write_text("new")
    hatch_build.link(changed)  # as the next install does
    assert (changed / "datasette_panoptic" / "templates" / "panoptic" / "new.html").read_text() == "new"
    assert (changed / "datasette_panoptic" / "static" / "dist" / "panoptic.js").is_file()


WAYS = ["wheel", "sdist", "source", "editable"]


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_serves_pages_with_their_assets(way: str, clone: Path, built: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    source = tmp_path / "source"
    shutil.copytree(clone, source)  # an install may write into the tree
    what: dict[str, tuple[str | Path, ...]] = {
        "wheel": tuple(built.glob("*.whl")),
        "sdist": tuple(built.glob("*.tar.gz")),
        "source": (source,),
        "editable": ("--editable", source),
    }
    install(python, *what[way])
    home = run(python, "-c", "import datasette_panoptic; print(datasette_panoptic.__file__)", cwd=tmp_path)
    assert Path(home.strip()).is_relative_to(source if way == "editable" else tmp_path / "venv")

    embeds = "from panoptic_ml.embedders.lite0 import Lite0; print(Lite0().embed_texts(['boat']).shape)"
    assert run(python, "-c", embeds, cwd=tmp_path).strip() == "(1, 256)"

    project = tmp_path / "project.db"
    run(
        python, "-c", f"from datasette_panoptic.store.connection import connect; connect({str(project)!r}, create=True)"
    )

    def get(path: str) -> str:
        return run(python, "-m", "datasette", project, "--get", path, cwd=tmp_path)

    (plugin,) = (each for each in json.loads(get("/-/plugins.json")) if each["name"] == "datasette-panoptic")
    assert (plugin["static"], plugin["templates"], plugin["version"]) == (True, True, "0.1a0")
    page = get("/project/-/panoptic")
    assets = re.findall(r'(?:src|href)="(/-/static-plugins/datasette-panoptic/[^"]+)"', page)
    assert {Path(asset.split("?")[0]).name for asset in assets} >= {"panoptic.js", "panoptic.css"}
    for asset in assets:
        assert len(get(asset)) > 100, asset


def test_both_readme_commands_name_extras_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "pip install . && datasette panoptic demo" in readme
    assert "pip install -e '.[test]' && python -m pytest" in readme
    project = (ROOT / "pyproject.toml").read_text()
    for extra in re.findall(r"\[(\w+)\]'", readme):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE), f"README names the extra {extra}"
