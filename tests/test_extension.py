"""sqlite-vec's functions in every connection, whichever way this Python allows."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from datasette.app import Datasette
from datasette.utils.sqlite import sqlite3
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from datasette_panoptic.store import extension, numpy_functions

from .conftest import Project

TIER_1 = pytest.mark.skipif(not extension.register(), reason="this SQLite takes no automatic extension")
TIER_2 = pytest.mark.skipif(
    not hasattr(sqlite3.Connection, "enable_load_extension"),
    reason="this Python has no enable_load_extension",
)


@TIER_1
def test_tier_1_reaches_connections_that_nobody_prepared() -> None:
    conn = sqlite3.connect(":memory:")
    assert conn.execute("select vec_version()").fetchone()[0].startswith("v0.")
    assert extension.ensure(conn) == 1
    conn.close()


def in_new_process(code: str) -> str:
    """Run code where nothing has been registered yet, and return what it prints."""
    lines = ["from datasette.utils.sqlite import sqlite3", "from datasette_panoptic.store import extension", code]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SHOW = """conn = sqlite3.connect(':memory:')
print(extension.ensure(conn), *conn.execute('select vec_version()').fetchone())"""


@TIER_2
def test_tier_2_loads_into_one_connection_and_closes_the_door() -> None:
    tier, version = in_new_process(f"extension.register = lambda: False\n{SHOW}").split()
    assert tier == "2"
    assert version.startswith("v0.")
    refused = in_new_process(
        f"extension.register = lambda: False\n{SHOW}\n"
        "try: conn.execute(\"select load_extension('x')\")\n"
        "except sqlite3.OperationalError as error: print(error)"
    )
    assert "not authorized" in refused


def test_tier_3_defines_the_functions_with_numpy() -> None:
    code = f"extension.register = lambda: False\nextension._load = lambda conn: False\n{SHOW}"
    assert in_new_process(code) == "3 numpy"


def test_an_sqlite_without_extensions_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registering with a library that cannot load extensions would crash the process."""
    monkeypatch.setattr(sqlite3, "connect", lambda *args: Refusing())
    assert extension.register.__wrapped__() is False


class Refusing:
    """A connection of an SQLite that was built without extension loading."""

    def execute(self, sql: str) -> Refusing:
        return self

    def fetchone(self) -> tuple[int]:
        return (1,)

    def close(self) -> None:
        pass


def test_another_sqlite_library_in_the_process_is_not_mistaken_for_python_s(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        class sqlite3_sourceid:
            restype = None

            def __new__(cls) -> bytes:  # type: ignore[misc]
                return b"2000-01-01 another"

    monkeypatch.setattr(extension.ctypes, "CDLL", lambda name: Other)
    assert extension.register.__wrapped__() is False


@pytest.mark.parametrize("page", ["/project/-/query.json?sql=select+vec_version()+as+v", "/project/versions.json"])
@pytest.mark.asyncio
async def test_datasette_pages_and_stored_queries_have_the_functions(project: Project, page: str) -> None:
    datasette = Datasette(
        [str(project.path)],
        config={"databases": {"project": {"queries": {"versions": {"sql": "select vec_version() as v"}}}}},
    )
    response = await datasette.client.get(page + ("&" if "?" in page else "?") + "_shape=array")
    assert response.status_code == 200, response.text
    assert len(response.json()[0]["v"]) > 0


VECTORS = arrays(np.float32, 16, elements=st.floats(-1, 1, width=32)).filter(lambda v: np.abs(v).max() > 0.01)


@TIER_1
@pytest.mark.parametrize("function", ["vec_distance_cosine", "vec_distance_l2", "vec_distance_l1"])
@given(a=VECTORS, b=VECTORS)
def test_numpy_agrees_with_sqlite_vec_on_distances(function: str, a: np.ndarray, b: np.ndarray) -> None:
    _, ours = numpy_functions.FUNCTIONS[function]
    conn = sqlite3.connect(":memory:")
    theirs = conn.execute(f"select {function}(?, ?)", [a.tobytes(), b.tobytes()]).fetchone()[0]
    conn.close()
    assert ours(a.tobytes(), b.tobytes()) == pytest.approx(theirs, abs=1e-5)


@TIER_1
@given(a=st.binary(min_size=8, max_size=8), b=st.binary(min_size=8, max_size=8))
def test_numpy_agrees_with_sqlite_vec_on_bits(a: bytes, b: bytes) -> None:
    conn = sqlite3.connect(":memory:")
    theirs = conn.execute("select vec_distance_hamming(vec_bit(?), vec_bit(?))", [a, b]).fetchone()[0]
    conn.close()
    assert numpy_functions.hamming(a, b) == theirs


@TIER_1
@pytest.mark.parametrize("sql", ["vec_length(?)", "vec_to_json(?)", "vec_f32(?)", "vec_normalize(?)"])
@pytest.mark.parametrize("vector", ["[1, 2.5, -3]", np.array([0.5, 4], "<f4").tobytes()], ids=["json", "bytes"])
def test_numpy_agrees_with_sqlite_vec_on_vectors(sql: str, vector: bytes | str) -> None:
    conn, other = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    numpy_functions.define(other)
    theirs = conn.execute(f"select {sql}", [vector]).fetchone()[0]
    ours = other.execute(f"select {sql}", [vector]).fetchone()[0]
    conn.close()
    other.close()
    assert numbers(ours) == pytest.approx(numbers(theirs))


def numbers(value: int | bytes | str) -> list[float]:
    """Read a vector as numbers, however it is written."""
    return [value] if isinstance(value, int) else numpy_functions.vector(value).tolist()
