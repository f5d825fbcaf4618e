"""`optimizer validate` on the same journeys under other names, in another order of rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest


def journeys(users: int = 400) -> pd.DataFrame:
    """Touches of three channels over two months; whoever ends on `b` buys more often."""
    rng = np.random.default_rng(8)
    rows: list[tuple[str, pd.Timestamp, str, str]] = []
    start = pd.Timestamp("2026-01-01")
    for user in range(users):
        touches = rng.choice(list("abc"), rng.integers(1, 5))
        when = start + pd.Timedelta(minutes=int(rng.integers(0, 60_000)))
        for k, channel in enumerate(touches):
            rows.append((f"u{user}", when + pd.Timedelta(hours=7 * k), str(channel), "touch"))
        if rng.random() < (0.5 if touches[-1] == "b" else 0.2):
            rows.append((f"u{user}", when + pd.Timedelta(hours=7 * len(touches)), "", "purchase"))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event"])


def test_names_and_order_of_rows_change_nothing(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    names = {"a": "z 渠道", "b": "a=1+1", "c": "m"}
    plain = journeys()
    other = plain.assign(channel=plain["channel"].map(names).fillna(""))
    other["user_id"] = "x" + other["user_id"].str[::-1]
    told = []
    for name, frame in (("plain", plain), ("other", other.sample(frac=1, random_state=3))):
        file = tmp_path / f"{name}.csv"
        frame.to_csv(file, index=False)
        ran = optimizer("validate", file, "--folds", 3, "--max-order", 2, "--format", "json")
        assert ran.code == 0, ran.err
        told.append(json.loads(ran.out))
    one, two = told
    for key in ("order", "signal", "p_value", "detectable", "tells_models_apart"):
        assert one[key] == pytest.approx(two[key], rel=1e-9), key
    for mine, theirs in zip(one["scores"], two["scores"], strict=True):
        assert (mine.pop("name"), mine.pop("order")) == (theirs.pop("name"), theirs.pop("order"))
        for key, value in mine.items():
            same = value == theirs[key] or value == pytest.approx(theirs[key], rel=1e-9)
            assert same, key
