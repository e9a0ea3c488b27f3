"""The query string and the query are one thing in two spellings."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.escapes import escaped_name
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import AGGREGATES, GROUP_ORDERS, KINDS, Combined, Condition, Grouping, Query, Sort
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.operators import TABLE
from datasette_panoptic.query.text import OPERANDS, join_list, parse_string, split_list, to_pairs, to_string
from tests.test_names import CASES as NAMES
from tests.test_order import queries

awkward = st.text(st.sampled_from("aé_~,;()=:! %&+#\n🐈"), max_size=6) | st.sampled_from(
    ["a__gt", "__", "_x", "any(", "a__any__exact"]
)
names = awkward.filter(bool)


@st.composite
def awkward_conditions(draw):
    operator = draw(st.sampled_from([operator.key for operator in TABLE]))
    count = {"none": st.just(0), "one": st.just(1), "two": st.just(2), "list": st.integers(0, 3)}[OPERANDS[operator]]
    wanted = draw(count)
    return Condition(draw(names), operator, tuple(draw(st.lists(awkward, min_size=wanted, max_size=wanted))))


wheres = st.recursive(
    awkward_conditions(),
    lambda parts: st.builds(Combined, st.sampled_from(KINDS), st.lists(parts, max_size=3).map(tuple)),
    max_leaves=5,
)
groupings = st.builds(
    lambda field, step, order, of, down: Grouping(field, step, order, of if order in AGGREGATES else "", down),
    names,
    awkward,
    st.sampled_from(GROUP_ORDERS),
    names,
    st.booleans(),
)


@given(queries(), st.lists(wheres, max_size=3).map(tuple), st.lists(groupings, max_size=2).map(tuple))
def test_text_and_query_round_trip(query, where, groups):
    query = replace(query, where=(*query.where, *where), groups=(*query.groups, *groups))
    assert parse_string(to_string(query)) == query


CASES = {
    "": Query(),
    "?": Query(),
    "_mode=images": Query(mode="images"),
    "?_folder=7&_folder=3&_folder=7": Query(folders=frozenset({3, 7})),
    "_sort_desc=width&_sort=name": Query(sorts=(Sort("width", descending=True), Sort("name"))),
    "_sort=random&_seed=12": Query(sorts=(Sort("random"),), seed=12),
    "_thumb=200&_at=5000&_lang=fr": Query(),
    "Author=Anna": Query(where=(Condition("Author", "exact", ("Anna",)),)),
    "Author=": Query(where=(Condition("Author", "exact", ("",)),)),
    "Author__isblank=1": Query(where=(Condition("Author", "isblank"),)),
    "Likes__gt=50&Likes__lt=90": Query(where=(Condition("Likes", "gt", ("50",)), Condition("Likes", "lt", ("90",)))),
    "Topic__any=cat,dog": Query(where=(Condition("Topic", "any", ("cat", "dog")),)),
    "Topic__any=": Query(where=(Condition("Topic", "any", ()),)),
    "Topic__any=chat~2C+noir,~": Query(where=(Condition("Topic", "any", ("chat, noir", "")),)),
    "_where=any(Topic=cat;not(Likes__gt=50;Seen=true))": Query(
        where=(
            Combined(
                "any",
                (
                    Condition("Topic", "exact", ("cat",)),
                    Combined("not", (Condition("Likes", "gt", ("50",)), Condition("Seen", "exact", ("true",)))),
                ),
            ),
        )
    ),
    "_group=Topic&_group=Said+at:year:!size": Query(
        groups=(Grouping("Topic"), Grouping("Said at", "year", "size", descending=True))
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_reads(text):
    assert parse_string(text) == CASES[text]


FAULTS = {
    "_colour=red": "`~5Fcolour=red`",
    "_mode=cubes": "`_mode`",
    "_mode=images&_mode=images": "`_mode`",
    "_sort=name&_sort_desc=Name": "`_sort_desc=Name`",
    "_sort=": "`_sort`",
    "_folder=": "`_folder`",
    "_folder=-1": "`_folder`",
    "_folder=99999999999999999999": "`_folder`",
    "_folder=²": "`_folder`",
    "_seed=1.5": "`_seed`",
    "Author__isblank=yes": "`isblank`",
    "_where=": "`_where`",
    "_where=any(a=1": "`_where`",
    "_where=any(a=1))": "`_where`",
    "_where=any(a=1 b=2;;)": "`_where`",
    "_where=" + "not(" * 60 + "a=1" + ")" * 60: "`_where`",
    "_group=": "`_group=`",
    "_group=:year": "`_group=:year`",
    "_group=a:year:up": "`_group=a:year:up`",
    "_group=a::mean": "`_group=a::mean`",
    "_group=a::size:b": "`_group=a::size:b`",
    "_group=a::up": "`_group=a::up`",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named(text):
    with pytest.raises(BadQuery, match=FAULTS[text].replace("(", "\\(")):
        parse_string(text)


@given(names, st.sampled_from(["", "__gt", "__any"]))
def test_an_escaped_name_is_a_name_wherever_one_stands(name, operator):
    written = escaped_name(name)
    condition = Condition(name, operator.removeprefix("__") or "exact", ("1",))
    assert parse_string(urlencode({f"{written}{operator}": "1"})).where == (condition,)
    assert parse_string(urlencode({"_where": f"{written}{operator}=1"})).where == (condition,)
    assert parse_string(urlencode({"_sort": written})).sorts == (Sort(name),)
    assert parse_string(urlencode({"_group": written})).groups == (Grouping(name),)
    grouped = parse_string(urlencode({"_group": f"{written}:year:mean:{written}"})).groups
    assert grouped == (Grouping(name, "year", "mean", name),)
    assert split_list(join_list([name, "x"])) == [name, "x"]


@pytest.mark.parametrize("case", NAMES["written"], ids=lambda case: case["name"])
def test_names_are_written_and_read_as_the_page_does(case):
    name = case["name"]
    query = Query(sorts=(Sort(name),), groups=(Grouping(name),))
    assert to_pairs(query) == [("_group", case["group"]), ("_sort", case["key"])]
    for text in (case["group"], *case["also"]):
        assert parse_string(urlencode({"_group": text})).groups == (Grouping(name),)
    for text in (case["key"], *case["also"]):
        assert parse_string(urlencode({"_sort": text})).sorts == (Sort(name),)


@pytest.mark.parametrize("case", NAMES["groupings"], ids=lambda case: case["text"])
def test_a_colon_that_begins_no_step_belongs_to_the_name(case):
    text, grouping = case["text"], Grouping(**{key: value for key, value in case.items() if key != "text"})
    assert parse_string(urlencode({"_group": text})).groups == (grouping,)
    assert parse_string(to_string(Query(groups=(grouping,)))).groups == (grouping,)


MISSED = {
    "a=b=1": "`a~3Db`",
    "x__gt=1": "`x~5F~5Fgt`",
    "_group=dc:year": "`dc~3Ayear`",
    "_group=Author:yeer": "`Author` has no step or order of groups `yeer`",
    "Author__like=1": "`Author` has no operator `like`",
    "similarity=1": "`_similar=image:5`",
}


@pytest.mark.parametrize("text", MISSED)
def test_a_name_that_was_read_as_something_shorter_is_explained(text):
    known = Fields(Field(name, "text", "image", n) for n, name in enumerate(["a=b", "x__gt", "dc:year", "Author"], 1))
    query = parse_string(text)
    asked = [*(where.field for where in query.where), *(grouping.field for grouping in query.groups)]
    with pytest.raises(BadQuery) as caught:
        known[asked[0]]
    assert MISSED[text] in str(caught.value)


def test_fields_are_found_by_any_spelling_and_first_as_they_are_written():
    known = Fields(Field(name, "text", "image", n) for n, name in enumerate(["Époque", "époque", "Rue  Haute"], 1))
    assert [known[name].property_id for name in ("Époque", "époque", "E\u0301POQUE", "rue\u00a0haute")] == [1, 2, 1, 3]
    assert known["WIDTH"].name == "width"
    assert "ÉPOQUE" in known
    assert "epoque" not in known
