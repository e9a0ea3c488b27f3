"""Nothing private leaves by our own pages and JSON to whoever may only look, and no filter, order or group tells it."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain import discretion
from datasette_panoptic.store.connection import checkpoint
from datasette_panoptic.web.routes import ROUTES

from .access_matrix import MATRIX
from .marked import GIVEN
from .rows import Folder, Instance, Picture, Property, describe, fill
from .serving import GRANTS, OWNER, serving
from .test_leaks import immutable, marked, read_only, told, writable

__all__ = ["marked"]

BASE = "/project/-/panoptic"
VISITORS = {"anonymous": None, "signed in": {"id": "vera"}}
READING = [route for route in ROUTES if route.method == "GET" or route.reads]
#: Addresses at which more is read than at those of the matrix.
FURTHER = [
    "/image/1?_show=remark", "/history?image=1", "/history.json?property=1&limit=9", "/clusterings?first=1&second=1",
    "/clusterings/compare.json?first=1&second=1", "?_group=cluster_1", ".json?_show=remark&_view=table",
    "/facets.json?_facets=unchecked,folder", "/groups.json?_group=unchecked", "/export?_format=json",
    "/export?_format=parquet", "/values.json?ids=1,2", "/search.json?text=mark", "/views/1", "/split?left=&right=",
    "?_lang=fr", "/history?_lang=fr", "/sql?unchecked__notblank=1",
]  # fmt: skip


def addresses(sha1: str) -> list[tuple[str, str]]:
    lines = [(route.method, MATRIX.get(f"{route.method} {route.path}") or MATRIX[route.path]) for route in READING]
    return [(method, path.format(sha1=sha1)) for method, (path, _) in lines] + [("GET", path) for path in FURTHER]


async def told_marks(datasette, marks, sha1: str, actor) -> tuple[set[str], dict[str, object]]:
    """Ask every reading address; return the private columns that answers tell, and where they do or fail."""
    columns: set[str] = set()
    where: dict[str, object] = {}
    for method, path in addresses(sha1):
        body = {"json": {}} if method == "POST" else {}
        response = await datasette.client.request(method, BASE + path, actor=actor, **body)
        found = {f"{mark.table}.{mark.column}" for mark in told(marks, response.content)}
        columns |= found
        if found or response.status_code >= 500:
            where[path] = response.status_code, sorted(found)
    return columns, where


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", [writable, immutable, read_only])
async def test_no_page_of_ours_tells_a_visitor_what_is_private(marked, mode):
    path, marks = marked
    sha1 = GIVEN["images", "sha1"]
    async with mode(path) as datasette:
        # First who may see it: what is remembered of their answers is not for the others.
        shown, _ = await told_marks(datasette, marks, sha1, OWNER)
        assert {
            "_panoptic_changesets.actor", "_panoptic_changesets.query", "_panoptic_rejects.reason",
            "clusterings.params", "clusterings.actor", "embedding_spaces.params", "saved_views.actor",
        } <= shown  # fmt: skip
        for who, actor in VISITORS.items():
            assert (who, *await told_marks(datasette, marks, sha1, actor)) == (who, set(), {})


@pytest.fixture
def annotated(project):
    """Four images: ada described the first two, nobody the others."""
    fill(project.conn, [Folder("all")], [Picture()] * 4, [Instance(n, 0, f"{n}.jpg") for n in range(4)])
    describe(project.conn, [Property("Note", "text", "image", {0: "a", 1: "b"})])
    project.conn.execute(
        "insert into _panoptic_changesets (id, actor, tool, at, query) values (77, 'ada', 'x', '', '')"
    )
    project.conn.executemany(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, new) values (77, 1, ?, 'x')", [[1], [2]]
    )
    checkpoint(project.conn)
    return project


#: Ways in which an answer could depend on who said what.
ORACLES = [
    "/count.json?annotated_by=ada", "/count.json?Annotated_By__contains=ad", "/view?annotated_by=ada",
    "/view?_sort=annotated_by", "/view?_sort_desc=annotated_by", "/groups.json?_group=annotated_by",
    "/groups.json?_group=Note:max:annotated_by", "/groups.json?_group=Note:min:annotated_by",
    "/facets.json?_facets=annotated_by", "/facets.json?_facets=Note&annotated_by=ada",
    "/count.json?_where=any(annotated_by=ada;not(annotated_by__notblank=1))", "/folders.json?annotated_by=ada",
    ".json?annotated_by=ada", "?annotated_by=ada", "/image/1?annotated_by=ada", "/export?annotated_by=ada",
    "/export?_properties=annotated_by", "/sql?annotated_by=ada", "/sql.json?annotated_by=ada",
    "/chart.svg?_field=Note&annotated_by=ada", "/export-options?annotated_by=ada", "/history?actor=ada",
    "/history.json?actor=ada",
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("is_immutable", [False, True])
async def test_no_filter_order_or_group_tells_a_visitor_who_said_what(annotated, is_immutable):
    async with serving(annotated.path, immutable=is_immutable, config={"permissions": GRANTS}) as datasette:
        before = await datasette.client.get(f"{BASE}/values.json?ids=1", actor=OWNER)
        assert before.status_code == 200
        for path in ORACLES:
            owner = await datasette.client.get(BASE + path, actor=OWNER)
            assert owner.status_code in (200, 400), (path, owner.text)
            if path == "/export?_properties=annotated_by":
                assert owner.text.splitlines()[1:3] == ["1;all/0.jpg;ada", "2;all/1.jpg;ada"]
            for actor in VISITORS.values():
                known = await datasette.client.get(BASE + path, actor=actor)
                other = await datasette.client.get(BASE + path.replace("ada", "eve"), actor=actor)
                assert known.status_code == other.status_code
                if known.status_code == 200:  # facets of fields that are not there are left out
                    assert path == "/facets.json?_facets=annotated_by", (path, known.text[:200])
                    assert (path, known.json()["facets"]) == ("/facets.json?_facets=annotated_by", [])
                else:
                    assert known.status_code in (400, 403), (path, known.status_code, known.text[:300])
        for path in ("", "/facets.json", "/properties.json", "?_show=annotated_by&_view=table", "/values.json?ids=1"):
            response = await datasette.client.get(BASE + path)
            assert response.status_code in (200, 400), path
            assert "ada" not in response.text.replace("metadata", ""), path


@pytest.mark.asyncio
async def test_pages_name_nobody_to_visitors(annotated):
    async with serving(annotated.path, config={"permissions": GRANTS}) as datasette:
        for path in ("/history", "/image/1"):
            page = await datasette.client.get(BASE + path)
            assert "somebody" in page.text
            assert "not signed in, " not in page.text
            assert ">not signed in<" not in page.text
            assert "ada" in (await datasette.client.get(BASE + path, actor=OWNER)).text
        refused = await datasette.client.get(f"{BASE}/history.json?actor=ada")
        assert refused.status_code == 403
        assert "names people" in refused.text


@pytest.mark.asyncio
async def test_a_revoked_permission_hides_names_at_once(annotated):
    granted = {"databases": {"project": {"permissions": {"panoptic-edit": {"id": "edith"}}}}}
    async with serving(annotated.path, config=granted) as datasette:
        edith = {"id": "edith"}
        assert "ada" in (await datasette.client.get(f"{BASE}/history", actor=edith)).text
        datasette.config = {"databases": {"project": {"permissions": {"panoptic-edit": {"id": "nobody"}}}}}
        assert "ada" not in (await datasette.client.get(f"{BASE}/history", actor=edith)).text
        assert (await datasette.client.get(f"{BASE}/count.json?annotated_by=ada", actor=edith)).status_code == 400


def test_discretion_ends_with_its_block_and_can_be_lifted_inside():
    assert discretion.private("ada", None) == "ada"
    with discretion.kept():
        assert discretion.private("ada", None) is None
        with discretion.kept(False):
            assert discretion.private("ada", None) == "ada"
        assert discretion.is_kept()
    assert not discretion.is_kept()
