"""Whether the value in an order's rows is the row's own or the whole order's, said on every row."""

from __future__ import annotations

from optimizer.data.importers.checks import REPEATED
from optimizer.data.importers.declare import importer_of
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.source import DATA, Reading
from optimizer.data.reading.typed import Typed
from optimizer.errors import Open, Problem
from optimizer.messages import Message, _


def order_lines(
    reading: Reading, typed: Typed, choices: Choices
) -> tuple[list[Inferred], list[Problem], list[Message]]:
    """What the rows of one order hold, in a table that no platform's declaration explains.

    Rows of an order with different values are lines. Where every order of several rows repeats one
    value, it may be the order's: adding it up would count it once a line, so it is asked about.
    """
    importer = importer_of(typed.name, typed.layout)
    if not (importer.general and importer.once is None and importer.table == "orders"):
        return [], [], []
    if not {"order_id", "value"} <= set(typed.columns):
        return [], [], []
    orders = (
        f"SELECT order_id, count(DISTINCT value) AS kinds, min(_row) AS first, max(value) AS value"
        f" FROM {typed.table} WHERE _state = {DATA} AND order_id IS NOT NULL AND value IS NOT NULL"
        " GROUP BY order_id HAVING count(*) > 1"
    )
    differ, same, shown = reading.one(
        f"SELECT count(*) FILTER (kinds > 1), count(*) FILTER (kinds = 1 AND value <> 0),"
        f" min_by(order_id, first) FILTER (kinds = 1 AND value <> 0) FROM ({orders})"
    )
    where = typed.part.where
    if differ or not same:
        evidence = _("orders whose rows differ in value")
        lines = Inferred(where, "", "key", _("a line of an order"), evidence, int(differ))
        return [lines] if differ else [], [], []
    if choices.lines == "line" or choices.duplicates == "add":
        return [], [], []
    if choices.lines is None and choices.duplicates is None:
        what = _(
            "every order of several rows repeats one value ({order} does): it may be the order's "
            "or the row's",
            order=shown,
        )
        fix = _("say which: --lines order (it counts once) or --lines line (rows are added up)")
        return [], [Problem(what, where, fix, open=Open("lines", ("order", "line")))], []
    keep = "max" if choices.duplicates == "last" else "min"
    (gone,) = reading.one(f"""
        UPDATE {typed.table} AS t SET _state = {REPEATED}
        FROM (SELECT order_id AS k, {keep}(_row) AS r FROM {typed.table}
              WHERE _state = {DATA} GROUP BY order_id HAVING count(*) > 1) AS o
        WHERE t._state = {DATA} AND t.order_id = o.k AND t._row <> o.r""")
    note = _(
        "{where}: an order's value stands on each of its rows: {gone} rows repeat it",
        where=where,
        gone=gone,
    )
    return [], [], [note]
