"""Running an action on a group: the form, the job, its values in the grid and on the page of jobs, and the way back."""

from __future__ import annotations

import re
from typing import Any

from .annotated import value
from .annotating import counted, gallery, heading, opened, told  # noqa: F401


def test_run_dominant_colours_on_a_group_then_show_and_undo_them(opened, told):  # noqa: F811
    shown = opened(told, "_group=Topic")
    page = shown.page
    boats = heading(shown, "boat")
    boats.hover()
    boats.locator(".run-group").click()
    form = page.locator("dialog.plugin-form[open]")
    assert "100 instances" in form.locator("h2").inner_text()
    # What cannot be run is there, and says what it lacks.
    assert form.locator("option[value=ocr]").is_disabled() == ("datasette-panoptic[ocr]" in form.inner_text())
    assert focused(page) == "plugin"
    form.locator("[name='param:most']").fill("1")
    form.locator("[name='param:color']").fill("")
    form.get_by_role("button", name="Run").click()
    done = page.locator(".run-toast")
    done.get_by_text(re.compile("^Run: Dominant colours")).wait_for(timeout=60_000)
    assert counted(told, "Colours__notblank=1") == 100
    assert counted(told, "unchecked=Colours") == 100
    done.get_by_role("button", name="Show the values").click()
    page.wait_for_function("() => location.search.includes('_show=Colours')")
    value(shown, 1, "Colours").locator(".tag").first.wait_for()
    page.goto(f"{shown.url}/jobs")
    job = page.locator(".job").first
    assert "100 values changed" in job.inner_text()
    job.get_by_role("button", name="Undo: Colours").click()
    page.wait_for_url("**/history")
    assert counted(told, "Topic=boat") == 100
    page.goto(f"{shown.url}/jobs")
    assert page.locator(".job").first.get_by_role("button").count() == 0


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.name"))
