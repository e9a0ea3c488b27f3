"""Removing what a view finds, from its tabs, by a page that asks first."""

from __future__ import annotations

from datasette_panoptic.store.connection import connect
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import running


def test_a_view_is_removed_and_put_back(browser, tmp_path):
    conn = connect(tmp_path / "film.db", create=True)
    fill(
        conn,
        [Folder("Stills")],
        [Picture(bytes=n + 1, width=100 * (n + 1)) for n in range(3)],
        [Instance(n, 0, f"{n}.jpg") for n in range(3)],
    )
    conn.close()
    with running(tmp_path / "film.db", "-s", "permissions.panoptic-edit", "true") as server:
        page = browser.new_page(locale="en-US")
        page.goto(f"{server}/film/-/panoptic?width__gt=150")
        page.locator("panoptic-tabs").get_by_role("link", name="Remove…").click()
        page.get_by_role("button", name="Remove 2 instances").click()
        page.wait_for_url("**/history")
        assert "2 instances were removed." in page.content()
        page.get_by_role("button", name="Undo").first.click()
        page.get_by_text("undone by").wait_for()
        page.goto(f"{server}/film/-/panoptic?width__gt=150")
        page.get_by_text("2 instances").first.wait_for()
        page.close()
