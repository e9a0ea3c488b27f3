"""What several people see of each other's annotations, what stays where it is, and what becomes of conflicts."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

from datasette_panoptic.domain.changes import RemoveTags, Selection, SetValue
from datasette_panoptic.query.orders import KEPT_ORDERS
from datasette_panoptic.store import changesets
from datasette_panoptic.store.connection import connect

from .annotating import (  # noqa: F401
    EVERYTHING,
    close_picker,
    counted,
    gallery,
    heading,
    opened,
    picker,
    said,
    toast,
    told,
)


def test_two_browsers_see_each_others_changes(opened, told):
    mine, hers = opened(told, "_group=Topic"), opened(told, "_group=Topic")
    hers.page.focus(".scroller")
    hers.press("ArrowDown", "Space")
    mine.page.focus(".scroller")
    mine.press("t")
    picker(mine)
    mine.page.keyboard.type("aardvark")
    mine.press("Enter")
    said(mine, "aardvark")
    heading(hers, "aardvark").wait_for(timeout=2_000)


def test_selection_and_cursor_stay_where_the_order_is_the_same(opened, told):
    mine, hers = opened(told), opened(told)
    hers.page.focus(".scroller")
    hers.press("ArrowRight", "ArrowRight", "Space")
    version = "() => document.querySelector('panoptic-app').view.header.version"
    before = hers.page.evaluate(version)
    mine.page.focus(".scroller")
    mine.press("t")
    picker(mine)
    mine.page.keyboard.type("cat")
    mine.press("Enter")
    said(mine, "cat")
    hers.page.wait_for_function(f"() => ({version})() !== {before!r}")
    assert (hers.active, hers.selected) == (3, [3])


def test_a_held_view_stays_until_it_is_asked_for(opened, told):
    shown = opened(told, "Topic=cat")
    shown.page.click(".edit-bar .hold")
    shown.page.focus(".scroller")
    shown.press("Space", "t")
    picker(shown)
    shown.page.keyboard.type("cat")
    shown.press("Enter")
    said(shown, "− cat 1 value changed")
    close_picker(shown)
    pill = shown.page.locator(".changed-pill")
    pill.wait_for()
    assert shown.count == "100 instances"
    shown.page.reload()
    shown.wait()
    assert shown.page.get_attribute(".edit-bar .hold", "aria-pressed") == "true", "remembered"
    assert shown.count == "99 instances"
    shown.page.focus(".scroller")
    shown.press("z")
    pill.click()
    shown.page.locator(".counts", has_text="100 instances").wait_for()
    assert not pill.is_visible()


def test_what_somebody_else_changed_is_a_conflict_that_the_toast_counts(opened, told, tmp_path):
    shown = opened(told)
    shown.page.focus(".scroller")
    shown.press("Space", "Shift+ArrowRight", "t")
    picker(shown)
    shown.page.keyboard.type("zebra")
    shown.press("Enter")
    said(shown, "zebra 2 values changed")
    close_picker(shown)
    conn = connect(tmp_path / "museum.db")
    topic = conn.execute("select id from properties where name = 'Topic'").fetchone()[0]
    first = Selection("select min(id) as instance_id from instances", {})
    changesets.apply(conn, [RemoveTags(topic, ("zebra",))], first, actor="anna", tool="annotate")
    conn.close()
    shown.press("z")
    toast(
        shown, "Undone: 2 values · 1 not undone because somebody has changed it since"
    )  # the tag, which the same change made
    shown.page.click(".toast button:has-text('Redo')")
    toast(shown, "Redone: 2 values")


def test_a_selection_in_a_view_that_the_server_has_forgotten_is_chosen_again(opened, told, tmp_path):
    shown = opened(told)
    shown.page.click(".edit-bar .hold")
    shown.page.focus(".scroller")
    shown.press("Space", "t")
    picker(shown)
    conn = connect(tmp_path / "museum.db")
    likes = conn.execute("select id from properties where name = 'Likes'").fetchone()[0]
    changesets.apply(conn, [SetValue(likes, 7)], EVERYTHING, actor="anna", tool="annotate")
    conn.close()
    for width in range(KEPT_ORDERS + 1):
        counted(told, f"width__gt={width}")
    shown.page.keyboard.type("cat")
    shown.press("Enter")
    shown.page.locator(".tag-picker .fault", has_text="please choose again").wait_for()
    close_picker(shown)
    shown.wait()
    shown.press("t")
    picker(shown)
    shown.page.keyboard.type("cat")
    shown.press("Enter")
    said(shown, "cat 1 value changed")
