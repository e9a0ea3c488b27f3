"""What a view's similarity is measured from: examples in one embedding space, as the URL and the SQL name them.

    image:5,-image:9,text:a boat,-text:night,file:0cc175b9…

An image by its id, a text, or a picture that somebody sent, by the SHA-1 of its bytes; with a minus what it must not be
like. Commas and tildes in texts are written ~2C and ~7E.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from datasette_panoptic.errors import BadQuery

ExampleKind = Literal["image", "text", "file"]

KINDS: tuple[ExampleKind, ...] = get_args(ExampleKind)

#: Scores from which on images are similar, until somebody moves the slider.
LEAST_SIMILAR = 0.5
#: From this probability on a proposed image may be accepted unseen.
LEAST_SURE = 0.5

#: The embedder that is taken where none is named: it comes with the package.
DEFAULT_EMBEDDER = "lite0"

#: Examples of one query: as many as somebody may have picked, few enough for an address.
MOST_EXAMPLES = 500
#: Characters of a text that is compared with images: beyond what any model reads.
LONGEST_TEXT = 1000

#: Scores are told apart to this many decimals: a million of them have no more than 20,001 values.
DECIMALS = 4

EXAMPLE = re.compile(r"(?P<sign>-?)(?P<kind>[a-z]+):(?P<key>.*)", re.DOTALL)
SHA1 = re.compile("[0-9a-f]{40}")
#: In a box of words, what is unwanted: a minus before a word, or before several in quotes.
UNWANTED = re.compile(r'(?<!\S)-(?:"([^"]+)"|([^\s"-]\S*))')


@dataclass(frozen=True)
class Example:
    """One example; `key` is an image's id, a text, or the SHA-1 of a picture that was sent."""

    kind: ExampleKind
    key: str
    is_negative: bool = False


@dataclass(frozen=True)
class Similar:
    """Examples, and the embedding space to compare in; None: the project's first that suits them."""

    examples: tuple[Example, ...]
    space: int | None = None

    @property
    def has_texts_only(self) -> bool:
        """Tell whether scores are those of texts, which are low and are put on the space's own scale."""
        return all(example.kind == "text" for example in self.examples)

    @property
    def reads_texts(self) -> bool:
        return any(example.kind == "text" for example in self.examples)


def read_examples(text: str) -> tuple[Example, ...]:
    """Read examples as the address has them. Raises BadQuery."""
    examples = tuple(_read(part) for part in text.split(","))
    if len(examples) > MOST_EXAMPLES:
        raise BadQuery(f"`_similar` takes {MOST_EXAMPLES} examples at most, not {len(examples)}")
    if all(example.is_negative for example in examples):
        raise BadQuery("`_similar` needs at least one example without a minus; all of these have one")
    return examples


def write_examples(examples: tuple[Example, ...]) -> str:
    return ",".join(f"{'-' * each.is_negative}{each.kind}:{_safe(each.key)}" for each in examples)


def examples_of_words(text: str) -> tuple[Example, ...]:
    """Read what people write into a box: `a boat -night -"black and white"`; what follows a minus is unwanted.

    Raises BadQuery where nothing is wanted.
    """
    unwanted = [quoted or word for quoted, word in UNWANTED.findall(text)]
    wanted = " ".join(UNWANTED.sub(" ", text).split())
    if not wanted:
        raise BadQuery("add at least one word without a minus")
    texts = [Example("text", wanted), *(Example("text", words, is_negative=True) for words in unwanted)]
    return read_examples(write_examples(tuple(texts)))


def _read(part: str) -> Example:
    match = EXAMPLE.fullmatch(part)
    kind = next((known for known in KINDS if match and known == match["kind"]), None)
    if not match or kind is None:
        raise BadQuery(f"`_similar` cannot be read from `{part[:80]}`: write `image:5`, `text:a boat` or `-image:9`")
    key = match["key"].replace("~2C", ",").replace("~7E", "~")
    if kind == "image" and not (key.isascii() and key.isdigit() and len(key) < 19):
        raise BadQuery(f"`_similar=image:{key[:80]}` is not an image id; write a whole number, as in `image:5`")
    if kind == "file" and not SHA1.fullmatch(key):
        raise BadQuery("`_similar=file:…` takes the SHA-1 of an uploaded picture")
    if kind == "text" and not 0 < len(key.strip()) <= LONGEST_TEXT:
        raise BadQuery(f"`_similar=text:…` takes a text of up to {LONGEST_TEXT} characters")
    return Example(kind, key, bool(match["sign"]))


def _safe(key: str) -> str:
    return key.replace("~", "~7E").replace(",", "~2C")
