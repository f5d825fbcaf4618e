"""What each customer will bring: published values, brute force, and CDNOW's later orders."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, gamma

from optimizer.customers.bg_nbd import BgNbd, fit_bg_nbd
from optimizer.customers.customer_values import customer_values
from optimizer.customers.gamma_gamma import GammaGamma, fit_gamma_gamma
from optimizer.errors import UserError
from tests.test_rfm import cdnow, needs_data

PUBLISHED = "cdnow_customers_summary_with_transactions.csv"  # 2,357 customers, weeks
WEEK = 7.0


def published() -> pd.DataFrame:
    """The tenth of CDNOW's customers that the papers are about, where the package that carries it
    is installed.
    """
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the published sample comes with the package lifetimes, which is not installed")
    return pd.read_csv(Path(found.origin).parent / "datasets" / PUBLISHED)


def test_the_published_values_of_cdnow() -> None:
    """Fader, Hardie and Lee 2005, table 2 and their customer 1516; Fader and Hardie 2013."""
    own = published()
    orders, last, age = (own[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    model = fit_bg_nbd(orders, last * WEEK, age * WEEK)
    found = (model.r, model.alpha / WEEK, model.a, model.b)
    assert found == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=0.001)
    assert model.log_likelihood + orders.sum() * np.log(WEEK) == pytest.approx(-9582.4, abs=0.05)
    one = [np.array([value]) for value in (2.0, 30.43 * WEEK, 38.86 * WEEK)]
    assert model.expected(39 * WEEK, *one)[0] == pytest.approx(1.226, abs=0.001)
    again = own[own["x"] > 0]
    money = fit_gamma_gamma(again["x"].to_numpy(dtype=float), again["zbar"].to_numpy())
    assert (money.p, money.q, money.scale) == pytest.approx((6.25, 3.74, 15.44), abs=0.011)


MODEL = BgNbd(0.8, 20.0, 1.3, 2.5, 0.0)


def test_formulas_meet_brute_force() -> None:
    """By integrals over rates and chances to be lost: who is alive after 3 orders; and the orders
    to come of customers drawn at random.
    """
    x, last, age = 3, 40.0, 70.0
    gammas, betas = gamma(MODEL.r, scale=1 / MODEL.alpha), beta(MODEL.a, MODEL.b)
    rate = gammas.ppf((np.arange(4000) + 0.5) / 4000)[:, None]  # each as likely as the next
    lost = betas.ppf((np.arange(1000) + 0.5) / 1000)[None, :]
    alive = ((1 - lost) ** x * rate**x * np.exp(-rate * age)).mean()
    gone = (lost * (1 - lost) ** (x - 1) * rate**x * np.exp(-rate * last)).mean()
    told = MODEL.alive(np.array([x]), np.array([last]), np.array([age]))[0]
    assert told == pytest.approx(alive / (alive + gone), rel=1e-3)
    rng = np.random.default_rng(3)
    many, horizon = 100_000, 60.0
    rate, lost = gammas.rvs(many, random_state=rng), betas.rvs(many, random_state=rng)
    clock, there, seen = np.zeros(many), np.ones(many, dtype=bool), np.zeros(many)
    while there.any():
        there &= rng.random(many) > np.where(seen > 0, lost, 0.0)  # lost after a repeat only
        clock += rng.exponential(1 / rate)
        there &= clock < horizon
        seen += there
    assert MODEL.expected_of_new(horizon) == pytest.approx(seen.mean(), rel=0.02)
    # a customer with many orders, where the series of the paper overflows
    busy = [np.array([float(n)]) for n in (900, 700, 700)]
    assert MODEL.expected(30.0, *busy)[0] == pytest.approx(30 * 900.8 / 720, rel=0.05)
    money = GammaGamma(6.0, 3.0, 10.0)
    assert money.expected(np.array([0.0, 2.0]), np.array([np.nan, 20.0])) == pytest.approx(
        [6 * 10 / 2, 6 * (10 + 40) / (12 + 2)]
    )


def test_what_is_known_is_found_again() -> None:
    """20 customers of a hundred order once a day and 20 now and then, each around a mean of their
    own; the others never again.
    """
    start = pd.Timestamp("2026-01-01")
    rows = [(f"u{i}", start + pd.Timedelta(days=i % 20), 10.0) for i in range(40, 100)]
    for i in range(40):
        for d in range(60) if i % 2 == 0 else (0, 10, 31, 42):
            worth = (30.0 + i) * (0.6 + 0.2 * (d % 5))
            rows.append((f"u{i}", start + pd.Timedelta(days=d), worth))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "value"])
    values = customer_values(frame, 10)
    busy, idle = values.loc["u30"], values.loc["u77"]
    assert busy["expected_orders"] == pytest.approx(10, rel=0.15)
    assert busy["expected_order_value"] == pytest.approx(60, rel=0.05)
    assert idle["expected_orders"] < 0.5
    assert values["alive"].between(0, 1).all()
    half = customer_values(frame, 10, margin=0.5, discount=0.1)
    assert 0.49 < half["expected_value"].sum() / values["expected_value"].sum() < 0.5
    with pytest.raises(UserError, match="too few customers ordered again"):
        customer_values(frame[:60], 10)


@needs_data
def test_the_later_orders_of_cdnow() -> None:
    """From the first 39 weeks: who was expected to bring most in the next 39 brought most, and all
    together bring more than was foretold by no more than a fifth.
    """
    own = cdnow()
    values = customer_values(own[own["timestamp"] < "1997-10-01"], 273)
    later = own[own["timestamp"] >= "1997-10-01"].groupby("user_id")["value"].sum()
    came = later.reindex(values.index).fillna(0.0)
    assert 0.8 < values["expected_value"].sum() / came.sum() < 1.0
    tenth = pd.qcut(values["expected_value"].rank(method="first"), 10, labels=False)
    by_tenth = came.groupby(tenth).mean()
    assert by_tenth.rank().tolist()[-4:] == [7, 8, 9, 10]
    assert by_tenth.iloc[-1] > 5 * came.mean()
