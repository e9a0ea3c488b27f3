"""Conditions in addresses and in words: the cases that the page's script is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Combined, Condition, Query, Where
from datasette_panoptic.query import text
from datasette_panoptic.web.grid.filters import group_label, where_label
from datasette_panoptic.web.grid.toggle import toggled
from datasette_panoptic.web.http.words import words

CASES = json.loads((Path(__file__).parent / "cases" / "where.json").read_text(encoding="utf-8"))
FIELDS = Fields([Field(name, type_, "image", n) for n, (name, type_) in enumerate(CASES["types"].items(), 1)])
LANGUAGES = ("en", "fr")


def tree(where: dict[str, Any]) -> Where:
    if "kind" in where:
        return Combined(where["kind"], tuple(map(tree, where["parts"])))
    return Condition(where["field"], where["operator"], tuple(where["operands"]))


@pytest.mark.parametrize("case", CASES["wheres"], ids=lambda case: case["query"])
def test_a_condition_is_read_written_and_said(case):
    where = tree(case["where"])
    assert text.parse_string(case["query"]).where == (where,)
    assert text.to_string(Query(where=(where,))) == case.get("query_as_written", case["query"])
    assert [where_label(words(language), FIELDS, where) for language in LANGUAGES] == [case["en"], case["fr"]]


@pytest.mark.parametrize("case", CASES["groups"], ids=lambda case: case["query"])
def test_a_level_of_groups_is_read_written_and_said(case):
    query = text.parse_string(case["query"])
    assert parse_qsl(text.to_string(query)) == parse_qsl(case["query"])
    said = [group_label(words(language), FIELDS, query.groups[0]) for language in LANGUAGES]
    assert said == [case["en"], case["fr"]]


@pytest.mark.parametrize("case", CASES["toggles"], ids=lambda case: str(case))
def test_a_value_of_a_facet_is_asked_for_or_left_out(case):
    field, value = case.get("toggle") or case["exclude"]
    where = toggled(text.parse_string(case["query"]).where, field, value, out="exclude" in case)
    assert text.to_pairs(Query(where=where)) == text.to_pairs(text.parse_string(case["becomes"]))
