"""The page's words in the reader's language. One JSON per language is shared by templates and TypeScript."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from datasette_panoptic.domain.palette import NAMES

LANGUAGES = {"en": "English", "fr": "Français"}
DEFAULT = "en"
COOKIE = "panoptic_lang"
A_YEAR = 365 * 24 * 3600

#: What separates thousands and decimals.
SEPARATORS = {"en": (",", "."), "fr": ("\u202f", ",")}
#: What stands between a number and the unit, and before a colon.
UNITS = {"en": ("B", "kB", "MB", "GB", "TB"), "fr": ("o", "ko", "Mo", "Go", "To")}
BACKTICKS = re.compile(r"`([^`]+)`")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@cache
def messages(language: str) -> dict[str, str]:
    """Return a language's texts by key."""
    text = (files("datasette_panoptic") / "static" / "locales" / f"{language}.json").read_text(encoding="utf-8")
    texts: dict[str, str] = json.loads(text)
    return texts


#: Beginnings of keys that no script of the grid says: with them the page would be a fifth larger.
OF_SERVER = (
    "card.", "chart.", "clusterings.", "duplicates.", "error.", "export.", "from_keywords.", "from_names.",
    "hint.", "job.", "months", "notice.",
    "original.", "plugin.", "read_only.", "rejects.", "removal.", "report.", "rows.", "split.", "table.", "tool.",
)  # fmt: skip


#: Beginnings of keys that only the tools say, a bundle that comes after the first pictures with its own texts.
OF_TOOLS = (
    "properties.", "similar.", "sql.", "tags.", "ui.cluster.", "ui.copy.", "ui.facets.", "ui.favourite.",
    "ui.filter.", "ui.group.", "ui.paint.", "ui.plugin.", "ui.properties.", "ui.property.", "ui.recommend.", "ui.run.",
    "ui.similar.", "ui.stamp.", "ui.table.", "ui.tabs.", "ui.tag.", "ui.tags.", "ui.value.",
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Speaks one language. Call it with a key and the values of its placeholders."""

    language: str
    messages: dict[str, str] = field(repr=False)

    @property
    def of_scripts(self) -> dict[str, str]:
        """The texts that the scripts of the grid and the image page may say."""
        return {key: text for key, text in self.messages.items() if not key.startswith(OF_SERVER)}

    @property
    def of_first_paint(self) -> dict[str, str]:
        """Those of them that are said before the tools are there, which bring all of them."""
        return {key: text for key, text in self.of_scripts.items() if not key.startswith(OF_TOOLS)}

    def __call__(self, key: str, /, **values: object) -> str:
        shown = {name: self.number(value) if type(value) is int else str(value) for name, value in values.items()}
        return PLACEHOLDER.sub(lambda match: shown[match[1]], self.messages[key])

    def count(self, key: str, n: int, **values: object) -> str:
        """Say how many: `key.one` or `key.other`. French counts none and one alike."""
        one = n < 2 if self.language == "fr" else n == 1
        return self(f"{key}.{'one' if one else 'other'}", n=n, **values)

    def number(self, n: float) -> str:
        thousands, decimal = SEPARATORS[self.language]
        return f"{n:,}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)

    def moment(self, at: str) -> str:
        """A time stamp of the project's as people read it."""
        return at.replace("T", " ").removesuffix("Z")

    def color(self, color: str) -> str:
        """A colour in words: those of the palette have names."""
        return self(f"ui.color.{NAMES[color]}") if color in NAMES else color

    def size(self, n: int) -> str:
        """A file's size, with one digit after the point from kilobytes on."""
        units = UNITS[self.language]
        size, unit = float(n), 0
        while size >= 999.95 and unit < len(units) - 1:
            size, unit = size / 1000, unit + 1
        return f"{self.number(n if unit == 0 else round(size, 1))}\u00a0{units[unit]}"


def code(text: str) -> Markup:
    """A message as HTML: escaped, and what stands between backticks as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))


def words(language: str) -> Words:
    return Words(language, messages(language))


def choose(request: Any) -> Words:
    """Choose the language: `?_lang=`, then the cookie, then what the browser prefers."""
    for wanted in (request.args.get("_lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return words(wanted)
    return words(preferred(request.headers.get("accept-language") or ""))


def preferred(header: str) -> str:
    """Read an Accept-Language header: the supported language of the highest quality, the first among equals."""
    best, best_quality = DEFAULT, 0.0
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES and (quality := _quality(parameters)) > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
