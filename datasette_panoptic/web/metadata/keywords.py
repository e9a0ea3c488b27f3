"""Tags made of the keywords that files carry: a property, a preview of its tags, and the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied, Selection
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store import properties
from datasette_panoptic.store.keyword_tags import KeywordTags, make_tags, preview
from datasette_panoptic.web.http.answer import actor_of, written
from datasette_panoptic.web.http.body import address_keys, body
from datasette_panoptic.web.http.frame import Frame
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit

from .asked import selecting

#: Characters between levels of a keyword, besides |.
LONGEST_SEPARATOR = 5


@dataclass(frozen=True)
class KeywordsPage:
    """What tags the keywords of all that a query finds would make. `properties` may take them.

    `images` have keywords, `tags` counts their names, levels above them included. `passed_over` cannot be tags' names.
    """

    frame: Frame
    action: str
    property: str
    properties: list[str]
    query: str
    separator: str
    images: int
    tags: int
    facts: list[str]
    passed_over: list[str]
    passed_over_label: str
    make_label: str
    problem: str


async def page(visit: Visit) -> Response:
    """The page of tags from keywords, with a preview of what would be made."""
    return await render(visit, "from_keywords", await page_json(visit))


async def page_json(visit: Visit) -> KeywordsPage:
    """Send how many tags the keywords of all that `query` finds would make as tags of `property`, without writing.

    Levels of a keyword are separated by |, and by `separator` if it is given.
    """
    visit.require_writable()
    asked = address_keys(visit, "property", "query", "separator")
    name, query, separator = (asked.get(key, "") for key in ("property", "query", "separator"))
    separators = _separators(separator)

    def look(conn: Any, selection: Selection) -> tuple[KeywordTags, list[str], str]:
        suitable = [
            row["name"] for row in properties.listed(conn) if (row["type"], row["scope"]) == ("multi_tags", "image")
        ]
        there = properties.find(conn, name) if name else None
        problem = there and there[1:] != ("multi_tags", "image")
        return (
            preview(conn, selection, separators),
            suitable,
            visit.words("from_keywords.wrong_property", name=name) if problem else "",
        )

    seen, suitable, problem = await visit.read(await selecting(visit, query, look))
    words = visit.words
    return KeywordsPage(
        await visit.frame(words("from_keywords.title")),
        f"{visit.base}/from-keywords",
        name,
        suitable,
        query,
        separator,
        seen.images,
        seen.tags,
        [words.count("from_keywords.images", seen.images), words.count("from_keywords.tags", seen.tags)],
        list(seen.passed_over),
        words.count("from_keywords.passed_over", len(seen.passed_over)) if seen.passed_over else "",
        words.count("from_keywords.make", seen.images),
        problem,
    )


async def apply(visit: Visit) -> Response:
    """Tag all images that `query` finds with the keywords of their files, as tags of `property`, made if missing.

    Levels of a keyword are separated by |, and by `separator` if it is given. Tags that images have stay. It is one
    changeset.
    """
    asked = await body(visit, "property", "query", "separator")
    name, query = asked.text("property").strip(), asked.text("query", "")
    separators = _separators(asked.text("separator", ""))
    if not name:
        raise BadQuery("`property` is missing")

    def write(conn: Any, selection: Selection) -> Applied:
        done = make_tags(conn, selection, name, separators, actor=actor_of(visit), query=query or None)
        return Applied(done.changeset, done.changed)

    return await written(
        visit,
        await selecting(visit, query, write),
        report=lambda done: visit.words.count("from_keywords.made", done.changed),
    )


def _separators(text: str) -> tuple[str, ...]:
    if len(text) > LONGEST_SEPARATOR:
        raise BadQuery(f"`separator` has at most {LONGEST_SEPARATOR} characters, as in `/`")
    return (text,) if text else ()
