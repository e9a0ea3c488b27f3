"""Names that come with tables, thesauri and projects of Panoptic: each is found, made or refused by the one rule."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, Selection
from datasette_panoptic.domain.descriptions import DescribedProperty, DescribedTag
from datasette_panoptic.domain.fields import is_reserved
from datasette_panoptic.domain.names import distinct, name_key, tidied
from datasette_panoptic.domain.old import OldProperty, OldTag
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadName, IngestError, OptionError
from datasette_panoptic.ingest.panoptic.pipeline import names_for
from datasette_panoptic.ingest.panoptic.values import described, names_here
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.ingest.vocabulary import import_tags, read_text
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.query.export.vocabulary import write
from datasette_panoptic.store import properties, tags, vocabulary
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

NFD_CAFE, NFC_CAFE = "cafe\u0301.jpg", "caf\u00e9.jpg"


@pytest.fixture
def conn():
    conn = empty()
    names = ["a.jpg", NFD_CAFE, "b.jpg", NFC_CAFE]
    folders = [Folder("photos"), Folder("other")]
    fill(conn, folders, [Picture()] * 4, [Instance(n, n // 3, name) for n, name in enumerate(names)])
    described = [
        Property("Époque", "text", "image", {0: "Zoe\u0301", 1: "Léa"}),
        Property("Kind", "tag", "image", {0: frozenset({"Rue, place"}), 2: frozenset({"École"})}),
    ]
    describe(conn, described)
    yield conn
    conn.close()


@pytest.fixture
def bring(conn, tmp_path):
    def bring(*lines, name="table.csv", **options):
        (tmp_path / name).write_text("\n".join(lines) + "\n", "utf-8")
        return import_table(conn, tmp_path / name, TableOptions(**options), actor="anna")

    return bring


def tags_of(conn, name):
    return [(tag.name, tag.count) for tag in tags.listed(conn, properties.tagged(conn, name))]


def test_a_header_finds_its_property_however_it_is_spelled(conn, bring):
    report = bring("name;E\u0301POQUE[text];\u00a0kind ", "b.jpg;Empire;ÉCOLE")
    assert [(column.name, column.new, column.new_tags) for column in report.columns] == [
        ("Époque", False, 0),
        ("Kind", False, 0),
    ]
    assert len(properties.listed(conn)) == 2


def test_options_name_columns_however_they_are_spelled(conn, bring):
    report = bring(
        "name;Une  Époque;Genre;Rest", "b.jpg;1890;x;y",
        types={"une ÉPOQUE": "text"}, renames={"GENRE": "Kind"}, ignored=frozenset({"rest\u00a0"}),
        scopes={"KIND": "image"},
    )  # fmt: skip
    assert [(column.name, column.type) for column in report.columns] == [("Une Époque", "text"), ("Kind", "tag")]
    assert report.passed_over == ["Rest"]


def test_two_columns_of_one_name_are_refused(bring):
    with pytest.raises(OptionError, match="there are two columns"):
        bring("name;Cão;Ca\u0303o", "a.jpg;x;y")


def test_spellings_of_a_tag_are_one_tag_and_told(conn, bring):
    report = bring("name;T[multi_tags]", "a.jpg;Cão,cão ,CA\u0303O", "b.jpg;CÃO,Époque", f"{NFD_CAFE};Epoque")
    assert tags_of(conn, "T") == [("Cão", 2), ("Epoque", 1), ("Époque", 1)]
    assert report.columns[0].new_tags == 3
    assert [note.text for note in report.notes] == [
        "Spellings of one tag of `T`, all read as the first: Cão = cão = CÃO",
        "Tags of `T` that differ only in accents or punctuation and may be the same; if so, merge them: "
        "Epoque = Époque",
    ]
    again = bring("name;t", "b.jpg;cÃo, other")
    assert tags_of(conn, "T")[0] == ("Cão", 2)
    assert [(note.kind, note.facts["tags"]) for note in again.notes] == [("one_tag", "Cão = cÃo")]
    assert again.columns[0].new_tags == 1
    assert bring("name;T", "b.jpg;Cão").notes == []


def test_one_tag_in_two_spellings_is_one_where_a_property_holds_one(conn, bring):
    report = bring('[{"name": "a.jpg", "Kind": ["École", "ÉCOLE"]}]', name="t.json")
    assert report.errors == 0
    assert tags_of(conn, "Kind") == [("École", 2), ("Rue, place", 0)]


LONG = "x" * 201


def test_a_tag_that_cannot_be_is_a_cell_that_cannot_be_read(conn, bring):
    report = bring("name;T[multi_tags]", f"a.jpg;fine,{LONG}", "b.jpg;a\x1bb")
    assert [(cell.row, cell.column) for cell in report.bad_cells] == [(2, "T"), (3, "T")]
    assert "at most 200 characters, not 201" in report.bad_cells[0].message
    assert "U+001B" in report.bad_cells[1].message
    assert not report.written
    assert properties.find(conn, "T") is None


def test_a_header_that_cannot_be_a_name_says_what_helps(bring):
    for header in (LONG, "a\x1bb"):
        with pytest.raises(OptionError, match=r"--rename '#2=NEW'"):
            bring(f"name;{header}", "a.jpg;1")
    assert bring(f"name;{LONG};other", "a.jpg;1;2", ignored=frozenset({"#2"})).written


FINDS = {
    ("name", NFC_CAFE): [4],
    ("name", NFD_CAFE): [2],
    ("path", f"photos/{NFC_CAFE}"): [2],
    ("path", f"other/{NFD_CAFE}"): [4],
    ("Époque", "Zo\u00e9"): [1],
    ("époque", "Le\u0301a"): [2],
    ("KIND", "rue,  PLACE"): [1],
    ("Kind", "E\u0301COLE"): [3],
}


@pytest.mark.parametrize(("key", "cell"), FINDS)
def test_a_key_finds_a_name_in_any_form(conn, bring, key, cell):
    report = bring(f"{key};N[number]", f'"{cell}";7', key=key, fusion="all")
    assert (report.matched, report.unmatched) == (1, 0)
    found = conn.execute("select instance_id from instance_values where N = 7 order by 1").fetchall()
    assert [instance for (instance,) in found] == FINDS[key, cell]


def test_the_other_form_of_a_name_is_found_where_there_is_no_other(conn, bring):
    conn.execute("delete from instances where id = 4")
    assert bring("name;N[number]", f"{NFC_CAFE};7").matched == 1


def test_descriptions_beside_a_table_are_of_the_column_however_it_is_spelled(conn, bring, tmp_path):
    tag = {"name": "Été", "color": "#112233", "parents": ["SAISON"]}
    says = {"name": "E\u0301poque 2", "type": "multi_tags", "scope": "image", "tags": [tag, {"name": "saison"}]}
    (tmp_path / "table.properties.json").write_text(json.dumps({"properties": [says]}))
    bring("name;époque 2", "a.jpg;ÉTÉ")
    (summer, season) = tags.listed(conn, properties.tagged(conn, "Époque 2"))
    assert (summer.name, summer.color, summer.parents, summer.count) == ("Été", "#112233", ("SAISON",), 1)
    assert season.name == "SAISON"


def test_a_vocabulary_joins_what_it_says_of_one_tag(conn):
    property_id = properties.create(conn, "Topic", "multi_tags", "image")
    tags.create(conn, property_id, "ANIMAL")
    text = "name,color,parents\nChat,#112233,animal\nCHAT,,Bête\nbe\u0302te,,\n"
    _, planted = import_tags(conn, property_id, read_text(text, "csv"))
    assert (planted.created, planted.changed, planted.unchanged) == (2, 0, 1)
    found = {tag.name: (tag.color, tag.parents) for tag in tags.listed(conn, property_id)}
    assert found == {"ANIMAL": (None, ()), "Bête": (None, ()), "Chat": ("#112233", ("ANIMAL", "Bête"))}
    with pytest.raises(BadName, match="at most 200"):
        import_tags(conn, property_id, read_text(f"name\n{LONG}\n", "csv"))


def test_concepts_that_differ_in_case_are_told_apart_by_their_notation():
    pytest.importorskip("rdflib")
    turtle = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <http://x/1> a skos:Concept; skos:prefLabel "Mars"; skos:notation "planet" .
    <http://x/2> a skos:Concept; skos:prefLabel "MARS"; skos:notation "god" .
    <http://x/3> a skos:Concept; skos:prefLabel "Venus" ."""
    assert [tag.name for tag in read_text(turtle, "ttl")] == ["Mars (planet)", "MARS (god)", "Venus"]
    with pytest.raises(IngestError, match="two concepts are called"):
        read_text(turtle.replace('"god"', '"PLANET"'), "ttl")


def test_a_project_of_panoptic_keeps_all_tags_of_one_name():
    old = OldProperty(
        1, "Topic", "multi_tags", "image",
        tags=(
            OldTag(1, "Cat", None, (3,)), OldTag(2, "CAT ", 2, (4,)), OldTag(3, "animal", None, ()),
            OldTag(4, "y" * 300, None, ()), OldTag(5, "a\0b", None, ()), OldTag(6, " \x07", None, ()),
        ),
    )  # fmt: skip
    notes: list[str] = []
    found = {tag.name: tag for tag in described(old, notes)}
    long = "y" * 199 + "…"
    assert list(found) == ["Cat", "animal", long, "a b"]
    assert found["Cat"].parents == ("animal", long)
    assert found["Cat"].color
    assert found[long].description == "y" * 300
    assert names_here(old) == {1: "Cat", 2: "Cat", 3: "animal", 4: long, 5: "a b"}
    assert [note.partition(" ")[0] for note in notes] == ["1", "tags", "1"]


def test_a_property_of_panoptic_gets_a_name_that_is_free():
    names = names_for(OldProperty(1, "WIDTH\0 ", "text", "image"))
    assert [next(names) for _ in range(2)] == ["WIDTH (Panoptic)", "WIDTH (Panoptic 2)"]
    long = names_for(OldProperty(1, "z" * 500, "text", "image"))
    assert len({name_key(next(long)) for _ in range(4)}) == 4


TAGS = st.lists(
    st.text(st.sampled_from("aAéÉe\u0301ß ,\"'\u00a0;œ"), min_size=1, max_size=5).filter(lambda name: name_key(name)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(TAGS)
def test_a_vocabulary_comes_back_as_it_went_out(rows_conn, names):
    conn = rows_conn
    conn.execute("begin")
    try:
        first, second = (properties.create(conn, name, "multi_tags", "image") for name in ("First", "Second"))
        import_tags(conn, first, [DescribedTag(name) for name in names])
        out = write("First", vocabulary.described(conn, first), "csv", None)
        import_tags(conn, second, read_text(out, "csv"))
        here, there = ([tag.name for tag in tags.listed(conn, each)] for each in (first, second))
        assert here == there
        assert sorted(here) == sorted(distinct(names))
        assert {tags.named(conn, second, name) for name in names} == {tag.id for tag in tags.listed(conn, second)}
    finally:
        conn.execute("rollback")


@pytest.fixture(scope="module")
def rows_conn():
    conn = empty()
    yield conn
    conn.close()


def test_undo_takes_back_a_renaming_of_a_tag_to_another_case(conn):
    property_id = properties.tagged(conn, "Kind")
    school = tags.named(conn, property_id, "école")
    done = tags.change(conn, school, name="ÉCOLE", actor="anna")
    assert tags.get(conn, school)["name"] == "ÉCOLE"
    assert tags.named(conn, property_id, "École") == school
    assert undo(conn, actor="anna", changeset=done.changeset).conflicts == 0
    assert tags.get(conn, school)["name"] == "École"


def test_what_describes_a_property_is_found_by_its_key():
    from datasette_panoptic.domain.descriptions import from_json, to_json

    written = to_json([DescribedProperty("Rue  Haute", "text", "image")])
    assert list(from_json(written)) == ["rue haute"]


ODD_NAMES = st.text(st.sampled_from("aAé\u0301[],\"'=:_~;&|()#\u00a0 ßœ\n"), min_size=1, max_size=6).filter(
    lambda name: name_key(name) and not is_reserved(name)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ODD_NAMES, min_size=1, max_size=3, unique_by=name_key), st.lists(ODD_NAMES, min_size=1, max_size=3))
@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "parquet"])
def test_names_survive_an_export_and_an_import(tmp_path_factory, format_, names, tagged):
    folder = tmp_path_factory.mktemp("names")
    first, second = (rows_of_one() for _ in range(2))
    for name in names:
        property_id = properties.create(first, name, "multi_tags", "image")
        apply(first, [AddTags(property_id, tuple(tagged))], EVERYTHING, actor=None, tool="annotate")
    out = folder / f"out.{format_}"
    export_to(first, out, Query(), format_=format_)
    report = import_table(second, out, TableOptions(key="id"))
    assert report.bad_cells == []
    for conn in (first, second):
        assert {name_key(row["name"]): row["name"] for row in properties.listed(conn)} == {
            name_key(name): tidied(name) for name in names
        }
        for name in names:
            found = tags_of(conn, name)
            assert sorted(found) == sorted((tag, 1) for tag in distinct(tagged))
    first.close()
    second.close()


EVERYTHING = Selection("select id as instance_id from instances", {})


def rows_of_one():
    conn = empty()
    fill(conn, [Folder("photos")], [Picture()], [Instance(0, 0, "a.jpg")])
    return conn
