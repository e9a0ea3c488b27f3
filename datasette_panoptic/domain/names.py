"""One rule for the names of properties, their groups, tags and saved views: how they are kept, compared and refused.

A name is kept as somebody typed it, but for its Unicode form and its white space. Two names are the same if their keys
are: whatever the case of their letters, the form of their accents and the kind and number of their spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from datasette_panoptic.errors import BadName

#: What has a name, as messages call it.
Kind = Literal["property", "property group", "tag", "saved view"]

#: Characters of a name, as it is kept.
LONGEST = 200

#: White space as Unicode defines it. Python's `\s` has the separators U+001C to U+001F too, which are controls here.
SPACES = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")

#: Control characters, and halves of characters, which UTF-8 cannot write.
REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

#: Categories of characters that show nothing; a name has others too.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})

#: Characters of a name that a message quotes.
SHOWN = 60


def tidied(text: str) -> str:
    """Return a name as it is kept: composed (NFC), its white space single spaces, and none at its ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")  # most names, in a tenth of the time
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return SPACES.sub(" ", composed).strip(" ")


def name_key(name: str) -> str:
    """Return what names are compared by: Unicode's canonical caseless matching (D145) of the tidied name.

    As Unicode folds case, `ß` is the same as `ss`, and `ﬁ` as `fi`; but `é` is not `e`, nor `œ` `oe`, nor `İ` `i`.
    """
    kept = tidied(name)
    if kept.isascii():
        return kept.lower()
    # Decomposed first: case folding sees some letters with an iota below only then.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", kept).casefold())


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same."""
    return one == other or name_key(one) == name_key(other)


def checked(text: str, kind: Kind) -> str:
    """Return a name as it is kept. Raises BadName where it cannot be one."""
    name = tidied(text)
    if name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST:
        return name
    if _is_invisible(name):
        raise BadName(f"a {kind} needs a name")
    if len(name) > LONGEST:
        raise BadName(f"the name of a {kind} has at most {LONGEST} characters, not {len(name):,}: `{shown(name)}`")
    if match := REFUSED.search(name):
        raise BadName(
            f"the name of a {kind} cannot have the control character U+{ord(match[0]):04X}: "
            f"`{shown(REFUSED.sub('�', name))}`; leave it out"
        )
    return name


def fitted(text: str) -> str:
    """Return the nearest text that can be a name, for names that somebody else's software allowed; `` if none can."""
    name = tidied(REFUSED.sub(" ", text))
    if _is_invisible(name):
        return ""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def distinct(names: Iterable[str]) -> list[str]:
    """Return names tidied, each once as it is written first; empty ones are left out."""
    first: dict[str, str] = {}
    for name in map(tidied, names):
        if name:
            first.setdefault(name_key(name), name)
    return list(first.values())


def shown(name: str) -> str:
    """Return a name short enough for a message."""
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}…"


def numbered(name: str, taken: Iterable[str]) -> str:
    """Return a name, with a number behind it if its key is among those that are taken: `Boats`, `Boats (2)`, …"""
    keys = set(taken)
    number, free = 1, name
    while name_key(free) in keys:
        number += 1
        behind = f" ({number})"
        free = f"{name[: LONGEST - len(behind)].rstrip()}{behind}"
    return free


def _is_invisible(name: str) -> bool:
    return all(unicodedata.category(letter) in INVISIBLE for letter in name)
