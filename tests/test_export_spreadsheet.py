"""A CSV for spreadsheets has no cell that becomes a formula, and comes in again with the values that went out."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.spreadsheets import escape, unescape
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect
from tests.rows import Folder, Instance, Picture, empty, fill
from tests.serving import fill_sample, serving

from .test_table_import import state

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
texts = st.text(st.sampled_from([*SIGNS, "'", "a", '"', ";", " "]), min_size=1, max_size=5)
topics = st.sampled_from(["=x", "-y", "@z", "'=q", "a;b", "+, plus"])


@given(st.text() | texts)
def test_what_is_escaped_is_no_formula_and_reads_back(text):
    assert not escape(text).startswith(SIGNS)
    assert unescape(escape(text)) == text


def opened():
    conn = empty()
    fill(
        conn,
        [Folder("all")],
        [Picture()] * 3,
        [Instance(0, 0, "=a.jpg"), Instance(1, 0, "-b.jpg"), Instance(2, 0, "c.jpg")],
    )
    return conn


def annotated(notes, tags, number):
    conn = opened()
    note, topic, n = (
        properties.create(conn, name, type_, "instance")
        for name, type_ in (("=Note", "text"), ("Topic", "multi_tags"), ("N", "number"))
    )
    changes = [SetValues(note, notes), SetTagsEach(topic, tags), SetValues(n, {1: number, 2: -5})]
    apply(conn, changes, actor="anna", tool="cell")
    return conn


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.integers(1, 3), texts),
    st.dictionaries(
        st.integers(1, 3), st.lists(texts.filter(str.strip), min_size=1, max_size=2, unique=True).map(tuple)
    ),
    st.sampled_from([-1, -1.5, 7, 1e-9]),
    st.sampled_from(["csv", "tsv"]),
    st.booleans(),
)
def test_a_table_for_spreadsheets_comes_in_again_as_it_was(tmp_path_factory, notes, tags, number, form, has_sidecar):
    conn = annotated(notes, tags, number)
    out = tmp_path_factory.mktemp("out") / f"out.{form}"
    export_to(conn, out, Query(), format_=form, for_spreadsheet=True)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfid")
    with out.open(encoding="utf-8-sig", newline="") as file:
        headers, *records = csv.reader(file, delimiter="\t" if form == "tsv" else ";")
    is_number = [header.startswith("N[") for header in headers]
    assert not any(
        cell.startswith(SIGNS)
        for record in [headers, *records]
        for cell, of_number in zip(record, is_number, strict=True)
        if not of_number
    )
    assert float(records[0][is_number.index(True)]) == number
    other = opened()
    if not has_sidecar:
        (out.parent / "out.properties.json").unlink()
    done = import_table(other, out, TableOptions(key="path", is_escaped=not has_sidecar))
    assert (done.errors, done.unmatched, done.matched) == (0, 0, 3)
    assert state(other) == state(conn)
    assert "unescaped" in [note.kind for note in done.notes]
    conn.close()
    other.close()


def test_apostrophes_of_unknown_origin_stay_and_are_told(tmp_path):
    conn = opened()
    (tmp_path / "t.csv").write_text("name;Note\nc.jpg;'=1+1\n=a.jpg;'quoted'\n", "utf-8")
    report = import_table(conn, tmp_path / "t.csv")
    assert [(note.kind, note.facts["row"], note.facts["text"]) for note in report.notes] == [("escaped", 2, "'=1+1")]
    assert conn.execute("select Note from corpus order by file_name").fetchall() == [(None,), ("'quoted'",), ("'=1+1",)]


def test_without_the_option_texts_are_as_they_are(tmp_path):
    conn = annotated({1: "=1+1"}, {}, 7)
    export_to(conn, tmp_path / "out.csv", Query(), format_="csv")
    assert b"\xef\xbb\xbf" not in (tmp_path / "out.csv").read_bytes()
    assert ";=1+1;" in (tmp_path / "out.csv").read_text("utf-8")
    assert "spreadsheet" not in (tmp_path / "out.properties.json").read_text("utf-8")


def test_the_command_line_escapes_and_reads_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    conn = connect(tmp_path / "p.db", create=True)
    fill(conn, [Folder("all")], [Picture()], [Instance(0, 0, "a.jpg")])
    note = properties.create(conn, "Note", "text", "instance")
    apply(conn, [SetValues(note, {1: "=1+1"})], actor="anna", tool="cell")
    conn.close()

    def run(*arguments, code=0):
        result = CliRunner().invoke(panoptic, arguments)
        assert result.exit_code == code, result.output
        return result

    run("export", "p.db", "out.csv", "--spreadsheet")
    assert ";'=1+1" in (tmp_path / "out.csv").read_text("utf-8-sig")
    assert "--spreadsheet is for CSV and TSV" in run("export", "p.db", "o.xlsx", "--spreadsheet", code=2).stderr
    looked = run("import-csv", "p.db", "out.csv", "--no-sidecar", "--dry-run")
    assert "hint: --spreadsheet takes these apostrophes off" in looked.stderr
    for arguments in (["--no-sidecar", "--spreadsheet"], []):
        assert json.loads(run("import-csv", "p.db", "out.csv", *arguments, "--json").stdout)["changed"] == 0


@pytest.mark.asyncio
async def test_the_page_offers_it_and_the_address_says_it(project):
    fill_sample(project.conn)
    note = properties.create(project.conn, "Note", "text", "instance")
    apply(project.conn, [SetValues(note, {1: "@a"})], actor="anna", tool="cell")
    project.conn.execute("pragma wal_checkpoint(truncate)")
    async with serving(project.path) as datasette:
        base = "/project/-/panoptic/export"
        assert 'name="_spreadsheet"' in (await datasette.client.get(f"{base}-options")).text
        told = await datasette.client.get(f"{base}?_spreadsheet=1")
        assert told.content.startswith(b"\xef\xbb\xbf")
        assert ";'@a" in told.text
        assert ";@a" in (await datasette.client.get(base)).text
