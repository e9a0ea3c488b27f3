"""Words for what the network was trained to tell apart: 1,000 classes and the kinds of things they are, in English."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain

OUTLINE = files("panoptic_ml") / "models" / "imagenet_terms.txt"

#: Plurals whose singular does not show, of animals and people.
IRREGULAR = {"geese": "goose", "mice": "mouse", "oxen": "ox", "people": "person", "women": "woman", "men": "man"}

#: How plurals end, and what they end in without it.
PLURALS = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""))


@dataclass(frozen=True)
class Terms:
    """What each class is called, and which classes each term means."""

    #: For each class in the network's order, one name that no other has.
    names: tuple[str, ...]
    #: Classes by each of their names and kinds, as `folded` writes them.
    classes: dict[str, frozenset[int]]
    #: Words of the longest term.
    longest: int

    def meant(self, text: str) -> frozenset[int]:
        """Return the classes that a text speaks of, none where it has no known word.

        Of terms that overlap, the longest counts. Classes that every term means are meant, if there are any, as with
        `crane (bird)`; otherwise those that any of them means.
        """
        senses = list(self.terms(folded(text).split()))
        return frozenset.intersection(*senses) or frozenset.union(*senses) if senses else frozenset()

    def terms(self, words: list[str]) -> Iterator[frozenset[int]]:
        """Yield the classes of each term, from the first to the last."""
        start = 0
        while start < len(words):
            for end in range(min(len(words), start + self.longest), start, -1):
                if classes := self.of(words[start:end]):
                    yield classes
                    start = end - 1
                    break
            start += 1

    def of(self, words: list[str]) -> frozenset[int]:
        """Return the classes of one term, in the singular or the plural."""
        *before, last = words
        for form in forms(last):
            if classes := self.classes.get(" ".join([*before, form])):
                return classes
        return frozenset()


def folded(text: str) -> str:
    """Return a text without cases, accents and punctuation."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", re.sub("['\u2019]", "", plain.casefold())))


def forms(word: str) -> Iterator[str]:
    """Yield a word, and what it may be the plural of."""
    yield word
    if word in IRREGULAR:
        yield IRREGULAR[word]
    for ending, singular in PLURALS:
        if len(word) > len(ending) + 1 and word.endswith(ending):
            yield word.removesuffix(ending) + singular


@cache
def read() -> Terms:
    """Read the outline beside the model: each line has the names of a thing, with a dash those of a class.

    What the thing is a kind of stands above it, less far in.
    """
    names: list[str] = []
    kinds: list[str] = []
    classes: defaultdict[str, set[int]] = defaultdict(set)
    above: list[list[str]] = []
    for line in OUTLINE.read_text("utf-8").splitlines():
        written = line.lstrip()
        depth = len(line) - len(written)
        above[depth:] = [written.removeprefix("- ").split(", ")]
        if written.startswith("- "):
            for term in chain.from_iterable(above):
                classes[folded(term)].add(len(names))
            names.append(above[depth][0])
            kinds.append(above[depth - 1][0])
    meaning = {term: frozenset(meant) for term, meant in classes.items()}
    unique = (
        name if len(meaning[folded(name)]) == 1 else f"{name} ({kind})" for name, kind in zip(names, kinds, strict=True)
    )
    return Terms(tuple(unique), meaning, max(len(term.split()) for term in meaning))
