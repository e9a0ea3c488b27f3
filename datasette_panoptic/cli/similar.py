"""Commands that rank images: by examples, and by words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import FILE, PROJECT, as_json, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.domain.similar import Example

#: Images that are listed.
LIMIT = 100

space_option = click.option("--space", default="", metavar="S", help="Embedding space, by id or embedder.")
query_option = click.option("--query", default="", metavar="Q", help="Only images that this query string finds.")
limit_option = click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Number of images to list."
)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option(
    "--image", "images", type=click.IntRange(1), multiple=True, help="Id of an image to resemble; repeatable."
)
@click.option(
    "--not", "others", type=click.IntRange(1), multiple=True, help="Id of an image not to resemble; repeatable."
)
@click.option("--text", "texts", multiple=True, help="Text to resemble; put a minus before unwanted words.")
@click.option("--file", "files", type=FILE, multiple=True, help="File with a picture to resemble.")
@space_option
@query_option
@limit_option
@as_json
@says_what_to_do
def similar(
    project: Path,
    images: tuple[int, ...],
    others: tuple[int, ...],
    texts: tuple[str, ...],
    files: tuple[Path, ...],
    space: str,
    query: str,
    limit: int,
    as_json: bool,
) -> None:
    """Rank the images of PROJECT by similarity to examples; the examples are left out.

    Examples of several kinds can be combined, such as an image and words.

    \b
    Example:
      datasette panoptic similar photos.db --image 5 --not 9
    """
    from datasette_panoptic.domain.similar import Example, examples_of_words

    if not (images or texts or files):
        raise click.UsageError("give an example: --image, --text or --file")
    examples = [Example("image", str(image)) for image in images]
    examples += [Example("image", str(image), is_negative=True) for image in others]
    examples += [example for text in texts for example in examples_of_words(text)]
    _rank(project, examples, {_sha1(file): file.read_bytes() for file in files}, space, query, limit, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("text")
@space_option
@query_option
@limit_option
@as_json
@says_what_to_do
def search(project: Path, text: str, space: str, query: str, limit: int, as_json: bool) -> None:
    """Rank the images of PROJECT by how well TEXT describes them; put a minus before unwanted words.

    \b
    Example:
      datasette panoptic search photos.db 'a boat -night'
    """
    from datasette_panoptic.domain.similar import examples_of_words

    _rank(project, list(examples_of_words(text)), {}, space, query, limit, as_json=as_json)


def _rank(
    project: Path,
    examples: list[Example],
    pictures: dict[str, bytes],
    space: str,
    querystring: str,
    limit: int,
    *,
    as_json: bool,
) -> None:
    from datasette_panoptic.domain.similar import Example, Similar, read_examples, write_examples
    from datasette_panoptic.jobs.examples import learn
    from datasette_panoptic.query import text
    from datasette_panoptic.query.orders import Orders
    from datasette_panoptic.query.ranking import ranking
    from datasette_panoptic.store import spaces
    from datasette_panoptic.store.cards import cards
    from datasette_panoptic.store.connection import reading

    query, orders = text.parse_string(querystring), Orders()
    written = write_examples((*examples, *(Example("file", sha1) for sha1 in pictures)))
    with reading(project, vectors=orders.vectors) as conn:
        chosen = spaces.find(conn, space).id if space else None
        asked = Similar(read_examples(written), chosen)
        learn(conn, asked, orders.vectors, pictures)
        nearest = ranking(conn, orders, query, asked, limit)
        rows = [
            {"image_id": card.image_id, "similarity": similarity, "name": card.name, "sha1": card.sha1}
            for card, similarity in zip(cards(conn, "images", nearest.ids), nearest.similarities, strict=True)
        ]
    if as_json:
        facts = {"similar": written, "space": nearest.space, "count": nearest.count, "rows": rows}
        click.echo(json.dumps(facts, indent=2))
        return
    for row in rows:
        click.echo(f"{row['similarity']:.4f}\t{row['image_id']}\t{row['name']}")


def _sha1(file: Path) -> str:
    from hashlib import sha1

    return sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
