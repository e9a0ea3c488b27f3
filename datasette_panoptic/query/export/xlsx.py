"""An export as a workbook: a sheet of values, and two that describe the properties and their tags.

Texts are those of a CSV, cell by cell, and so are whole numbers of more digits than a spreadsheet keeps, and dates, to
which it would add a precision that they do not have; a column of days or times since 1900 alone is one of dates. No
text becomes a formula. The parts of the workbook are written as they come, without a library: one that can build any
workbook takes ten times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import IO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions, values
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store.people_views import quoted

from .dates import FIRST_IN_SHEETS, SHOWN, SheetDate, shared_precision, sheet_date
from .rows import Cell, TableContent, headers, text_of, text_writer

#: What a sheet holds.
MOST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767
#: Whole numbers below it survive in a spreadsheet, which keeps fifteen digits.
DIGITS = 10**15

#: Characters that XML cannot hold or would change, and texts that look like one of them written out.
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

#: The sheets: values first.
TITLES = ("corpus", *descriptions.SHEETS)

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FORMATS = "http://schemas.openxmlformats.org"
MAIN = f"{FORMATS}/spreadsheetml/2006/main"
LINKS = f"{FORMATS}/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Written = Cell | bool | SheetDate

#: Of a sheet: its headers stay where they are when one scrolls.
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)


def write_xlsx(content: TableContent, file: IO[bytes]) -> None:
    """Write instances as a workbook. Raises PanopticError where a sheet cannot hold them."""
    wanted = content.fields
    if len(content.ids) >= MOST_ROWS or len(wanted) + 2 > MOST_COLUMNS:
        raise PanopticError(f"a sheet holds {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns; export CSV or Parquet")
    for field in wanted:
        _check(content.conn, field)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, text in _frame().items():
            archive.writestr(name, HEAD + text)
        sheets = [_values(content), *_descriptions(content)]
        for number, records in enumerate(sheets, 1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                _fill(part, records)


def _check(conn: sqlite3.Connection, field: Field) -> None:
    """Raise PanopticError before anything is written where a text of a property is too long for a cell."""
    if field.property_id is None or field.type not in ("text", "url"):
        return
    (longest,) = conn.execute(f"select max(length({quoted(field.name)})) from {field.scope}_values").fetchone()
    if longest and longest > LONGEST_TEXT - 2:  # quotation marks may come behind it
        raise PanopticError(
            f"a cell of a sheet holds {LONGEST_TEXT:,} characters, and `{field.name}` has a text of {longest:,}; "
            "export CSV or Parquet"
        )


def _frame() -> dict[str, str]:
    """Return the parts of a workbook that say what its parts are."""
    numbered = list(enumerate(TITLES, 1))
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>' for n, _ in numbered
    )
    sheets = "".join(f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>' for n, title in numbered)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    package = f"{FORMATS}/package/2006"
    return {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{parts}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">'
        f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        f'<Relationship Id="styles" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _styles(),
    }


def _styles() -> str:
    """Return the part that says how cells are shown: as they are, or as dates of each precision."""
    numbered = list(enumerate(SHOWN.values(), 164))  # the first that is not built in
    formats = "".join(f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in numbered)
    styles = "".join(f'<xf xfId="0" numFmtId="{n}" applyNumberFormat="1"/>' for n, _ in numbered)
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(numbered)}">{formats}</numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="{len(numbered) + 1}"><xf xfId="0"/>{styles}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _values(content: TableContent) -> Iterator[Sequence[Written]]:
    yield headers(content.fields)
    texts = [text_writer(field) for field in content.fields]
    precisions = [shared_precision(content.conn, field, FIRST_IN_SHEETS) for field in content.fields]
    for row in content.rows():
        cells = [
            None if cell is None
            else bool(cell) if field.type == "checkbox"
            else sheet_date(cell, precision) if precision and isinstance(cell, str)
            else cell if isinstance(cell, float) or (isinstance(cell, int) and abs(cell) < DIGITS)
            else text(cell)
            for cell, field, text, precision in zip(row.cells, content.fields, texts, precisions, strict=True)
        ]  # fmt: skip
        yield [row.id, row.path or None, *cells]


def _descriptions(content: TableContent) -> Iterator[list[Sequence[Cell]]]:
    properties = content.described()
    yield [
        descriptions.SHEETS["properties"],
        *([_text(each) for each in (one.name, one.type, one.scope, one.description)] for one in properties),
    ]
    yield [
        descriptions.SHEETS["tags"],
        *(
            [_text(each) for each in (one.name, *astuple(tag)[:-1], values.join_tags(tag.parents) or None)]
            for one in properties
            for tag in one.tags
        ),
    ]


def _text(text: str | None) -> str | None:
    return None if text is None else values.write_text(text)


def _fill(part: IO[bytes], records: Iterable[Sequence[Written]]) -> None:
    with text_of(part) as out:
        out.write(f'{HEAD}<worksheet xmlns="{MAIN}">{FROZEN}<sheetData>')
        letters: list[str] = []
        for number, record in enumerate(records, 1):
            letters = letters or [_letters(place) for place in range(len(record))]
            cells = "".join(
                _cell(f"{letter}{number}", value)
                for letter, value in zip(letters, record, strict=True)
                if value is not None
            )
            out.write(f'<row r="{number}">{cells}</row>')
        out.write("</sheetData></worksheet>")


def _cell(at: str, value: Written) -> str:
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, SheetDate):
        return f'<c r="{at}" s="{value.style}"><v>{value.days!r}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{at}"><v>{value!r}</v></c>'
    text = escape(UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", str(value)))
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _letters(place: int) -> str:
    """Return what a spreadsheet calls a column: A to Z, then AA."""
    above, last = divmod(place, 26)
    return (_letters(above - 1) if above else "") + chr(65 + last)
