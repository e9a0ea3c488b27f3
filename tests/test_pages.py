"""The pages and their JSON."""

from __future__ import annotations

import json
import re

import pytest

from datasette_panoptic.domain.query import Query
from datasette_panoptic.query.orders import version
from datasette_panoptic.web.grid import context
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.http.words import code, words
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import EDITOR, GRANTS, IMPORTER, NASTY, NASTY_FOLDER, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


async def get_json(datasette, path: str, **how):
    response = await datasette.client.get(BASE + path, **how)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.asyncio
async def test_grid(sample):
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, ".json?_folder=1&_sort_desc=name&_thumb=200", actor=OWNER)
    assert [card["id"] for card in page["cards"]] == [4, 2, 1, 3]
    assert page["count"] == 4
    assert (page["images"], page["instances"]) == (3, 4)
    assert page["thumb"] == 200
    assert page["query"] == "_folder=1&_sort_desc=name"
    href = f"{BASE}/image/1?_folder=1&_sort_desc=name&_instance=4"
    assert page["cards"][0]["href"] == href


@pytest.mark.asyncio
async def test_stacked_images_say_how_many(sample):
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, ".json?_mode=images")
    assert [(card["id"], card["copies_label"]) for card in page["cards"]] == [(1, "2"), (2, "2"), (3, "")]


@pytest.mark.asyncio
async def test_folders_count_what_is_below_and_a_link_adds_or_takes_away(sample):
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, ".json?_folder=2")
        listed = await get_json(datasette, "/folders.json?_mode=images")
    by_name = {folder["name"]: folder for folder in page["folders"]}
    assert {name: folder["count"] for name, folder in by_name.items()} == {"Posters": 4, "1968": 2, NASTY_FOLDER: 1}
    assert by_name["1968"]["is_chosen"]
    assert by_name["1968"]["href"] == BASE
    assert by_name[NASTY_FOLDER]["href"] == f"{BASE}?_folder=2&_folder=3"
    assert {folder["id"]: folder["count"] for folder in listed} == {1: 3, 2: 2, 3: 1}


@pytest.mark.asyncio
async def test_missing_files_are_counted(sample):
    sample.conn.execute("update files set missing_since = '2026-11-01T10:00:00Z' where id = 2")
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, ".json")
        image = await get_json(datasette, "/image/2.json")
    assert [folder["missing"] for folder in page["folders"]] == [0, 1, 0]
    assert image["instances"][0]["missing_since"] == "2026-11-01T10:00:00Z"
    assert image["instances"][0]["missing_label"] == "missing since 2026-11-01"


@pytest.mark.asyncio
async def test_the_tree_of_a_deep_path_needs_no_recursion(project):
    folders = [Folder("top"), *[Folder(f"level {n}", n) for n in range(1500)]]
    fill(project.conn, folders, [Picture()], [Instance(0, 1500)])
    async with serving(project.path) as datasette:
        page = await get_json(datasette, ".json?_folder=1501")
        html = (await datasette.client.get(f"{BASE}?_folder=1501")).text
        image = await get_json(datasette, "/image/1.json")
    assert len(page["folders"]) == 1501
    tree = html[html.index('<nav class="tree"') : html.index("</panoptic-folders>")]
    assert tree.count("<details") == tree.count("</details>") == 1500
    assert tree.count("<ul>") == tree.count("</ul>")
    assert tree.count("<li>") == tree.count("</li>")
    assert image["instances"][0]["folder"].startswith("top/level 0/level 1/")


@pytest.mark.asyncio
async def test_a_large_tree_is_cut_where_nobody_looks(project):
    folders = [Folder("top"), *[Folder(f"a{n}", 0) for n in range(600)], Folder("deep", 600), Folder("deeper", 601)]
    fill(project.conn, folders, [Picture()], [Instance(0, 602)])
    async with serving(project.path) as datasette:
        names = {folder["name"] for folder in (await get_json(datasette, ".json"))["folders"]}
        chosen = {folder["name"] for folder in (await get_json(datasette, ".json?_folder=602"))["folders"]}
        everything = await get_json(datasette, "/folders.json")
    assert len(names) == 400
    assert "deeper" not in names
    assert {"deep", "deeper", "a599"} <= chosen
    assert len(everything) == 603


@pytest.mark.asyncio
async def test_page_data_for_the_script(sample):
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        html = (await datasette.client.get(f"{BASE}?_mode=images&_at=1&_lang=fr", actor=IMPORTER)).text
        data = json.loads(
            re.search(r'<script type="application/json" id="panoptic-page">(.*?)</script>', html, re.S)[1]
        )
        plain = (await datasette.client.get(BASE)).text
    expected = {
        "database": "project", "base": BASE, "query": "_mode=images", "mode": "images", "count": 3, "images": 3,
        "instances": 5, "thumb": 160, "at": 1, "can_edit": False, "can_import": True, "originals": False,
        "language": "fr", "view_url": f"{BASE}/view", "thumbs_url": f"{BASE}/thumbs", "empty": "",
    }  # fmt: skip
    assert {key: data[key] for key in expected} == expected
    assert data["folders"][0] == {"id": 1, "parent_id": None, "name": "Posters", "count": 3, "missing": 0}
    assert data["sorts"][0] == {"key": "id", "label": "ID"}
    assert data["messages"] == words("fr").of_first_paint
    assert 'class="upload"' in html
    assert 'class="upload"' not in plain


@pytest.mark.asyncio
async def test_names_from_the_corpus_run_nowhere(sample):
    sample.conn.execute("update images set metadata = ?", [json.dumps({"title": NASTY, NASTY_FOLDER: [NASTY]})])
    sample.conn.execute(
        "insert into _panoptic_rejects (folder_id, name, reason, at) values (3, ?, ?, '2026-01-01')", [NASTY, NASTY]
    )
    sample.conn.execute(
        """insert into _panoptic_jobs (kind, params, state, created_at, message, actor)
           values ('import', '{}', 'done', '2026-01-01', ?, ?)""",
        [NASTY, NASTY],
    )
    paths = [
        BASE, f"{BASE}/image/3", f"{BASE}/rejects", f"{BASE}/jobs", f"{BASE}?_mode={NASTY_FOLDER}", "/project",
        "/project/images", "/project/images.panoptic",
        "/project/-/query.panoptic?sql=select+id+as+instance_id+from+instances",
    ]  # fmt: skip
    async with serving(sample.path) as datasette:
        for path in paths:
            html = (await datasette.client.get(path, actor=OWNER)).text
            assert "alert" in html or path in ("/project", "/project/images")
            for live in ("<script>alert", "<img src=x", "<b onclick"):
                assert live not in html, path


@pytest.mark.asyncio
async def test_an_empty_project_says_what_to_do(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        visitor = (await datasette.client.get(BASE)).text
        importer = (await datasette.client.get(BASE, actor=IMPORTER)).text
        assert (await datasette.client.get("/project")).status_code == 200
    said = [re.search(r'<p class="empty">(.*?)</p>', page)[1] for page in (visitor, importer)]
    assert all("datasette panoptic import project.db FOLDER" in text for text in said)
    assert ["Drop files here" in text for text in said] == [False, True]


@pytest.mark.asyncio
async def test_folders_without_images_are_told_apart_from_an_empty_project(sample):
    sample.conn.execute("insert into folders (id, parent_id, name, path) values (9, 1, 'bare', 'bare')")
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, ".json?_folder=9")
    assert page["empty_message"] == "No images in the chosen folders."


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("?colour=red", 400, "no property `colour`"),
        ("?_colour=red", 400, "unknown key `_colour`"),
        ("?_mode=cubes", 400, "_mode"),
        ("?_at=x", 400, "`_at`"),
        ("?_thumb=big", 400, "`_thumb`"),
        ("/image/99", 404, "no image `99`"),
        ("/image/1?_sort=shoes", 400, "`shoes`"),
    ],
)
async def test_errors_are_pages_for_people_and_json_for_scripts(sample, path, status, said):
    name, _, query = path.partition("?")
    async with serving(sample.path) as datasette:
        html = await datasette.client.get(BASE + path)
        as_json = await datasette.client.get(f"{BASE}{name}.json?{query}")
    assert (html.status_code, as_json.status_code) == (status, status)
    assert html.headers["content-type"].startswith("text/html")
    assert str(code(said)) in html.text
    assert said in as_json.json()["error"]
    assert as_json.json()["status"] == status


@pytest.mark.asyncio
async def test_image_page(sample):
    sample.conn.executescript("""
        insert into properties (id, name, type, scope) values
          (1, 'topic', 'text', 'image'), (2, 'link', 'url', 'instance'), (3, 'seen', 'checkbox', 'instance'),
          (4, 'kind', 'multi_tags', 'image'), (5, 'gone', 'text', 'image'), (6, 'trap', 'url', 'image');
        update properties set deleted_at = '2026-01-01' where id = 5;
        alter table image_values add column topic text;
        alter table image_values add column trap text;
        alter table instance_values add column link text;
        alter table instance_values add column seen integer;
        insert into image_values values (1, 'cats', 'javascript:alert(1)');
        insert into instance_values values (4, 'https://example.org/', 0);
        insert into tags (id, property_id, name) values (1, 4, 'cat'), (2, 4, 'animal');
        insert into image_tags values (1, 1), (2, 1);
    """)
    sample.conn.execute("update images set metadata = ? where id = 1", [json.dumps({"camera": "Leica", "gps": [1, 2]})])
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, "/image/1.json?_instance=4")
        html = (await datasette.client.get(f"{BASE}/image/1?_instance=4")).text
    assert page["title"] == "1 · 800 × 600 · copy of a.jpg"
    panes = {pane["key"]: {row["key"]: (row["value"], row["href"]) for row in pane["rows"]} for pane in page["panes"]}
    assert panes["image"] == {
        "topic": ("cats", None), "kind": ("animal, cat", None), "trap": ("javascript:alert(1)", None),
    }  # fmt: skip
    assert panes["instance"] == {"link": ("https://example.org/", "https://example.org/"), "seen": ("no", None)}
    panoptic = panes["panoptic"]
    assert panoptic["folder"] == ("Posters/1968", f"{BASE}?_folder=2")
    assert panoptic["path"][0] == "Posters/1968/copy of a.jpg"
    assert panoptic["metadata.camera"][0] == "Leica"
    assert panoptic["metadata.gps"][0] == "1, 2"
    assert {"id", "sha1", "average_hash", "perceptual_hash", "width", "height", "bytes"} <= panoptic.keys()
    assert [instance["is_current"] for instance in page["instances"]] == [False, True]
    assert 'href="javascript:' not in html


@pytest.mark.asyncio
async def test_neighbours_are_those_of_the_view(sample):
    async with serving(sample.path) as datasette:
        first = await get_json(datasette, "/image/1.json?_sort_desc=name")
        middle = await get_json(datasette, "/image/1.json?_sort_desc=name&_instance=1")
        stacked = await get_json(datasette, "/image/1.json?_mode=images")
        outside = await get_json(datasette, "/image/1.json?_folder=3")
    assert (first["position"], first["instance_id"], first["previous"]) == (1, 4, None)
    assert first["next"] == {"id": 2, "instance_id": 2, "href": f"{BASE}/image/2?_sort_desc=name&_instance=2"}
    assert (middle["position"], middle["previous"]["instance_id"], middle["next"]["instance_id"]) == (3, 2, 3)
    assert middle["grid_url"] == f"{BASE}?_sort_desc=name&_at=2"
    assert stacked["next"] == {"id": 2, "instance_id": None, "href": f"{BASE}/image/2?_mode=images"}
    assert (outside["position"], outside["previous"], outside["next"], outside["count"]) == (None, None, None, 1)


@pytest.mark.asyncio
async def test_absolute_paths_are_for_those_who_may_edit_or_import(sample):
    sample.conn.execute(
        """insert into _panoptic_rejects (folder_id, name, reason, at)
           values (2, 'x.jpg', 'cannot read /pictures/1/1968/x.jpg', '2026-01-01')"""
    )
    runner = {"id": "rosa"}
    grants = {**GRANTS, "panoptic-run": {"id": "rosa"}}
    async with serving(sample.path, config={"permissions": grants}) as datasette:
        for path in ("/image/1", "/image/1.json", "", ".json"):
            assert "/pictures" not in (await datasette.client.get(BASE + path)).text
        for actor in (EDITOR, IMPORTER):
            assert "/pictures/1/a.jpg" in (await datasette.client.get(f"{BASE}/image/1", actor=actor)).text
            assert "/pictures/1/1968/x.jpg" in (await datasette.client.get(f"{BASE}/rejects", actor=actor)).text
        assert (await datasette.client.get(f"{BASE}/rejects")).status_code == 403
        reason = (await get_json(datasette, "/rejects.json", actor=runner))["rejects"][0]["reason"]
    assert reason == "cannot read Posters/1968/x.jpg"


@pytest.mark.asyncio
async def test_a_missing_original_says_where_it_was_expected(sample):
    async with serving(sample.path) as datasette:
        page = await get_json(datasette, "/image/1.json", actor=OWNER)
        visitor = await get_json(datasette, "/image/1.json")
    assert page["original_state"] == "missing"
    assert page["original_url"] is None
    assert "/pictures/1/a.jpg" in page["original_label"]
    assert "datasette panoptic import" in page["original_label"]
    assert visitor["original_state"] == "disabled"


@pytest.mark.asyncio
async def test_a_visit_sees_what_another_process_imported(sample):
    async with serving(sample.path) as datasette:
        assert (await get_json(datasette, ".json"))["count"] == 5
        sample.conn.execute("insert into instances (image_id) values (1)")
        sample.conn.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")
        assert (await get_json(datasette, ".json"))["count"] == 6


@pytest.mark.asyncio
async def test_base_url_and_odd_names_are_in_every_address(sample, tmp_path):
    odd = tmp_path / "été 50%.db"
    sample.conn.execute("vacuum into ?", [str(odd)])
    async with serving(odd, settings={"base_url": "/data/"}) as datasette:
        base = datasette.urls.database("été 50%") + "/-/panoptic"
        page = await datasette.client.get(base)
        assert page.status_code == 200
        addresses = re.findall(r'(?:href|src|action)="([^"#]+)"', page.text)
        assert all(address.startswith("/data/") for address in addresses if address.startswith("/"))
        for address in {address for address in addresses if "/-/panoptic" in address}:
            response = await datasette.client.request("GET", address.replace("&amp;", "&"), avoid_path_rewrites=True)
            assert response.status_code == 200, address


@pytest.mark.asyncio
async def test_database_page_menus_and_jump_menu_lead_to_the_grid(sample):
    async with serving(sample.path) as datasette:
        database = (await datasette.client.get("/project")).text
        home = (await datasette.client.get("/")).text
        jump = (await datasette.client.get("/-/jump.json?q=images+of")).json()
    assert database.count(f'href="{BASE}"') == 3  # the card twice, the menu once
    assert "-grid" in database
    assert "5 instances, 3 images" in database
    assert f'href="{BASE}"' in home
    assert BASE in json.dumps(jump)


@pytest.mark.asyncio
async def test_menus_show_nothing_to_those_who_may_not_view(sample):
    async with serving(sample.path, config={"databases": {"project": {"allow": {"id": "root"}}}}) as datasette:
        assert BASE not in (await datasette.client.get("/")).text
        assert BASE not in (await datasette.client.get("/-/jump.json?q=images")).text


@pytest.mark.asyncio
async def test_the_caches_are_filled_before_the_first_visit(sample):
    async with serving(sample.path, tasks=True) as datasette:
        (task,) = [task for task in datasette._background_tasks.tasks() if task.name == "panoptic-warm"]
        await task.task
        assert task.exception is None
        project = server_of(datasette).known("project")
        assert project.orders.kept(str(version(sample.conn)), Query()) is not None


def test_a_page_of_the_grid_has_room_for_a_screen():
    assert 50 <= context.PAGE <= 200


@pytest.mark.asyncio
async def test_pages_are_gzipped_for_those_who_take_it(sample):
    async with serving(sample.path) as datasette:
        packed = await datasette.client.get(BASE, headers={"accept-encoding": "gzip"})
        plain = await datasette.client.get(BASE, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "accept-encoding" in packed.headers["vary"].lower()
