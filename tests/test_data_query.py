"""A SQL query of a DuckDB file as a source: one SELECT, reading only, and nothing but that file."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.data.open import open_events, read_spend
from optimizer.errors import UserError

BIG = 9_007_199_254_740_993  # one more than a double can hold


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as file:
        file.execute(
            "CREATE TABLE touches AS SELECT * FROM (VALUES "
            f"({BIG}, TIMESTAMP '2026-08-01 10:00:00', 'feed', 'touch', NULL), ({BIG}, TIMESTAMP '2026-08-02 10:00:00', NULL, 'purchase', 12.5::DECIMAL(9,2)), "
            "(NULL, TIMESTAMP '2026-08-02 10:00:00', 'tv', 'touch', NULL)) t(who, happened, channel, event, value)"
        )
        file.execute(
            "CREATE TABLE costs AS SELECT DATE '2026-08-03' AS day, 'feed' AS channel, 100.0 AS spend"
        )
    return tmp_path / "shop.duckdb"


def test_a_query_is_read_as_a_table_would_be(shop):
    events = open_events(
        f"{shop}::SELECT who AS user_id, happened AS timestamp, channel, event, value FROM touches WHERE who IS NOT NULL"
    )
    rows = events.query(
        f"SELECT user_id, channel, event, value FROM {events.table} ORDER BY timestamp"
    )
    assert rows["user_id"].tolist() == [BIG, BIG]
    assert rows["value"].tolist()[1] == 12.5
    assert read_spend(
        f"{shop}::WITH c AS (SELECT * FROM costs) SELECT day AS period, channel, spend * 2 AS spend FROM c"
    ).frame["spend"].tolist() == [200.0]


def test_a_query_of_many_rows_arrives_whole(shop):
    spend = read_spend(
        f"{shop}::SELECT DATE '2020-01-06' + to_days(7 * (i // 1000)::INT) AS period, 'c' || (i % 1000) AS channel, 1 AS spend FROM range(300000) r(i)"
    )
    assert spend.frame["spend"].sum() == 300_000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FROM costs; DROP TABLE costs", "only one query that reads"),
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("SELECT * FROM read_csv('/etc/passwd')", "cannot be read"),
        ("SELECT * FROM '/etc/passwd'", "cannot be read"),
        ("SELECT 1 AS a, 2 AS A", "two columns of the query have the same name"),
        ("SELECT FROM", "cannot be read"),
    ],
)
def test_what_is_no_query_of_that_file_is_refused(shop, query, words):
    with pytest.raises(UserError, match=words):
        open_events(f"{shop}::{query}")


def test_a_query_may_be_written_in_any_way(shop):
    for query in (
        "select\tDATE '2026-08-03' AS period, 'a' AS channel, 7 AS spend",
        "SELECT*FROM (SELECT DATE '2026-08-03' AS period, 'a' AS channel, 7 AS spend)",
        "FROM\n(SELECT DATE '2026-08-03' AS period, 'a' AS channel, 7 AS spend)",
    ):
        assert read_spend(f"{shop}::{query}").frame["spend"].sum() == 7
    for name in ("values", "with-tax", "from.here"):  # tables, though none that is there
        with pytest.raises(UserError, match="no table"):
            open_events(f"{shop}::{name}")
    with pytest.raises(UserError) as caught:
        open_events(f"{shop}::SELECT 1 AS a, 2 AS A")
    assert str(caught.value.problems[0].where) == str(shop)


def test_a_scenario_reads_its_orders_from_a_database(tmp_path):
    import duckdb

    from optimizer.pipeline import run
    from optimizer.scenario import load_scenario

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as file:
        file.execute(
            "CREATE TABLE orders AS SELECT 'u' || (i % 40) AS user_id, TIMESTAMP '2026-01-01' + to_days((i * 3)::INT) AS timestamp, 20.0 AS value FROM range(120) r(i)"
        )
    (tmp_path / "scenario.yaml").write_text(
        'currency: CNY\nbudget: 500\ndata: {orders: "shop.duckdb::SELECT * FROM orders"}\nlifetime: {horizon_days: 60}\nvalue_per_customer: 20\n'
        "channels: {feed: {curve: {saturating: {ceiling: 30, half_spend: 400}}}}\n"
    )
    assert any("lifetime margin" in str(note) for note in run(load_scenario(tmp_path)).notes)
