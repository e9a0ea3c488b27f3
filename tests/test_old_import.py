"""Bringing whole projects of Panoptic: everything that is said arrives where it was said, once, and can be undone."""

from __future__ import annotations

import hashlib
import io
import shutil
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.domain.changes import Selection, SetValue
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.panoptic.open import opened
from datasette_panoptic.ingest.panoptic.pipeline import bring, look
from datasette_panoptic.ingest.panoptic.report import OldReport
from datasette_panoptic.query.old_views import views
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.problems import problems
from datasette_panoptic.store.undo import undo

from .corpus import paint
from .old_examples import old_07, old_10
from .old_projects import add, hash_of, instance_07, jpeg, project_07


def brought(conn: sqlite3.Connection, old: Path, **options: object) -> OldReport:
    with opened(old) as project:
        return bring(conn, project, views, workers=1, start=ThreadPoolExecutor, **options)  # type: ignore[arg-type]


def corpus(conn: sqlite3.Connection, columns: str) -> list[tuple[object, ...]]:
    return conn.execute(f"select {columns} from corpus order by instance_id").fetchall()


def test_0_7_arrives(project, tmp_path):
    conn = project.conn
    report = brought(conn, old_07(tmp_path))
    assert (report.files, report.instances, report.present, report.gone, report.lost) == (5, 7, 3, 1, 1)
    assert report.instances_made == 2
    assert corpus(conn, 'file_name, Tweet, "When", Kind, Topic, Hue, Seen, "width (Panoptic)", "Where", Link') == [
        ("00000.jpg", None, "1890-01-01", None, "cat, pet", None, None, None, None, None),
        ("00001.jpg", None, None, None, None, None, 1, None, None, "http://example.org"),
        ("00002.jpg", None, None, None, None, None, None, "2 cm", "/a/b", None),
        ("gone.png", None, None, None, "tom", PALETTE[0], None, None, None, None),
        ("00000.jpg", 1587417081380757446, None, None, "cat, pet", None, None, None, None, None),
        ("00000.jpg", None, None, "meme", "cat, pet", None, None, None, None, None),
    ]
    told = [(row["name"], row["type"], row["scope"], row["group"]) for row in properties.listed(conn)]
    assert told == [
        ("Topic", "multi_tags", "image", "Look"),
        ("When", "date", "instance", "Posts"),
        ("Tweet", "number", "instance", "Posts"),
        ("Kind", "tag", "instance", None),
        ("Hue", "color", "image", None),
        ("Seen", "checkbox", "image", None),
        ("width (Panoptic)", "text", "instance", None),
        ("Where", "text", "instance", None),
        ("Link", "url", "instance", None),
    ]
    assert report.not_carried == [
        "1 files that are gone and of which there is no thumbnail",
        "property `Where` was of type path, and is of type text here",
        "maps: all",
    ]
    assert problems(project.path) == []


def test_the_tree_of_tags_arrives_with_its_colours(project, tmp_path):
    brought(project.conn, old_07(tmp_path))
    below = project.conn.execute(
        "select tags.name, tags.color, group_concat(above.name) from tags left join tag_parents on tag_id = tags.id "
        "left join tags as above on above.id = parent_id group by tags.id order by tags.name"
    ).fetchall()
    assert below == [
        ("animal", PALETTE[8], None), ("cat", PALETTE[0], "animal"), ("meme", PALETTE[11], None), ("pet", None, None),
        ("tom", None, "cat,pet"),
    ]  # fmt: skip


def test_files_that_are_there_are_read_and_those_that_are_gone_are_their_thumbnails(project, tmp_path):
    conn = project.conn
    old = old_07(tmp_path)
    brought(conn, old)
    real = hashlib.sha1((tmp_path / "pics" / "00000.jpg").read_bytes()).hexdigest()
    rows = "select sha1, width, height, format, metadata from images order by id"
    first, *_, gone = conn.execute(rows).fetchall()
    assert first == (real, 160, 120, "jpeg", None)
    assert gone[:4] == (hash_of(4), 1200, 900, "png")
    assert "thumbnail" in gone[4]
    state = "select name, missing_since is not null, bytes from files order by id"
    assert conn.execute(state).fetchall()[-1] == ("gone.png", 1, 0)
    assert conn.execute("select name, source from folders where parent_id is null order by id").fetchall() == [
        ("pics", str(tmp_path / "pics")), ("été", "C:/Users/Zoé/été"),
    ]  # fmt: skip


def test_1_0_arrives(project, tmp_path):
    conn = project.conn
    report = brought(conn, old_10(tmp_path))
    assert (report.files, report.instances, report.present, report.gone, report.lost) == (3, 4, 1, 2, 0)
    assert corpus(conn, 'file_name, "When", Said, Topic, Seen') == [
        ("00000.jpg", "2022-03-04T10:30:00", None, None, None),
        ("gone.jpg", None, None, "animal, cat", 0),
        ("copy.jpg", None, None, None, None),
        ("00000.jpg", "2022-03-04T10:30:00", "second", None, None),
    ]
    assert [row["name"] for row in properties.listed(conn)] == ["When", "Topic", "Said", "Seen"]
    [when] = [told for told in report.properties if told.name == "When"]
    assert (when.unreadable, when.complaints[0][:31]) == (1, "file 2: `sometime` is no date; ")
    assert conn.execute("select count(*) from images").fetchone() == (2,)
    assert conn.execute("select width, height from images where sha1 = ?", [hash_of(2)]).fetchone() == (800, 600)
    assert conn.execute("select name from tags order by name").fetchall() == [("animal",), ("cat",)]
    assert problems(project.path) == []


def test_tabs_arrive_as_saved_views(project, tmp_path):
    conn = project.conn
    brought(conn, old_07(tmp_path))
    brought(conn, old_10(tmp_path))
    folder = conn.execute("select id from folders where name = 'sub'").fetchone()[0]
    assert conn.execute("select name, query, layout from saved_views order by position").fetchall() == [
        ("Cats", f"_folder={folder}&Topic__any=cat&_group=When%3Ayear", "{}"),
        ("Mine", "_mode=images&_group=When%3Aday", '{"_show": "Said", "_view": "table"}'),
        ("Mine (2)", "_sort=Said", '{"_show": "Said"}'),
    ]


@pytest.mark.parametrize("make", [old_07, old_10])
def test_a_second_time_changes_nothing(project, tmp_path, make):
    conn = project.conn
    old = make(tmp_path)
    first = brought(conn, old)
    tables = ("folders", "files", "images", "instances", "properties", "tags", "tag_parents", "saved_views")
    before = [conn.execute(f"select * from {table}").fetchall() for table in (*tables, "annotations")]
    again = brought(conn, old)
    assert [conn.execute(f"select * from {table}").fetchall() for table in (*tables, "annotations")] == before
    assert (again.changeset, again.changed, again.instances_made, again.views_saved) == (None, 0, 0, 0)
    assert (again.present, again.gone, again.lost) == (first.present, first.gone, first.lost)
    assert [told.kept for told in again.properties] == [0] * len(first.properties)


def test_one_undo_takes_back_all_that_was_said(project, tmp_path):
    conn = project.conn
    report = brought(conn, old_07(tmp_path))
    undone = undo(conn, changeset=report.changeset, actor=None)
    assert (undone.changed, undone.conflicts) == (report.changed, 0)
    assert properties.listed(conn) == []
    for table in ("annotations", "saved_views", "property_groups"):
        assert conn.execute(f"select * from {table}").fetchall() == []
    assert conn.execute("select count(*) from instances").fetchone() == (6,)
    again = brought(conn, tmp_path / "old07")
    assert again.instances_made == 0
    assert corpus(conn, "Topic")[0] == ("cat, pet",)


def test_what_is_said_here_already_stays(project, tmp_path):
    conn = project.conn
    old = old_07(tmp_path)
    brought(conn, old)
    link, _, _ = properties.named(conn, "Link")
    here = Selection("select id as instance_id from instances where id = 2", {})
    apply(conn, [SetValue(link, "http://mine.org")], here, actor=None, tool="test")
    with_more = sqlite3.connect(old / "panoptic.db", isolation_level=None)
    add(with_more, {"instance_property_values": [{"property_id": 9, "instance_id": 3, "value": '"http://new.org"'}]})
    with_more.close()
    report = brought(conn, old)
    assert [row[0] for row in corpus(conn, "Link")[1:3]] == ["http://mine.org", "http://new.org"]
    [told] = [told for told in report.properties if told.name == "Link"]
    assert (told.values, told.kept) == (1, 1)


def test_a_name_that_is_another_propertys_gets_something_behind_it(project, tmp_path):
    conn = project.conn
    properties.create(conn, "topic", "text", "image")
    properties.create(conn, "Link (Panoptic)", "number", "image")
    properties.create(conn, "Link", "number", "image")
    properties.create(conn, "Tweet", "number", "instance")
    old = old_07(tmp_path)
    named = {told.name: (told.become, told.new) for told in brought(conn, old).properties}
    assert named["Topic"] == ("Topic (Panoptic)", True)
    assert named["Link"] == ("Link (Panoptic 2)", True)
    assert named["Tweet"] == ("Tweet", False)
    again = {told.name: (told.become, told.new) for told in brought(conn, old).properties}
    assert again["Topic"] == ("Topic (Panoptic)", False)


def test_two_properties_of_one_name_are_two(project, tmp_path):
    same = [{"id": number, "name": "Note", "type": "text", "mode": "id"} for number in (1, 2)]
    old = project_07(tmp_path / "old", {"properties": same})
    for _ in range(2):
        brought(project.conn, old)
        assert [row["name"] for row in properties.listed(project.conn)] == ["Note", "Note (Panoptic)"]


def test_looking_tells_the_same_and_writes_nothing(project, tmp_path):
    old = old_07(tmp_path)
    before = project.path.read_bytes()
    with opened(old) as there:
        looked = look(project.conn, there, views, workers=1, start=ThreadPoolExecutor)
    assert project.path.read_bytes() == before
    report = brought(project.conn, old)
    for name in ("files", "instances", "present", "gone", "lost", "not_carried"):
        assert getattr(looked, name) == getattr(report, name), name
    assert [(told.become, told.type, told.new, told.tags) for told in looked.properties] == [
        (told.become, told.type, told.new, told.tags) for told in report.properties
    ]
    assert not looked.written
    assert sum(told.unreadable for told in looked.properties) == 1


def test_a_change_there_in_the_meantime_takes_everything_back(project, tmp_path):
    old = old_07(tmp_path)
    with opened(old) as there:
        (old / "panoptic.db").touch()
        with pytest.raises(IngestError, match="close Panoptic"):
            bring(project.conn, there, views, start=ThreadPoolExecutor)
    assert properties.listed(project.conn) == []
    assert project.conn.execute("select count(*) from _panoptic_changesets").fetchone() == (0,)
    assert brought(project.conn, old).changed > 0


def test_one_image_of_0_7_may_be_two_here(project, tmp_path):
    """It goes by the look of a small JPEG, so that files which differ in a few pixels are one to it."""
    paint(tmp_path / "pics", 2)
    old = project_07(
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "pics"), "name": "pics"}],
            "instances": [instance_07(1, "00000.jpg", 7), instance_07(2, "00001.jpg", 7)],
            "properties": [{"id": 1, "name": "Seen", "type": "checkbox", "mode": "sha1"}],
            "image_property_values": [{"property_id": 1, "sha1": hash_of(7), "value": "true"}],
        },
    )
    report = brought(project.conn, old)
    assert corpus(project.conn, "Seen") == [(1,), (1,)]
    assert "1 images of Panoptic's are several here" in report.not_carried[0]


def test_the_full_pictures_that_0_7_may_keep_are_kept(project, tmp_path):
    whole = jpeg(1, (900, 700))
    old = project_07(
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": "/nowhere/pics", "name": "pics"}],
            "instances": [instance_07(1, "a.jpg", 1, size=(900, 700)), instance_07(2, "b.jpg", 1, size=(900, 700))],
            "images": [{"sha1": hash_of(1), "small": jpeg(1), "medium": b"", "large": b""}],
            "raw_images": [{"sha1": hash_of(1), "mime_type": "image/jpeg", "data": whole}],
        },
    )
    report = brought(project.conn, old)
    assert (report.gone, report.complete) == (2, 2)
    [(sha1, width, data)] = project.conn.execute(
        "select sha1, width, data from images join _panoptic_originals on image_id = id"
    ).fetchall()
    assert (sha1, width, data) == (hashlib.sha1(whole).hexdigest(), 900, whole)
    assert project.conn.execute("select count(*) from files where missing_since is not null").fetchone() == (2,)


def test_a_moved_corpus_is_found_where_it_is_told_to_be(project, tmp_path):
    old = old_07(tmp_path)
    shutil.move(tmp_path / "pics", tmp_path / "elsewhere")
    assert brought(project.conn, old).present == 0
    report = brought(project.conn, old, moved={str(tmp_path / "pics"): str(tmp_path / "elsewhere")})
    assert report.present == 3
    assert project.conn.execute("select count(*) from folders").fetchone() == (3,)


def test_a_move_of_what_is_not_there_is_told(project, tmp_path):
    old = old_07(tmp_path)
    with pytest.raises(IngestError, match=r"--moved /data=…: no folder .* the folders are .*pics"):
        brought(project.conn, old, moved={"/data": str(tmp_path)})


def test_an_image_of_1_0_becomes_its_original_when_that_is_found(project, tmp_path):
    """Its SHA-1 is the file's, so the image stays the same one, and only what a thumbnail lacks is new."""
    conn = project.conn
    old = old_10(tmp_path)
    first = tmp_path / "pics" / "00000.jpg"
    first.rename(tmp_path / "kept.jpg")
    brought(conn, old)
    assert conn.execute("select count(*) from files where missing_since is null").fetchone() == (0,)
    with_thumbnail = sqlite3.connect(old / "media.db", isolation_level=None)
    sha1 = hashlib.sha1((tmp_path / "kept.jpg").read_bytes()).hexdigest()
    add(with_thumbnail, {"images": [{"type_id": 1, "sha1": sha1, "data": jpeg(0, (60, 45))}]})
    with_thumbnail.close()
    brought(conn, old)
    image = "select id, width, bytes > 0, metadata is null, data from images join _panoptic_thumbnails "
    image += f"on image_id = id where sha1 = '{sha1}'"
    [(image_id, width, has_bytes, plain, data)] = conn.execute(image).fetchall()
    assert Image.open(io.BytesIO(data)).width == 60
    assert (width, has_bytes, plain) == (160, 0, 0)
    (tmp_path / "kept.jpg").rename(first)
    brought(conn, old)
    [found] = conn.execute(image).fetchall()
    assert found[:4] == (image_id, 160, 1, 1)
    assert Image.open(io.BytesIO(found[4])).width == 160
    assert problems(project.path) == []


def floats(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def spaces(conn: sqlite3.Connection) -> list[tuple[object, ...]]:
    return conn.execute(
        "select embedder, revision, params, dimension, metric, image_id, vector from embedding_spaces "
        "left join _panoptic_embeddings on space_id = embedding_spaces.id order by embedding_spaces.id, image_id"
    ).fetchall()


def test_vectors_arrive_at_length_1_in_a_space_of_their_own(project, tmp_path):
    old = old_07(tmp_path)
    with sqlite3.connect(old / "panoptic.db") as there:
        told = {1: floats(3, 4), 2: floats(0, 0), 3: floats(1, 2, 3), 4: floats(-2, 0), 5: floats(1, 1)}
        there.execute("delete from vectors")
        rows = [(1, hash_of(n), data) for n, data in told.items()]
        there.executemany("insert into vectors (type_id, sha1, data) values (?, ?, ?)", rows)
    there.close()
    (report,) = brought(project.conn, old).vectors
    assert (report.name, report.count, report.carried, report.unreadable) == ("PanopticML clip", 5, 2, 2)
    image_of = dict(project.conn.execute("select file_name, image_id from corpus"))
    of_clip = ("panoptic:PanopticML clip", "0.7", '{"model": "clip"}', 2, "cosine")
    expected = [(image_of["00000.jpg"], floats(0.6, 0.8)), (image_of["gone.png"], floats(-1, 0))]
    assert spaces(project.conn) == [(*of_clip, *row) for row in sorted(expected)]
    brought(project.conn, old)
    assert len(spaces(project.conn)) == 2


def test_vectors_of_1_0_are_found_by_the_files_own_hash(project, tmp_path):
    old = old_10(tmp_path)
    with sqlite3.connect(old / "media.db") as media:
        (sha1,) = media.execute("select sha1 from images").fetchone()
        media.execute("insert into vector_types (id, source, params) values (7, 'ML', '{}')")
        media.execute("insert into vectors (type_id, sha1, data) values (7, ?, ?)", [sha1, floats(0, 0, 5)])
    media.close()
    report = brought(project.conn, old)
    assert [(each.name, each.carried) for each in report.vectors if each.count] == [("ML", 1)]
    assert spaces(project.conn)[-1][-1] == floats(0, 0, 1)
