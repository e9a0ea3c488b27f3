"""Similarity in SQL, as stored queries of Datasette: each is one statement over the tables, to be run and changed.

docs/similarity.md says what they cost. `space` may be left empty: then it is the first space that has vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Owner of the queries in Datasette's list.
SOURCE = "datasette-panoptic"

SPACE = "(select coalesce(nullif(:space, '') + 0, (select min(space_id) from _panoptic_embeddings)) as id)"

TAGGED = """select image_id from image_tags where tag_id = (select id from chosen)
  union
  select image_id from instance_tags join instances on instances.id = instance_id
  where tag_id = (select id from chosen)"""

CHOSEN = """select tags.id from tags join properties on properties.id = property_id
  where panoptic_name_key(properties.name) = panoptic_name_key(:property)
    and panoptic_name_key(tags.name) = panoptic_name_key(:tag)
    and properties.deleted_at is null and tags.deleted_at is null"""


@dataclass(frozen=True)
class Recipe:
    """`walks`: it reads the table function `vec_each`, which is part of sqlite-vec and of nothing else."""

    name: str
    title: str
    parameters: tuple[str, ...]
    sql: str
    walks: bool = False


#: What `vec_each` walks where there are no scores, as it takes no null: one number that is none, of no image.
NO_SCORES = "x'0000c07f'"

RECIPES = (
    Recipe(
        "similar_to_image",
        "Images nearest to one",
        ("image", "space"),
        f"""with space as {SPACE},
target as (
  select vector from _panoptic_embeddings where space_id = (select id from space) and image_id = :image + 0
)
select image_id, round(1 - vec_distance_cosine(_panoptic_embeddings.vector, target.vector), 4) as similarity
from target, _panoptic_embeddings
where space_id = (select id from space) and image_id <> :image + 0
order by vec_distance_cosine(_panoptic_embeddings.vector, target.vector), image_id
limit 100""",
    ),
    Recipe(
        "similar_to_image_in_memory",
        "Images nearest to one, by the vectors in memory",
        ("image", "space"),
        f"""with space as {SPACE},
scores as (
  select panoptic_scores(vector, space_id) as by_image from _panoptic_embeddings
  where space_id = (select id from space) and image_id = :image + 0
)
select rowid as image_id, round(value, 4) as similarity
from vec_each(coalesce((select by_image from scores), {NO_SCORES}))
where value is not null and rowid <> :image + 0
order by value desc, rowid
limit 100""",
        walks=True,
    ),
    Recipe(
        "nearest_pairs_with_tag",
        "Nearest pairs among the first 400 images that have a tag",
        ("property", "tag", "space"),
        f"""with space as {SPACE},
chosen as (
  {CHOSEN}
),
members as (
  select image_id, vector from _panoptic_embeddings
  where space_id = (select id from space) and image_id in (
  {TAGGED}
  )
  order by image_id
  limit 400
)
select one.image_id as image_id, other.image_id as other_image_id,
  round(1 - vec_distance_cosine(one.vector, other.vector), 4) as similarity
from members as one join members as other on other.image_id > one.image_id
order by similarity desc, one.image_id, other.image_id
limit 100""",
    ),
    Recipe(
        "like_images_with_tag",
        "Images without a tag that are nearest to those with it",
        ("property", "tag", "space"),
        f"""with space as {SPACE},
chosen as (
  {CHOSEN}
),
tagged as (
  {TAGGED}
),
center as (
  select panoptic_mean(vector) as vector from tagged
  join _panoptic_embeddings on _panoptic_embeddings.image_id = tagged.image_id and space_id = (select id from space)
)
select rowid as image_id, round(value, 4) as similarity
from vec_each(coalesce(
  (select panoptic_scores(vector, (select id from space)) from center where vector is not null), {NO_SCORES}
))
where value is not null and rowid not in (select image_id from tagged)
order by value desc, rowid
limit 100""",
        walks=True,
    ),
    Recipe(
        "nearest_tags",
        "Tags whose images are most alike, by 300 of each",
        ("property", "space"),
        f"""with space as {SPACE},
centers as (
  select tags.id as tag_id, (
    select panoptic_mean(vector) from (
      select vector from (
        select image_id from image_tags where tag_id = tags.id
        union
        select image_id from instance_tags join instances on instances.id = instance_id where tag_id = tags.id
        limit 300
      ) as tagged
      join _panoptic_embeddings on _panoptic_embeddings.image_id = tagged.image_id
        and space_id = (select id from space)
    )
  ) as vector
  from tags join properties on properties.id = property_id
  where panoptic_name_key(properties.name) = panoptic_name_key(:property)
    and properties.deleted_at is null and tags.deleted_at is null
)
select first.name as tag, second.name as other_tag,
  round(1 - vec_distance_cosine(one.vector, other.vector), 4) as similarity
from centers as one
join centers as other on other.tag_id > one.tag_id
join tags as first on first.id = one.tag_id
join tags as second on second.id = other.tag_id
where one.vector is not null and other.vector is not null
order by similarity desc, first.name, second.name
limit 100""",
    ),
)


async def offer(datasette: Any, database: Any) -> None:
    """Store the recipes among a project's queries; those that this SQLite cannot run are left out."""
    walks = await database.execute_fn(_has_vec_each)
    for recipe in RECIPES:
        if walks or not recipe.walks:
            await datasette.add_query(
                database.name,
                recipe.name,
                recipe.sql,
                title=recipe.title,
                parameters=recipe.parameters,
                is_trusted=True,
                source=SOURCE,
            )


def _has_vec_each(conn: Any) -> bool:
    return bool(conn.execute("select 1 from pragma_module_list where name = 'vec_each'").fetchone())
