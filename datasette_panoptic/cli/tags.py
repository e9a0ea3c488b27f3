"""Commands for tags: the vocabulary of a property, listed, ordered, merged, split, taken in and out."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import click

from datasette_panoptic.domain.vocabularies import FORMATS, Format, format_of

from .annotate import ACTOR, tell
from .common import FILE, PROJECT, answer, as_json, panoptic, says_what_to_do

FORMAT = click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: the file's extension.")


@panoptic.group("tag")
def tag_() -> None:
    """List, add, order, merge and split tags; import and export vocabularies.

    \b
    Example:
      datasette panoptic tag parent photos.db topic cat animal
    """


@tag_.command("list")
@click.argument("project", type=PROJECT)
@click.argument("name")
@as_json
@says_what_to_do
def tag_list(project: Path, name: str, as_json: bool) -> None:
    """List the tags of property NAME with their number of uses, without and with the tags below them."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import reading

    with reading(project) as conn:
        rows = tags.listed(conn, properties.named(conn, name)[0])
    if as_json:
        click.echo(json.dumps({"rows": [asdict(tag) for tag in rows]}, indent=2))
        return
    for tag in rows:
        click.echo(f"{tag.name}\t{tag.count}\t{tag.count_below}\t{', '.join(tag.parents)}")


@tag_.command("add")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("tag")
@click.option("--color", help="#rrggbb")
@as_json
@says_what_to_do
def tag_add(project: Path, name: str, tag: str, color: str | None, as_json: bool) -> None:
    """Add TAG to the vocabulary of property NAME."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        tag_id = tags.create(conn, properties.tagged(conn, name), tag, color, actor=ACTOR)
        kept = tags.get(conn, tag_id)["name"]
    answer({"id": tag_id, "name": kept}, as_json=as_json)


@tag_.command("merge")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("merged", nargs=-1, required=True)
@click.option("--into", required=True, help="Tag that replaces them.")
@as_json
@says_what_to_do
def tag_merge(project: Path, name: str, merged: tuple[str, ...], into: str, as_json: bool) -> None:
    """Replace the MERGED tags of property NAME by the tag --into."""
    from datasette_panoptic.query import renaming
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        property_id = properties.tagged(conn, name)
        ids = [tags.named(conn, property_id, tag) for tag in merged]
        done = renaming.merge_tags(conn, ids, tags.named(conn, property_id, into), actor=ACTOR)
    tell(done, as_json=as_json)


@tag_.command("parent")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("tag")
@click.argument("parent")
@click.option("--remove", is_flag=True, help="Remove it from PARENT instead.")
@as_json
@says_what_to_do
def tag_parent(project: Path, name: str, tag: str, parent: str, remove: bool, as_json: bool) -> None:
    """Put TAG of property NAME below PARENT."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        property_id = properties.tagged(conn, name)
        tag_id, parents = tags.named(conn, property_id, tag), [tags.named(conn, property_id, parent)]
        if remove:
            done = tags.move(conn, [tag_id], away_from=parents, actor=ACTOR)
        else:
            done = tags.move(conn, [tag_id], below_tags=parents, actor=ACTOR)
    tell(done, as_json=as_json)


@tag_.command("split")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("tag")
@click.argument("new_tag")
@click.option("--query", "querystring", required=True, help="What gets the new tag: the query string of a page.")
@as_json
@says_what_to_do
def tag_split(project: Path, name: str, tag: str, new_tag: str, querystring: str, as_json: bool) -> None:
    """Replace TAG of property NAME by NEW_TAG, with the same colour and parents, where a query finds it."""
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query import text
    from datasette_panoptic.query.annotate import selection_of
    from datasette_panoptic.query.orders import fields
    from datasette_panoptic.store import properties, tag_merges, tags
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        tag_id = tags.named(conn, properties.tagged(conn, name), tag)
        query = replace(learnt(conn, querystring), sorts=(), groups=())
        selection = selection_of(query, fields(conn))
        _, done = tag_merges.split(conn, tag_id, new_tag, selection, actor=ACTOR, query=text.to_string(query))
    tell(done, as_json=as_json)


@tag_.command("import")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("file", type=FILE)
@FORMAT
@click.option("--language", help="Language of the labels in SKOS, such as fr.")
@as_json
@says_what_to_do
def tag_import(
    project: Path, name: str, file: Path, format_: Format | None, language: str | None, as_json: bool
) -> None:
    """Add the tags of FILE, a table or SKOS, to the vocabulary of property NAME.

    Existing tags keep their data and get missing parents. `undo` undoes the import.
    """
    from datasette_panoptic.ingest.vocabulary import import_file
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import checkpoint, connect

    with closing(connect(project)) as conn:
        property_id = properties.tagged(conn, name)
        changeset, planted = import_file(conn, property_id, file, format_, language=language, actor=ACTOR)
        checkpoint(conn)
    answer({"changeset": changeset, **asdict(planted)}, as_json=as_json)


@tag_.command("export")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@FORMAT
@click.option("--language", help="Language of the labels in SKOS, such as fr.")
@says_what_to_do
def tag_export(project: Path, name: str, out: Path, format_: Format | None, language: str | None) -> None:
    """Export the vocabulary of property NAME to the new file OUT."""
    from datasette_panoptic.query.export import vocabulary as vocabulary_export
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import reading
    from datasette_panoptic.store.vocabulary import described

    with reading(project) as conn:
        vocabulary = described(conn, properties.tagged(conn, name))
    text = vocabulary_export.write(name, vocabulary, format_ or format_of(out.name), language)
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(f"`{out}` already exists; give another name") from None
    click.echo(f"{len(vocabulary):,} tags in {out}", err=True)
