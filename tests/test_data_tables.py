"""What passes the door of a table and what does not: every wrong cell with its row and column, nothing dropped."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.data import open as doors
from optimizer.data.open import open_events, open_paths, open_source, read_spend
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str | bytes, name: str = "t.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


def problems(opening: Callable[..., Any], *given: Any, **options: Any) -> list[tuple[str, str]]:
    """(where without the folder, what) of every problem."""
    with pytest.raises(UserError) as caught:
        opening(*given, **options)
    assert all(problem.fix for problem in caught.value.problems)
    return [
        (str(problem.where).rpartition("/")[2], str(problem.what))
        for problem in caught.value.problems
    ]


EVENTS = "user_id,timestamp,channel,event,value\n"


def test_all_problems_of_an_events_table_at_once(write: Write) -> None:
    path = write(
        EVENTS + "u1,2026-08-13 10:00,,touch,\n"
        "\n"
        ",2026-08-32 10:00,x,touch,-5\n"
        "u1,03/04/2026,x,touch,inf\n"
        'u1,2026-08-13 10:00 CST,x,,"1,00"\n'
        "u1,,x,touch,1e16\n"
        "u1,0026-08-13,x,touch,1_0\n"
        "u1,2026-08-13,x,touch,NaN\n"
    )
    assert problems(open_events, path) == [
        ("t.csv: row 2, column channel", "a touch names no channel"),
        ("t.csv: row 4, column user_id", "user_id is empty"),
        (
            "t.csv: row 4, column timestamp",
            "this is no time that can be read safely: '2026-08-32 10:00'",
        ),
        ("t.csv: row 4, column value", "value is negative: '-5'"),
        ("t.csv: row 5, column timestamp", "this is no time that can be read safely: '03/04/2026'"),
        ("t.csv: row 5, column value", "value is no number: 'inf'"),
        (
            "t.csv: row 6, column timestamp",
            "this is no time that can be read safely: '2026-08-13 10:00 CST'",
        ),
        ("t.csv: row 6, column event", "event is empty"),
        ("t.csv: row 7, column timestamp", "timestamp is empty"),
        ("t.csv: row 7, column value", "value is no number: '1e16'"),
        ("t.csv: row 8, column timestamp", "the year cannot be right: '0026-08-13'"),
        ("t.csv: row 8, column value", "value is no number: '1_0'"),
    ]  # 1,00 can only be read one way, and NaN is an empty cell


def test_many_problems_of_a_kind_are_counted(write: Write) -> None:
    path = write(EVENTS + "u,2026-01-01,a,touch,-1\n" * 1500)
    found = problems(open_events, path)
    assert len(found) == 21
    assert found[-1] == ("t.csv: column value", "1,480 more rows: value is negative")


def test_missing_columns_and_the_nearest_names(write: Write) -> None:
    path = write("uid,date,chanel,event\nu,2026-01-01,a,touch\n")
    with pytest.raises(UserError) as caught:
        open_events(path)
    assert [str(problem.what) for problem in caught.value.problems] == [
        "column 'user_id' is missing",
        "column 'timestamp' is missing",
        "column 'channel' is missing",
    ]
    assert [
        "uid" in str(p.fix) or "date" in str(p.fix) or "chanel" in str(p.fix)
        for p in caught.value.problems
    ] == [True] * 3
    mapping = {"user_id": "uid", "timestamp": "date", "channel": "chanel"}
    assert open_events(path, mapping).facts["channels"] == {"a": 1}
    assert (
        problems(open_events, path, {**mapping, "usr": "x", "value": "worth"})[0][1]
        == "columns: there is no column 'usr' to map to"
    )
    doubled = write("user_id,timestamp,channel,channel,event\nu,2026-01-01,a,b,touch\n", "d.csv")
    assert problems(open_events, doubled) == [
        ("d.csv: header", "column 'channel' stands twice in the header")
    ]


def test_columns_not_used_are_said(write: Write) -> None:
    events = open_events(
        write("user_id,timestamp,channel,event,vlaue,campaign\nu,2026-01-01,a,touch,1,x\n")
    )
    assert any("columns not used: vlaue, campaign" in str(note) for note in events.notes)
    assert any("if it is meant as value" in str(note) for note in events.notes)


TIMES = {
    "2026-08-13 10:00": "2026-08-13 10:00:00",
    "2026-08-13T10:00:05": "2026-08-13 10:00:05",
    "2026-08-13": "2026-08-13 00:00:00",
    "2026/8/3 9:05": "2026-08-03 09:05:00",
    "20260813": "2026-08-13 00:00:00",
    "20260813093001": "2026-08-13 09:30:01",
    "2026年8月13日": "2026-08-13 00:00:00",
    "2026年8月13日 9:05": "2026-08-13 09:05:00",
    "2026-08-13 10:00:00.25": "2026-08-13 10:00:00.25",
    "2026-08-13T10:00:00Z": "2026-08-13 10:00:00",
    "2026-08-13 10:00:00+08:00": "2026-08-13 02:00:00",
    "2026-08-13 10:00:00 UTC": "2026-08-13 10:00:00",
    "2026-08-13T10:00:00-0330": "2026-08-13 13:30:00",
    "1786615200": "2026-08-13 10:00:00",
    "1786615200000": "2026-08-13 10:00:00",
    " 2026-08-13 10:00\t": "2026-08-13 10:00:00",
}


def times(events: Events) -> list[str]:
    return [
        row[0]
        for row in events.engine.rows(f"SELECT CAST(timestamp AS VARCHAR) FROM {events.table}")
    ]


def test_times_in_many_forms_and_zones(write: Write) -> None:
    path = write(EVENTS + "".join(f"u,{time},a,touch,\n" for time in TIMES))
    events = open_events(path)
    assert times(events) == list(TIMES.values())
    assert any(
        "6 times carry a time zone and 10 do not; the latter are taken to be in UTC" in str(note)
        for note in events.notes
    )
    local = times(open_events(path, timezone="Asia/Shanghai"))
    moved = dict(zip(TIMES, local, strict=True))
    assert moved["2026-08-13 10:00"] == "2026-08-13 10:00:00"
    assert moved["2026-08-13 10:00:00+08:00"] == "2026-08-13 10:00:00"
    assert moved["1786615200000"] == "2026-08-13 18:00:00"
    with pytest.raises(UserError, match="did you mean 'Asia/Shanghai'"):
        open_events(path, timezone="Asia/Shanghia")


def test_slashed_dates_are_read_only_where_the_column_settles_them(write: Write) -> None:
    def dates(*cells: str) -> Path:
        return write(EVENTS + "".join(f"u,{cell},a,touch,\n" for cell in cells))

    assert times(open_events(dates("13/8/2026", "03/04/2026 10:00"))) == [
        "2026-08-13 00:00:00",
        "2026-04-03 10:00:00",
    ]
    assert times(open_events(dates("8/13/2026", "03/04/2026"))) == [
        "2026-08-13 00:00:00",
        "2026-03-04 00:00:00",
    ]
    assert len(problems(open_events, dates("3/4/2026", "5/6/2026"))) == 2
    assert len(problems(open_events, dates("13/4/2026", "5/16/2026"))) == 2


def test_names_are_kept_whatever_they_hold(write: Write) -> None:
    names = [
        "a,b",
        'say "hi"',
        "line\nbreak",
        "<script>",
        "🎉",
        "小红书",
        "nul\0byte",
        "'; DROP TABLE x; --",
        '"quoted',
        "=1+1",
        "c0",
        "marks",
    ]
    rows = "".join('u,2026-01-01,"' + name.replace('"', '""') + '",touch,\n' for name in names)
    assert set(open_events(write(EVENTS + rows)).facts["channels"]) == set(names)
    tiers = open_events(
        write(
            "user_id,timestamp,channel,event,tier\nu,2026-01-01,xhs,touch,koc\nu,2026-01-01,xhs,touch,\n"
        )
    )
    assert tiers.facts["channels"] == {"xhs": 1, "xhs/koc": 1}
    headers = write('"user_id","time\n""x""",channel,event,"; DROP"\nu,2026-01-01,a,touch,\n')
    assert open_events(headers, {"timestamp": 'time\n"x"'}).facts["rows"] == 1
    odd = write(EVENTS + "u,2026-01-01,a,touch,\n", "o'dd [1] *.csv")
    assert open_events(odd).facts["rows"] == 1


def test_notes_on_what_looks_odd_but_is_kept(write: Write) -> None:
    events = open_events(
        write(
            EVENTS
            + "u,2026-01-01,a,touch,\n" * 3
            + "u,2026-01-01,A ,touch,\nu,2026-01-02,,purchase,5\n"
        )
    )
    assert events.facts["rows"] == 5
    assert events.facts["events"] == {"purchase": 1, "touch": 4}
    assert any("2 rows are exact copies" in str(note) for note in events.notes)
    assert any("'A' and 'a'" in str(note) for note in events.notes)


def test_no_touch_at_all_is_a_problem(write: Write) -> None:
    with pytest.raises(
        UserError, match=r"no event is called 'touch'; events here: click \(1\), purchase \(1\)"
    ):
        open_events(write(EVENTS + "u,2026-01-01,a,click,\nu,2026-01-01,a,purchase,\n"))


SHAPES = {
    "empty": (b"", "the file is empty"),
    "only a newline": (b"\n\n", "the first line is empty"),
    "header only": (b"path,conversions\n", "a header but no rows"),
    "binary": (bytes(range(256)) * 9, "no text file"),
    "latin1": ("path,conversions\ncafé,1\n".encode("latin1"), "no text file"),
    "one column": (b"path\na\n", "column 'conversions' is missing"),
    "long row": (b"path,conversions\na,1\nb,1,2\n", "3 cells where the header has 2"),
    "short row": (b"path,conversions\na,1\nb\n", "1 cells where the header has 2"),
    "open quote": (b'path,conversions\n"a,1\n', "cannot be read"),
    "excel": (b"PK\x03\x04" + b"x" * 50, "an Excel workbook"),
    "broken parquet": (b"PAR1" + b"x" * 50, "cannot be read as parquet"),
    "broken gzip": (b"\x1f\x8b" + b"x" * 50, "no text file"),
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_files_that_are_no_table(shape: str, write: Write) -> None:
    content, what = SHAPES[shape]
    found = problems(open_source, write(content))
    assert what in found[0][1]
    if "row" in shape:
        assert found[0][0] == "t.csv: row 3"


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("x")
    with pytest.raises(UserError, match=r"did you mean 'events.csv'"):
        open_source(tmp_path / "event.csv")
    assert "holds no parquet file" in problems(open_source, tmp_path)[0][1]
    with pytest.raises(UserError, match="is no table"):
        open_source(3)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8-sig", ","), ("gb18030", ";"), ("utf-16", "\t"), ("utf-8", "|")],
)
def test_encodings_and_delimiters(encoding: str, delimiter: str, write: Write) -> None:
    text = "path,conversions\n搜索 > 抖音,2\n".replace(",", delimiter)
    paths = open_paths(write(text.encode(encoding)))
    assert paths.engine.rows(f"SELECT path, conversions FROM {paths.table}") == [
        ("搜索 > 抖音", 2.0)
    ]


def test_crlf_and_gzip(write: Write) -> None:
    import gzip

    text = b"path,conversions\r\na > b,2\r\n"
    for path in (write(text), write(gzip.compress(text), "t.csv.gz")):
        assert open_paths(path).facts["conversions"] == 2


def test_a_line_of_several_megabytes(write: Write) -> None:
    long = " > ".join(f"channel number {i % 9}" for i in range(200_000))
    paths = open_paths(write(f"path,conversions\nshort,1\n{long},2\n"))
    assert paths.engine.rows(f"SELECT max(length(path)), sum(conversions) FROM {paths.table}") == [
        (len(long), 3.0)
    ]


def test_all_problems_of_a_path_table_at_once(write: Write) -> None:
    path = write(
        "path,conversions,value,nulls\na > b,1,,2\n > b,1,0,0\na,0,3,1\n,1,1,1\na >> b,-1,x,inf\na,,0,1\n"
    )
    assert problems(open_paths, path) == [
        ("t.csv: row 3, column path", "the path has an empty touch: ' > b'"),
        ("t.csv: row 4, column value", "a value without a conversion: '3'"),
        ("t.csv: row 5, column path", "path is empty"),
        ("t.csv: row 6, column path", "the path has an empty touch: 'a >> b'"),
        ("t.csv: row 6, column conversions", "conversions is negative: '-1'"),
        ("t.csv: row 6, column value", "value is no number: 'x'"),
        ("t.csv: row 6, column nulls", "nulls is not a finite number: 'inf'"),
        ("t.csv: row 7, column conversions", "conversions is empty"),
    ]


def test_the_names_of_channelattribution_and_notes_on_paths(write: Write) -> None:
    paths = open_source(
        write("path,total_conversions,total_conversion_value\na > b,1,5\na > b,2,\n<b> > x,0,\n")
    )
    assert isinstance(paths, Paths)
    assert paths.facts["conversions"] == 3
    for words in ("no column nulls", "1 rows stand for no journey", "1 rows repeat the path"):
        assert any(words in str(note) for note in paths.notes), words


def test_frames_of_every_kind_give_the_same_table(tmp_path: Path) -> None:
    import polars
    import pyarrow

    frame = pd.DataFrame(
        {
            "user_id": ["u1", "u1", "u2"],
            "timestamp": pd.to_datetime(
                ["2026-01-01 10:00", "2026-01-02 00:00", "2026-01-03 00:00"]
            ),
            "channel": ["a", None, "b"],
            "event": ["touch", "purchase", "touch"],
            "value": [None, 9.5, None],
        }
    )
    file, folder = tmp_path / "e.parquet", tmp_path / "folder"
    folder.mkdir()
    frame.to_parquet(file)
    frame.head(2).to_parquet(folder / "1.parquet")
    frame.tail(1).to_parquet(folder / "2.parquet")
    frame.to_csv(tmp_path / "e.csv", index=False)
    sources = [
        frame,
        frame.set_index("user_id").reset_index(),
        polars.from_pandas(frame),
        polars.from_pandas(frame).lazy(),
        pyarrow.Table.from_pandas(frame),
        file,
        str(file),
        folder,
        tmp_path / "e.csv",
        frame.astype({"channel": "category"}),
        frame.assign(timestamp=frame["timestamp"].dt.tz_localize("UTC")),
        frame.assign(timestamp=frame["timestamp"].astype(str)),
    ]
    for source in sources:
        events = open_source(source)
        assert isinstance(events, Events)
        rows = events.engine.rows(
            f"SELECT user_id, CAST(timestamp AS VARCHAR), channel, event, value, segment FROM {events.table} ORDER BY ALL"
        )
        assert rows == [
            ("u1", "2026-01-01 10:00:00", "a", "touch", None, None),
            ("u1", "2026-01-02 00:00:00", None, "purchase", 9.5, None),
            ("u2", "2026-01-03 00:00:00", "b", "touch", None, None),
        ]
    bad = polars.from_pandas(frame).with_columns(value=polars.Series([None, float("nan"), -1.0]))
    assert [where for where, _ in problems(open_events, bad)] == [
        "the polars table: row 2, column value",
        "the polars table: row 3, column value",
    ]


def test_frames_of_mixed_objects_are_read_cell_by_cell() -> None:
    import datetime as dt
    import decimal

    def frame(**columns: list[Any]) -> pd.DataFrame:
        plain = {
            "user_id": ["u"] * 3,
            "timestamp": ["2026-01-01"] * 3,
            "channel": ["a", "a", "b"],
            "event": ["touch"] * 3,
            "value": [1.0] * 3,
        }
        return pd.DataFrame(
            {
                name: pd.Series(columns.get(name, cells), dtype=object)
                for name, cells in plain.items()
            }
        )

    events = open_events(
        frame(
            user_id=[1, "x", 2.5],
            timestamp=[
                dt.date(2026, 1, 1),
                dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC),
                "2026-01-01T00:00:00+08:00",
            ],
            channel=["a", None, float("nan")],
            event=["touch", "engage", "engage"],
            value=[decimal.Decimal("1.5"), None, pd.NA],
        )
    )
    rows = events.engine.rows(
        f"SELECT user_id, CAST(timestamp AS VARCHAR), channel, value FROM {events.table}"
    )
    assert rows == [
        ("1", "2026-01-01 00:00:00", "a", 1.5),
        ("x", "2026-01-01 08:00:00", None, None),
        ("2.5", "2025-12-31 16:00:00", None, None),
    ]
    assert problems(open_events, frame(value=[1, 2, "x"])) == [
        ("the pandas table: row 3, column value", "value is no number: 'x'")
    ]
    doubled = pd.concat([frame(), frame()[["channel"]]], axis=1)
    assert problems(open_events, doubled) == [
        ("the pandas table: header", "column 'channel' stands twice in the header")
    ]
    for odd in (pd.DataFrame(), frame().assign(timestamp=pd.period_range("2026-01-01", periods=3))):
        assert "cannot be read" in problems(open_events, odd)[0][1]
    import pyarrow

    nested = pyarrow.table(
        {"user_id": ["u"], "timestamp": ["2026-01-01"], "channel": [["a"]], "event": ["touch"]}
    )
    assert (
        problems(open_events, nested)[0][1] == "column 'channel' holds varchar[], not single values"
    )


def test_an_opened_table_is_not_opened_again(write: Write) -> None:
    events = open_events(write(EVENTS + "u,2026-01-01,a,touch,\n"))
    assert open_source(events) is events
    assert doors.open_events(events) is events


def test_buckets_are_an_expression_over_users(write: Write) -> None:
    events = open_events(write(EVENTS + "".join(f"u{i},2026-01-01,a,touch,\n" for i in range(50))))
    frame = events.query(f"SELECT DISTINCT {events.bucket(7)} AS b FROM {events.table} ORDER BY b")
    assert frame["b"].tolist() == list(range(7))
    assert events.columns(f"SELECT {events.bucket(1)} AS b FROM {events.table} LIMIT 1")[
        "b"
    ].tolist() == [0]


SPEND = "period,channel,spend,exposures\n"


def test_spend_by_week(write: Write) -> None:
    spend = read_spend(
        write(
            "week,channel,spend,exposures\n2026-08-03,a,10,100\n2026-08-10,b,5,\n2026-08-10,a,1,\n2026-08-10,a,1.5,5\n2026-08-24,a,7,3\n"
        )
    )
    assert (spend.period, spend.channels) == ("week", ("a", "b"))
    assert spend.frame[["channel", "spend"]].to_numpy().tolist() == [
        ["a", 10.0],
        ["a", 2.5],
        ["b", 5.0],
        ["a", 7.0],
    ]
    assert spend.weekly().to_numpy().tolist() == [[10, 0], [2.5, 5], [0, 0], [7, 0]]
    shown = spend.weekly("exposures", ["a"])
    assert shown["a"].tolist() == [100, 5, 0, 3]
    assert spend.weekly("exposures")["b"].isna().all()
    assert spend.frame["clicks"].isna().all()
    assert any("1 rows share period and channel" in str(note) for note in spend.notes)
    with pytest.raises(UserError, match="no spend of 'c'"):
        spend.weekly(channels=["c"])


@pytest.mark.parametrize(
    ("header", "cells", "period", "first"),
    [
        ("period", ["2026-W33", "2026-W34"], "week", "2026-08-10"),
        ("period", ["2020-W53", "2021-W01"], "week", "2020-12-28"),
        ("period", ["2026-08", "2026-09"], "month", "2026-08-01"),
        ("month", ["2026年8月", "2026年12月"], "month", "2026-08-01"),
        ("date", ["2026-08-04", "2026-08-05"], "day", "2026-08-04"),
        ("date", ["20260803", "20260810"], "week", "2026-08-03"),
        ("date", ["2026-08-04"], "day", "2026-08-04"),
        ("period", ["2026-08-04"], "week", "2026-08-04"),
        ("month", ["2026-08-01", "2026-09-01"], "month", "2026-08-01"),
    ],
)
def test_periods(header: str, cells: list[str], period: str, first: str, write: Write) -> None:
    spend = read_spend(
        write(f"{header},channel,spend\n" + "".join(f"{cell},a,1\n" for cell in cells))
    )
    assert spend.period == period
    assert spend.frame["period"].iloc[0] == pd.Timestamp(first)


def test_days_add_up_to_weeks_from_monday_and_months_do_not(write: Write) -> None:
    days = "".join(f"{datetime.date(2026, 8, 5) + datetime.timedelta(i)},a,1\n" for i in range(10))
    spend = read_spend(write("date,channel,spend\n" + days))
    weeks = spend.weekly()
    assert weeks["a"].tolist() == [5, 5]
    assert weeks.index[0] == pd.Timestamp("2026-08-03")
    assert spend.by_period("month")["a"].tolist() == [10]
    months = read_spend(write("month,channel,spend\n2026-08,a,1\n2026-09,a,1\n"))
    with pytest.raises(UserError, match="months cannot be counted in weeks"):
        months.weekly()
    with pytest.raises(UserError, match="say period: month"):
        read_spend(write("month,channel,spend\n2026-08,a,1\n2026-09,a,1\n"), period="week")


def test_all_problems_of_a_spend_table_at_once(write: Write) -> None:
    path = write(
        SPEND + "2026-08-03,a,-1,\n2026-W54,b,1,-2\n,c,nan,\n2026-08-03,,,\n2026-08-10,d,2e15,x\n"
    )
    assert problems(read_spend, path) == [
        ("t.csv: row 2, column spend", "spend is negative: '-1'"),
        ("t.csv: row 3, column period", "this is no date that can be read safely: '2026-W54'"),
        ("t.csv: row 3, column exposures", "exposures is negative: '-2'"),
        ("t.csv: row 4, column period", "period is empty"),
        ("t.csv: row 4, column spend", "spend is not a finite number: 'nan'"),
        ("t.csv: row 5, column channel", "channel is empty"),
        ("t.csv: row 5, column spend", "spend is empty"),
        ("t.csv: row 6, column spend", "spend is larger than 1e15: '2e15'"),
        ("t.csv: row 6, column exposures", "exposures is no number: 'x'"),
    ]


def test_copied_rows_of_spend_are_a_question(write: Write) -> None:
    path = write(
        "week,channel,spend,campaign\n2026-08-03,a,10,x\n2026-08-03,a,10,y\n2026-08-03,a,10,x\n"
    )
    assert problems(read_spend, path) == [("t.csv: row 4", "repeats row 2 in every cell")]
    assert read_spend(
        write("week,channel,spend,campaign\n2026-08-03,a,10,x\n2026-08-03,a,10,y\n")
    ).frame["spend"].tolist() == [20]


def test_row_order_of_spend_never_matters(write: Write) -> None:
    rows = [f"2026-08-{3 + 7 * (i % 3):02d},c{i % 4},{i * 0.1},{i}\n" for i in range(40)]
    one, two = (read_spend(write(SPEND + "".join(order))).frame for order in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_shared_path_table() -> None:
    table = (
        Path(__file__).resolve().parents[1].parent
        / "shared/data/paths/mta_channelattribution_paths.csv"
    )
    if not table.exists():
        pytest.skip("the shared data are not beside this checkout")
    paths = open_source(table)
    assert isinstance(paths, Paths)
    assert (paths.facts["rows"], paths.facts["conversions"], paths.facts["nulls"]) == (
        10_000,
        19_785,
        68_602,
    )
    assert any("4,592 rows repeat" in str(note) for note in paths.notes)
