"""The query string and the query are one thing in two spellings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.query import AGGREGATES, GROUP_ORDERS, KINDS, Combined, Condition, Grouping, Query, Sort
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.operators import TABLE
from datasette_panoptic.query.text import OPERANDS, parse_string, to_string
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
    "_colour=red": "`_colour`",
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
    "_group=a:b:c:d": "`_group=a:b:c:d`",
    "_group=a::up": "`_group=a::up`",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named(text):
    with pytest.raises(BadQuery, match=FAULTS[text].replace("(", "\\(")):
        parse_string(text)
