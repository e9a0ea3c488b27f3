"""The words of the pages, in each language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from datasette_panoptic.web.http import words
from datasette_panoptic.web.http.words import LANGUAGES, code, messages, preferred
from tests.serving import OWNER, fill_sample, serving

BASE = "/project/-/panoptic"


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


def test_both_languages_say_the_same_things():
    english, french = (messages(language) for language in ("en", "fr"))
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", french[key])), key
        assert bool(text) == bool(french[key]), key


def test_numbers_and_counts_follow_the_language():
    english, french = words.words("en"), words.words("fr")
    assert [english.count("counts.images", n) for n in (0, 1, 1234)] == ["0 images", "1 image", "1,234 images"]
    assert [french.count("counts.images", n) for n in (0, 1, 1234)] == ["0 image", "1 image", "1\u202f234 images"]
    assert [english.size(n) for n in (0, 999, 1000, 1_234_567)] == [
        "0\u00a0B",
        "999\u00a0B",
        "1.0\u00a0kB",
        "1.2\u00a0MB",
    ]
    assert french.size(1_234_567) == "1,2\u00a0Mo"
    assert english.size(999_999) == "1.0\u00a0MB"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,en;q=0.8", "fr"),
        ("de, fr;q=0.5, en;q=0.7", "en"),
        ("de", "en"),
        ("fr;q=x", "en"),
        ("fr;q=0", "en"),
        ("*", "en"),
    ],
)
def test_the_browser_s_preference(header, language):
    assert preferred(header) == language


@pytest.mark.asyncio
async def test_language_comes_from_the_address_then_the_cookie_then_the_browser(sample):
    async with serving(sample.path) as datasette:

        async def language(query="", **headers):
            response = await datasette.client.get(f"{BASE}{query}", headers=headers)
            return re.search(r'<panoptic-app lang="(\w+)"', response.text)[1], response

        assert (await language())[0] == "en"
        assert (await language(**{"accept-language": "fr"}))[0] == "fr"
        assert (await language(cookie="panoptic_lang=fr", **{"accept-language": "en"}))[0] == "fr"
        chosen, response = await language("?_lang=en", cookie="panoptic_lang=fr")
        assert chosen == "en"
        assert "panoptic_lang=en" in response.headers["set-cookie"]
        assert (await language("?_lang=xx"))[0] == "en"
        french = (await language("?_lang=fr"))[1].text
    assert "Dossiers" in french
    assert "Just looking" not in french
    assert set(LANGUAGES) == {"en", "fr"}


@pytest.mark.asyncio
async def test_every_text_that_templates_and_pages_use_is_there(sample):
    """A key without a text fails where it is used; this goes to every page, in each language."""
    sample.conn.execute(
        "insert into _panoptic_rejects (folder_id, name, reason, bytes, at) values (2, 'x', 'why', 7, '2026-01-01')"
    )
    states = ("waiting", "running", "cancelling", "cancelled", "done", "failed")
    report = json.dumps({"added": 2, "rejected": 1, "unchanged": 5, "changed": 1, "moved": 1, "missing": 1})
    for state in states:
        sample.conn.execute(
            """insert into _panoptic_jobs (kind, params, state, total, report, created_at)
               values ('import', '{}', ?, 3, ?, '2026-01-01')""",
            [state, report],
        )
    for path in ("", "/image/1", "/rejects", "/jobs", "/image/99", "?x=1", "/sql?_sort=name", "/split?left=1"):
        for language in LANGUAGES:
            async with serving(sample.path) as datasette:
                response = await datasette.client.get(
                    f"{BASE}{path}{'&' if '?' in path else '?'}_lang={language}", actor=OWNER
                )
                assert response.status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("run `datasette`, then `x`", "run <code>datasette</code>, then <code>x</code>"),
        ("`<b>` & one ` alone", "<code>&lt;b&gt;</code> &amp; one ` alone"),
    ],
)
def test_backticks_become_code_and_nothing_becomes_html(text, html):
    assert code(text) == html


def test_no_script_says_what_only_the_server_has():
    sources = Path(__file__).parents[1] / "static" / "src"
    scripts = {path: path.read_text(encoding="utf-8") for path in sources.rglob("*.ts")}
    english = words.words("en")
    of_server = [key for key in english.messages if key not in english.of_scripts]
    assert len(of_server) > 100
    said = [
        (path.name, key)
        for path, script in scripts.items()
        for key in of_server
        if not path.name.startswith("vocabulary") and re.search(rf'["`]{re.escape(key)}["`]', script)
    ]
    assert said == []


def test_what_only_the_tools_say_is_not_in_the_first_bundle():
    bundle = (Path(__file__).parents[1] / "static" / "dist" / "panoptic.js").read_text(encoding="utf-8")
    assert "ui.keys." in bundle  # it does say what it says
    assert [prefix for prefix in words.OF_TOOLS if f'"{prefix}' in bundle or f"`{prefix}" in bundle] == []
    english = words.words("en")
    assert len(english.of_first_paint) < 0.6 * len(english.of_scripts)
