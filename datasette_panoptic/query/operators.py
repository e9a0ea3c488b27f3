"""Every operator of conditions, in one table: which types it is for, what operands it takes, its SQL, its meaning.

An operator that negates another is exactly its complement: `not` finds what `exact` does not, cells without a value
included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from datasette_panoptic.domain import values
from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.domain.fields import TAG_TYPES, Field, FieldType
from datasette_panoptic.domain.patterns import NotAPattern, compiled
from datasette_panoptic.domain.query import ANYWHERE, Condition
from datasette_panoptic.domain.texts import fold, forms
from datasette_panoptic.errors import BadQuery

Value = str | int | float
Operands = Literal["none", "one", "two", "list"]

TEXTS: tuple[FieldType, ...] = ("text", "url")
SCALES: tuple[FieldType, ...] = ("number", "date")
CHOICES: tuple[FieldType, ...] = ("color", "checkbox")
EVERY: tuple[FieldType, ...] = (*TEXTS, *SCALES, *CHOICES, *TAG_TYPES)


@dataclass(frozen=True)
class Operator:
    """`sql` is over {value}, the field's SQL, and {0}, {1}, … the operands; {list} is all of them.

    Of a list of operands it may be what one of them asks for, as {0}; then any of them is enough.
    """

    key: str
    types: tuple[FieldType, ...]
    operands: Operands = "one"
    sql: str = ""
    negates: str = ""  # key of the operator whose complement this is


BEGINS, ENDS = "panoptic_begin({value})", "panoptic_end({value})"
OPERAND_BEGINS, OPERAND_ENDS = "panoptic_begin({0})", "panoptic_end({0})"
SAME_PERIOD = f"{BEGINS} = {OPERAND_BEGINS} and {ENDS} = {OPERAND_ENDS}"

TABLE = (
    Operator("exact", (*TEXTS, "number", *CHOICES), sql="{value} = {0}"),
    Operator("exact", ("date",), sql=SAME_PERIOD),
    Operator("exact", TAG_TYPES),  # the tag or any below it
    Operator("not", EVERY, negates="exact"),
    Operator("any", (*TEXTS, "number", *CHOICES, *TAG_TYPES), "list", "{value} in ({list})"),
    Operator("any", ("date",), "list", SAME_PERIOD),
    Operator("none", EVERY, "list", negates="any"),
    Operator("all", TAG_TYPES, "list"),
    Operator("contains", TEXTS, sql="instr(panoptic_fold({value}), {0}) > 0"),
    Operator("notcontains", TEXTS, negates="contains"),
    Operator("startswith", TEXTS, sql="substr(panoptic_fold({value}), 1, length({0})) = {0}"),
    Operator("endswith", TEXTS, sql="substr(panoptic_fold({value}), -length({0}), length({0})) = {0}"),
    Operator("matches", TEXTS, sql="{value} regexp {0}"),  # a regular expression, anywhere in the text
    Operator("gt", ("number",), sql="{value} > {0}"),
    Operator("gte", ("number",), sql="{value} >= {0}"),
    Operator("lt", ("number",), sql="{value} < {0}"),
    Operator("lte", ("number",), sql="{value} <= {0}"),
    Operator("between", ("number",), "two", "{value} between {0} and {1}"),
    # Dates are periods: what is asked of one holds for all of it, not for a part.
    Operator("gt", ("date",), sql=f"{BEGINS} > {OPERAND_ENDS}"),
    Operator("gte", ("date",), sql=f"{BEGINS} >= {OPERAND_BEGINS}"),
    Operator("lt", ("date",), sql=f"{ENDS} < {OPERAND_BEGINS}"),
    Operator("lte", ("date",), sql=f"{ENDS} <= {OPERAND_ENDS}"),
    Operator("between", ("date",), "two", f"{BEGINS} >= {OPERAND_BEGINS} and {ENDS} <= panoptic_end({{1}})"),
    Operator("within", ("date",), sql=f"{BEGINS} >= {OPERAND_BEGINS} and {ENDS} <= {OPERAND_ENDS}"),
    Operator("lastdays", ("date",), sql=f"{BEGINS} >= {OPERAND_BEGINS}"),
    Operator("isblank", EVERY, "none", negates="notblank"),
    Operator("notblank", EVERY, "none", "{value} is not null"),
)

OPERATORS = {(operator.key, type_): operator for operator in TABLE for type_ in operator.types}
KEYS = frozenset(operator.key for operator in TABLE)

#: Operators whose operands are compared without case and accents.
FOLDED = frozenset({"contains", "notcontains", "startswith", "endswith"})


@dataclass(frozen=True)
class Test:
    """A condition that met its field: the positive operator, its operands as values, and whether it is negated."""

    field: Field
    operator: Operator
    operands: tuple[Value, ...]
    negated: bool


def phrase_of(condition: Condition) -> str:
    """Return what a condition on any text looks for, folded. Raises BadQuery for operators other than (not)contains."""
    if condition.operator not in ("contains", "notcontains") or len(condition.operands) != 1:
        raise BadQuery(f"`{ANYWHERE}` means any text and takes only `contains` and `notcontains`")
    return fold(condition.operands[0])


def test_of(condition: Condition, field: Field) -> Test:
    """Resolve a condition. Raises BadQuery where its operator or operands do not suit the field's type."""
    operator = OPERATORS.get((condition.operator, field.type))
    if operator is None:
        known = ", ".join(key for key, type_ in OPERATORS if type_ == field.type)
        raise BadQuery(f"`{field.name}` is of type {field.type} and has no `{condition.operator}`; it has {known}")
    wanted = {"none": 0, "one": 1, "two": 2}.get(operator.operands, len(condition.operands))
    if len(condition.operands) != wanted:
        raise BadQuery(f"`{field.name}__{operator.key}` takes {wanted} value(s), not {len(condition.operands)}")
    values = tuple(_operand(text, field, operator.key) for text in condition.operands)
    positive = OPERATORS[operator.negates, field.type] if operator.negates else operator
    if field.type in TEXTS and positive.key in ("exact", "any"):
        values = tuple(dict.fromkeys(form for text in values for form in forms(str(text))))
        if len(values) != 1:
            positive = OPERATORS["any", field.type]
    return Test(field, positive, values, negated=bool(operator.negates))


def _operand(text: str, field: Field, key: str) -> Value:
    if key in FOLDED:
        return fold(text)
    if key == "matches":
        try:
            return compiled(text).pattern
        except NotAPattern as error:
            raise BadQuery(f"`{field.name}`: {error}") from error
    if key == "lastdays":
        days = number(text)
        if not 0 <= days < 400_000:
            raise BadQuery(f"`{field.name}__lastdays` takes a number of days, not `{text}`")
        return (dates.today() - timedelta(days=days)).isoformat()
    return value(text, field)


def value(text: str, field: Field) -> Value:
    """Read a text as a value of a field's type. Raises BadQuery."""
    if field.has_tags:
        return text
    try:
        return values.parse(text, field.type)
    except values.NotAValue as error:
        raise BadQuery(f"`{field.name}`: {error}") from error


def number(text: str) -> int | float:
    """Read a number: 64-bit integers exactly, anything else as a double. Raises BadQuery."""
    try:
        return values.number(text)
    except values.NotAValue as error:
        raise BadQuery(str(error)) from error
