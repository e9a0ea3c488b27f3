"""A vocabulary as a file: a table, or SKOS, which other thesauri speak."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.values import join_tags, write_tag
from datasette_panoptic.domain.vocabularies import COLUMNS, NAMESPACE, RDF, Format
from datasette_panoptic.errors import BadQuery

#: An address that RDF can write: absolute, without what its syntaxes reserve.
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")

SKOS = "http://www.w3.org/2004/02/skos/core#"
PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": SKOS,
    "dcterms": "http://purl.org/dc/terms/",
    "panoptic": NAMESPACE,
}

LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def write(name: str, tags: Sequence[DescribedTag], format_: Format, language: str | None = None) -> str:
    """Write the tags of the property of a name. `language` marks the labels in SKOS."""
    if language is not None and not LANGUAGE.fullmatch(language):
        raise BadQuery(f"`{language}` is no language tag; `fr` and `pt-BR` are")
    if format_ in RDF:
        return _skos(name, tags, format_, language)
    text = io.StringIO()
    if format_ == "csv":
        csv.writer(text).writerow(COLUMNS)
    for tag in tags:
        parents = join_tags(tag.parents)
        if format_ == "panoptic":
            csv.writer(text, delimiter=";").writerow([write_tag(tag.name), tag.color or "", parents])
        else:
            row = [write_tag(tag.name), tag.color or "", tag.description or "", tag.uri or "", parents]
            csv.writer(text).writerow(row)
    return text.getvalue()


def _skos(name: str, tags: Sequence[DescribedTag], format_: Format, language: str | None) -> str:
    """Write a concept per tag, its URI as an exact match: what other people's concepts mean is not ours to say."""
    scheme = _Name(f"{NAMESPACE}property:{quote(name, safe='')}")
    concepts = {tag.name: _Name(f"{NAMESPACE}tag:{quote(name, safe='')}:{quote(tag.name, safe='')}") for tag in tags}
    below: dict[str, list[_Name]] = {}
    for tag in tags:
        for parent in tag.parents:
            below.setdefault(parent, []).append(concepts[tag.name])
    tops = [concepts[tag.name] for tag in tags if not tag.parents]
    said = {concepts[tag.name]: _said(tag, scheme, concepts, below.get(tag.name, []), language) for tag in tags}
    about: Facts = {
        "rdf:type": [_Name(f"{SKOS}ConceptScheme")],
        "skos:prefLabel": [_Text(name, language)],
        "skos:hasTopConcept": tops,
    }
    graph = {scheme: about, **said}
    return _turtle(graph) if format_ == "ttl" else _json_ld(graph)


def _said(
    tag: DescribedTag, scheme: _Name, concepts: Mapping[str, _Name], below: Sequence[_Name], language: str | None
) -> Facts:
    is_name = tag.uri is not None and IRI.fullmatch(tag.uri)
    return {
        "rdf:type": [_Name(f"{SKOS}Concept")],
        "skos:inScheme": [scheme],
        "skos:topConceptOf": [] if tag.parents else [scheme],
        "skos:prefLabel": [_Text(tag.name, language)],
        "skos:definition": [_Text(tag.description, language)] if tag.description else [],
        "panoptic:color": [_Text(tag.color)] if tag.color else [],
        "skos:exactMatch": [_Name(tag.uri)] if tag.uri and is_name else [],
        "dcterms:identifier": [_Text(tag.uri)] if tag.uri and not is_name else [],
        "skos:broader": [concepts[parent] for parent in tag.parents],
        "skos:narrower": below,
    }


class _Name(str):
    """An address that names something, as opposed to a text."""

    __slots__ = ()


@dataclass(frozen=True)
class _Text:
    text: str
    language: str | None = None


Facts = Mapping[str, Sequence[_Name | _Text]]
Graph = Mapping[_Name, Facts]


def _turtle(graph: Graph) -> str:
    def term(value: _Name | _Text) -> str:
        if isinstance(value, _Name):
            return f"<{value}>"
        # The escapes of JSON are those of Turtle, but for the slash, which is written as it is.
        return json.dumps(value.text, ensure_ascii=False) + (f"@{value.language}" if value.language else "")

    lines = [f"@prefix {prefix}: <{address}> ." for prefix, address in PREFIXES.items()]
    for subject, said in graph.items():
        facts = [f"{key} {', '.join(map(term, values))}" for key, values in said.items() if values]
        lines += ["", f"<{subject}>", "  " + " ;\n  ".join(facts) + " ."]
    return "\n".join(lines) + "\n"


def _json_ld(graph: Graph) -> str:
    def node(value: _Name | _Text) -> object:
        if isinstance(value, _Name):
            return {"@id": value}
        return {"@value": value.text, "@language": value.language} if value.language else value.text

    described = [
        {"@id": subject}
        | {"@type" if key == "rdf:type" else key: [value if key == "rdf:type" else node(value) for value in values]
           for key, values in said.items() if values}
        for subject, said in graph.items()
    ]  # fmt: skip
    return json.dumps({"@context": PREFIXES, "@graph": described}, ensure_ascii=False, indent=1) + "\n"
