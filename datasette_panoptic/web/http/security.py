"""What browsers may do with an answer: run our scripts and no others, and show it inside of our own pages alone.

Datasette's page around ours has scripts of its own in it, and plugins may add some. They are allowed one by one, by
their hashes: those that stand in an empty page. So a script that a text of the project brought in does not run.
"""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

#: Of pages. Inline styles are attributes alone: the colours of pictures and tags.
PAGE = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
)
#: Of anything else, which is no page even where somebody opens it as one.
NO_PAGE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Skeleton(HTMLParser):
    """What an empty page runs and loads: texts of scripts, and addresses of scripts and style sheets."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.sources: list[str] = []
        self.sheets: list[str] = []
        self._is_inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script" and named.get("src"):
            self.sources.append(str(named["src"]))
        elif tag == "script":
            self._is_inside = True
            self.scripts.append("")
        elif tag == "link" and named.get("rel") == "stylesheet" and named.get("href"):
            self.sheets.append(str(named["href"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.scripts[-1] += data


class Policies:
    """The content security policy of each database's pages, read from an empty one."""

    def __init__(self) -> None:
        self._known: dict[str | None, str] = {}

    async def of_pages(self, datasette: Any, request: Any, database: str | None) -> str:
        if database not in self._known:
            context = {"database": database} if database else {}
            html = await datasette.render_template(
                "panoptic/_skeleton.html", context, request=request, view_name="panoptic"
            )
            self._known[database] = policy_of(Skeleton(html))
        return self._known[database]


def policy_of(skeleton: Skeleton) -> str:
    """Allow what stands in an empty page, and what comes from this server."""
    scripts = [*(f"'{digest(script)}'" for script in skeleton.scripts), *_elsewhere(skeleton.sources)]
    listed = {"scripts": scripts, "styles": _elsewhere(skeleton.sheets)}
    return PAGE.format(**{name: "".join(f" {each}" for each in dict.fromkeys(all_)) for name, all_ in listed.items()})


def digest(script: str) -> str:
    """Return the hash that a policy names a script by."""
    read = script.replace("\r\n", "\n").replace("\r", "\n")  # as browsers read a page
    return f"sha256-{base64.b64encode(hashlib.sha256(read.encode()).digest()).decode()}"


def _elsewhere(addresses: list[str]) -> list[str]:
    """Return those addresses that are on other servers, as a policy has them."""
    parts = map(urlsplit, addresses)
    return [f"{part.scheme or 'https'}://{part.netloc}{part.path.replace(';', '%3B').replace(',', '%2C')}"
            for part in parts if part.netloc]  # fmt: skip


def guard(response: Any) -> None:
    """Tell browsers to take an answer as what it says it is and, unless it is a page, for nothing that runs."""
    response.headers.setdefault("x-content-type-options", "nosniff")
    if not (response.content_type or "").startswith("text/html"):
        response.headers.setdefault("content-security-policy", NO_PAGE)
