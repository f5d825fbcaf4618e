"""Journeys to the first purchase: against a few lines of plain Python on random small tables."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.data.open import open_events
from optimizer.journeys.counting import count
from optimizer.journeys.new_customers import customers, until_first

ROWS = st.lists(
    st.tuples(
        st.sampled_from("uvw"),
        st.integers(0, 6),
        st.sampled_from(["touch a", "touch b", "purchase"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=14,
).filter(
    lambda rows: (
        any(kind == "purchase" for _, _, kind, _ in rows)
        and any(kind != "purchase" for _, _, kind, _ in rows)
    )
)


def frame(rows: list[tuple[str, int, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user_id": [u for u, _, _, _ in rows],
            "timestamp": [
                pd.Timestamp("2025-03-01") + pd.Timedelta(hours=h) for _, h, _, _ in rows
            ],
            "channel": [kind[-1] if kind != "purchase" else None for _, _, kind, _ in rows],
            "event": ["purchase" if kind == "purchase" else "touch" for _, _, kind, _ in rows],
            "value": [float(v) if kind == "purchase" else None for _, _, kind, v in rows],
        }
    )


@settings(max_examples=30, deadline=None, derandomize=True)
@given(ROWS)
def test_first_purchases_only(rows: list[tuple[str, int, str, int]]) -> None:
    events = open_events(frame(rows))
    buyers = {u for u, _, kind, _ in rows if kind == "purchase"}
    people, value = customers(events)
    assert people == len(buyers)
    assert value == sum(v for _, _, kind, v in rows if kind == "purchase")
    won = {u: min(h for w, h, kind, _ in rows if w == u and kind == "purchase") for u in buyers}
    touched = {
        u
        for u in buyers
        if any(w == u and kind != "purchase" and h <= won[u] for w, h, kind, _ in rows)
    }
    kept = sum(kind != "purchase" and (u not in won or h <= won[u]) for u, h, kind, _ in rows)
    first = until_first(events)
    found = first.columns(f"SELECT count(*) AS n FROM {first.table} WHERE event = 'touch'")
    assert int(found["n"][0]) == kept
    if kept:
        counted = count(first, weights={"linear": "1.0 / n"})
        assert abs(float(counted.credit["linear"][0].sum()) - len(touched)) < 1e-9


def test_what_buyers_spent_does_not_depend_on_the_order_of_rows() -> None:
    """Amounts of very different size: added up as doubles, each order gives other last digits."""
    rng = np.random.default_rng(3)
    amounts = np.round(10 ** rng.uniform(0, 7, 20_000), 2)
    table = pd.DataFrame(
        {
            "user_id": [f"u{i}" for i in range(len(amounts))],
            "timestamp": pd.Timestamp("2025-03-01"),
            "channel": None,
            "event": "purchase",
            "value": amounts,
        }
    )
    table = pd.concat([table, frame([("u1", 0, "touch a", 0)])])
    found = {
        customers(open_events(table.sample(frac=1.0, random_state=seed)))[1] for seed in range(5)
    }
    assert len(found) == 1
    assert abs(found.pop() - math.fsum(amounts)) < 1e-4
