"""Parquet is read by the types of its columns."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow
import pytest
from pyarrow import parquet

from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.tables.guess import guess
from datasette_panoptic.ingest.tables.read import read

COLUMNS = {
    "texts": (pyarrow.array(["a", "", None, '"']), ["a", '""', "", '"""']),
    "categories": (pyarrow.array(["a", "b", "a", None]).dictionary_encode(), ["a", "b", "a", ""]),
    "integers": (
        pyarrow.array([2**63 - 1, -(2**63), 0, None]),
        ["9223372036854775807", "-9223372036854775808", "0", ""],
    ),
    "floats": (pyarrow.array([0.1, 5.0, float("nan"), 1e300]), ["0.1", "5", "", "1e+300"]),
    "decimals": (pyarrow.array([Decimal("1.50"), None, Decimal("-2.25"), None]), ["1.50", "", "-2.25", ""]),
    "truths": (pyarrow.array([True, False, None, True]), ["true", "false", "", "true"]),
    "days": (pyarrow.array([date(1890, 5, 3), None, date(1, 1, 1), date(2020, 2, 29)]),
             ["1890-05-03", "", "0001-01-01", "2020-02-29"]),
    "moments": (
        pyarrow.array([1, 1_600_000_000_123_456_789, None, 0], pyarrow.timestamp("ns")),
        ["1970-01-01T00:00:00", "2020-09-13T12:26:40.123456", "", "1970-01-01T00:00:00"],
    ),
    "midnights": (
        pyarrow.array([datetime(1890, 5, 3), None, datetime(2020, 2, 29), datetime(1, 1, 1)], pyarrow.timestamp("s")),
        ["1890-05-03", "", "2020-02-29", "0001-01-01"],
    ),
    "moments of a zone": (
        pyarrow.array([datetime(2020, 1, 1, 12, tzinfo=UTC)] * 4, pyarrow.timestamp("us", "Europe/Paris")),
        ["2020-01-01T13:00:00+01:00"] * 4,
    ),
    "midnights of a zone": (
        pyarrow.array([datetime(2019, 12, 31, 23, tzinfo=UTC)] * 4, pyarrow.timestamp("us", "Europe/Paris")),
        ["2020-01-01T00:00:00+01:00"] * 4,
    ),
    "moments in UTC": (
        pyarrow.array([datetime(2020, 1, 1, 12, tzinfo=UTC)] * 4, pyarrow.timestamp("s", "UTC")),
        ["2020-01-01T12:00:00Z"] * 4,
    ),
    "moments before zones": (
        pyarrow.array([datetime(1890, 1, 1, 12, tzinfo=UTC)] * 4, pyarrow.timestamp("s", "Europe/Paris")),
        ["1890-01-01T12:09:21+00:09"] * 4,
    ),
    "lists": (pyarrow.array([["cat", "rue, place"], [], None, [""]]), [("cat", "rue, place"), (), "", ("",)]),
}  # fmt: skip


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_are_read_by_their_types(tmp_path, case):
    array, wanted = COLUMNS[case]
    parquet.write_table(pyarrow.table({"id": [1, 2, 3, 4], "cell": array}), tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    assert (table.format, table.headers) == ("parquet", ("id", "cell"))
    assert [cells[1] for _, cells in table.rows()] == wanted
    assert [row for row, _ in table.rows()] == [1, 2, 3, 4]


def test_lists_are_tags_and_the_other_types_are_told(tmp_path):
    columns = {name.replace(" ", "_"): array for name, (array, _) in COLUMNS.items()}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    found = {place: each.type or "text" for place, each in guess(table.rows(), range(len(columns))).items()}
    assert {name: found[place] for place, name in enumerate(columns)} == {
        "texts": "text",
        "categories": "text",
        "integers": "number",
        "floats": "number",
        "decimals": "number",
        "truths": "checkbox",
        "days": "date",
        "moments": "date",
        "midnights": "date",
        "moments_of_a_zone": "date",
        "midnights_of_a_zone": "date",
        "moments_in_UTC": "date",
        "moments_before_zones": "date",
        "lists": "multi_tags",
    }


def test_what_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(IngestError, match="Parquet file cannot be read"):
        read(tmp_path / "t.parquet")


def test_the_package_that_is_missing_is_named(tmp_path, monkeypatch):
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Exception, match=r"pip install 'datasette-panoptic\[parquet\]'"):
        read(tmp_path / "t.parquet")
