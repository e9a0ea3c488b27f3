"""The law of `test_order`, of every sort and every operator: each decides enough of the drawn answers to be tested."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import MODES, Query, Sort
from datasette_panoptic.domain.similar import Example, Similar
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.operators import OPERATORS

from .deciding import deciding
from .test_order import ASKED, CONDITIONS, answered, condition, corpora, opened

#: What nothing sorts by here: no proposal of a machine is drawn, and all pictures are of one format.
UNDECIDED = {"unchecked", "format"}
SORTED = sorted({*(field.name for field in ASKED), "similarity", "random"} - UNDECIDED)
SEVERAL = ("Topic", "keywords", "annotated_by")
#: In how many of all draws each sort and each operator must have decided the answer.
LEAST_DECIDED = 3
#: Many questions at once are shrunk for minutes, and the note names the one that failed.
UNSHRUNK = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]


def test_every_sort_decides_orders_in_which_all_three_agree():
    """Each corpus is asked for every sort: drawn ones are seldom of tags or of people, and of cells that differ."""
    decided: Counter[str] = Counter()

    @settings(max_examples=45, phases=UNSHRUNK)
    @given(corpora(full=True), st.sampled_from(MODES), st.booleans(), st.integers(0, 2**63 - 1))
    def ask(corpus, mode, descending, seed):
        conn = opened(corpus)
        columns = Columns()
        for key in SORTED:
            similar = Similar((Example("image", "1"),), 1) if key == "similarity" else None
            query = Query(mode=mode, sorts=(Sort(key, descending),), seed=seed, similar=similar)
            decided.update(deciding(corpus, query, answered(corpus, conn, columns, query)))
        conn.close()

    ask()
    wanted = [*(f"sort by {key}" for key in SORTED), *(f"several of {key}" for key in SEVERAL)]
    assert {word: decided[word] for word in wanted if decided[word] < LEAST_DECIDED} == {}


def test_every_operator_decides_answers_in_which_all_three_agree():
    """Each corpus is asked for every operator of every type, and of the names that a cell may have several of."""
    decided: Counter[tuple[str, str]] = Counter()
    fields: dict[tuple[str, str], list[Field]] = {}
    for field, operator in CONDITIONS:
        if field.name not in UNDECIDED:
            fields.setdefault(("names" if field.has_names else field.type, operator.key), []).append(field)
    asked = {
        (kind, key): st.sampled_from(those).flatmap(lambda field, key=key: condition(field, OPERATORS[key, field.type]))
        for (kind, key), those in fields.items()
    }
    # What negates another is decided where that one is.
    words = {(kind, key): (kind, OPERATORS[key, fields[kind, key][0].type].negates or key) for kind, key in asked}

    @settings(max_examples=45, phases=UNSHRUNK)
    @given(corpora(full=True), st.fixed_dictionaries(asked))
    def ask(corpus, wheres):
        conn = opened(corpus)
        columns = Columns()
        for word, where in wheres.items():
            query = Query(where=(where,))
            decided.update({words[word]: len([*deciding(corpus, query, answered(corpus, conn, columns, query))])})
        conn.close()

    ask()
    assert {word: decided[word] for word in words.values() if decided[word] < LEAST_DECIDED} == {}
