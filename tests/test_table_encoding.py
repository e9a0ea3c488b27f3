"""An encoding is guessed only where a table makes sense in it; bytes that make none are told by row and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.tables.cells import Unreadable
from datasette_panoptic.ingest.tables.encoding import BLOCK, decoded, encoding_of
from datasette_panoptic.ingest.tables.read import read

FRENCH = "path;Note\na.jpg;L’été à Noël, « façade » — où ?\nb.jpg;CAFÉ 5 €, œuvre\n"  # noqa: RUF001
GERMAN = "path;Note\na.jpg;Straße über Ärger, größer\nb.jpg;schöne Grüße\n"
SPANISH = "path;Note\na.jpg;¿Qué? Canción española\nb.jpg;ESPAÑA, mañana\n"

GUESSED = [
    (FRENCH, "cp1252"),
    (GERMAN, "cp1252"),
    (SPANISH, "cp1252"),
    (FRENCH, "mac-roman"),
    (GERMAN, "mac-roman"),
    (SPANISH, "mac-roman"),
    ("path;Note\na.jpg;un œuf à 5 €, cœur\n", "iso-8859-15"),
    ("path;Note\na.jpg;Don’t say “no”\n", "cp1252"),  # noqa: RUF001
    ("path;Note\na.jpg;Œuvre\n", "cp1252"),
]


@pytest.mark.parametrize(("text", "encoding"), GUESSED)
def test_an_encoding_is_guessed_where_all_of_a_text_makes_sense(text, encoding):
    found = encoding_of(text.encode(encoding))
    assert (found.name, found.is_guessed, found.marks) == (encoding, True, None)


MARKED = ["utf-8-sig", "utf-16", "utf-32"]


@pytest.mark.parametrize("encoding", [*MARKED, "utf-8", "utf-16-le", "utf-16-be"])
def test_unicode_is_no_guess(encoding):
    found = encoding_of(FRENCH.encode(encoding))
    assert (found.name, found.is_guessed, found.marks) == (encoding, False, None)
    assert decoded(FRENCH.encode(encoding)) == FRENCH


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("stated", ["utf-8", "UTF8", "utf-16-le", "utf_32", "utf-16"])
def test_a_mark_is_no_part_of_the_text(encoding, stated):
    family = encoding.removesuffix("-sig")
    if stated.lower().replace("_", "-").replace("utf8", "utf-8").startswith(family):
        found = encoding_of(FRENCH.encode(encoding), stated)
        assert FRENCH.encode(encoding).decode(found.name) == FRENCH


#: Bytes that make no sense beside the others, by row and column: the file stays UTF-8, and they are named.
BROKEN = {
    "one byte in UTF-8": ("path;A\na.jpg;Zoé Œuvre\n".encode() + b"b.jpg;bad\xff\n", [(3, "bad\\xff", "0xff")]),
    "one byte in ASCII": (b"path;A\na.jpg;bad\xff\n", [(2, "bad\\xff", "0xff")]),
    "an undefined byte": (b"path;A\na.jpg;x\x81y\n", [(2, "x\\x81y", "0x81")]),
    "a cut character": ("path;A\na.jpg;é\nb.jpg;".encode() + "œ".encode()[:1] + b"\n", [(3, "\\xc5", "0xc5")]),
    "bytes of Latin 1 pasted": ("path;A\na.jpg;été\n".encode() + b"b.jpg;\xe9t\xe9\n", [(3, "\\xe9t\\xe9", "0xe9")]),
    "Cyrillic of Windows": (
        "path;A\na.jpg;Привет\nb.jpg;мир\n".encode("cp1251"),
        [(2, "\\xcf\\xf0\\xe8\\xe2\\xe5\\xf2", "0xcf"), (3, "\\xec\\xe8\\xf0", "0xec")],
    ),
    "a NUL": (b"path;A\na.jpg;x\0y\n", [(2, "x\\x00y", "NUL")]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_bytes_of_no_encoding_are_named_by_row(tmp_path, case):
    data, wanted = BROKEN[case]
    file = tmp_path / "t.csv"
    file.write_bytes(data)
    table = read(file)
    assert (table.encoding.name, table.has_unreadable) == ("utf-8", True)
    wrong = [(row, cell) for row, cells in table.rows() for cell in cells if isinstance(cell, Unreadable)]
    assert [(row, str(cell)) for row, cell in wrong] == [(row, text) for row, text, _ in wanted]
    assert all(reason in cell.reason for (_, cell), (_, _, reason) in zip(wrong, wanted, strict=True))


def test_a_byte_that_a_stated_encoding_lacks_is_named_too(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes("path;A\na.jpg;é\n".encode("cp1252") + b"b.jpg;\x9d\n")
    assert [cells for _, cells in read(file, encoding="cp1252").rows()][1][1].reason == (
        "it has the byte 0x9d, which is not cp1252"
    )
    file.write_bytes("path;A\na.jpg;é\nb.jpg;x".encode("utf-16-le") + b"\x00\xd8\n\x00")
    assert [cells for _, cells in read(file).rows()][1][1].reason == "it has bytes that are not utf-16-le"


def test_a_byte_far_behind_is_found(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(b"path;A\n" + "a.jpg;été\n".encode() * (2 * BLOCK // 12) + b"b.jpg;\xff\n")
    *_, (_, cells) = read(file).rows()
    assert cells[1] == "\\xff"


def test_no_such_encoding_is_an_error():
    for name in ("latin-99", "hex", "", "a\0b"):
        if name:
            with pytest.raises(IngestError, match="unknown encoding"):
                encoding_of(b"a", name)


def test_a_short_text_is_decoded_or_its_line_named():
    assert decoded("é".encode("cp1252")) == "é"
    with pytest.raises(IngestError, match="line 2 cannot be read: it has the byte 0xff"):
        decoded("é\n".encode() + b"\xff")


texts = st.text(st.sampled_from("abc éèàçœ’«» ;,\nÉÀ1"), min_size=1)  # noqa: RUF001


@given(texts, st.integers(0, 3))
def test_text_that_is_utf_8_is_never_taken_for_anything_else(text, bad):
    data = text.encode()
    assert encoding_of(data).name == "utf-8"
    if any(not letter.isascii() for letter in text):
        broken = data + b"\n\xff" * bad
        found = encoding_of(broken)
        assert found.name == "utf-8"
        assert broken.decode(found.name, found.errors).startswith(text)
