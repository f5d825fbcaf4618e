"""Figures of the trade, funnel and carts, by hand on a small world; the commands that print them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import units
from optimizer.customers.funnel import carts, funnel
from optimizer.customers.metrics import RATIOS, metrics
from optimizer.customers.segments import segments
from optimizer.data.open import open_events
from optimizer.errors import UserError

STAGES = [
    ("awareness", (), 1),
    ("interest", ("engage", "product_view"), 1),
    ("decision", ("add_to_cart",), 1),
    ("repurchase", ("purchase",), 1),
    ("loyalty", ("purchase",), 2),
]

# u1: koc, then feed, cart, buys twice; u2: koc only, buys long after; u3: feed, leaves a cart; u4: buys without a touch
ROWS = [
    ("u1", "2026-08-03 10:00", "xhs/koc", "touch", None, "north"),
    ("u1", "2026-08-03 11:00", None, "product_view", None, "north"),
    ("u1", "2026-08-04 10:00", "douyin/feed", "touch", None, "north"),
    ("u1", "2026-08-04 11:00", None, "add_to_cart", 90.0, "north"),
    ("u1", "2026-08-04 12:00", None, "purchase", 100.0, "north"),
    ("u1", "2026-08-12 12:00", None, "purchase", 50.0, "north"),
    ("u2", "2026-07-01 10:00", "xhs/koc", "touch", None, "south"),
    ("u2", "2026-08-20 10:00", None, "purchase", 30.0, "south"),
    ("u3", "2026-08-05 10:00", "douyin/feed", "touch", None, "south"),
    ("u3", "2026-08-05 10:30", None, "engage", None, "south"),
    ("u3", "2026-08-05 11:00", None, "add_to_cart", None, "south"),
    ("u3", "2026-08-05 12:00", "xhs/koc", "touch", None, "south"),
    ("u4", "2026-08-31 10:00", None, "purchase", 20.0, "north"),
]


def world(rows=ROWS):
    frame = pd.DataFrame(
        rows, columns=["user_id", "timestamp", "channel", "event", "value", "segment"]
    )
    return open_events(frame.assign(timestamp=pd.to_datetime(frame["timestamp"])))


SPEND = pd.DataFrame(
    [
        ("2026-08-03", "xhs/koc", 300.0, 1000, 50),
        ("2026-08-10", "xhs/koc", 100.0, 500, 10),
        ("2026-08-03", "douyin/feed", 200.0, 4000, 40),
    ],
    columns=["period", "channel", "spend", "exposures", "clicks"],
)


def test_by_channel_by_hand():
    found = metrics(world(), SPEND)
    rows = {r["key"]: r for r in found.rows.to_dict("records")}
    assert list(rows) == ["", "douyin/feed", "xhs/koc"]
    feed, koc, none = rows["douyin/feed"], rows["xhs/koc"], rows[""]
    assert (
        feed["touches"],
        feed["visitors"],
        feed["orders"],
        feed["gmv"],
        feed["new_customers"],
        feed["repeat_customers"],
    ) == (2, 2, 2, 150.0, 1, 1)
    assert (
        feed["ctr"],
        feed["cvr"],
        feed["aov"],
        feed["cac"],
        feed["roi"],
        feed["repurchase_rate"],
    ) == (0.01, 1.0, 75.0, 200.0, 0.75, 1.0)
    assert (
        koc["touches"],
        koc["visitors"],
        koc["orders"],
        koc["gmv"],
        koc["spend"],
        koc["ctr"],
    ) == (3, 3, 0, 0.0, 400.0, 0.04)
    assert (koc["cac"], koc["aov"], koc["roi"]) == (None, None, 0.0)
    assert (
        none["orders"],
        none["gmv"],
        none["new_customers"],
        none["spend"],
        none["visitors"],
    ) == (2, 50.0, 2, None, 0)
    assert (
        found.total["visitors"],
        found.total["orders"],
        found.total["gmv"],
        found.total["spend"],
    ) == (3, 4, 200.0, 600.0)
    assert found.total["cac"] == units.cac(600.0, 3)


def test_lookback_moves_orders():
    rows = {r["key"]: r for r in metrics(world(), lookback_days=60).rows.to_dict("records")}
    assert (rows["xhs/koc"]["orders"], rows[""]["orders"]) == (1, 1)


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("platform", ["", "douyin", "xhs"]),
        ("tier", ["", "feed", "koc"]),
        ("segment", ["north", "south"]),
        ("stage", ["awareness", "interest", "decision", "repurchase"]),
        ("period", ["2026-06-29", "2026-08-03", "2026-08-10", "2026-08-17", "2026-08-31"]),
    ],
)
def test_other_cuts_add_up(by, keys):
    found = metrics(world(), SPEND, by=by, stages=STAGES)
    assert list(found.rows["key"]) == keys
    for name in ("touches", "orders", "gmv", "new_customers"):
        assert found.rows[name].dropna().sum() == found.total[name]
    if by in ("segment", "stage"):
        assert found.rows["spend"].isna().all()
        assert f"not known by {by}" in str(found.notes[0])
    else:
        assert found.rows["spend"].dropna().sum() == 600


def test_stage_is_where_the_user_stood():
    rows = {
        r["key"]: r for r in metrics(world(), by="stage", stages=STAGES).rows.to_dict("records")
    }
    assert (
        rows["awareness"]["touches"],
        rows["interest"]["touches"],
        rows["decision"]["touches"],
    ) == (3, 1, 1)
    assert (
        rows["awareness"]["orders"],
        rows["decision"]["orders"],
        rows["repurchase"]["orders"],
    ) == (2, 1, 1)


def test_weeks_of_spend_and_events_meet():
    rows = {r["key"]: r for r in metrics(world(), SPEND, by="period").rows.to_dict("records")}
    assert (rows["2026-08-03"]["spend"], rows["2026-08-03"]["orders"]) == (500.0, 1)
    assert (rows["2026-08-10"]["spend"], rows["2026-08-10"]["orders"]) == (100.0, 1)


def test_platform_reported_figures_without_events():
    spend = SPEND.assign(orders=[3, 2, 1], gmv=[300.0, 100.0, 500.0], new_customers=[2, None, 1])
    found = metrics(spend=spend)
    rows = {r["key"]: r for r in found.rows.to_dict("records")}
    assert (rows["xhs/koc"]["orders"], rows["xhs/koc"]["roi"], rows["xhs/koc"]["cac"]) == (
        5,
        1.0,
        200.0,
    )
    assert rows["xhs/koc"]["cvr"] is None
    assert "as the platforms report" in str(found.bases["orders"])


def test_every_ratio_is_the_one_of_units(monkeypatch):
    for name in RATIOS:
        monkeypatch.setattr(units, name, lambda part, base: 4711.0)
    row = metrics(world(), SPEND).rows.set_index("key").loc["douyin/feed"]
    assert all(row[name] == 4711.0 for name in RATIOS)


def test_bad_questions_are_refused():
    with pytest.raises(UserError, match="did you mean 'channel'"):
        metrics(world(), by="chanel")
    with pytest.raises(UserError, match="did you mean 'ctr'"):
        metrics(world(), benchmarks={"ctrr": 0.1})
    with pytest.raises(UserError, match="no events and no spend"):
        metrics()
    with pytest.raises(UserError, match="lacks spend"):
        metrics(spend=SPEND.drop(columns="spend"))


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 40),
            st.sampled_from(["a", "b/koc"]),
            st.sampled_from(["touch", "add_to_cart", "purchase"]),
            st.integers(1, 99),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_brute_force_agrees_and_row_order_does_not_matter(events, chance):
    if not any(e == "touch" for *_, e, _ in events):
        return
    rows = [
        (
            f"u{u}",
            pd.Timestamp("2026-01-01") + pd.Timedelta(days=d),
            c if e == "touch" else None,
            e,
            float(v) if e == "purchase" else None,
            None,
        )
        for u, d, c, e, v in events
    ]
    found = metrics(world(rows), lookback_days=10).rows.set_index("key")
    mixed = chance.sample(rows, len(rows))
    pd.testing.assert_frame_equal(
        found, metrics(world(mixed), lookback_days=10).rows.set_index("key")
    )
    expected: dict[str, list[float]] = {}
    for user in {r[0] for r in rows}:
        last, when = None, None
        for r in sorted(
            (r for r in rows if r[0] == user),
            key=lambda r: (r[1], r[3] != "touch", r[2] or "", r[3]),
        ):
            if r[3] == "touch":
                last, when = r[2], r[1]
            elif r[3] == "purchase":
                expected.setdefault(
                    last if when is not None and (r[1] - when).days <= 10 else "", []
                ).append(r[4])
    for key, values in expected.items():
        assert found.loc[key, "orders"] == len(values)
        assert found.loc[key, "gmv"] == pytest.approx(sum(values))
    assert found["orders"].sum() == sum(map(len, expected.values()))


def test_funnel_by_hand():
    table = funnel(world(), STAGES, {"decision": 0.75}).stages.set_index("stage")
    assert table["people"].tolist() == [4, 4, 4, 3, 1]  # who bought has passed the stages before
    assert table.loc["repurchase", "rate"] == 0.75
    assert table.loc["loyalty", "loss"] == pytest.approx(2 / 3)
    assert (table.loc["decision", "benchmark"], table.loc["decision", "below"]) == (0.75, 0.0)
    assert funnel(world(), STAGES, {"loyalty": 0.5}).stages.set_index("stage").loc[
        "loyalty", "below"
    ] == pytest.approx(1 / 3)
    assert funnel(world(), STAGES, segment="south").stages["people"].tolist() == [2, 2, 2, 1, 0]
    with pytest.raises(UserError, match="did you mean 'decision'"):
        funnel(world(), STAGES, {"decison": 0.3})


def test_carts_by_hand():
    found = carts(world(), won_back=0.2)
    assert found.rows.to_dict("records") == [
        {"channel": "douyin/feed", "carts": 2, "left": 1, "loss": 0.5, "value": 50.0}
    ]  # no value stated: the average order
    assert found.worth == pytest.approx(10.0)
    later = [
        (u, t, c, e, 80.0 if (u, e) == ("u3", "add_to_cart") else v, s) for u, t, c, e, v, s in ROWS
    ]
    assert carts(world(later)).total["value"] == 80.0
    assert (
        carts(world(), window_days=26.5).total["carts"] == 1
    )  # u3's cart is too young to be given up


def test_only_the_last_cart_before_an_order_counts():
    rows = [
        ("u", f"2026-08-0{d} 10:00", None, e, None, None)
        for d, e in ((1, "add_to_cart"), (2, "add_to_cart"), (3, "purchase"), (4, "add_to_cart"))
    ] + [("v", "2026-09-30 10:00", "x", "touch", None, None)]
    assert carts(world(rows)).total | {"value": 0} == {
        "channel": "total",
        "carts": 2,
        "left": 1,
        "loss": 0.5,
        "value": 0,
    }


def test_small_segments_are_pooled():
    rows = [("a0", "2026-08-01 00:00", "koc", "touch", None, "a")]
    rows += [
        (f"{s}{i}", f"2026-08-01 {i % 24:02d}:00", None, "purchase", 1.0, s)
        for s, n in (("a", 120), ("b", 60), ("c", 3), ("d", 200))
        for i in range(n)
    ]
    found = segments(world(rows))
    assert found.own == ("d",)  # b and c have 63 orders: a, the smallest of the rest, joins them
    assert found.pooled == ("a", "b", "c")
    assert found.table.set_index("segment").loc["d", "error"] == pytest.approx(1 / 200**0.5)
    assert segments(world(rows), least=60).pooled == ("b", "c")
    assert segments(world(rows), least=1).own == ("a", "b", "c", "d")
    assert segments(world(rows[:180]), least=500).own == ()


# --- commands


@pytest.fixture
def files(tmp_path):
    frame = pd.DataFrame(
        ROWS, columns=["user_id", "timestamp", "channel", "event", "value", "segment"]
    )
    frame.to_csv(tmp_path / "events.csv", index=False)
    SPEND.to_csv(tmp_path / "spend.csv", index=False)
    return tmp_path


def test_metrics_command(optimizer, files):
    ran = optimizer(
        "metrics",
        files / "events.csv",
        "--spend",
        files / "spend.csv",
        "--format",
        "json",
        "--benchmark",
        "ctr=2%",
    )
    assert ran.code == 0
    told = json.loads(ran.out)
    row = next(r for r in told["rows"] if r["key"] == "douyin/feed")
    assert (row["ctr"], row["ctr_vs_benchmark"]) == (0.01, -0.5)
    assert (
        optimizer("metrics", files / "spend.csv", "--format", "csv")
        .out.splitlines()[0]
        .startswith("key,spend,exposures")
    )
    text = optimizer("metrics", files / "events.csv", "--by", "stage", "--lang", "zh")
    assert text.code == 0
    assert "转化率" in text.out
    for more in (
        ["--funnel"],
        ["--carts"],
        ["--cohorts"],
        ["--cohorts", "--period", "month", "--format", "csv"],
        ["--by", "period", "--spend", files / "spend.csv"],
    ):
        ran = optimizer("metrics", files / "events.csv", *more)
        assert ran.code == 0, ran.err
        assert ran.out
    assert optimizer("metrics", files / "spend.csv", "--funnel").code == 1
    assert (
        "did you mean 'roi'"
        in optimizer("metrics", files / "events.csv", "--benchmark", "rio=2").err
    )


def test_rfm_command(optimizer, tmp_path):
    rng = np.random.default_rng(2)
    rows = ["customer,day,paid"] + [
        f"c{rng.integers(60)},2026-0{rng.integers(1, 9)}-{rng.integers(10, 28)},{rng.integers(10, 300)}"
        for _ in range(300)
    ]
    (tmp_path / "o.csv").write_text("\n".join(rows) + "\n")
    base = [
        "rfm",
        tmp_path / "o.csv",
        "--column",
        "user_id=customer",
        "--column",
        "timestamp=day",
        "--column",
        "value=paid",
    ]
    ran = optimizer(
        *base,
        "--since",
        "2026-05-01",
        "--ltv",
        "90",
        "--margin",
        "0.4",
        "--offer",
        "at_risk=2,0.05",
        "--offer",
        "lost=1,0.01,80",
        "--out",
        tmp_path / "who.csv",
        "--format",
        "json",
    )
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (
        sum(g["customers"] for g in told["groups"])
        == told["customers"]
        == sum(m["customers"] for m in told["movement"])
    )
    assert told["groups"][0]["zh"] == "高价值客户"
    assert told["ltv"]["low"] <= told["ltv"]["value"] <= told["ltv"]["high"]
    assert [x["name"] for x in told["retention"]] == ["retention/at_risk", "retention/lost"]
    assert len((tmp_path / "who.csv").read_text().splitlines()) == told["customers"] + 1
    assert optimizer(*base, "--lang", "zh").out.count("客户") >= 4
    assert "write --cuts" in optimizer(*base, "--cuts", "recency=x").err
    assert optimizer(*base, "--ltv", "9999").code == 1


def test_experiment_command(optimizer, tmp_path):
    (tmp_path / "ab.csv").write_text("variant,visitors,conversions\nold,10000,500\nnew,10000,600\n")
    ran = optimizer(
        "experiment",
        tmp_path / "ab.csv",
        "--detect",
        "0.1",
        "--channel",
        "douyin/feed",
        "--format",
        "json",
    )
    told = json.loads(ran.out)
    assert told["readings"][0]["relative"] == pytest.approx(0.2)
    assert told["experiments"][0]["multiplier"] == pytest.approx(1.2)
    table = optimizer("experiment", tmp_path / "ab.csv", "--channel", "douyin/feed")
    assert "channels:\n  douyin/feed: {multiplier: 1.2}" in table.out
    assert "+20.0%" in table.out
    (tmp_path / "units.csv").write_text(
        "arm,value\n" + "".join(f"{a},{v}\n" for a in "ab" for v in (1, 2, 3, 4 if a == "a" else 9))
    )
    assert "not decided" in optimizer("experiment", tmp_path / "units.csv").out
    (tmp_path / "three.csv").write_text("组别,访客数,转化数\n甲,1000,50\n乙,1000,60\n丙,1000,70\n")
    three = optimizer("experiment", tmp_path / "three.csv", "--control", "乙", "--format", "json")
    assert [r["arm"] for r in json.loads(three.out)["readings"]] == ["甲", "丙"]
    assert json.loads(three.out)["readings"][0]["level"] == 0.025
    assert "did you mean" in optimizer("experiment", tmp_path / "ab.csv", "--control", "olde").err
    (tmp_path / "one.csv").write_text("arm,visitors,conversions\na,10,1\n")
    assert "one arm only" in optimizer("experiment", tmp_path / "one.csv").err
    (tmp_path / "odd.csv").write_text("arm,visitors,conversions\na,10,11\nb,10,1\n")
    assert optimizer("experiment", tmp_path / "odd.csv").code == 1


def test_geo_experiment_command(optimizer, tmp_path):
    rows = ["region,date,orders,group"]
    for i, region in enumerate(["sh", "bj", "gz", "sz", "cd", "wh"]):
        for week, day in enumerate(("2026-07-20", "2026-07-27", "2026-08-03")):
            rows.append(
                f"{region},{day},{100 + 10 * i + 3 * week + (i * week) % 2 + (25 if i < 3 and week == 2 else 0)},{'test' if i < 3 else 'control'}"
            )
    (tmp_path / "geo.csv").write_text("\n".join(rows) + "\n")
    told = json.loads(
        optimizer(
            "experiment",
            tmp_path / "geo.csv",
            "--start",
            "2026-08-03",
            "--channel",
            "tv",
            "--format",
            "json",
        ).out
    )
    assert told["reading"]["effect"] == pytest.approx(25, abs=1)
    assert told["experiments"][0]["from"] == "2026-08-03"
    assert told["experiments"][0]["effect"] == pytest.approx(told["reading"]["total"])
    assert "needs its start" in optimizer("experiment", tmp_path / "geo.csv").err
    (tmp_path / "bad.csv").write_text("region,date,orders,group\nsh,2026-07-20,5,maybe\n")
    assert (
        "'maybe' does not say"
        in optimizer("experiment", tmp_path / "bad.csv", "--start", "2026-08-03").err
    )


def test_import_command(optimizer, tmp_path):
    (tmp_path / "j.csv").write_text(
        '时间,消费,展现量,点击量,互动量\n2026-08-13,"1,000.50","20,000",400,100\n'
    )
    dry = optimizer("import", "auto", tmp_path / "j.csv", "--dry-run", "--format", "json")
    told = json.loads(dry.out)
    assert (told["table"], told["importers"], [c["to"] for c in told["columns"]]) == (
        "spend",
        ["xhs_juguang"],
        ["period", "spend", "exposures", "clicks", "engagements"],
    )
    assert optimizer("import", "聚光", tmp_path / "j.csv", "--out", tmp_path / "s.csv").code == 0
    assert (
        (tmp_path / "s.csv").read_text()
        == "period,channel,spend,exposures,clicks,engagements\n2026-08-13,xiaohongshu/ads,1000.5,20000,400,100\n"
    )
    assert optimizer("import", "auto", tmp_path / "j.csv").code == 2
    assert (
        "did you mean 'xhs_juguang'"
        in optimizer("import", "xhs_jugang", tmp_path / "j.csv", "--dry-run").err
    )
    assert "no such file" in optimizer("import", "auto", tmp_path / "none.csv", "--dry-run").err
    assert (
        "did you mean 'Asia/Shanghai'"
        in optimizer(
            "import", "auto", tmp_path / "j.csv", "--dry-run", "--zone", "Asia/Shangai"
        ).err
    )
    assert (
        "three rising borders"
        in optimizer("import", "auto", tmp_path / "j.csv", "--dry-run", "--tiers", "5,4,3").err
    )
    bad = tmp_path / "bad.csv"
    bad.write_text("时间,消费,展现量,点击量,互动量\n2026-08-13,五百,20000,400,100\n")
    ran = optimizer("import", "auto", bad, "--out", tmp_path / "t.csv")
    assert ran.code == 1
    assert "row 2, column '消费'" in ran.err
    assert not (tmp_path / "t.csv").exists()


def test_strict_import_refuses_doubts(optimizer, tmp_path):
    (tmp_path / "j.csv").write_text("时间,消费,展现量,点击量,互动量\n2026-08-13,5,10,400,100\n")
    assert optimizer("import", "auto", tmp_path / "j.csv", "--dry-run").code == 0
    ran = optimizer("import", "auto", tmp_path / "j.csv", "--dry-run", "--strict")
    assert ran.code == 1
    assert "more clicks" in ran.err
