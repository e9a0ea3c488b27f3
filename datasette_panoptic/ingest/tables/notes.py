"""What is worth knowing of an import though it stops nothing: by kind, so that the page says it in its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

NoteKind = Literal[
    "encoding_guessed",
    "marker",
    "number",
    "decimal_commas",
    "other_sheets",
    "merged",
    "hidden_rows",
    "one_tag",
    "alike_tags",
    "escaped",
    "unescaped",
]

#: The sentences of the command line; the page has the same as `table.note.KIND`.
SENTENCES: Mapping[NoteKind, str] = {
    "encoding_guessed": "The file is not UTF-8 and was read as {encoding}: `{text}` in row {row}, {column}",
    "marker": "`{column}` is of type text because row {row} contains `{text}`; if that marks an empty cell, list it "
    "as a marker, and the type will be {type}",
    "number": "`{column}` is of type text because its numbers can be read in several ways, for example `{text}` in "
    "row {row}; choose the decimal mark, or write the numbers without thousands separators",
    "decimal_commas": "Read with decimal commas: {columns}",
    "other_sheets": "Other sheets of the workbook, which are not imported: {sheets}",
    "merged": "Merged cells, whose value is only in the first cell: {cells}",
    "hidden_rows": "Hidden rows, which are also imported: {rows}",
    "one_tag": "Spellings of one tag of `{column}`, all read as the first: {tags}",
    "alike_tags": "Tags of `{column}` that differ only in accents or punctuation and may be the same; if so, merge "
    "them: {tags}",
    "escaped": "Texts begin with an apostrophe before =, +, - or @, as in an export for spreadsheets, and keep it: "
    "`{text}` in row {row}, {column}",
    "unescaped": "The apostrophes that an export for spreadsheets puts before =, +, - and @ were removed",
}


@dataclass(frozen=True)
class Note:
    """Something worth knowing; `facts` fill its sentence."""

    kind: NoteKind
    facts: Mapping[str, str | int]

    @property
    def text(self) -> str:
        return SENTENCES[self.kind].format(**self.facts)
