"""One rule for names: what is the same name, how it is kept, and what can be none."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datasette_panoptic.domain import names
from datasette_panoptic.errors import BadName

#: Letters that Unicode folds, composes or calls white space in odd ways, beside any others.
ODD = (
    "aAsiI1\u00e9\u00c9\u00e8\u017f\u00df\u1e9e\u0301\u0300\u0345\u03a3\u03c2\u03c3\u0130\u0131\u212b\u00c5\ufb01\u0153\u2460"
    "\u00a0\u3000\u2009\u200b\t\n\x1f\x00\u01c6\u01c5\u1fb3\u0391\u0399"
)
texts = st.text(st.sampled_from(ODD) | st.characters(codec="utf-8"), max_size=12)

CASES = json.loads((Path(__file__).parent / "cases" / "names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("one", "other"), CASES["same"])
def test_the_same_name_is_written_in_several_ways(one: str, other: str) -> None:
    assert names.same_name(one, other)
    assert names.name_key(one) == names.name_key(other)


@pytest.mark.parametrize(("one", "other"), CASES["distinct"])
def test_names_that_people_tell_apart_are_not_the_same(one: str, other: str) -> None:
    assert not names.same_name(one, other)


def test_a_name_is_kept_as_it_was_typed_but_for_its_form_and_its_spaces() -> None:
    assert names.checked("  Rue\u00a0 de la  PAIX\n", "tag") == "Rue de la PAIX"
    assert names.checked("Ca\u0303o", "tag") == "C\u00e3o"
    assert names.checked("ﬁn de siècle, ①", "tag") == "ﬁn de siècle, ①"


@given(texts)
def test_keeping_a_name_does_not_change_what_it_is_compared_by(text: str) -> None:
    kept = names.tidied(text)
    assert names.tidied(kept) == kept
    assert names.name_key(kept) == names.name_key(text)
    assert unicodedata.is_normalized("NFC", kept)
    assert not re.search(r"^ | $|  ", kept)


@given(texts)
@example("\u0390")
@example("\u1f80\u0345")
def test_case_form_and_space_never_make_another_name(text: str) -> None:
    key = names.name_key(text)
    assert names.name_key(key) == key
    for form in ("NFC", "NFD"):
        assert names.name_key(unicodedata.normalize(form, text)) == key
    assert names.name_key(text.casefold()) == key
    assert names.name_key(f"\u2002{text.replace(' ', chr(0xA0) * 2)}\t") == key


@given(texts)
def test_ascii_names_are_compared_as_sqlite_compares_columns(text: str) -> None:
    plain = names.tidied(text.encode("ascii", "ignore").decode())
    assert names.name_key(plain) == "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in plain)


REFUSED = {
    "nothing": "",
    "space": " \u00a0\n",
    "what nobody sees": "\u200b\ufeff",
    "a null": "a\0b",
    "an escape": "a\x1b[31m",
    "the unit separator": "a\x1fb",
    "a control beyond ASCII": "a\x85\x9bb",
    "half a character": "a\ud83d",
    "too long": "x" * 201,
    "too long once composed": "e\u0301" * 201,
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_be_no_name_is_refused(case: str) -> None:
    with pytest.raises(BadName, match="tag") as caught:
        names.checked(REFUSED[case], "tag")
    assert len(str(caught.value)) < 200
    str(caught.value).encode()


def test_two_hundred_characters_are_counted_as_they_are_kept() -> None:
    assert len(names.checked("e\u0301" * 200, "tag")) == 200
    assert names.checked(f"  {'x' * 200} ", "tag") == "x" * 200
    with pytest.raises(BadName, match="at most 200 characters, not 1,048,576"):
        names.checked("x" * 2**20, "property")


@given(texts)
def test_what_is_fitted_can_be_a_name_or_is_empty(text: str) -> None:
    fitted = names.fitted(text * 30)
    assert not fitted or names.checked(fitted, "tag") == fitted
    try:
        allowed = names.checked(text, "tag")
    except BadName:
        return
    assert names.fitted(text) == allowed


@given(st.lists(texts, max_size=6))
def test_names_are_distinct_as_their_keys_are(several: list[str]) -> None:
    found = names.distinct(several)
    keys = [names.name_key(name) for name in several if names.name_key(name)]
    assert [names.name_key(name) for name in found] == list(dict.fromkeys(keys))
    assert set(found) <= {names.tidied(name) for name in several}


@given(texts.filter(lambda text: names.name_key(text)), st.lists(texts, max_size=4))
def test_a_numbered_name_is_free(name: str, others: list[str]) -> None:
    keys = {names.name_key(other) for other in [name, *others]}
    free = names.numbered(name, keys)
    assert names.name_key(free) not in keys
    assert names.numbered(free, keys) == free
    assert len(names.numbered("x" * 200, {"x" * 200})) == 200
