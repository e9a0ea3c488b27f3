"""Panoptic's tabs as queries: what each operator, order and group becomes, and what is told as lost."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.old import Carried, OldProject, OldProperty, OldTab, OldTag, OldView
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.query import text
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.old_views import views

PROPERTIES = (
    OldProperty(
        1, "Topic", "multi_tags", "image", tags=(OldTag(1, "cat", None, ()), OldTag(2, "rue, place", None, ()))
    ),
    OldProperty(2, "Likes", "number", "instance"),
    OldProperty(3, "When", "date", "instance"),
    OldProperty(4, "Said", "text", "instance"),
    OldProperty(5, "Hue", "color", "image"),
    OldProperty(6, "Seen", "checkbox", "image"),
    OldProperty(7, "width", "text", "instance"),
)
NAMES = {known.id: known.name for known in PROPERTIES} | {7: "width (Panoptic)"}
SYSTEM = {-1: "id", -2: "sha1", -4: "folder", -5: "width", -7: "path"}


def translated(state: dict[str, object], *, real_sha1: bool = False) -> OldView:
    project = OldProject(
        path="old", version="0.7", real_sha1=real_sha1, folders=(), properties=PROPERTIES, system=SYSTEM,
        tabs=(OldTab("Mine", state),), vectors=(), left=(), instances=lambda: iter(()), values=lambda _: iter(()),
        picture=lambda _: None, vector=lambda *_: None, require_unchanged=lambda: None,
    )  # fmt: skip
    scopes = {known.id: "image" if known.anchor == "image" else "instance" for known in PROPERTIES}
    fields = Fields(Field(NAMES[known.id], known.type, scopes[known.id], known.id) for known in PROPERTIES)
    [view] = views(project, Carried(fields, NAMES, {10: 1, 11: 2}))
    compile(text.parse_string(view.query), fields)  # it can be opened
    return view


def leaf(property_id: int, operator: str, value: object = None) -> dict[str, object]:
    return {"propertyId": property_id, "operator": operator, "value": value, "isGroup": False}


def group(operator: str, *filters: object) -> dict[str, object]:
    return {"filters": list(filters), "groupOperator": operator, "isGroup": True}


def filtered(*filters: object, operator: str = "and", real_sha1: bool = False) -> OldView:
    return translated({"filterState": {"filter": group(operator, *filters)}}, real_sha1=real_sha1)


FILTERS = {
    "Topic__any=cat": leaf(1, "containsAny", [1]),
    "Topic__any=cat,rue~2C place": leaf(1, "containsAny", [1, 2]),
    "Topic__all=cat": leaf(1, "containsAll", [1]),
    "Topic__none=cat": leaf(1, "containsNot", [1]),
    "Topic__notblank=1": leaf(1, "isSet"),
    "Topic__isblank=1": leaf(1, "notSet"),
    "Likes=5": leaf(2, "equal", 5),
    "Likes=0": leaf(2, "equal", 0),
    "Likes__not=5": leaf(2, "equalNot", 5),
    "Likes__gt=5": leaf(2, "greater", 5),
    "Likes__gte=5": leaf(2, "geq", "5"),
    "Likes__lt=5.5": leaf(2, "lower", 5.5),
    "Likes__lte=5": leaf(2, "leq", 5),
    "When__gt=2022-03-04T00:00:00": leaf(3, "greater", "2022-03-04T00:00:00Z"),
    "When__lte=2022-03-04T00:00:00": leaf(3, "leq", "2022-03-04T00:00:00.000Z"),
    "When__gte=2022-03-04": leaf(3, "geq", "2022-03-04T00:00:00Z"),
    "When__lt=2022-03-04": leaf(3, "lower", "2022-03-04T00:00:00Z"),
    "When__any=2022-03-04,2022-03-04T00~3A00~3A00": leaf(3, "equal", "2022-03-04T00:00:00Z"),
    "When__none=2022-03-04T10~3A30~3A00": leaf(3, "equalNot", "2022-03-04T10:30:00Z"),
    "Said=Hello": leaf(4, "equal", "Hello"),
    "Said__startswith=He": leaf(4, "startsWith", "He"),
    "Said__contains=el": leaf(4, "like", "el"),
    "_where=all(Said__notcontains=el;Said__notblank=1)": leaf(4, "notLike", "el"),
    f"Hue={PALETTE[0]}": leaf(5, "equal", 0),
    "Seen=true": leaf(6, "isTrue"),
    "Seen__not=true": leaf(6, "isFalse"),
    "width (Panoptic)=x": leaf(7, "equal", "x"),
    "width__gte=100": leaf(-5, "geq", 100),
    "path__contains=été": leaf(-7, "like", "été"),
    "": leaf(1, "containsAny", []),
}


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_is_a_condition(query):
    view = filtered(FILTERS[query])
    where = dict(text.to_pairs(text.parse_string(view.query)))
    assert where == dict([query.split("=", 1)] if query else [])
    assert view.lost == ()


NESTED = {
    "and": (group("and", leaf(2, "equal", 1), leaf(2, "equal", 2)), "Likes=1&Likes=2"),
    "or": (group("or", leaf(2, "equal", 1), leaf(2, "equal", 2)), "_where=any(Likes=1;Likes=2)"),
    "or of one": (group("or", leaf(2, "equal", 1)), "Likes=1"),
    "and of one, in an or": (
        group("or", leaf(2, "equal", 1), group("and", leaf(6, "isTrue"), leaf(2, "equal", 2))),
        "_where=any(Likes=1;all(Seen=true;Likes=2))",
    ),
    "no effect": (group("and", leaf(2, "equal", 1), leaf(4, "like", "")), "Likes=1"),
    "all fulfil a part of an or": (group("or", leaf(2, "equal", 1), leaf(4, "like", None)), ""),
    "an empty group in an or": (group("or", leaf(2, "equal", 1), group("and")), ""),
}


@pytest.mark.parametrize("case", NESTED)
def test_groups_of_filters_nest(case):
    tree, query = NESTED[case]
    view = translated({"filterState": {"filter": tree}})
    assert text.parse_string(view.query) == text.parse_string(query)
    assert view.lost == ()


LOST = {
    "a property that is not there": (leaf(99, "isSet"), "property 99, which does not exist"),
    "a tag that is not there": (leaf(1, "containsAny", [1, 7]), "tag 7 of `Topic`"),
    "an id": (leaf(-1, "equal", 5), "`id`, which has another meaning here"),
    "a hash of its own": (leaf(-2, "equal", "ab"), "`sha1`, which has another meaning here"),
    "no number": (leaf(2, "equal", "many"), "`many` is no number"),
    "no date": (leaf(3, "equal", "sometime"), "`sometime` is no date"),
    "an unknown operator": (leaf(2, "resembles", 5), "has no `resembles`"),
}


@pytest.mark.parametrize("case", LOST)
def test_what_cannot_be_asked_is_told_and_the_rest_stays(case):
    filter_, message = LOST[case]
    view = filtered(filter_, leaf(6, "isTrue"))
    assert view.query == "Seen=true"
    assert [message in lost for lost in view.lost] == [True]


def test_a_real_sha1_can_be_asked_for():
    assert filtered(leaf(-2, "equal", "ab"), real_sha1=True).query == "sha1=ab"


def test_a_pattern_is_taken_literally_and_told():
    view = filtered(leaf(4, "like", "a.c"))
    assert (view.query, view.lost) == (
        "Said__contains=a.c",
        ("`a.c` of `Said` was a pattern, and is taken as it is written",),
    )


def test_orders_groups_and_mode():
    view = translated(
        {
            "sortState": {"sortBy": [2, -4, -1, 2], "options": {"2": {"direction": -1}}},
            "groupState": {
                "groupBy": [3, 1],
                "options": {
                    "3": {"direction": 1, "type": 1, "stepUnit": "Month"},
                    "1": {"direction": -1, "type": 0},
                },
                "sha1Mode": True,
            },
        }
    )
    assert view.query == "_mode=images&_group=When%3Amonth&_group=Topic%3A%3A%21size&_sort_desc=Likes&_sort=folder"
    assert view.lost == ("order: `id`, which has another meaning here",)


STEPS = {
    ("Year", 1): ("When:year", None),
    ("Year", 10): ("When:decade", None),
    ("Second", None): ("When:second", None),
    (None, None): ("When:day", None),
    ("Day", 3): ("When:day", "groups of 3 days of `When`"),
}


@pytest.mark.parametrize("step", STEPS)
def test_dates_are_grouped_by_steps(step):
    unit, size = step
    grouped, lost = STEPS[step]
    option = {"stepUnit": unit, "stepSize": size, "direction": 1, "type": 1}
    view = translated({"groupState": {"groupBy": [3], "options": {"3": option}}})
    assert text.to_pairs(text.parse_string(view.query)) == [("_group", grouped)]
    assert [lost in told for told in view.lost] == ([True] if lost else [])


def test_folders_are_those_here():
    view = translated({"filterState": {"folders": [10, 11, 12]}})
    assert (view.query, view.lost) == ("_folder=1&_folder=2", ("folder 12, which does not exist",))


def test_the_search_box_looks_for_what_is_written():
    view = translated({"filterState": {"query": {"type": "text", "text": ' -black "cat" OR '}}})
    assert text.parse_string(view.query).search == '"-black  cat  OR"'
    lost = translated({"filterState": {"query": {"type": "clip", "text": "a cat"}}})
    assert (lost.query, lost.lost) == ("", ("search `a cat` by clip",))


def test_how_it_is_shown_is_kept_where_it_can_be():
    state = {"display": "grid", "imageSize": 500, "visibleProperties": {"4": True, "2": False, "-5": True, "1": True}}
    view = translated(state)
    assert (view.layout, view.lost) == ({"_view": "table", "_thumb": "400", "_show": "Said,Topic"}, ())
    assert translated({"display": "map"}).lost == ("it is shown as map",)


def test_a_selection_is_told():
    assert translated({"collectionState": {"filterBySelection": True}}).lost == ("it shows what was selected",)


@pytest.mark.parametrize("state", [{}, {"filterState": None}, {"filterState": {"filter": {"filters": [None, 5]}}}])
def test_a_tab_that_says_nothing_shows_everything(state):
    assert translated(state).query == ""
