"""Vocabularies as files: out and in again, other people's thesauri, and what cannot be read."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.vocabularies import format_of
from datasette_panoptic.errors import BadQuery, IngestError, MissingExtra, PanopticError
from datasette_panoptic.ingest.tables.encoding import decoded
from datasette_panoptic.ingest.vocabulary import encoding_in, read_text
from datasette_panoptic.query.export.vocabulary import write
from datasette_panoptic.store import properties, tags

NAMES = st.text(
    st.one_of(
        st.sampled_from(list(",;\"'|\t\n\r #<>\\/:@%éß\u2028\u200f\u05e9\u05dc\U0001f408")),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    min_size=1,
    max_size=12,
).filter(str.strip)
TEXTS = st.none() | NAMES


@st.composite
def vocabularies(draw) -> list[DescribedTag]:
    """Tags whose parents come before them: any number of them, and no circle."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    return [
        DescribedTag(
            name,
            draw(st.none() | st.sampled_from(["#000000", "#1c7ed6"])),
            draw(TEXTS),
            draw(TEXTS | st.just("http://example.org/a?b=c#d")),
            tuple(draw(st.lists(st.sampled_from(names[:at]), unique=True))) if at else (),
        )
        for at, name in enumerate(names)
    ]


def by_name(described) -> dict[str, tuple[object, ...]]:
    return {tag.name: (tag.color, tag.description, tag.uri, set(tag.parents)) for tag in described}


@given(vocabularies(), st.sampled_from(["csv", "ttl", "jsonld"]), st.sampled_from([None, "fr"]))
def test_what_goes_out_comes_in_again_the_same(described, format_, language):
    assert by_name(read_text(write("Topic, etc.", described, format_, language), format_)) == by_name(described)


@given(vocabularies())
def test_panoptic_s_own_form_keeps_names_colours_and_parents(described):
    read = read_text(write("Topic", described, "panoptic"), "panoptic")
    assert {name: (values[0], values[3]) for name, values in by_name(read).items()} == {
        name: (values[0], values[3]) for name, values in by_name(described).items()
    }


SKOS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ex: <http://example.org/> .
ex:scheme a skos:ConceptScheme ; skos:prefLabel "Things"@en ; skos:hasTopConcept ex:animal .
ex:set a skos:Collection ; skos:prefLabel "A set"@en ; skos:member ex:cat .
ex:animal a skos:Concept ; skos:prefLabel "Animal"@en, "Bête"@fr-FR, "Tier"@de ; skos:narrower ex:cat .
ex:cat a skos:Concept ; skos:prefLabel "cat"@en, "chat"@fr ; skos:altLabel "puss"@en ;
  skos:scopeNote "only tame ones"@en ; skos:exactMatch <http://www.wikidata.org/entity/Q146> ;
  <urn:x-panoptic:color> "4" .
ex:m1 skos:prefLabel "Mercury"@en ; skos:broader ex:planet, ex:unknown ; skos:notation "p1" .
ex:m2 skos:prefLabel "Mercury"@en ; skos:definition "a metal"@en .
ex:planet a skos:Concept .
[] skos:prefLabel "Nameless" ; dcterms:identifier "n 7" .
"""


def test_somebody_else_s_thesaurus_is_read_in_a_language():
    english = by_name(read_text(SKOS, "ttl"))
    assert english == {
        "Animal": (None, None, "http://example.org/animal", set()),
        "cat": ("#4263eb", "only tame ones", "http://www.wikidata.org/entity/Q146", {"Animal"}),
        "Mercury (p1)": (None, None, "http://example.org/m1", {"planet"}),
        "Mercury (m2)": (None, "a metal", "http://example.org/m2", set()),
        "planet": (None, None, "http://example.org/planet", set()),
        "Nameless": (None, None, "n 7", set()),
    }
    french = by_name(read_text(SKOS, "ttl", language="fr"))
    assert french.keys() == {"Bête", "chat", "Mercury (p1)", "Mercury (m2)", "planet", "Nameless"}
    assert french["chat"][3] == {"Bête"}


def test_json_ld_is_read_with_a_context_of_its_own_whatever_graph_it_is_in():
    document = {
        "@context": {"name": "http://www.w3.org/2004/02/skos/core#prefLabel"},
        "@id": "http://example.org/graph",
        "@graph": [{"@id": "a", "name": "relative"}, {"@id": "http://example.org/b", "name": "absolute"}],
    }
    found = by_name(read_text(json.dumps(document), "jsonld"))
    assert {name: values[2] for name, values in found.items()} == {"relative": None, "absolute": "http://example.org/b"}


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "https://example.org/context.jsonld"},
        {"@context": [{"a": "urn:a"}, "https://example.org/context.jsonld"]},
        {"@context": {"@import": "https://example.org/context.jsonld"}},
        {"@context": {"a": {"@id": "urn:a", "@context": "context.jsonld"}}},
        {"@graph": [{"@context": "//example.org/context"}]},
    ],
)
def test_nothing_is_fetched_from_the_network(document, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("the network was asked"))
    with pytest.raises(IngestError, match="nothing is fetched from the network"):
        read_text(json.dumps(document), "jsonld")


@pytest.mark.parametrize(
    ("text", "tags_found"),
    [
        (
            'name,color,description,uri,parents\ncat,#FF0000,,,"animal,""a, b"""\n',
            {"cat": ("#ff0000", {"animal", "a, b"})},
        ),
        ("Parents;Name\n;animal\nanimal;cat\n", {"animal": (None, set()), "cat": (None, {"animal"})}),
        ("cat;0;animal,pet\nanimal\n\n", {"cat": ("#e03131", {"animal", "pet"}), "animal": (None, set())}),
        ("name;3;\n", {"name": ("#7048e8", set())}),
        ("cat;;pet\ncat;1;animal\n", {"cat": ("#d6336c", {"pet", "animal"})}),
    ],
)
def test_tables_with_and_without_headers(text, tags_found):
    assert {name: (values[0], values[3]) for name, values in by_name(read_text(text, "csv")).items()} == tags_found


@pytest.mark.parametrize(
    ("text", "format_", "message"),
    [
        ("name,color\ncat,reddish\n", "csv", "line 2: `reddish` is no colour"),
        ("cat;reddish\n", "panoptic", "line 1: `reddish` is no colour"),
        ("name,color\n,#000000\n", "csv", "line 2: a tag needs a name"),
        (";1;\n", "csv", "line 1: a tag needs a name"),
        ("", "csv", "it contains no tags"),
        ("a\0b;;\n", "csv", "has a character that cannot be stored as text"),
        ("<a> <b>", "ttl", "cannot be read as SKOS in turtle"),
        ("<a> <b> <c> .", "ttl", "it contains no tags"),
        ("[1", "jsonld", "cannot be read as SKOS in json-ld"),
        ('{"@context": 5}', "jsonld", "cannot be read as SKOS in json-ld"),
        ("[" * 100_000, "jsonld", "cannot be read as SKOS in json-ld"),
        (f"{SKOS} ex:m3 skos:prefLabel 'Mercury' ; skos:notation 'p1' .", "ttl", "two concepts are called `Mercury"),
        (f"{SKOS} ex:planet <urn:x-panoptic:color> 'reddish' .", "ttl", "`planet`: `reddish` is no colour"),
    ],
)
def test_what_cannot_be_read_is_named(text, format_, message):
    with pytest.raises(IngestError, match=message):
        read_text(text, format_)


def test_encodings_and_endings():
    for data in ("é".encode("utf-8-sig"), "é".encode("utf-16"), b"\xe9"):
        assert decoded(data, encoding_in("csv")) == "é"
    with pytest.raises(IngestError, match="line 2 cannot be read: it has the byte 0xe9"):
        decoded(b"a\n\xe9", encoding_in("ttl"))
    assert [format_of(f"a.{end}") for end in ("CSV", "txt", "ttl", "json", "jsonld")] == [
        "csv",
        "csv",
        "ttl",
        "jsonld",
        "jsonld",
    ]
    with pytest.raises(PanopticError, match=r"`a\.xml` has no known file extension"):
        format_of("a.xml")
    with pytest.raises(BadQuery, match="no language tag"):
        write("Topic", [DescribedTag("a")], "ttl", "fr> <x")


def test_without_rdflib_it_says_what_to_install_and_writes_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(MissingExtra, match=r"datasette-panoptic\[skos\]"):
        read_text(SKOS, "ttl")
    assert "skos:prefLabel" in write("Topic", [DescribedTag("a")], "ttl")


def run(*arguments: object) -> str:
    done = CliRunner().invoke(panoptic, ["tag", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("ending", ["csv", "ttl", "jsonld"])
def test_the_commands_carry_a_vocabulary_from_one_project_to_another(project, tmp_path, ending):
    for name in ("Topic", "Copy"):
        properties.create(project.conn, name, "multi_tags", "image")
    source = tmp_path / "tags.txt"
    source.write_text("cat;0;animal,pet\nkitten;;cat\n")
    said = json.loads(run("import", project.path, "Topic", source, "--json"))
    assert said == {"changeset": said["changeset"], "created": 4, "changed": 0, "unchanged": 0}
    out = tmp_path / f"out.{ending}"
    run("export", project.path, "Topic", out)
    run("import", project.path, "Copy", out)
    first, second = (
        {tag.name: (tag.color, tag.parents) for tag in tags.listed(project.conn, property_id)} for property_id in (1, 2)
    )
    assert first == second == {
        "animal": (None, ()), "cat": ("#e03131", ("animal", "pet")), "kitten": (None, ("cat",)), "pet": (None, ()),
    }  # fmt: skip
    there = CliRunner().invoke(panoptic, ["tag", "export", str(project.path), "Topic", str(out)])
    assert (there.exit_code, "already exists" in there.output) == (1, True)


def test_the_command_splits_what_a_query_finds(painted, tmp_path):
    path = tmp_path / "painted.db"
    path.write_bytes(painted.path.read_bytes())
    for arguments in (
        ["property", "create", path, "Topic", "--type", "multi_tags"],
        ["annotate", path, "--add", "Topic=all"],
        ["tag", "split", path, "Topic", "all", "few", "--query", "id__lte=2"],
    ):
        assert CliRunner().invoke(panoptic, list(map(str, arguments))).exit_code == 0
    listed = json.loads(run("list", path, "Topic", "--json"))["rows"]
    assert {row["name"]: row["count"] for row in listed} == {"all": 6, "few": 2}
