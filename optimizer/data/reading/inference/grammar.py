"""How a column writes its numbers: with a decimal point or a decimal comma.

One grammar per column. A cell that only one of the two can read decides: 1,234.56 and 12.5 are
written with a point, 1.234,56 and 0,125 with a comma. A single group of three digits (1.500, 1,500)
fits both; then the rest of the column decides, then the other columns of the file, then whether it
is written in Chinese. What is left is a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from optimizer.data.engine import literal
from optimizer.data.reading.inference.currency import ANY
from optimizer.messages import Message, _

POINT, COMMA = ".", ","
NUMERIC = ("count", "money", "number", "rate")
HOW_TO_SAY = _(
    "say which sign parts decimals: --decimal . (1.5 is one and a half) or --decimal , in "
    "`optimizer import`, or decimal: in mapping.yaml"
)
# What a tally counts. only_point, only_comma: one grammar can read the cell. dotted, commaed: one
# group of three digits after a point or comma; round_: ... that ends in 0; signed_commaed: $1,500,
# for money is shown with two decimals or none. small, large: whole numbers below and from 1,000 on.
# chinese: 1.234万 is written with a decimal point.
COUNTED = (
    *("only_point", "only_comma", "dotted", "commaed", "round_dotted", "round_commaed"),
    *("small", "large", "signed_commaed", "chinese"),
)
Key = TypeVar("Key")
_CORE = r"[0-9](?:[0-9., '’]*[0-9])?"
_PARTS = " '’"  # they part thousands whatever the decimal mark is
FORMS: dict[str, str] = {
    "only_comma": (
        r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,}|0[0-9]*,[0-9]+"
        r"|[0-9]+,([0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]{3}"
    ),
    "only_point": (
        r"[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}|0[0-9]*\.[0-9]+"
        r"|[0-9]+\.([0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\.[0-9]{3}"
        r"|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}(\.[0-9]+)?"
    ),
    "dotted": r"[1-9][0-9]{0,2}\.[0-9]{3}",
    "commaed": r"[1-9][0-9]{0,2},[0-9]{3}",
    "round_dotted": r"[1-9][0-9]{0,2}\.[0-9]{2}0",
    "round_commaed": r"[1-9][0-9]{0,2},[0-9]{2}0",
    "small": r"[1-9][0-9]{0,2}",
    "large": r"[1-9][0-9]{3,}",
}


def tally_sql(raw: str, weight: str = "1") -> list[str]:
    """SQL aggregates over text cells, one for each of `COUNTED`.

    Parameters
    ----------
    raw
        SQL of the text.
    weight
        SQL of how many cells have that text.
    """
    number = f"regexp_extract(_clean({raw}), {literal(_CORE)})"
    core = f"translate({number}, {literal(_PARTS)}, '')"
    tests = [f"regexp_full_match({core}, {literal(FORMS[name])})" for name in COUNTED[:-2]]
    signed = f"regexp_matches(_clean({raw}), {literal(ANY)})"
    tests.append(f"regexp_full_match({core}, {literal(FORMS['commaed'])}) AND {signed}")
    tests.append(f"regexp_matches(_clean({raw}), {literal('[万亿]')})")
    return [f"COALESCE(sum({weight}) FILTER ({test}), 0)" for test in tests]


@dataclass(frozen=True)
class Tally:
    """How many cells of a column have which form.

    Attributes
    ----------
    kind
        Of the column: a count has no decimals, a rate no thousands.
    counts
        {name of `COUNTED`: cells}
    """

    kind: str
    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)

    @property
    def point(self) -> int:
        """Cells that only a decimal point can read."""
        # in a column of counted things three digits are thousands
        thousands = self.kind == "count" or self._grouped("round_commaed")
        return self["only_point"] + self["commaed" if thousands else "signed_commaed"]

    @property
    def comma(self) -> int:
        """Cells that only a decimal comma can read."""
        thousands = self.kind == "count" or self._grouped("round_dotted")
        return self["only_comma"] + (self["dotted"] if thousands else 0)

    def _grouped(self, which: str) -> bool:
        """Whether the sign before three digits must part thousands.

        Who writes every number with three decimals writes no whole ones; who drops zeros at the end
        writes none. So whole numbers beside a 0 at the end are neither.
        """
        return bool(
            self.kind in ("money", "number") and self[which] and self["small"] and not self["large"]
        )

    @property
    def open(self) -> int:
        """Cells that both can read, with different values."""
        return 0 if self.kind == "count" else self["dotted"] + self["commaed"]


@dataclass(frozen=True)
class Grammar:
    """The decimal mark of a column, and what decided it.

    mark: "." or ","; None where two readings survive. clash: one cannot read all its cells.
    """

    mark: str | None
    evidence: Message
    cells: int | None = None
    clash: bool = False


def grammar_of(own: Tally, others: Tally, chinese: bool, said: str | None) -> Grammar:
    """The grammar of one column.

    Parameters
    ----------
    own
        Its cells.
    others
        Those of the file's other columns, added up.
    chinese
        Whether the headers are Chinese, which is written with a decimal point.
    said
        The decimal mark that the user says.
    """
    if said is not None:
        return Grammar(said, _("as you said"))
    chinese = chinese or bool(own["chinese"] + others["chinese"])
    if own.point and own.comma:
        what = _(
            "{point} cells are written with a decimal point, {comma} with a decimal comma",
            point=own.point,
            comma=own.comma,
        )
        return Grammar(None, what, clash=True)
    if own.comma and (chinese or others.point) and not others.comma:
        what = _(
            "{comma} cells are written with a decimal comma, the rest of the file with a point",
            comma=own.comma,
        )
        return Grammar(None, what, clash=True)
    for mark, cells in ((POINT, own.point), (COMMA, own.comma)):
        if cells:
            return Grammar(mark, _("cells that can be read only so"), cells)
    if not own.open or own.kind == "rate":
        return Grammar(POINT, _("no cell can be read two ways"))
    if bool(others.point) != bool(others.comma):
        mark, cells = (POINT, others.point) if others.point else (COMMA, others.comma)
        return Grammar(mark, _("cells of the file's other columns"), cells)
    if chinese and not others.comma:
        return Grammar(POINT, _("the file is written in Chinese"))
    return Grammar(None, _("every cell can be read with a decimal point and with a comma"))


def tallies_of(row: Sequence[int], kinds: Sequence[str]) -> list[Tally]:
    """The tallies of several columns, from one row of their aggregates, one column after another."""
    size = len(COUNTED)
    return [
        Tally(kind, dict(zip(COUNTED, row[i * size : (i + 1) * size], strict=True)))
        for i, kind in enumerate(kinds)
    ]


def grammars_of(
    used: Mapping[Key, Tally], unused: Sequence[Tally], chinese: bool, said: str | None
) -> dict[Key, Grammar]:
    """The grammar of every column of numbers.

    Parameters
    ----------
    used
        The columns that mean something.
    unused
        The file's others; they have a say only where the used ones prove nothing.
    chinese, said
        As in `grammar_of`.
    """
    out = {}
    for key, own in used.items():
        beside = [tally for other, tally in used.items() if other != key]
        others = added(beside)
        if not (others.point or others.comma):
            others = added([*beside, *unused])
        out[key] = grammar_of(own, others, chinese, said)
    return out


def added(tallies: Sequence[Tally]) -> Tally:
    """The proofs of several columns together, of columns whose cells prove anything."""
    return Tally(
        "",
        {
            "only_point": sum(t.point for t in tallies),
            "only_comma": sum(t.comma for t in tallies),
            "chinese": sum(t["chinese"] for t in tallies),
        },
    )


def is_chinese(headers: tuple[str, ...]) -> bool:
    """Whether headers are written in Chinese.

    >>> is_chinese(("日期", "花费")), is_chinese(("Datum", "Kosten"))
    (True, False)
    """
    return any("\u4e00" <= sign <= "\u9fff" for header in headers for sign in header)
