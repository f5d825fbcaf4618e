"""RFM, cohorts and customer value: equal to an independent computation, and to what paper gives on small worlds."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.customers.cohorts import cohorts, repurchase
from optimizer.customers.ltv import ltv
from optimizer.customers.orders import read_orders
from optimizer.customers.retention import Offer, RetentionLine, retention_lines
from optimizer.customers.rfm import GROUPS, movement, rfm
from optimizer.errors import Problems, UserError
from tests.conftest import SHARED

needs_data = pytest.mark.skipif(
    not (SHARED / "data" / "rfm").exists(), reason="../shared/data is not beside this checkout"
)
CDNOW, UCI = (
    SHARED / "data" / "rfm" / "CDNOW_master.txt",
    SHARED / "data" / "rfm" / "uci_online_retail_orders_dev.csv",
)


def world(*rows, **more):
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "value"])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    return frame.assign(**more)


def cdnow() -> pd.DataFrame:
    own = pd.read_csv(
        CDNOW,
        sep=r"\s+",
        skiprows=1,
        names=["user_id", "timestamp", "cds", "value"],
        dtype={"user_id": str, "timestamp": str},
    )
    return own.assign(timestamp=pd.to_datetime(own["timestamp"], format="%Y%m%d"))


def uci() -> pd.DataFrame:
    own = pd.read_csv(UCI, dtype={"CustomerID": str, "InvoiceNo": str})
    return own.rename(
        columns={"CustomerID": "user_id", "amount": "value", "InvoiceNo": "order_id"}
    ).assign(timestamp=pd.to_datetime(own["date"]))


def independent(own: pd.DataFrame, by_order: bool):
    """RFM in other words: loops over customers, quantile scores by counting who is worse."""
    at = own["timestamp"].max().normalize() + pd.Timedelta(days=1)
    good = own[own["value"] > 0]
    table = {}
    for user, rows in good.groupby("user_id"):
        table[user] = (
            (at - rows["timestamp"].max()).days,
            rows["order_id"].nunique() if by_order else len(rows),
        )
    money = own.groupby("user_id")["value"].sum()
    users = sorted(table)
    r, f = np.array([table[u][0] for u in users]), np.array([table[u][1] for u in users])
    m = money[users].to_numpy()
    n = len(users)

    def score(x):
        ordered = np.sort(x)
        return 1 + np.searchsorted(ordered, x, side="left") * 5 // n

    scores = np.stack([score(-r), score(f), score(m)])
    names = []
    for (a, b, c), often in zip(scores.T, f, strict=True):
        if a >= 4 and b >= 4 and c >= 4:
            names.append("high_value")
        elif a >= 4 and often == 1:
            names.append("new")
        elif a <= 2:
            names.append("at_risk" if b >= 3 or c >= 3 else "lost")
        else:
            names.append("potential")
    return users, r, f, m, scores, names


@needs_data
@pytest.mark.parametrize(("path", "load", "by_order"), [(CDNOW, cdnow, False), (UCI, uci, True)])
def test_public_orders_equal_an_independent_computation(path, load, by_order):
    mine = rfm(path)
    users, r, f, m, scores, names = independent(load(), by_order)
    got = mine.customers.sort_index()
    assert list(got.index) == users
    assert got["recency_days"].tolist() == r.tolist()
    assert got["frequency"].tolist() == f.tolist()
    np.testing.assert_allclose(got["monetary"], m, atol=1e-6)
    assert got[["r", "f", "m"]].to_numpy().T.tolist() == scores.tolist()
    assert got["group"].tolist() == names
    table = mine.groups.set_index("group")
    for name in GROUPS:
        assert table.loc[name, "customers"] == names.count(name)
        assert table.loc[name, "value"] == pytest.approx(
            sum(x for x, g in zip(m, names, strict=True) if g == name)
        )
    assert table["customers"].sum() == len(users)


@needs_data
def test_known_facts_of_cdnow_and_uci():
    one, two = rfm(CDNOW), rfm(UCI)
    own = cdnow()
    assert len(one.customers) == own.loc[own["value"] > 0, "user_id"].nunique()
    assert int(one.customers["frequency"].sum()) == int((own["value"] > 0).sum())
    other = uci()
    positive = other[other["value"] > 0]
    assert len(two.customers) == positive["user_id"].nunique()
    assert two.customers["frequency"].sum() == positive["order_id"].nunique()
    assert two.customers["monetary"].sum() == pytest.approx(
        other.loc[other["user_id"].isin(positive["user_id"]), "value"].sum()
    )
    assert repurchase(UCI) == pytest.approx(
        (positive.groupby("user_id")["order_id"].nunique() >= 2).mean()
    )


def test_scores_by_hand():
    """Five customers, one per quintile of each axis."""
    rows = [
        (f"u{i}", f"2026-08-{day:02d}", 10.0 * i)
        for i, day in enumerate((1, 8, 15, 22, 29), start=1)
        for _ in range(i)
    ]
    table = rfm(world(*rows), at="2026-08-30").customers
    assert table["recency_days"].tolist() == [29, 22, 15, 8, 1]
    assert table["frequency"].tolist() == [1, 2, 3, 4, 5]
    assert table["monetary"].tolist() == [10, 40, 90, 160, 250]
    assert table[["r", "f", "m"]].to_numpy().tolist() == [[i] * 3 for i in range(1, 6)]
    assert table["group"].tolist() == ["lost", "lost", "potential", "high_value", "high_value"]


def test_cuts_hold_their_borders():
    rows = [
        ("a", "2026-08-29", 100),
        ("b", "2026-07-31", 100),
        ("c", "2026-07-30", 99.99),
        ("a", "2026-08-01", 100),
    ]
    table = rfm(
        world(*rows),
        at="2026-08-30",
        cuts={"recency": [30, 90], "frequency": [2], "monetary": [100, 200]},
    ).customers
    assert table["recency_days"].tolist() == [1, 30, 31]
    assert table["r"].tolist() == [3, 2, 2]
    assert table["f"].tolist() == [2, 1, 1]
    assert table["m"].tolist() == [3, 2, 1]
    with pytest.raises(UserError, match="do not rise"):
        rfm(world(*rows), cuts={"recency": [90, 30]})
    with pytest.raises(UserError, match="did you mean 'recency'"):
        rfm(world(*rows), cuts={"recensy": [90]})


def test_the_rule_for_money_that_went_back():
    frame = world(
        ("a", "2026-08-01", 100),
        ("a", "2026-08-20", -30),
        ("b", "2026-08-05", 50),
        ("c", "2026-08-06", -10),
        ("d", "2026-08-07", 40),
        ("e", "2026-08-08", 60),
        ("f", "2026-08-09", 70),
        state=["paid", "paid", "paid", "paid", "cancelled", "refunded", "paid"],
        refund=[0, 0, 20, 0, 0, 0, 70],
    )
    result = rfm(frame, at="2026-08-31")
    assert result.customers[["recency_days", "frequency", "monetary"]].to_dict("index") == {
        "a": {"recency_days": 30, "frequency": 1, "monetary": 70.0},
        "b": {"recency_days": 26, "frequency": 1, "monetary": 30.0},
    }
    told = " | ".join(map(str, result.notes))
    for words in (
        "1 orders were cancelled",
        "3 orders were refunded, 2 of them in full",
        "1 customers have no order with a value above 0",
    ):
        assert words in told


def test_rows_of_one_order_are_one_order():
    frame = world(
        ("a", "2026-08-01", 10),
        ("a", "2026-08-01", 20),
        ("a", "2026-08-02", 30),
        order_id=["1", "1", "2"],
    )
    assert rfm(frame).customers["frequency"].tolist() == [2]
    assert rfm(frame.drop(columns="order_id")).customers["frequency"].tolist() == [3]


orders_strategy = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 300), st.integers(-50, 200)),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(orders_strategy, st.integers(2, 7), st.randoms(use_true_random=False))
def test_groups_partition_customers_and_row_order_does_not_matter(rows, levels, chance):
    if all(v <= 0 for _, _, v in rows):
        return
    frame = world(
        *[
            (f"u{u}", pd.Timestamp("2026-01-01") + pd.Timedelta(days=d), float(v))
            for u, d, v in rows
        ]
    )
    one = rfm(frame, levels=levels)
    assert one.groups["customers"].sum() == len(one.customers)
    assert one.groups["value"].sum() == pytest.approx(one.customers["monetary"].sum(), abs=1e-9)
    assert one.customers["r"].between(1, levels).all()
    mixed = frame.iloc[chance.sample(range(len(frame)), len(frame))]
    pd.testing.assert_frame_equal(one.customers, rfm(mixed, levels=levels).customers)
    ordered = one.customers.sort_values("recency_days")
    assert (ordered["r"].diff().dropna() <= 0).all()


def test_movement_between_two_dates():
    frame = world(
        ("a", "2026-01-01", 10),
        ("b", "2026-01-02", 10),
        ("b", "2026-06-01", 10),
        ("c", "2026-06-02", 10),
    )
    cuts = {"recency": [60], "frequency": [2], "monetary": [15]}
    table = movement(frame, "2026-01-31", "2026-06-30", cuts=cuts)
    assert table.loc["new", "lost"] == 1
    assert table.loc["new", "high_value"] == 1
    assert table.loc["none", "new"] == 1
    assert table.to_numpy().sum() == 3
    with pytest.raises(UserError, match="is not before"):
        movement(frame, "2026-06-30", "2026-01-31")


# --- cohorts and repurchase


def test_cohorts_by_hand():
    frame = world(
        ("a", "2026-01-05", 10),
        ("a", "2026-02-05", 20),
        ("b", "2026-01-20", 10),
        ("c", "2026-02-01", 5),
        ("c", "2026-02-20", 5),
        ("d", "2026-03-31", 1),
    )
    table = cohorts(frame).set_index(["cohort", "age"])
    assert table.loc[("2026-01-01", 0), ["customers", "active", "repeated", "value"]].tolist() == [
        2,
        2,
        0,
        20,
    ]
    assert table.loc[
        ("2026-01-01", 1), ["active", "rate", "repurchase_rate", "value"]
    ].tolist() == [1, 0.5, 0.5, 20]
    assert table.loc[("2026-02-01", 0), "repurchase_rate"] == 1
    assert table["complete"].all()
    assert not cohorts(frame[:5]).set_index(["cohort", "age"]).loc[("2026-01-01", 1), "complete"]


def test_repurchase_windows_by_hand():
    frame = world(
        ("a", "2026-01-01", 1),
        ("a", "2026-01-20", 1),
        ("b", "2026-01-01", 1),
        ("b", "2026-03-01", 1),
        ("c", "2026-03-10", 1),
    )
    assert repurchase(frame) == pytest.approx(2 / 3)
    assert repurchase(frame, 30) == pytest.approx(1 / 2)
    assert repurchase(frame, 10) == 0
    assert repurchase(frame, 3000) is None


# --- value of a customer


def test_ltv_by_hand():
    """a: 100 at age 0, 50 at age 40; b: 80 at age 0, seen for 31 days only. Data end after 2026-03-01."""
    frame = world(
        ("a", "2026-01-01", 100),
        ("a", "2026-02-10", 50),
        ("b", "2026-01-30", 80),
        ("a", "2026-03-01", -20),
    )
    value = ltv(frame, horizon_days=60, step_days=30)
    assert value.curve["customers"].tolist() == [2, 1]
    assert value.curve["value"].tolist() == pytest.approx(
        [90, 90 + 30]
    )  # a's cancellation falls at age 59
    assert ltv(frame, 60, margin=0.5, step_days=30).value == pytest.approx(60)
    later = ltv(frame, 60, discount=0.1, step_days=30).value
    assert later == pytest.approx(90 + 50 / 1.1 ** (40 / 365) - 20 / 1.1 ** (59 / 365))
    with pytest.raises(UserError, match="the longest horizon these orders can speak of is 60 days"):
        ltv(frame, 61)
    assert any("only 1 customers" in str(n) for n in value.notes)


def test_ltv_does_not_count_the_young_as_lost():
    """Everybody buys 10 every 30 days for ever; newcomers arrive evenly. The plain mean of what people spent is far too low."""
    rows = []
    for i in range(120):
        start = pd.Timestamp("2026-01-01") + pd.Timedelta(days=i)
        rows += [
            (f"u{i}", start + pd.Timedelta(days=30 * k, hours=1), 10.0)
            for k in range(20)
            if start + pd.Timedelta(days=30 * k) < pd.Timestamp("2026-07-01")
        ]
    value = ltv(world(*rows), horizon_days=180, step_days=30)
    assert value.value == pytest.approx(60)
    assert (value.low, value.high) == (pytest.approx(60), pytest.approx(60))


def test_ltv_interval_covers_the_truth():
    """100 worlds with a known value: the 90 % interval holds it about 90 times."""
    rng = np.random.default_rng(8)
    hits = 0
    for world_number in range(100):
        n = 150
        repeats = rng.poisson(1.5, n)
        users = np.repeat(np.arange(n), repeats + 1)
        ages = np.concatenate([[0.0, *rng.uniform(0, 90, k)] for k in repeats])
        frame = pd.DataFrame(
            {
                "user_id": users.astype(str),
                "timestamp": pd.Timestamp("2026-01-01") + pd.to_timedelta(ages, unit="D"),
                "value": rng.exponential(20, len(users)),
            }
        )
        frame = pd.concat([frame, world(("end", "2026-05-01", 0.001))])
        value = ltv(frame, 90, level=0.1, draws=300, seed=world_number)
        hits += value.low <= 20 * 2.5 <= value.high
    assert 80 <= hits <= 98


def shop(days: int, old: int, seed: int = 5) -> pd.DataFrame:
    """Customers from before, each with an order about every 12 days, and 8 new ones a day of whom
    every fourth comes back once within 30 days; orders of 10.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(old):
        rows += [(f"old{i}", day) for day in np.cumsum(rng.exponential(12, 30))]
    for i in range(8 * days):
        rows.append((f"new{i}", i / 8))
        rows += [(f"new{i}", i / 8 + rng.uniform(1, 30))] if rng.random() < 0.25 else []
    users, ages = zip(*[row for row in rows if row[1] < days], strict=True)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.array(ages), unit="D")
    return pd.DataFrame({"user_id": users, "timestamp": when, "value": 10.0})


def test_ltv_leaves_out_customers_from_before_the_data():
    """A new customer is worth 12.5 within 60 days; those from before 60."""
    frame = shop(150, 200)
    value = ltv(frame, 60, level=0.1)
    assert ltv(frame, 60, level=0.1, burn_in_days=0).value > 1.5 * 12.5
    assert value.low < 12.5 < value.high < 14
    assert 14 <= value.burn_in_days <= 75
    assert any("are left out" in str(note) for note in value.notes)
    new = ltv(shop(150, 0), 60, level=0.1)
    assert (new.burn_in_days, new.customers) == (0, 1200)
    assert new.low < 12.5 < new.high
    # beyond what new customers were watched for, the others say how it goes on
    far = ltv(frame, 140, level=0.1)
    assert far.observed_days < 140
    assert value.value < far.value < ltv(frame, 140, burn_in_days=0).value
    with pytest.raises(UserError, match="nobody was first seen after the first 150 days"):
        ltv(frame, 60, burn_in_days=150)


@needs_data
def test_ltv_holds_what_new_customers_were_worth():
    """From the first half of CDNOW, and from UCI until the end of April: what new customers were
    worth in all lies within the 90 % interval at every horizon that is watched then. Of the orders
    that are the truth, only UCI's of May were not estimated from.
    """
    own = cdnow()
    first = own[own["value"] > 0].groupby("user_id")["timestamp"].min()
    for days in (60, 90, 120, 180):
        told = ltv(own[own["timestamp"] < "1997-10-01"], days, level=0.1)
        age = (own["timestamp"] - own["user_id"].map(first)).dt.days
        later = first[first < "1997-04-01"].index
        truth = own.loc[(age < days) & own["user_id"].isin(later), "value"].sum() / len(later)
        assert told.low <= truth <= told.high, days
    # what those of January say of those who came in February and March, and were not watched so long
    came = first[first >= "1997-02-01"].index
    for days in (90, 180):
        until = pd.Timestamp("1997-01-31") + pd.Timedelta(days=days)
        told = ltv(own[own["timestamp"] < until], days, level=0.1, draws=300)
        age = (own["timestamp"] - own["user_id"].map(first)).dt.days
        truth = own.loc[(age < days) & own["user_id"].isin(came), "value"].sum() / len(came)
        assert told.low <= truth <= told.high, days
    own = uci()
    first = own[own["value"] > 0].groupby("user_id")["timestamp"].min()
    settled = first[first >= "2011-02-01"]
    for days in (60, 90):
        whole = settled[settled + pd.Timedelta(days=days) <= pd.Timestamp("2011-06-01")]
        some = own[own["user_id"].isin(whole.index)]
        age = (some["timestamp"] - pd.to_datetime(some["user_id"].map(whole))).dt.days
        truth = some.loc[(age >= 0) & (age < days), "value"].sum() / len(whole)
        told = ltv(own[own["timestamp"] < "2011-05-01"], days, level=0.1)
        assert told.low <= truth <= told.high, days
        assert ltv(own, days, level=0.1, burn_in_days=0).value > 1.2 * truth


@needs_data
def test_ltv_of_cdnow_equals_an_independent_computation():
    """Of CDNOW's customers who were watched for a year, the value is the plain mean over customers."""
    own = cdnow()
    first = own[own["value"] > 0].groupby("user_id")["timestamp"].min()
    first = first[first <= own["timestamp"].max() + pd.Timedelta(days=1) - pd.Timedelta(days=365)]
    assert len(first) > 23000
    own = own[own["user_id"].isin(first.index)]
    value = ltv(own, horizon_days=365, margin=0.3)
    age = (own["timestamp"] - own["user_id"].map(first)).dt.days
    assert value.customers == len(first)
    assert value.value == pytest.approx(
        own.loc[(age >= 0) & (age < 365), "value"].sum() * 0.3 / len(first)
    )
    assert value.low < value.value < value.high
    assert ltv(own, horizon_days=365, margin=0.3).low == value.low
    assert ltv(CDNOW, horizon_days=365, margin=0.3).value == pytest.approx(value.value, rel=1e-4)


# --- retention


def lines(*offers):
    rows = [(f"u{i}", "2026-01-01", 50.0) for i in range(40)] + [
        (f"v{i}", "2026-08-01", 80.0) for i in range(10)
    ]
    return retention_lines(
        rfm(
            world(*rows),
            at="2026-08-10",
            cuts={"recency": [30], "frequency": [2], "monetary": [60]},
        ),
        offers,
    )


def test_retention_line_by_hand():
    (line,) = lines({"group": "lost", "cost": 2.0, "response": [0.1, 0.05]})
    assert (line.size, line.value_per_order) == (40, 50)
    assert line.pieces == ((80, 0.05), (72, 0.025))  # 36 are left for the second round
    assert line.orders(40) == pytest.approx(2)
    assert line.orders(80) == pytest.approx(4)
    assert line.orders(152) == pytest.approx(4 + 1.8) == pytest.approx(line.most_orders)
    assert line.orders(9999) == line.most_orders
    assert line.orders(-5) == 0


def test_retention_line_is_a_channel_of_a_scenario():
    from optimizer.scenario.schema import Channel

    (line,) = lines(Offer("new", 3.0, (0.2,), value=120.0, reach=0.5))
    entry = Channel.model_validate(line.channel())
    assert entry.retention is True
    assert (entry.max, entry.value_per_customer) == (15.0, 120.0)


def test_retention_offers_are_checked_together():
    with pytest.raises(Problems) as caught:
        lines(
            {"group": "lsot", "cost": 1, "response": 0.1},
            {"group": "lost", "cost": 0, "response": 4},
            {"group": "new", "cost": 1, "response": [0.1, 0.2]},
            {"group": "at_risk", "cost": 1, "response": 0.1},
            {"cost": 1, "respons": 0.1},
        )
    text = str(caught.value)
    for words in (
        "did you mean 'lost'",
        "cost per contact of 'lost' is 0",
        "response of 'lost' is no share",
        "answers better",
        "'at_risk' has no orders",
        "did you mean 'response'",
        "lacks 'group'",
    ):
        assert words in text


def test_a_line_never_gains_from_splitting_and_is_concave():
    line = RetentionLine("x", "lost", 10, 1.0, 1.0, ((10.0, 0.3), (5.0, 0.1)))
    grid = [line.orders(x) for x in range(20)]
    steps = np.diff(grid)
    assert (steps >= 0).all()
    assert (np.diff(steps) <= 1e-12).all()


def test_orders_from_events(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        "user_id,timestamp,channel,event,value\na,2026-08-01 10:00:00,koc,touch,\na,2026-08-02 10:00:00,,purchase,30\nb,2026-08-03 10:00:00,,purchase,20\n"
    )
    assert rfm(path).customers["monetary"].tolist() == [30, 20]
    assert read_orders(path).frame["user_id"].tolist() == ["a", "b"]
    path.write_text("user_id,timestamp,channel,event,value\na,2026-08-01 10:00:00,koc,touch,\n")
    with pytest.raises(UserError, match="holds no purchases"):
        rfm(path)


def test_orders_from_a_database_file(tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as shop:
        shop.execute(
            "CREATE TABLE sales AS SELECT * FROM (VALUES ('1', 'a', TIMESTAMP '2026-08-01', 30.5), ('2', 'a', '2026-08-02', 10), ('3', 'b', '2026-08-02', 7)) AS t(order_id, customer_id, \"when\", amount)"
        )
    address = f"{tmp_path / 'shop.duckdb'}::sales"
    with pytest.raises(UserError, match="lack the column timestamp"):
        rfm(address)
    assert rfm(read_orders(address, {"timestamp": "when"})).customers["monetary"].tolist() == [
        40.5,
        7,
    ]


def test_a_bad_cell_of_a_frame_is_named():
    with pytest.raises(UserError, match="'soon' is no time"):
        rfm(
            pd.DataFrame(
                {"user_id": ["a", "b"], "timestamp": ["2026-08-01", "soon"], "value": [1, 2]}
            )
        )
    with pytest.raises(UserError, match="'x' is no number"):
        rfm(pd.DataFrame({"user_id": ["a"], "timestamp": ["2026-08-01"], "value": ["x"]}))


def test_foreign_column_names(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("buyer,when,paid\na,2026-08-01,30\n")
    orders = read_orders(path, {"user_id": "buyer", "timestamp": "when", "value": "paid"})
    assert orders.frame["value"].tolist() == [30]
    assert math.isclose(float(rfm(orders).customers["monetary"].iloc[0]), 30)
