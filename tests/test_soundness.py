"""Project files that no release has written: they are refused when they are opened, and `check` names what is wrong."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.cli import panoptic
from datasette_panoptic.errors import ProjectError
from datasette_panoptic.store.connection import connect, connect_read_only
from datasette_panoptic.store.problems import problems, why_unreadable
from datasette_panoptic.store.soundness import ALWAYS, first_fault

from .conftest import Project
from .rows import Folder, Instance, Picture, Property, describe, fill

ENDLESS = """create view images as
  with recursive n (id) as (select 1 union all select id + 1 from n) select i.* from i, n"""
LOOP = "update folders set parent_id = {} where id = {}"

#: What is done to a project, and what its fault is called.
UNSOUND = {
    "update instances set id = -7 where id = 1": "instances.id is -7",
    "update instances set id = 0 where id = 1": "instances.id is 0",
    "update instances set id = 4294967296 where id = 1": "instances.id is 4294967296",
    f"update instances set id = {ALWAYS + 1} where id = 1": f"instances.id is {ALWAYS + 1}, far beyond",
    "update images set id = -1 where id = 3": "images.id is -1",
    "update image_tags set image_id = 2147483647": "image_tags.image_id is 2147483647",
    "update _panoptic_embeddings set image_id = -3": "_panoptic_embeddings.image_id is -3",
    "update files set folder_id = 'one'": "files.folder_id is 'one'",
    LOOP.format(3, 2): "folders lie in themselves, in a loop: 2, 3",
    LOOP.format(2, 2): "folders lie in themselves",
    LOOP.format(3, 1): "folders lie in themselves, in a loop: 1, 2, 3",
    "insert into tag_parents values (1, 2), (2, 1)": "tags are above themselves, in a loop: 1, 2",
    "insert into tag_parents values (1, 2), (2, 3), (3, 1), (4, 1)": "tags are above themselves, in a loop: 1, 2, 3, 4",
    "delete from _panoptic_settings": "the setting `corpus_version` is missing",
    "update _panoptic_settings set value = 'x'": "the setting `corpus_version` is missing, or no whole number",
    "drop table _panoptic_previews": "the table `_panoptic_previews` is not there",
    "alter table saved_views drop column layout": "the table `saved_views` has no column `layout`",
    "drop table files; create view files as select 1 as id": "`files` is a view in the place of a table",
    f"alter table images rename to i; {ENDLESS}": "`images` is a view in the place of a table",
    "drop table instance_tags; create virtual table instance_tags using fts5(tag_id, instance_id)":
        "`instance_tags` is a virtual table in the place of a table",
    "drop view corpus; create table corpus (x)": "`corpus` is a table in the place of a view",
}  # fmt: skip

#: What is wrong and does not keep a project from being opened.
ODD = {
    "create trigger t after insert on images begin delete from images; end": "the trigger `t` runs",
    "update images set width = 'wide' where id = 1": "images row 1: `width` is of type text, not integer",
    "update images set metadata = '{' where id = 2": "images row 2: `metadata` is no JSON",
    "update saved_views set layout = 'x'": "saved_views row 1: `layout` is no JSON",
    "update properties set type = 'colour' where id = 2": "properties row 2: `colour` is no type; known: text, number",
    "update properties set scope = 'file' where id = 2": "properties row 2: `file` is no scope; known: image, instance",
    "update image_values set Likes = 'many' where image_id = 1": "image_values row 1: `Likes` is of type text",
    "update image_values set Author = x'00'": "image_values row 1: `Author` is of type blob, not text",
    "delete from _panoptic_thumbnails where image_id = 1": "1 images without a thumbnail",
    "delete from tags where id = 2": "a row of image_tags names a row of tags that is not there",
    "delete from images where id = 2": "instances row 2 names a row of images that is not there",
    "update files set image_id = 3 where id = 1": "1 instances of another image than their file",
    "update _panoptic_embeddings set vector = x'00'": "1 vectors of another length than their space says",
    "update instances set file_id = null": "2 files without an instance",
}


def broken(project: Project, sql: str) -> Path:
    """Fill a project, close it, and do to it what no release does."""
    conn = project.conn
    fill(conn, [Folder("a"), Folder("b", 0), Folder("c", 1)], [Picture(), Picture(), Picture()],
         [Instance(0, 1, "a.jpg"), Instance(1, 2, "b.jpg"), Instance(2, None)])  # fmt: skip
    describe(conn, [
        Property("Topic", "multi_tags", "image", {0: frozenset({"a", "b", "c", "d"})}),
        Property("Likes", "number", "image", {0: 3}),
        Property("Author", "text", "image", {0: "Anna"}),
    ])  # fmt: skip
    conn.execute("insert into saved_views (id, name, query, layout) values (1, 'v', '', '{}')")
    conn.execute(
        "insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities)"
        " values (1, 'e', '1', '{}', 2, 'cosine', '[]')"
    )
    conn.execute("insert into _panoptic_embeddings (space_id, image_id, vector) values (1, 1, x'0000803f00000000')")
    conn.close()
    with closing(sqlite3.connect(project.path, isolation_level=None)) as hand:
        hand.execute("pragma ignore_check_constraints = on")
        hand.executescript(sql)
    return project.path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(panoptic, list(map(str, arguments)))


@pytest.mark.parametrize("sql", UNSOUND, ids=lambda sql: sql[:60])
def test_what_cannot_be_relied_on_is_refused_and_named(project: Project, sql: str) -> None:
    path = broken(project, sql)
    for opened in (connect, connect_read_only):
        with pytest.raises(ProjectError, match=r"is damaged: .*check"):
            opened(path)
    found = run("check", path)
    assert found.exit_code == 1
    assert UNSOUND[sql] in found.output, found.output
    for command in (
        ["query", path, "--count"],
        ["annotate", path, "--set", "Author=x"],
        ["publish-prep", path, f"{path}.out"],
    ):
        refused = run(*command)
        assert refused.exit_code == 1
        assert "is damaged" in refused.output
        assert "Traceback" not in refused.output


@pytest.mark.parametrize("sql", ODD, ids=lambda sql: sql[:60])
def test_what_is_odd_is_named_and_the_project_still_opens(project: Project, sql: str) -> None:
    path = broken(project, sql)
    with closing(connect_read_only(path)):
        assert ODD[sql] in "\n".join(problems(path))
    assert "is damaged" not in run("query", path, "--count").output


def test_a_sound_project_has_no_problem(project: Project) -> None:
    path = broken(project, "select 1")
    assert problems(path) == []
    assert why_unreadable(path) is None
    found = json.loads(run("check", path, "--json").output)
    assert (found["problems"], found["images"]) == ([], 3)


def test_many_ids_may_be_far_apart(project: Project) -> None:
    """Most of a large project was removed: what is left keeps its ids."""
    path = broken(project, f"update instances set id = {ALWAYS} where id = 3")
    with closing(connect_read_only(path)) as conn:
        assert first_fault(conn) is None


def test_faults_are_found_without_walking_the_tables(project: Project) -> None:
    """The time of opening does not grow with the project: each question about ids is answered by an index."""
    from datasette_panoptic.store.soundness import IDS

    for columns in IDS.values():
        for column in columns:
            table, _, name = column.partition(".")
            for sql in (f"select min({name}) from {table}", f"select max({name}) from {table}"):
                plan = [row[3] for row in project.conn.execute(f"explain query plan {sql}")]
                assert all(step.startswith("SEARCH") for step in plan), (sql, plan)


@pytest.mark.parametrize("sql", ["update images set metadata = '{' where id = 2", "select 1"])
def test_an_error_that_a_damaged_file_explains_is_told_as_such(project: Project, sql: str, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("something unforeseen")

    monkeypatch.setattr("datasette_panoptic.store.publish.publish", fail)
    found = run("publish-prep", broken(project, sql), project.path.with_name("out.db"))
    if sql == "select 1":
        assert isinstance(found.exception, ValueError)  # a mistake of ours, which is to be seen
    else:
        assert "is damaged: images row 2: `metadata` is no JSON" in found.output
