"""What of a project is in a published copy: for each table that has something public, which rows and which columns.

The columns are those that `privacy` calls public or machinery. Each condition reads the project alone, so that what
would be copied can be counted without copying. `temp.views` and `temp.runs` list the saved views and clusterings to be
kept, with what stands in the place of their texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.described import Described

from .people_views import quoted
from .privacy import TABLES, is_ours
from .properties import COLUMN_TYPES
from .schema import STALE_LOOKS

#: Settings that say something about the corpus; any other stays at home.
PUBLIC_SETTINGS = ("corpus_version", "derived_version", STALE_LOOKS)

PROPERTIES = "(select id from main.properties where deleted_at is null)"
TAGS = f"(select id from main.tags where deleted_at is null and property_id in {PROPERTIES})"
#: An image that no instance shows was replaced or removed.
IMAGES = "(select image_id from main.instances)"
INSTANCES = "(select id from main.instances)"
FILES = "(select file_id from main.instances)"
FOLDERS = f"""(
  with recursive kept (id) as (
    select folder_id from main.files where id in {FILES}
    union
    select above.parent_id from main.folders as above join kept on kept.id = above.id
  )
  select id from kept where id is not null
)"""
#: Keywords of images that are published, without those that name a directory.
KEYWORDS = f"""(
  select keyword_id from main.image_keywords join main.keywords on keywords.id = keyword_id
  where image_id in {IMAGES} and panoptic_without_paths(name) = name
)"""
SPACES = "(select id from main.embedding_spaces)"
RUNS = "(select id from temp.runs)"


WITHOUT_PATHS = "case when {name} is not null then panoptic_without_paths({name}) end"


@dataclass(frozen=True)
class Rule:
    """Which rows of a table are published, and what stands in the place of some of their columns."""

    where: str
    instead: Mapping[str, str] = field(default_factory=dict)


RULES: dict[str, Rule] = {
    "folders": Rule(f"id in {FOLDERS}"),
    # Programs leave paths in the metadata of images, too.
    "images": Rule(
        f"id in {IMAGES}",
        {"metadata": "case when metadata glob '*[/\\]*' then panoptic_json_without_paths(metadata) else metadata end"},
    ),
    "image_metadata": Rule(
        f"image_id in {IMAGES}", {name: WITHOUT_PATHS.format(name=name) for name in Described._fields[:-1]}
    ),
    "keywords": Rule(f"id in {KEYWORDS}"),
    "image_keywords": Rule(f"keyword_id in {KEYWORDS} and image_id in {IMAGES}"),
    "files": Rule(f"id in {FILES}", {"modified_ns": "0"}),
    "instances": Rule("1"),
    "property_groups": Rule("1"),
    "properties": Rule("deleted_at is null"),
    "tags": Rule(f"id in {TAGS}"),
    "tag_parents": Rule(f"tag_id in {TAGS} and parent_id in {TAGS}"),
    "image_values": Rule(f"image_id in {IMAGES}"),
    "instance_values": Rule(f"instance_id in {INSTANCES}"),
    "image_tags": Rule(f"tag_id in {TAGS} and image_id in {IMAGES}"),
    "instance_tags": Rule(f"tag_id in {TAGS} and instance_id in {INSTANCES}"),
    "saved_views": Rule(
        "id in (select id from temp.views)", {"layout": "(select layout from temp.views where id = given.id)"}
    ),
    "embedding_spaces": Rule(
        "1",
        {
            "revision": "panoptic_without_paths(revision)",
            "params": "panoptic_unique_params(embedder, panoptic_without_paths(revision), params)",
        },
    ),
    "clusterings": Rule(
        f"id in {RUNS}",
        {
            "params": "panoptic_json_without_paths(params)",
            "query": "(select query from temp.runs where id = given.id)",
        },
    ),
    "clusters": Rule(
        f"clustering_id in {RUNS}", {"best_image_id": f"case when best_image_id in {IMAGES} then best_image_id end"}
    ),
    "cluster_members": Rule(f"clustering_id in {RUNS} and image_id in {IMAGES}"),
    "_panoptic_thumbnails": Rule(f"image_id in {IMAGES}"),
    "_panoptic_previews": Rule(f"image_id in {IMAGES}"),
    # One changeset stands for all history, since unchecked values name the one they came with.
    "_panoptic_changesets": Rule("0"),
    "_panoptic_changes": Rule("0"),
    "_panoptic_settings": Rule(f"key in {PUBLIC_SETTINGS}", {"value": "value"}),
    "_panoptic_selections": Rule(
        "id in (select selection from temp.views)",
        {
            "ids": f"(select json_group_array(value) from json_each(given.ids) where value in {INSTANCES})",
            "size": f"(select count(*) from json_each(given.ids) where value in {INSTANCES})",
            "at": "''",
        },
    ),
    "_panoptic_embeddings": Rule(f"image_id in {IMAGES} and space_id in {SPACES}"),
    "_panoptic_space_states": Rule("1"),
    "_panoptic_unchecked": Rule(
        f"""exists (
          select 1 from main.properties as said where said.id = property_id and deleted_at is null
            and case scope when 'image' then subject_id in {IMAGES} else subject_id in {INSTANCES} end
            and (type not in ('tag', 'multi_tags') or given.value in {TAGS})
        )""",
        {"changeset_id": "1"},
    ),
    # Vectors of what saved views compare with: where a copy is read, nothing may be there to compute them.
    "_panoptic_query_vectors": Rule(
        "(kind, key) in (select kind, key from temp.examples)",
        {"kind": "kind", "key": "key", "space_id": "space_id", "vector": "vector", "at": "''"},
    ),
}

#: With `--keep-originals`.
ORIGINALS = Rule(f"image_id in {IMAGES}", {"image_id": "image_id", "mime": "mime", "data": "data"})


@dataclass(frozen=True)
class Part:
    """What is published of a table: the columns with the SQL that each is made by."""

    table: str
    columns: Mapping[str, str]
    where: str

    @property
    def select(self) -> str:
        return f"select {', '.join(self.columns.values())} from main.{self.table} as given where {self.where}"

    @property
    def count(self) -> str:
        return f"select count(*) from main.{self.table} as given where {self.where}"


def parts(conn: sqlite3.Connection, *, keep_originals: bool) -> list[Part]:
    """Return what is published of a project, in an order that foreign keys allow."""
    rules = {**RULES, "_panoptic_originals": ORIGINALS} if keep_originals else RULES
    published = []
    for table, rule in rules.items():
        known = TABLES[table]
        columns = [*known.of("public"), *known.of("machinery")]
        made = {name: quoted(name) for name in columns} | dict(rule.instead)
        where = rule.where
        if table in ("image_values", "instance_values"):
            values = {name: quoted(name) for name in value_columns(conn, table.removesuffix("_values"))}
            made |= values
            where += f" and coalesce({', '.join([*values.values(), 'null', 'null'])}) is not null"
        published.append(Part(table, made, where))
    return published


def value_columns(conn: sqlite3.Connection, scope: str) -> dict[str, str]:
    """Return the columns of values that belong to properties in use, with their types."""
    rows = conn.execute(
        "select name, type from main.properties where deleted_at is null and scope = ? order by id", [scope]
    )
    return {name: COLUMN_TYPES[type_] for name, type_ in rows if type_ in COLUMN_TYPES}


def counts(
    conn: sqlite3.Connection, copied: Sequence[Part], rows: Mapping[str, int], left_out: list[str]
) -> dict[str, object]:
    """Say what is copied and what is not, by table. `rows` are those that are copied."""

    def stored(table: str) -> int:
        return int(conn.execute(f"select count(*) from main.{quoted(table)}").fetchone()[0])

    public = {part.table: part for part in copied if part.where != "0"}
    tables = "select name from main.sqlite_master where type = 'table' and name not glob 'sqlite_*' order by name"
    names = [name for (name,) in conn.execute(tables) if name != "_sqlite_migrations"]
    originals = rows.get("_panoptic_originals", 0)
    return {
        "images": rows["images"],
        "instances": rows["instances"],
        "originals_kept": originals,
        "originals_removed": stored("_panoptic_originals") - originals,
        "tables": [
            {"table": name, "columns": list(part.columns), "rows": rows[name], "rows_before": stored(name)}
            for name, part in public.items()
        ],
        "not_copied": [
            {
                "table": name,
                "rows": stored(name),
                "reason": "private" if is_ours(name) else "no table of datasette-panoptic",
            }
            for name in names
            if name not in public
        ],
        "views_left_out": left_out,
    }
