"""Do the numbers of a file agree with each other, and is each order there once and whole?"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.data.engine import quoted
from optimizer.data.importers.declare import importer_of
from optimizer.data.importers.given import no_channel
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Column
from optimizer.data.reading.inference.currency import DOLLARS, code_of, named_sql
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.rows import records
from optimizer.data.reading.source import DATA, Reading
from optimizer.data.reading.typed import Typed
from optimizer.errors import Open, Problem
from optimizer.messages import Message, Text, _, listed

ADDITIVE = (
    *("spend", "exposures", "clicks", "gmv", "orders"),
    *("engagements", "conversions", "refunds"),
)
UNITS = {"day": _("day"), "week": _("week"), "month": _("month")}
REPEATED = 9  # the state of a row that another one stands for


def check(reading: Reading, typed: Typed) -> list[Message]:
    """Warnings where the numbers disagree with each other or with the file's own totals row.

    A platform may count a rate its own way, so a disagreement is told, loudly, and refused only on
    request (--strict).
    """
    warnings = _totals(reading, typed)
    has = set(typed.columns)
    if {"clicks", "exposures"} <= has:
        clicks, exposures = reading.one(
            f"SELECT sum(clicks), sum(exposures) FROM {typed.table}"
            f" WHERE _state = {DATA} AND clicks IS NOT NULL AND exposures IS NOT NULL"
        )
        if clicks is not None and clicks > exposures:
            warnings.append(
                _(
                    "{where}: more clicks ({clicks}) than exposures ({exposures}); look whether "
                    "the two columns are named the right way round",
                    where=typed.part.where,
                    clicks=f"{clicks:,.0f}",
                    exposures=f"{exposures:,.0f}",
                )
            )
    for entry in typed.layout.columns:
        if entry.agrees and entry.to in has and {entry.agrees[0], entry.agrees[1]} <= has:
            warnings += _disagrees(reading, typed, entry, *entry.agrees)
    return warnings


def _disagrees(
    reading: Reading, typed: Typed, entry: Column, top: str, base: str, factor: float
) -> list[Message]:
    """A ratio of the file that is not what its parts give, in any of its rows."""
    mine = f"CAST({quoted(entry.to)} AS DOUBLE)"
    other = f"CAST({top} AS DOUBLE) * {factor!r} / CAST({base} AS DOUBLE)"
    # what rounding in the export may hide
    slack = 0.0006 if entry.kind == "rate" else 0.006 * max(1.0, factor / 100)
    near = f"abs({mine} - {other}) <= {slack} + 0.02 * abs({other})"
    if entry.kind == "rate":
        near += f" OR abs({mine} / 100 - {other}) <= {slack} + 0.02 * abs({other})"
    rows, off, row = reading.one(
        f"SELECT count(*), count(*) FILTER (NOT ({near})), min(_row) FILTER (NOT ({near}))"
        f" FROM {typed.table} WHERE _state = {DATA} AND {base} > 0 AND {top} IS NOT NULL"
        f" AND {quoted(entry.to)} IS NOT NULL"
    )
    if not off:
        return []
    place = records(reading.connection, reading.part, reading.header, [row]).get(row, (row + 1,))[0]
    return [
        _(
            "{where}: in {off} of {rows} rows '{header}' is not {top} / {base} "
            "(first: row {row}); {advice}",
            where=typed.part.where,
            off=off,
            rows=rows,
            header=next(m.header.strip() for m in typed.matches if m.column is entry),
            top=top,
            base=base,
            row=place,
            advice=_("look whether these are the right columns")
            if off * 2 > rows
            else _("they were taken as they stand"),
        )
    ]


def _totals(reading: Reading, typed: Typed) -> list[Message]:
    """One totals row: its sums must be those of the rows, or rows are missing."""
    columns = [c for c in typed.columns if c in ADDITIVE]
    if not columns or typed.layout.table not in ("spend", "shop"):
        return []
    if len(typed.unproven) != 1:
        return []
    rows = reading.connection.execute(
        f"SELECT {', '.join(columns)} FROM {typed.table} WHERE _row = {typed.unproven[0]}"
    ).fetchall()
    summed = ", ".join(f"sum({c})" for c in columns)
    sums = reading.one(f"SELECT {summed}, count(*) FROM {typed.table} WHERE _state = {DATA}")
    return [
        _(
            "{where}: the totals row says {name} {told}, the rows add up to {found}: rows "
            "are missing or were changed",
            where=typed.part.where,
            name=name,
            told=f"{told:,.2f}",
            found=f"{found:,.2f}",
        )
        for name, told, found in zip(columns, rows[0], sums, strict=False)
        if told is not None
        and found is not None
        and abs(float(told) - float(found)) > 0.01 * sums[-1] + 1e-6 * abs(float(told))
    ]


def orphans(reading: Reading, typed: Typed) -> list[Problem]:
    """Orders whose rows never hold the order's total (the first one is missing), or twice."""
    if not {"order_id", "value"} <= set(typed.columns) or not any(
        c.to == "value" and c.blank for c in typed.layout.columns
    ):
        return []

    def orders(having: str) -> list[str]:
        return reading.column(
            f"SELECT order_id FROM {typed.table} WHERE _state = {DATA} GROUP BY order_id"
            f" HAVING {having} ORDER BY min(_row) LIMIT 4"
        )

    where = typed.part.where
    none, several = _("rows are missing: export again"), _("keep one of them, or export again")
    return [
        *(
            Problem(_("order {order} has rows, but none with its total", order=o), where, none)
            for o in orders("count(value) = 0")
        ),
        *(
            Problem(_("order {order} has several rows with a total", order=o), where, several)
            for o in orders("count(value) > 1")
        ),
    ]


def repeated(
    reading: Reading, typed: Typed, choices: Choices
) -> tuple[list[Problem], list[Message]]:
    """Rows of one file about the same thing, where the platform writes one row each
    (`Importer.once`).

    An order counted twice is a wrong sum, so it is a question, answered by `choices.duplicates`:
    add, first or last row.
    """
    key = importer_of(typed.name, typed.layout).once
    if key is None or key not in typed.columns or choices.duplicates == "add":
        return [], []
    name = quoted(key)
    found = reading.connection.execute(
        f"SELECT {name}, count(*) FROM {typed.table} WHERE _state = {DATA}"
        f" GROUP BY {name} HAVING count(*) > 1 ORDER BY min(_row)"
    ).fetchall()
    if not found:
        return [], []
    where = typed.part.where
    if choices.duplicates is None:
        return [
            Problem(
                _(
                    "{key} {value} stands in {many} rows ({found} such)",
                    key=key,
                    value=value,
                    many=many,
                    found=len(found),
                ),
                where,
                _("say which counts: --duplicates first, last, or add (all are real)"),
                open=Open("duplicates", ("first", "last", "add")),
            )
            for value, many in found[:3]
        ], []
    keep = "max" if choices.duplicates == "last" else "min"
    (gone,) = reading.one(f"""
        UPDATE {typed.table} AS t SET _state = {REPEATED}
        FROM (SELECT {name} AS k, {keep}(_row) AS r FROM {typed.table}
              WHERE _state = {DATA} GROUP BY {name}) AS o
        WHERE t._state = {DATA} AND t.{name} = o.k AND t._row <> o.r""")
    said = {"where": where, "gone": gone, "key": key}
    if choices.duplicates == "last":
        return [], [
            _("{where}: {gone} rows repeat the {key} of another row: the last one counts", **said)
        ]
    return [], [
        _("{where}: {gone} rows repeat the {key} of another row: the first one counts", **said)
    ]


def currencies(reading: Reading, typed: Typed) -> tuple[list[Problem], list[Message]]:
    """The currency a file names: several are a problem, one is told."""
    found = currency_codes(reading, typed)
    where: Text = typed.part.where
    if len(found) > 1:
        what = _("amounts are in several currencies: {names}", names=listed(found))
        fix = _(
            "export in one currency, or choose a column in one: --column 'value=Event Revenue USD'"
        )
        return [Problem(what, where, fix)], []
    return [], [_("{where}: amounts are in {found}", where=where, found=found[0])] if found else []


def currency_codes(reading: Reading, typed: Typed) -> list[str]:
    """The currencies of a part's amounts: as the user says, as a column names them, as the amounts'
    headers do, and as the signs beside the amounts do.
    """
    if reading.choices.money is not None:
        return [reading.choices.money]
    told = {said[1] for said in currency_signs(reading, typed)}
    # "$" and "¥" are signs of several currencies; the code beside them says which
    several: tuple[tuple[str, set[str]], ...] = (("USD", DOLLARS), ("CNY", {"JPY"}))
    for sign, others in several:
        if sign in typed.signs and len(told) == 1 and told <= others:
            return sorted(told | {*typed.signs} - {sign})
    return sorted(told | {*typed.signs})


def currency_signs(reading: Reading, typed: Typed) -> list[tuple[Text, str, int | None]]:
    """(what says it, the code, in how many rows) of the currencies that a column or header names."""
    if typed.currency is not None:
        amount = next((c for c in ("value", "spend", "gmv") if c in typed.columns), None)
        told = f" AND {amount} IS NOT NULL" if amount else ""
        code = named_sql(quoted(typed.currency))
        rows = reading.connection.execute(
            f"SELECT {code} AS code, count(*) FROM {typed.table} WHERE {code} IS NOT NULL"
            f"{told} AND _state = {DATA} GROUP BY 1 ORDER BY 1"
        ).fetchall()
        if rows:
            return [(_("a column names it"), str(code), int(n)) for code, n in rows]
    heads = [
        code_of(m.header)
        for m in typed.matches
        if m.column
        and (m.column.to in ("spend", "value", "gmv") or m.column.to.startswith("spend of "))
    ]
    return [(_("the header says it"), code, None) for code in sorted({h for h in heads if h})]


def money_inferred(reading: Reading, typed: Typed, codes: Sequence[str]) -> list[Inferred]:
    """The currency of a part with what says it, and what its rows cover."""
    where = typed.part.where
    out = []
    if codes:
        told = currency_signs(reading, typed)
        evidence, cells = (
            (told[0][0], told[0][2]) if told else (_("signs beside the amounts"), None)
        )
        if reading.choices.money is not None:
            evidence, cells = _("as you said"), None
        out.append(Inferred(where, "", "currency", codes[0], evidence, cells))
    grain = typed.grain
    if grain.unit and grain.evidence is not None:
        unit = UNITS.get(grain.unit, grain.unit)
        out.append(Inferred(where, "", "periods", unit, grain.evidence, grain.cells))
    return out


def one_grain(parts: Sequence[Typed], choices: Choices) -> list[Problem]:
    """Days beside the weeks or months they are part of would count twice."""
    known = [p for p in parts if p.grain.unit and p.layout.table in ("spend", "shop", "totals")]
    if choices.period is not None:
        return []
    units: dict[str, list[Text]] = {}
    for part in known:
        # rows that say their last day are spread over their days
        unit = "day" if "until" in part.columns else str(part.grain.unit)
        units.setdefault(unit, []).append(part.part.where)
    if len(units) < 2:
        units = {}
        for part in known:
            if sum(part.name == other.name and "until" in other.columns for other in known) > 1:
                units.setdefault(str(part.grain.unit), []).append(part.part.where)
    if len(units) < 2:
        return []
    first, second = (UNITS.get(unit, unit) for unit in sorted(units)[:2])
    return [
        Problem(
            _(
                "some files have a row for every {unit}, others for every {other}: what they share "
                "would count twice",
                unit=first,
                other=second,
            ),
            listed([where for wheres in units.values() for where in wheres]),
            _("import the files that are alike; or say what every row covers: --period day"),
            open=Open("period", ("day", "week", "month")),
        )
    ]


def needs_channel(typed: Typed, choices: Choices) -> list[Problem]:
    """A table of spend whose channel nobody says."""
    if (
        typed.layout.table not in ("spend", "shop")
        or importer_of(typed.name, typed.layout).channel
        or importer_of(typed.name, typed.layout).rows
        or "channel" in typed.columns
        or choices.channel
    ):
        return []
    return [no_channel(typed.part.where)]
