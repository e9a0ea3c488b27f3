"""Change what a property's values may be, after a look at which of them would not be any longer.

Where the values stay what they are, the type alone changes. Else a new property takes the old one's name and place: the
old one is deleted and keeps its values, so undoing brings back each of them exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied, Value
from datasette_panoptic.domain.fields import FIELD_TYPES, TAG_TYPES, FieldType
from datasette_panoptic.domain.names import checked, distinct, name_key
from datasette_panoptic.domain.texts import natural
from datasette_panoptic.domain.values import NotAValue, join_tags, parse, split_tags, write
from datasette_panoptic.errors import BadName, BadQuery, Conflict

from . import edits
from .changelog import PAIRS, SUBJECTS, begin, end, set_links, subject_of, unlink_all_but, write_values
from .connection import transaction
from .people_views import quoted
from .properties import COLUMN_TYPES, deleted, get, insert
from .several import with_several
from .vocabulary import ensure_all

OnFailing = Literal["refuse", "erase"]

#: Values that do not suit a type which a preview shows.
SHOWN = 20

#: What a value becomes. Raises NotAValue where it cannot be any.
Reader = Callable[[Value], Value | tuple[str, ...]]


def _read_as(type_: FieldType) -> Reader:
    return lambda value: parse(str(value), type_)


def _written_as_text(type_: FieldType) -> Reader:
    return lambda value: str(value) if type_ != "checkbox" else write(value, type_)


def _whole_tag(value: Value) -> tuple[str, ...]:
    return (_tag(str(value)),)


def _split(value: Value) -> tuple[str, ...]:
    return tuple(distinct(map(_tag, split_tags(str(value))))) or _whole_tag("")


def _tag(text: str) -> str:
    try:
        return checked(text, "tag")
    except BadName as error:
        raise NotAValue(str(error)) from error


def _zero_or_one(value: Value) -> int:
    if value not in (0, 1):
        raise NotAValue(f"a checkbox is 0 or 1, not `{value}`")
    return int(value)


def _year(value: Value) -> str:
    if not isinstance(value, int | float) or value != value // 1 or not 1000 <= value <= 9999:
        raise NotAValue(f"`{value}` is no year from 1000 to 9999")
    return str(int(value))


#: What may become of a type's values besides what IN_PLACE says; of tags, what becomes of all that one subject has.
READERS: Mapping[tuple[FieldType, FieldType], Reader] = {
    ("text", "number"): _read_as("number"),
    ("text", "date"): _read_as("date"),
    ("text", "color"): _read_as("color"),
    ("text", "checkbox"): _read_as("checkbox"),
    ("text", "tag"): _whole_tag,
    ("text", "multi_tags"): _split,
    ("number", "text"): _written_as_text("number"),
    ("number", "checkbox"): _zero_or_one,
    ("number", "date"): _year,
    ("date", "text"): _written_as_text("date"),
    ("color", "text"): _written_as_text("color"),
    ("checkbox", "text"): _written_as_text("checkbox"),
    ("checkbox", "number"): _zero_or_one,
    ("checkbox", "tag"): lambda value: (write(value, "checkbox"),),
}

#: The same values under another name, and tags, of which one type holds one and the other several.
IN_PLACE: frozenset[tuple[FieldType, FieldType]] = frozenset(
    {("text", "url"), ("url", "text"), ("tag", "multi_tags"), ("multi_tags", "tag")}
)

FROM_TAGS: frozenset[tuple[FieldType, FieldType]] = frozenset({("tag", "text"), ("multi_tags", "text")})


@dataclass(frozen=True)
class Failing:
    """A value that another type cannot hold; `count` images or instances have it."""

    value: str
    count: int
    reason: str


@dataclass(frozen=True)
class TypePreview:
    """What a change of type would do: to how many images or instances, and the values that stand most in its way."""

    type: FieldType
    converts: int
    failing: int
    fails: tuple[Failing, ...]
    tags: int  # that would be made


def targets(type_: FieldType) -> tuple[FieldType, ...]:
    """Return the types that a property of a type can change to."""
    ways = {*READERS, *IN_PLACE, *FROM_TAGS}
    return tuple(to for to in FIELD_TYPES if (type_, to) in ways)


def preview(conn: sqlite3.Connection, property_id: int, type_: FieldType) -> TypePreview:
    """Tell what changing a property's type would do. Raises NotThere, or BadQuery for a type that it cannot have."""
    row = get(conn, property_id)
    _require_way(row, type_)
    return _preview(row, type_, *_look(conn, row, type_))


def change_type(
    conn: sqlite3.Connection,
    property_id: int,
    type_: FieldType,
    *,
    failing: OnFailing = "refuse",
    actor: str | None = None,
) -> tuple[int, Applied]:
    """Give a property another type in one changeset, and return the id that it then has.

    Raises Conflict where a value does not suit the type, unless such values are to be erased.
    """
    with transaction(conn):
        row = get(conn, property_id)
        _require_way(row, type_)
        counts, converted, reasons = _look(conn, row, type_)
        if reasons and failing == "refuse":
            seen = _preview(row, type_, counts, converted, reasons)
            first = seen.fails[0]
            raise Conflict(
                f"`{row['name']}` has values that are no {type_} ({seen.failing}), for one: {first.reason}; "
                "change or erase them first"
            )
        changeset = begin(conn, actor=actor, tool="property")
        if (row["type"], type_) in IN_PLACE:
            _change_in_place(conn, changeset, row, type_)
        else:
            property_id = _replace(conn, changeset, row, type_)
            _carry_over(conn, changeset, row, property_id, converted)
        return property_id, end(conn, changeset)


TypeCounts = Mapping[Value, int]
Converted = Mapping[Value, Value | tuple[str, ...]]
Reasons = Mapping[Value, str]


def _look(conn: sqlite3.Connection, row: edits.Row, type_: FieldType) -> tuple[TypeCounts, Converted, Reasons]:
    """Return the distinct values with their numbers, what each becomes, and why some become nothing.

    What a subject of a tag property has is told by a text: its tags.
    """
    counts = _tag_counts(conn, row) if row["type"] in TAG_TYPES else _counts(conn, row)
    converted: dict[Value, Value | tuple[str, ...]] = {}
    reasons: dict[Value, str] = {}
    if (row["type"], type_) == ("multi_tags", "tag"):
        several = _tag_counts(conn, row, only=with_several(conn, row["id"], row["scope"]))
        return counts, converted, {value: f"`{value}` are several tags" for value in several}
    reader = READERS.get((row["type"], type_))
    for value in counts if reader else ():
        assert reader
        try:
            converted[value] = reader(value)
        except NotAValue as error:
            reasons[value] = str(error)
    return counts, converted, reasons


def _preview(
    row: edits.Row, type_: FieldType, counts: TypeCounts, converted: Converted, reasons: Reasons
) -> TypePreview:
    fails = [Failing(_shown(value, row["type"]), counts[value], reason) for value, reason in reasons.items()]
    fails.sort(key=lambda failing: (-failing.count, natural(failing.value)))
    failing = sum(each.count for each in fails)
    is_tagged = type_ in TAG_TYPES and row["type"] not in TAG_TYPES
    tags = {name_key(tag) for new in converted.values() if isinstance(new, tuple) for tag in new} if is_tagged else ()
    return TypePreview(type_, sum(counts.values()) - failing, failing, tuple(fails[:SHOWN]), len(tags))


def _counts(conn: sqlite3.Connection, row: edits.Row) -> dict[Value, int]:
    column = quoted(row["name"])
    return dict(
        conn.execute(
            f"select {column}, count(*) from {row['scope']}_values where {column} is not null group by {column}"
        ).fetchall()
    )


def _tag_counts(conn: sqlite3.Connection, row: edits.Row, only: set[int] | None = None) -> dict[Value, int]:
    counts: dict[Value, int] = {}
    for subject, text in _tag_texts(conn, row).items():
        if only is None or subject in only:
            counts[text] = counts.get(text, 0) + 1
    return counts


def _tag_texts(conn: sqlite3.Connection, row: edits.Row) -> dict[int, str]:
    """Return the tags of each image or instance as one text: in the order of people; a single tag's name as it is."""
    names = conn.execute("select id, name from tags where property_id = ?", [row["id"]]).fetchall()
    rank = {tag_id: (n, name) for n, (tag_id, name) in enumerate(sorted(names, key=lambda tag: natural(tag[1])))}
    links = conn.execute(
        f"select {row['scope']}_id, tag_id from {row['scope']}_tags "
        "where tag_id in (select id from tags where property_id = ?)",
        [row["id"]],
    )
    tags_of: dict[int, list[tuple[int, str]]] = {}
    for subject, tag_id in links:
        tags_of.setdefault(subject, []).append(rank[tag_id])
    if row["type"] == "tag":
        return {subject: tags[0][1] for subject, tags in tags_of.items()}
    return {subject: join_tags(name for _, name in sorted(tags)) for subject, tags in tags_of.items()}


def _change_in_place(conn: sqlite3.Connection, changeset: int, row: edits.Row, type_: FieldType) -> None:
    if type_ == "tag":
        several = with_several(conn, row["id"], row["scope"])
        conn.execute(SUBJECTS)
        conn.execute("delete from temp.subjects")
        conn.executemany("insert into temp.subjects (id) values (?)", ([subject] for subject in several))
        subject = subject_of(conn, row["id"])
        unlink_all_but(conn, changeset, subject, [])
    edits.put(conn, changeset, "properties", {"id": row["id"]}, row | {"type": type_})


def _replace(conn: sqlite3.Connection, changeset: int, row: edits.Row, type_: FieldType) -> int:
    """Delete a property, and put another one under its name in its place."""
    edits.put(conn, changeset, "properties", {"id": row["id"]}, deleted(row))
    (new_id,) = conn.execute("select max(id) + 1 from properties").fetchone()
    new = row | {"id": new_id, "type": type_}
    insert(conn, changeset, new, deleted(new))
    return int(new_id)


def _carry_over(
    conn: sqlite3.Connection, changeset: int, row: edits.Row, property_id: int, converted: Converted
) -> None:
    """Write and log the values of the property that was, as what they become."""
    subject = subject_of(conn, property_id)
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    if row["type"] in TAG_TYPES:
        texts = _tag_texts(conn, row)
        conn.executemany("insert into temp.subjects values (?, ?)", texts.items())
        write_values(conn, changeset, subject, "subjects.new", {})
        return
    is_tagged = subject.type in TAG_TYPES
    pairs: list[tuple[Value, Value | tuple[str, ...]]] = list(converted.items())
    if is_tagged:
        named = [(value, tag) for value, tags in pairs if isinstance(tags, tuple) for tag in tags]
        ids = ensure_all(conn, changeset, property_id, (tag for _, tag in named))
        pairs = [(value, ids[tag]) for value, tag in named]
    # With the affinity of the column that it is compared to, so that the comparison has the index.
    conn.execute(f"create temp table conversions (old {COLUMN_TYPES[row['type']]}, new)")
    conn.executemany("insert into temp.conversions values (?, ?)", pairs)
    conn.execute("create index temp.conversions_old on conversions(old)")
    old = f"{subject.values}.{quoted(deleted(row)['name'])}"
    converted_values = f"from {subject.values} join temp.conversions on conversions.old = {old}"
    if is_tagged:
        conn.execute(PAIRS)
        conn.execute("delete from temp.pairs")
        conn.execute(f"insert into temp.pairs select {subject.key}, conversions.new {converted_values}")
        conn.execute("insert into temp.subjects (id) select distinct subject_id from temp.pairs")
        set_links(conn, changeset, subject)
    else:
        conn.execute(f"insert into temp.subjects select {subject.key}, conversions.new {converted_values}")
        write_values(conn, changeset, subject, "subjects.new", {})
    conn.execute("drop table temp.conversions")


def _shown(value: Value, type_: FieldType) -> str:
    return str(value) if type_ in ("text", "url", *TAG_TYPES) else write(value, type_)


def _require_way(row: edits.Row, type_: FieldType) -> None:
    known = targets(row["type"])
    if type_ not in known:
        can = ", ".join(known) or "nothing else"
        raise BadQuery(f"`{row['name']}` is of type {row['type']}, which can become {can}, not {type_}")
