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
    "encoding_guessed": "The file is not UTF-8, and was read as {encoding}: `{text}` in row {row}, {column}",
    "marker": "`{column}` is of type text because row {row} has `{text}`; if that marks an empty cell, say so, "
    "and the type is {type}",
    "number": "`{column}` is of type text because its numbers can be read in several ways, as `{text}` in row {row}; "
    "say which decimal mark they have, or write them without separators of thousands",
    "decimal_commas": "Read with decimal commas: {columns}",
    "other_sheets": "Other sheets of the workbook, which are not read: {sheets}",
    "merged": "Merged cells, of which only the first has the value: {cells}",
    "hidden_rows": "Hidden rows, which are read too: {rows}",
    "one_tag": "Spellings of one tag of `{column}`, which is written like the first: {tags}",
    "alike_tags": "Tags of `{column}` that differ in accents or signs alone and may be meant as one; merge them if so: "
    "{tags}",
    "escaped": "Texts begin with an apostrophe before =, +, - or @, as in an export for spreadsheets, and are kept so: "
    "`{text}` in row {row}, {column}",
    "unescaped": "The apostrophe that an export for spreadsheets puts before =, +, - and @ is taken off",
}


@dataclass(frozen=True)
class Note:
    """Something worth knowing; `facts` fill its sentence."""

    kind: NoteKind
    facts: Mapping[str, str | int]

    @property
    def text(self) -> str:
        return SENTENCES[self.kind].format(**self.facts)
