"""What the documentation says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from datasette.app import Datasette
from datasette.resources import DatabaseResource

from datasette_panoptic.cli import panoptic
from datasette_panoptic.web.http.access import settings
from datasette_panoptic.web.routes import ROUTES

from . import docs
from .conftest import Project
from .rows import empty

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *docs.DOCS.rglob("*.md")])


def short(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", docs.PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = (docs.DOCS / name).read_text()
    assert docs.PAGES[name](page) == page, "run `python -m tests.docs`"


def test_the_json_of_a_page_names_its_context() -> None:
    pages = {route.path for route in ROUTES if route.answers == "page" and route.method == "GET"}
    twins = [route for route in ROUTES if route.path.removesuffix(r"\.json") in pages and route.path.endswith("json")]
    assert len(twins) > 10
    lists = [r"/clusterings\.json", r"/properties\.json", r"/tags\.json"]  # for scripts: their pages say other things
    assert [route.path for route in twins if route.context is None] == lists


@pytest.mark.parametrize("name", panoptic.commands)
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = panoptic.commands[name]
    assert command.help
    assert f"datasette panoptic {name}" in command.help
    for parameter in command.params:
        assert parameter.param_type_name == "argument" or getattr(parameter, "help", ""), parameter.name


def test_glossary_has_every_table_and_view() -> None:
    conn = empty()
    names = [row[0] for row in conn.execute("select name from sqlite_master where type in ('table', 'view')")]
    conn.close()
    glossary = (docs.DOCS / "glossary.md").read_text()
    assert [name for name in names if f"`{name}`" not in glossary] == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    assert [link for link in targets if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_commands_in_the_text_exist(page: Path) -> None:
    named = re.findall(r"datasette panoptic ([a-z][a-z-]*)", page.read_text())
    assert [name for name in named if name not in panoptic.commands] == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_files_named_in_the_text_exist(page: Path) -> None:
    """A path in backticks with a folder of ours in front is a promise."""
    named = re.findall(r"`((?:datasette_panoptic|panoptic_ml|tests|docs|static|templates)/[\w./-]+)`", page.read_text())
    built = ("static/dist", "datasette_panoptic/static", "datasette_panoptic/templates")
    assert [name for name in named if not (ROOT / name).exists() and not name.startswith(built)] == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((docs.DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.asyncio
async def test_the_configuration_in_the_text_does_what_it_says(project: Project, tmp_path: Path) -> None:
    page = (docs.DOCS / "serving.md").read_text()
    config = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])  # type: ignore[index]
    project.path.rename(tmp_path / "my.db")
    datasette = Datasette([str(tmp_path / "my.db")], config=config)
    await datasette.invoke_startup()
    resource = DatabaseResource("my")
    for actor, verdict in (({"id": "ada"}, True), ({"id": "bob"}, False), (None, False)):
        for action in ("panoptic-import", "panoptic-edit"):
            assert await datasette.allowed(action=action, resource=resource, actor=actor) is verdict
    assert settings(datasette, "my") == {"import_roots": ["/srv/scans"], "originals": False}
    assert settings(datasette, "other")["originals"] is True
