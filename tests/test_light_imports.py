"""What a process pays for importing us: nobody who only looks at images waits for machine learning."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "onnxruntime", "sklearn", "open_clip", "scipy", "pandas", "matplotlib", "av", "pillow_heif")

LOADED = "import sys; print(*sorted(sys.modules))"


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that are loaded after running code in a new process."""
    done = subprocess.run([sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import datasette_panoptic",
        "import panoptic_ml",
        "from panoptic_ml import guard, options, registry, testing; assert registry.installed().embedders",
        "import datasette_panoptic.plugin",
        "import datasette_panoptic.cli",
        "from datasette.plugins import pm; assert pm.get_plugin('panoptic')",
    ],
)
def test_nothing_heavy_is_loaded_by(code: str) -> None:
    assert loaded_by(code) & set(HEAVY) == set()


def test_the_package_alone_loads_neither_datasette_nor_sqlite() -> None:
    """Each worker process that decodes images imports the package, and a dozen of them share one machine."""
    assert loaded_by("import datasette_panoptic") & {"datasette", "sqlite3", "numpy", "PIL"} == set()


def test_a_decoding_worker_loads_no_sqlite() -> None:
    """A decoder that is killed must not hold a lock, and two SQLite libraries must not meet in it."""
    assert loaded_by("import datasette_panoptic.ingest.images.decode") & {"sqlite3", "datasette"} == set()


@pytest.mark.parametrize("code", ["import panoptic_ml", "from panoptic_ml.registry import installed; installed()"])
def test_panoptic_ml_stands_alone(code: str) -> None:
    assert loaded_by(code) & {"datasette_panoptic", "datasette", "sqlite3"} == set()
