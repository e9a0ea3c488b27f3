"""Thesauri in SKOS, as Turtle or JSON-LD, read as tags: a name for each concept, what is broader as its parents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.values import NotAValue
from datasette_panoptic.domain.vocabularies import COLOR, NAMESPACE
from datasette_panoptic.errors import IngestError, MissingExtra

from .tables.values import color

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

#: What addresses without a beginning are relative to: they name nothing outside of their file.
NOWHERE = "https://panoptic.invalid/"

#: What rdflib's parsers raise at a text that is not what they read.
FAULTS = (SyntaxError, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError)


def read_skos(text: str, syntax: str, language: str | None) -> Iterator[DescribedTag]:
    """Yield the concepts of a file. Raises IngestError; it asks the network for nothing.

    A concept is named in the language asked for, else without one, else in English, else in whatever language it is.
    """
    graph = _parsed(text, syntax)
    from rdflib import DCTERMS, RDF, SKOS, URIRef

    others = {
        other
        for kind in (SKOS.ConceptScheme, SKOS.Collection, SKOS.OrderedCollection)
        for other in graph.subjects(RDF.type, kind)
    }
    labelled = {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.prefLabel)}
    concepts = sorted(labelled - others, key=str)
    names = _names(graph, concepts, language)
    parents: dict[Node, set[str]] = {concept: set() for concept in concepts}
    for narrow, broad in (
        *graph.subject_objects(SKOS.broader),
        *((narrow, broad) for broad, narrow in graph.subject_objects(SKOS.narrower)),
    ):
        if narrow in names and broad in names:
            parents[narrow].add(names[broad])
    for concept in concepts:
        shade = min(map(str, graph.objects(concept, URIRef(COLOR))), default="")
        said = _said(graph, concept, (SKOS.definition, SKOS.scopeNote), language)
        matches = sorted(str(match) for match in graph.objects(concept, SKOS.exactMatch) if isinstance(match, URIRef))
        is_own = isinstance(concept, URIRef) and not str(concept).startswith((NAMESPACE, NOWHERE))
        identifiers = sorted(map(str, graph.objects(concept, DCTERMS.identifier)))
        try:
            yield DescribedTag(
                names[concept],
                color(shade) if shade else None,
                said,
                next(iter([*matches, *([str(concept)] if is_own else identifiers)]), None),
                tuple(sorted(parents[concept])),
            )
        except NotAValue as error:
            raise IngestError(f"`{names[concept]}`: {error}") from error


def _parsed(text: str, syntax: str) -> Graph:
    try:
        from rdflib import Graph
        from rdflib.exceptions import ParserError
        from rdflib.plugins.parsers.jsonld import to_rdf
    except ImportError as error:
        raise MissingExtra("SKOS", "skos") from error
    try:
        if syntax == "json-ld":
            document = json.loads(text)
            _refuse_addresses(document)
            return to_rdf(document, Graph(bind_namespaces="none"), base=NOWHERE)
        return Graph(bind_namespaces="none").parse(data=text, format=syntax, publicID=NOWHERE)
    except (*FAULTS, ParserError) as error:
        raise IngestError(f"it cannot be read as SKOS in {syntax}: {str(error)[:300]}") from error


def _refuse_addresses(document: Any) -> None:
    """Raise IngestError where JSON-LD says that its meaning is to be fetched from somewhere."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            contexts = part.get("@context")
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str):
                    raise IngestError(
                        f"its `@context` is the address `{context[:200]}`, and nothing is fetched from the network: "
                        "put the context itself in its place, or convert the file to Turtle"
                    )
            if "@import" in part:
                raise IngestError("its context has an `@import`, and nothing is fetched from the network")
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


def _names(graph: Graph, concepts: list[Node], language: str | None) -> dict[Node, str]:
    """Name each concept; those that would have one name get their notation, or the end of their address, besides."""
    from rdflib import RDFS, SKOS

    names = {
        concept: _said(graph, concept, (SKOS.prefLabel, RDFS.label, SKOS.altLabel), language) or _ending(concept)
        for concept in concepts
    }
    shared = {key for key, times in Counter(map(name_key, names.values())).items() if times > 1}
    for concept in concepts:
        if name_key(names[concept]) in shared:
            notation = min(map(str, graph.objects(concept, SKOS.notation)), default="")
            names[concept] = f"{names[concept]} ({notation or _ending(concept)})"
    first: dict[str, Node] = {}
    for concept, name in names.items():
        if first.setdefault(name_key(name), concept) != concept:
            raise IngestError(f"two concepts are called `{name}`; give one of them another label, or a notation")
    return names


def _said(graph: Graph, concept: Node, predicates: Iterable[Any], language: str | None) -> str | None:
    """Return the text of the first of some predicates that says anything, in the best language it has."""
    for predicate in predicates:
        texts = [each for each in graph.objects(concept, predicate) if str(each).strip()]
        if texts:
            return str(min(texts, key=lambda each: (_distance(getattr(each, "language", None), language), str(each))))
    return None


def _distance(found: str | None, wanted: str | None) -> int:
    found, wanted = (found or "").lower(), (wanted or "").lower()
    if found == wanted:
        return 0
    if found.partition("-")[0] == wanted.partition("-")[0]:
        return 1
    return 2 if not found else 3 if found.partition("-")[0] == "en" else 4


def _ending(concept: Node) -> str:
    return unquote(str(concept).rstrip("/#").replace("#", "/").rpartition("/")[2].rpartition(":")[2])
