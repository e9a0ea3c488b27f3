"""What files say of images in words can be asked, grouped, shown and exported like everything else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import SetValues
from datasette_panoptic.domain.described import Described, camera, described
from datasette_panoptic.domain.fields import OF_FILES, Field, Fields, is_reserved
from datasette_panoptic.ingest.images.pipeline import import_folders
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.query import text
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.export.rows import TableContent, columns, found, write_csv, write_json
from datasette_panoptic.query.facets import tallies
from datasette_panoptic.query.order import order
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.publishable import publishable
from datasette_panoptic.store import image_metadata, images, properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect, connect_read_only, transaction
from datasette_panoptic.store.publish import publish
from tests.conftest import Project
from tests.corpus import picture
from tests.described import AGENCY, CAMERA, EDITOR, jpeg, listed, packet, png, resources, segment
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import serving
from tests.test_pages import BASE, get_json
from tests.zoo import chunk, encoded

XMP = b"http://ns.adobe.com/xap/1.0/\0"
LEVELS = packet(listed("lr:hierarchicalSubject", "Places|Paris", "boat-word"))


@pytest.fixture
def project_of_files(project: Project, tmp_path: Path) -> Project:
    """Five images: of an agency, of an editor, of a camera, with levels of keywords, and one that says nothing."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    agency = jpeg(segment(0xED, b"Photoshop 3.0\0" + resources(AGENCY)))
    for name, data in {
        "a agency.jpg": agency,
        "b editor.png": png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + EDITOR)),
        "c camera.jpg": jpeg(segment(0xE1, CAMERA), image=picture(4)),
        "d levels.jpg": jpeg(segment(0xE1, XMP + LEVELS), image=picture(5)),
        "e plain.jpg": encoded(picture(6), "JPEG"),
        "f copy of agency.jpg": agency,
    }.items():
        (folder / name).write_bytes(data)
    import_folders(project.conn, [folder])
    return project


def names(conn: sqlite3.Connection, query: str) -> str:
    """Return the first letters of the files that a query finds, by the cache and by SQL."""
    asked, known = text.parse_string(query), fields(conn)
    ids = order(conn, Columns(), known, asked).ids.tolist()
    sql = compile(asked, known)
    assert [row[0] for row in conn.execute(sql.text, sql.params)] == ids
    named = dict(
        conn.execute("select instances.id, substr(name, 1, 1) from instances join files on files.id = file_id")
    )
    return "".join(named[id_] for id_ in ids)


CASES = {
    "keywords__contains=boat": "adf",
    "keywords=boat-word": "adf",
    "keywords=boat": "",
    "keywords__any=boat-word,night-word": "abdf",
    "keywords__isblank=1": "ce",
    "keywords__not=boat-word": "bce",
    "keywords=Paris": "d",
    "keywords=Places": "d",
    "keywords__startswith=PLA": "d",
    "title=Barn-title": "af",
    "title__notblank=1": "abf",
    "creator__contains=ada": "c",
    "creator__any=Ada-artist,Eve-writer": "bc",
    "rights=Public-rights": "b",
    "camera=Acme-maker One-model": "c",
    "camera__matches=^Acme": "c",
    "lens__endswith=lens": "c",
    "place=Brest-city": "af",
    "description__contains=OWLS": "c",
    "_search=boat": "adf",
    "_search=owl": "bc",
    "_search=acme -brest": "c",
    "_search=paris OR barn": "adf",
    "_sort=title&title__notblank=1": "afb",
    "_sort_desc=keywords&keywords__notblank=1": "adfb",
    "file_title=Barn-title": "af",
    "_mode=images&_sort=place&place__notblank=1": "ab",
}


@pytest.mark.parametrize("query", CASES)
def test_what_files_say_can_be_asked(project_of_files: Project, query: str) -> None:
    if "_mode" in query:
        found = order(project_of_files.conn, Columns(), fields(project_of_files.conn), text.parse_string(query))
        assert found.ids.tolist() == [1, 2]
    else:
        assert names(project_of_files.conn, query) == CASES[query]


def test_keywords_group_and_are_counted_one_by_one(project_of_files: Project) -> None:
    conn = project_of_files.conn
    level = order(conn, Columns(), fields(conn), text.parse_string("_group=keywords")).groups[0]
    sizes = {level.value(n): int(count) for n, count in enumerate(level.counts)}
    expected = {"bird-word": 1, "boat-word": 3, "lake-word": 2, "night-word": 1, "Paris": 1, "Places": 1, None: 2}
    assert sizes == expected
    (tally,) = tallies(conn, Columns(), fields(conn), text.parse_string(""), ["keywords"])
    counted = {str(value): int(count) for value, count in zip(tally.values, tally.counts, strict=True)}
    assert counted == {str(key): count for key, count in expected.items() if key}
    assert tally.blank == 2
    (of_images,) = tallies(conn, Columns(), fields(conn), text.parse_string("_mode=images"), ["keywords"])
    assert dict(zip(of_images.values, of_images.counts.tolist(), strict=True))["boat-word"] == 2


def test_a_property_may_have_the_name_of_what_files_say(project_of_files: Project) -> None:
    """People's own titles are asked by their name, and those of the files by a longer one."""
    conn = project_of_files.conn
    properties.create(conn, "Title", "text", "image")
    conn.execute("insert into image_values (image_id, \"Title\") values (3, 'Mine')")
    known = fields(conn)
    assert known["title"].property_id
    assert known["file_title"].of_file == "title"
    assert names(conn, "title=Mine") == "c"
    assert names(conn, "file_title__notblank=1") == "abf"
    assert names(conn, "_search=mine") == "c"
    assert names(conn, "_search=barn") == "af"
    assert [field.name for field in known.values()].count("file_title") == 1
    assert "title" not in [field.name for field in known.of_system]


def test_no_property_takes_the_longer_name() -> None:
    assert all(is_reserved(f"file_{name}") and not is_reserved(name) for name in OF_FILES)


@given(st.sets(st.sampled_from([*OF_FILES, *map(str.upper, OF_FILES), "Author"])))
def test_every_field_has_one_name(taken: set[str]) -> None:
    mine = [Field(name, "text", "image", n) for n, name in enumerate(sorted(taken), 1)]
    known = Fields(mine)
    assert sorted(field.of_file for field in known.values() if field.of_file) == sorted(OF_FILES)
    for field in known.values():
        assert known[field.name] == field
    for name in OF_FILES:
        assert known[f"file_{name}"].of_file == name
        assert bool(known[name].of_file) == (name not in {one.lower() for one in taken})


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_an_export_brings_them_and_an_import_passes_them_over(
    project_of_files: Project, tmp_path: Path, write: object
) -> None:
    conn = project_of_files.conn
    properties.create(conn, "topic", "text", "image")
    conn.execute("insert into image_values (image_id, topic) values (1, 'sea')")
    wanted = columns(conn, ["topic", "title", "keywords", "camera"])
    out = io.BytesIO()
    write(TableContent(conn, found(conn, text.parse_string("")), wanted), out)  # type: ignore[operator]
    if write is write_csv:
        rows = list(csv.DictReader(io.StringIO(out.getvalue().decode()), delimiter=";"))
        assert rows[0]["file_title[text]"] == "Barn-title"
        assert rows[0]["file_keywords[text]"] == "boat-word, lake-word"
        assert rows[2]["file_camera[text]"] == "Acme-maker One-model"
    else:
        assert json.loads(out.getvalue())[0]["file_title"] == "Barn-title"
    table = tmp_path / ("t.csv" if write is write_csv else "t.json")
    table.write_bytes(out.getvalue())
    before = [row["name"] for row in properties.listed(conn)]
    import_table(conn, table, TableOptions())
    assert [row["name"] for row in properties.listed(conn)] == before == ["topic"]


def test_a_table_with_titles_makes_a_property(project_of_files: Project, tmp_path: Path) -> None:
    table = tmp_path / "museum.csv"
    table.write_text("name,title,keywords\na agency.jpg,The barn,barn\n")
    import_table(project_of_files.conn, table, TableOptions())
    assert names(project_of_files.conn, "title=The barn") == "a"
    assert names(project_of_files.conn, "keywords=barn") == "a"
    assert names(project_of_files.conn, "file_keywords=boat-word") == "adf"


@pytest.mark.asyncio
async def test_pages_show_them(project_of_files: Project) -> None:
    project_of_files.conn.close()
    async with serving(project_of_files.path) as datasette:
        page = await get_json(datasette, "/image/1.json")
        html = (await datasette.client.get(f"{BASE}/image/4")).text
        table = (await datasette.client.get(f"{BASE}?_view=table&_show=title,keywords")).text
        facets = await get_json(datasette, "/facets.json?_facets=keywords,creator")
        listed_fields = await get_json(datasette, "/properties.json")
    rows = {row["key"]: row for pane in page["panes"] for row in pane["rows"]}
    assert (rows["title"]["label"], rows["title"]["value"]) == ("Title", "Barn-title")
    assert rows["place"]["href"] == f"{BASE}?place=Brest-city"
    assert [link["label"] for link in rows["keywords"]["links"]] == ["boat-word", "lake-word"]
    assert "metadata.title" not in rows
    assert f'<a href="{BASE}?keywords=Paris">Paris</a>' in html
    assert "Barn-title" in table
    assert "boat-word, lake-word" in table
    counts = {facet["field"]: {v["label"]: v["count"] for v in facet["values"]} for facet in facets["facets"]}
    assert counts["keywords"]["boat-word"] == 3
    assert counts["creator"]["Zoe-author"] == 2
    assert {"title", "keywords", "place"} <= {field["name"] for field in listed_fields["fields"]}


def test_projects_of_earlier_releases_get_them(project_of_files: Project) -> None:
    """The migration reads what the import kept of each file."""
    conn = project_of_files.conn
    texts = "select * from image_metadata order by image_id"
    words = "select image_id, name from image_keywords join keywords on id = keyword_id order by image_id, name"
    before = [conn.execute(sql).fetchall() for sql in (texts, words)]
    for table in ("_panoptic_sidecars", "image_keywords", "image_metadata", "keywords"):
        conn.execute(f"drop table {table}")
    conn.execute("delete from _sqlite_migrations where name = 'm008_metadata'")
    conn.execute("pragma user_version = 7")
    conn.execute("update images set metadata = '[1, \"no object\"]' where id = 5")
    conn.close()
    conn = connect(project_of_files.path)
    assert [conn.execute(sql).fetchall() for sql in (texts, words)] == before
    assert names(conn, "keywords__contains=boat") == "adf"
    conn.close()


def test_a_file_of_an_earlier_release_that_cannot_be_changed_is_still_read(project_of_files: Project) -> None:
    conn = project_of_files.conn
    for table in ("_panoptic_sidecars", "image_keywords", "image_metadata", "keywords"):
        conn.execute(f"drop table {table}")
    assert names(conn, "_search=agency") == "af"
    assert "title" not in fields(conn)
    assert image_metadata.described_now(conn, 1).title == "Barn-title"


def test_what_is_said_anew_takes_the_place_of_what_was(project_of_files: Project) -> None:
    conn = project_of_files.conn
    with transaction(conn):
        assert not image_metadata.describe(conn, 1), "nothing changed"
        conn.execute('update images set metadata = \'{"keywords": ["lake-word", "hill"]}\' where id = 1')
        assert image_metadata.describe(conn, 1)
    assert image_metadata.described_now(conn, 1) == Described(*[None] * 7, ("lake-word", "hill"))
    assert names(conn, "keywords=boat-word") == "d"
    with transaction(conn):
        conn.execute("update images set metadata = null where id = 1")
        image_metadata.describe(conn, 1)
    kept = {name for (name,) in conn.execute("select name from keywords")}
    assert "hill" not in kept, "a keyword that no image has is gone"
    assert "boat-word" in kept


CAMERAS = {
    ("Canon", "Canon EOS 5D"): "Canon EOS 5D",
    ("NIKON CORPORATION", "NIKON D90"): "NIKON D90",
    ("Acme", "One"): "Acme One",
    ("Acme", ""): "Acme",
    ("", "One"): "One",
    ("", " "): None,
}


@pytest.mark.parametrize("given", CAMERAS)
def test_a_camera_is_named_once(given: tuple[str, str]) -> None:
    assert camera(*given) == CAMERAS[given]


def test_what_others_wrote_into_metadata_says_nothing() -> None:
    odd = {"title": 5, "keywords": ["a", 3, None, "b|c"], "creator": ["x"], "camera_make": {}, "lens": ""}
    assert described([odd]) == Described(*[None] * 7, ("a", "b", "c"))
    assert described([{"keywords": "abc"}, {"title": "t"}]) == Described("t", *[None] * 6, ())


def test_sayings_are_joined_field_by_field() -> None:
    first = {"title": "A", "keywords": ["x", "y"]}
    second = {"title": "B", "creator": "C", "keywords": ["y", "z"]}
    assert described([first, second]) == Described("A", None, "C", None, None, None, None, ("x", "y", "z"))


def test_a_deleted_image_takes_its_words_along(project_of_files: Project) -> None:
    conn = project_of_files.conn
    with transaction(conn):
        conn.execute("delete from instances where image_id = 4")
        conn.execute("delete from files where image_id = 4")
        images.delete(conn, 4)
    kept = {name for (name,) in conn.execute("select name from keywords")}
    assert "Paris" not in kept
    assert "boat-word" in kept, "another image has it"
    assert conn.execute("pragma foreign_key_check").fetchall() == []


def test_a_published_copy_says_what_files_say(project_of_files: Project, tmp_path: Path) -> None:
    conn = project_of_files.conn
    with transaction(conn):
        conn.execute("update image_metadata set title = 'from /home/ada/secret/a.jpg' where image_id = 1")
        conn.execute("insert into keywords (id, name) values (99, '/home/ada/secret/a.jpg')")
        conn.execute("insert into image_keywords values (99, 1)")
        conn.execute("delete from instances where image_id = 4")
        conn.execute("delete from files where image_id = 4")
    publish(project_of_files.path, tmp_path / "public.db", publishable)
    assert b"secret" not in (tmp_path / "public.db").read_bytes()
    public = connect_read_only(tmp_path / "public.db")
    assert public.execute("select title, lens from image_metadata order by image_id").fetchall() == [
        ("from …", None), ("Owl-heading", None), (None, "Fifty-lens"),
    ]  # fmt: skip
    assert names(public, "keywords__contains=boat") == "af"
    assert not public.execute("select 1 from keywords where name = 'Paris'").fetchall(), "no published image has it"
    public.close()


def test_the_view_for_people_has_what_files_say(project: Project) -> None:
    texts = {"title": "Ketch", "place": "Brest", "camera": "Leica M6"}
    fill(project.conn, [Folder("a")], [Picture(texts=texts, keywords=frozenset({"sea"})), Picture(bytes=2)],
         [Instance(0, 0, "1.jpg"), Instance(1, 0, "2.jpg"), Instance(0)])  # fmt: skip
    asked = "select instance_id, title, keywords, place from corpus order by instance_id"
    said = [(1, "Ketch", "sea", "Brest"), (2, None, None, None), (3, "Ketch", "sea", "Brest")]
    assert project.conn.execute(asked).fetchall() == said
    property_id = properties.create(project.conn, "Title", "text", "instance")
    apply(project.conn, [SetValues(property_id, {1: "mine"})], actor=None, tool="test")
    rows = project.conn.execute("select Title, file_title from corpus order by instance_id").fetchall()
    assert rows == [("mine", "Ketch"), (None, None), (None, "Ketch")]
    properties.delete(project.conn, property_id)
    assert project.conn.execute(asked).fetchall() == said
