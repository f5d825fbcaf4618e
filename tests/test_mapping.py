"""mapping.yaml beside the data: read, written, and heeded by every door."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from optimizer.cli.mapping import mapping
from optimizer.customers.orders import read_orders
from optimizer.data.importers import Choices, read_exports
from optimizer.data.mapping.alike import groups
from optimizer.data.mapping.file import mapping_of, read_mapping, write_mapping
from optimizer.data.mapping.model import Mapping
from optimizer.data.open import open_events, open_paths, read_spend
from optimizer.data.totals import read_totals
from optimizer.errors import Open, Problem, UserError
from optimizer.pipeline.tables import read_tables
from optimizer.scenario import load_scenario


def test_what_is_written_is_read_and_comments_stay(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv", "meta_07.csv"):
        (tmp_path / name).touch()
    path = tmp_path / "mapping.yaml"
    path.write_text("# ours\nfiles:\n  'meta_*.csv': {channel: meta}   # all of them\n")
    write_mapping(path, [(("aliases", "douyin"), ["抖音"]), (("files", "one.csv", "year"), 2026)])
    write_mapping(path, [(("aliases", "douyin"), ["抖音", "Douyin"]), (("columns", "spend"), "C")])
    assert "# ours" in path.read_text()
    assert "# all of them" in path.read_text()
    names = (("douyin", ("抖音", "Douyin")),)
    usual = (("spend", "C"),)
    assert mapping_of(tmp_path / "one.csv") == Mapping(
        year=2026, aliases=names, usual_columns=usual
    )
    assert mapping_of(tmp_path / "meta_07.csv").channel == "meta"
    assert mapping_of(tmp_path / "two.csv") == Mapping(aliases=names, usual_columns=usual)
    before = path.read_text()
    with pytest.raises(UserError, match="is no currency"):
        write_mapping(path, [(("currency",), "yuan")])
    assert path.read_text() == before


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "one.csv").touch()
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "colums: {spend: Cost}\ndecimal: ';'\nwords: {tuch: [触达]}\n"
        "aliases: {a: [x], b: [x]}\nfiles:\n  on.csv: {chanel: meta, skip_rows: no}\n"
    )
    with pytest.raises(UserError) as caught:
        read_mapping(path)
    told = [(str(p.where).removeprefix(str(path)), str(p.fix)) for p in caught.value.problems]
    places = [":1:1", ":2:10", ":3:15", ":4:22", ":6:3", ":6:12", ":6:37"]
    assert [where for where, __ in told] == places
    assert "did you mean 'columns'?" in told[0][1]
    assert "did you mean 'touch'?" in told[2][1]
    assert "did you mean 'one.csv'?" in told[4][1]
    assert "did you mean 'channel'?" in told[5][1]


def test_names_that_look_like_one_channel() -> None:
    names = [
        "抖音",
        "douyin",
        "Douyin Feed",
        "巨量千川",
        "Douyin ",
        "ＤＯＵＹＩＮ",
        "小红书",
        "meta",
    ]
    same = ("Douyin ", "douyin", "巨量千川", "抖音", "ＤＯＵＹＩＮ")
    assert groups(names) == [("douyin", tuple(sorted(same)))]
    apart = [["douyin", "巨量千川"], ["抖音", "巨量千川"]]
    ((name, group),) = groups(["抖音", "douyin", "巨量千川"], apart)
    assert (name, set(group)) == ("douyin", {"抖音", "douyin"})
    assert groups(["抖音/feed", "douyin/Feed", "douyin"])[0][1] == ("douyin/Feed", "抖音/feed")


FLAGS = (
    "user_id,timestamp,channel,conversion,value\nu1,2026-03-01 10:00,search,0,\n"
    "u1,2026-03-02 10:00,email,1,50\nu2,2026-03-01 10:00,direct,0,\n"
)
SAID = """\
words: {touch: 触达, add_to_cart: [加购], purchase: [购买]}
aliases: {douyin: [抖音, ＤＯＵＹＩＮ]}
timezone: Asia/Shanghai
files:
  one.csv: {channel: meta, columns: {spend: Paid}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that need a mapping, and the mapping."""
    texts = {
        "one.csv": "date,Paid\n2026-06-01,100\n",
        "spend.csv": "日期,渠道,花费\n2026-06-01,抖音/feed,100\n2026-06-01,douyin/feed,50\n",
        "events.csv": "用户ID,时间,渠道,事件,金额\nu,2026-06-01 10:00,抖音,触达,\n"
        "u,2026-06-02 10:00,,加购,\nu,2026-06-03 10:00,,购买,50\n",
        "paths.csv": "path,conversions\n抖音 > Direct x 2,3\nDirect > douyin,2\n",
        "flags.csv": FLAGS,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(SAID, encoding="utf-8")
    return tmp_path


def imported(file: Path, out: Path) -> list[str]:
    with read_exports("auto", [file]) as found:
        found.write(out)
    return out.read_text(encoding="utf-8").splitlines()


def test_doors_and_imports_heed_it_alike(folder: Path, tmp_path: Path) -> None:
    one = read_spend(str(folder / "one.csv"))
    assert (one.channels, one.frame["spend"].sum()) == (("meta",), 100)
    assert imported(folder / "one.csv", folder / "o.csv")[1:] == ["2026-06-01,meta,100.0"]
    both = read_spend(str(folder / "spend.csv"))
    assert (both.channels, both.frame["spend"].sum()) == (("douyin/feed",), 150)
    assert imported(folder / "spend.csv", folder / "s.csv")[1:] == ["2026-06-01,douyin/feed,150.0"]
    events = open_events(str(folder / "events.csv"))
    assert events.facts["events"] == {"add_to_cart": 1, "purchase": 1, "touch": 1}
    assert events.facts["channels"] == {"douyin": 1}
    assert events.facts["zone"] == "Asia/Shanghai"
    assert imported(folder / "events.csv", folder / "e.csv")[1:] == [
        "u,2026-06-01 10:00:00,douyin,touch,",
        "u,2026-06-02 10:00:00,,add_to_cart,",
        "u,2026-06-03 10:00:00,,purchase,50.0",
    ]
    paths = open_paths(str(folder / "paths.csv"))
    rows = paths.engine.rows(f"SELECT path, conversions FROM {paths.table} ORDER BY conversions")
    assert rows == [("Direct > douyin", 2.0), ("douyin > Direct > Direct", 3.0)]


def test_a_flag_is_a_touch_and_a_purchase(folder: Path) -> None:
    events = open_events(str(folder / "flags.csv"))
    assert events.facts["channels"] == {"direct": 1, "email": 1, "search": 1}
    assert events.facts["events"] == {"purchase": 1, "touch": 3}
    assert events.facts["values"] == {"purchase": (1, 50.0), "touch": (0, 0.0)}
    assert imported(folder / "flags.csv", folder / "f.csv")[1:] == [
        "u1,2026-03-01 10:00:00,search,touch,",
        "u1,2026-03-02 10:00:00,,purchase,50.0",
        "u1,2026-03-02 10:00:00,email,touch,",
        "u2,2026-03-01 10:00:00,direct,touch,",
    ]
    (folder / "flags.csv").write_text(FLAGS.replace("email,1", "email,2"))
    with pytest.raises(UserError, match=r"row 3.*neither 0 nor 1"):
        open_events(str(folder / "flags.csv"))
    with pytest.raises(UserError, match="neither 0 nor 1"):
        imported(folder / "flags.csv", folder / "f.csv")


def test_what_is_not_said_is_asked(folder: Path) -> None:
    (folder / "mapping.yaml").unlink()
    asked = {}
    for name in ("one.csv", "spend.csv", "events.csv"):
        text = (folder / name).read_text(encoding="utf-8").replace("Paid", "Cost")
        (folder / name).write_text(text, encoding="utf-8")
        with read_exports("auto", [folder / name]) as found:
            (problem,) = found.problems
        assert problem.open is not None
        asked[name] = problem.open
    assert asked["one.csv"].key == "channel"
    assert asked["spend.csv"].choices == (
        "aliases.douyin/feed=抖音/feed",
        "apart=douyin/feed,抖音/feed",
    )
    words = ("words.touch=触达", "words.add_to_cart=加购", "words.purchase=购买")
    assert asked["events.csv"].choices == words
    with pytest.raises(UserError, match=r"words\.touch=触达"):
        open_events(str(folder / "events.csv"))
    with read_exports("auto", [folder / "one.csv"], Choices(channel="meta")) as found:
        assert found.frame().to_dict("list")["channel"] == ["meta"]


def mapped(*words: str, answers: str = "") -> Result:
    return CliRunner().invoke(mapping, words, input=answers, catch_exceptions=True)


def test_it_is_asked_once_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.cli.mapping.on_terminal", lambda: True)
    (folder / "mapping.yaml").unlink()
    events, spend = str(folder / "events.csv"), str(folder / "spend.csv")
    assert mapped(events, answers="y\ny\ny\n").exit_code == 0
    assert mapped(spend, answers="抖音广告\n").exit_code == 0
    assert mapped(events, spend).exit_code == 0  # nothing is asked twice
    said = mapping_of(folder / "events.csv")
    assert dict(said.words) == {"touch": ("触达",), "add_to_cart": ("加购",), "purchase": ("购买",)}
    assert dict(said.aliases) == {"抖音广告": ("douyin/feed", "抖音/feed")}
    assert read_spend(spend).channels == ("抖音广告",)
    dated = folder / "dated.csv"
    dated.write_text("date,channel,cost\n8/9/2026,a,1\n")
    assert mapped(str(dated), answers="2\n").exit_code == 0
    assert mapping_of(dated).dates == "dmy"
    (folder / "mapping.yaml").unlink()
    wrong = mapped(str(dated), answers="²\n\n")  # a digit, and no number
    assert wrong.exception is None or isinstance(wrong.exception, UserError | SystemExit)


def test_a_name_asked_about_never_drives_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.cli.mapping.on_terminal", lambda: True)
    file = tmp_path / "events.csv"
    file.touch()
    monkeypatch.setattr(
        "optimizer.cli.mapping.questions",
        lambda file: (
            Problem("what", "where", open=Open("words", ("touch=\x1b[31m",))),
            Problem("which", "where", open=Open("platform", ("\x9b31m", "b"))),
        ),
    )
    said = mapped(str(file), answers="n\n\n").output
    assert "touch=" in said
    assert "1  " in said
    assert not set("\x1b\x9b") & set(said)


def test_no_row_so_far_down_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "one.csv").touch()
    path = tmp_path / "mapping.yaml"
    path.write_text("files:\n  one.csv: {skip_rows: 9000000000000}\n")
    with pytest.raises(UserError, match="are no rows"):
        read_mapping(path)


def test_settings_are_written_without_asking(folder: Path) -> None:
    (folder / "mapping.yaml").unlink()
    one = str(folder / "one.csv")
    settings = ("channel=meta", "columns.spend=Paid", "aliases.meta=fb,脸书", "skip_rows=2,1")
    done = mapped(one, *(word for text in settings for word in ("--set", text)), "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["files"][0]["mapping"] == {
        "channel": "meta",
        "columns": {"spend": "Paid"},
        "aliases": {"meta": ["fb", "脸书"]},
        "skip_rows": [1, 2],
    }
    mapped(str(folder), "--set", "currency=usd")
    assert mapping_of(folder / "flags.csv") == Mapping(
        currency="USD", aliases=(("meta", ("fb", "脸书")),)
    )
    before = (folder / "mapping.yaml").read_text()
    for text, fix in (
        ("chanel=x", "did you mean 'channel'?"),
        ("columns=x", "--set columns.NAME=VALUE"),
        ("channel.a=x", "--set channel=VALUE"),
        ("decimal=;", "known: "),
        ("currency=", "--set currency=VALUE"),
        ("skip_rows=²", "write how many rows"),
        ("skip_rows=1,9" + "9" * 5000, "write how many rows"),
    ):
        wrong = mapped(one, "--set", text).exception
        assert isinstance(wrong, UserError), text
        assert fix in str(wrong.problems[0].fix)
    assert (folder / "mapping.yaml").read_text() == before
    assert isinstance(mapped(str(folder / "spend.csv")).exception, UserError)  # still open


def test_rows_to_skip_and_folders(folder: Path) -> None:
    """Titles, and a remark that looks like a row, are left out; rows keep their numbers."""
    text = 'Report\n"of\nAugust"\ndate,channel,cost\n2026-06-01,a,1\n2026-06-02,all,9\n2026-06-03,a,x\n'
    (folder / "odd.csv").write_text(text)
    write_mapping(folder / "mapping.yaml", [(("files", "odd.csv", "skip_rows"), [1, 2, 5])])
    with read_exports("auto", [folder / "odd.csv"]) as found:
        (problem,) = found.problems
    assert "row 6" in str(problem.where)
    with pytest.raises(UserError, match="row 6"):
        read_spend(str(folder / "odd.csv"))
    (folder / "odd.csv").write_text(text.replace(",x", ",2"))
    assert read_spend(str(folder / "odd.csv")).frame["spend"].tolist() == [1, 2]
    for name in ("events.csv", "paths.csv", "flags.csv"):
        (folder / name).unlink()
    with read_exports("auto", [folder]) as found:  # what is said of each file holds there too
        assert found.frame().groupby("channel")["spend"].sum().to_dict() == {
            "a": 3,
            "douyin/feed": 150,
            "meta": 100,
        }


def test_a_file_without_a_header_is_told_to_get_one(folder: Path) -> None:
    (folder / "bare.csv").write_text("2026-06-01,meta,100\n2026-06-02,meta,120\n")
    with read_exports("auto", [folder / "bare.csv"]) as found:
        (problem,) = found.problems
    assert "no header row" in str(problem.what)
    assert "as the first row" in str(problem.fix)
    assert "--column" not in str(problem.fix)


DOORS = {
    "spend.csv": "Tag;Kanal;Kosten\n03/02/2026;a;1.500\n04/02/2026;a;2.500,5\n05/02/2026;b;k.A.\n"
    "06/02/2026;b;100\n",
    "totals.csv": "date;new_customers;revenue\n03/02/2026;3;1.500\n04/02/2026;4;2.500\n"
    "05/02/2026;1;20,5\n",
    "events.csv": "user_id;timestamp;channel;event;value\nu1;03/02/2026 10:00;a;touch;\n"
    "u1;04/02/2026 23:30;;purchase;1.500\n",
    "paths.csv": "path;conversions;value\na > b;3;1.500\nb;4;20,5\n",
    "orders.csv": "order_id;user_id;timestamp;value\n1;u1;03/02/2026 10:00;1.500\n"
    "2;u1;04/02/2026 10:00;20,5\n",
    "mapping.yaml": "decimal: ','\ncurrency: EUR\ndates: dmy\ntimezone: Asia/Shanghai\n"
    "missing: k.A.\nfiles:\n  spend.csv: {columns: {period: Tag, channel: Kanal, spend: Kosten}}\n",
    "scenario.yaml": "name: x\nhorizon: 2\nperiod: week\nbudget: 1000\ncurrency: EUR\n"
    "data: {spend: spend.csv, totals: totals.csv}\n",
}


def test_every_door_reads_numbers_days_clock_and_currency_alike(tmp_path: Path) -> None:
    """1.500 is fifteen hundred, 03/02 the third of February, and all of it euros."""
    for name, text in DOORS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "spend.csv").write_text(DOORS["spend.csv"].replace("b;k.A.", "b;0"))
    third = pd.Timestamp("2026-02-03")
    spend = read_spend(str(tmp_path / "spend.csv"))
    assert (spend.frame["spend"].sum(), spend.currency) == (4100.5, "EUR")
    assert spend.frame["period"].min() == third
    with read_exports("auto", [tmp_path / "spend.csv"]) as found:
        assert (found.frame()["spend"].sum(), found.sums[0].currency) == (4100.5, "EUR")
    totals = read_totals(str(tmp_path / "totals.csv"))
    assert totals.revenue is not None
    assert (totals.revenue.sum(), totals.starts[0], totals.currency) == (
        4020.5,
        third.date(),
        "EUR",
    )
    events = open_events(str(tmp_path / "events.csv"))
    assert events.facts["values"]["purchase"] == (1, 1500.0)
    told = [events.facts[name] for name in ("from", "zone", "currency")]
    assert told == ["2026-02-03 10:00:00", "Asia/Shanghai", "EUR"]
    paths = open_paths(str(tmp_path / "paths.csv"))
    assert paths.engine.rows(f"SELECT sum(value) FROM {paths.table}") == [(1520.5,)]
    assert paths.facts["currency"] == "EUR"
    orders = read_orders(tmp_path / "orders.csv")
    assert (orders.frame["value"].sum(), orders.currency) == (1520.5, "EUR")
    assert orders.frame["timestamp"].min() == third + pd.Timedelta(hours=10)
    tables = read_tables(load_scenario(tmp_path))
    assert tables.spend is not None
    assert tables.spend.frame["spend"].sum() == 4100.5
    with pytest.raises(UserError, match=r"in EUR, and the scenario counts in CNY") as caught:
        read_tables(load_scenario(tmp_path, ["currency=CNY"]))
    assert len(caught.value.problems) == 2


def test_a_table_opened_as_it_stands_heeds_units_splits_and_missing_words(tmp_path: Path) -> None:
    text = "channel,spend,clicks,place,note\na,1.5,3,feed,9\na,2,k.A.,search,x\n"
    (tmp_path / "spend.csv").write_text(text)
    (tmp_path / "mapping.yaml").write_text(
        "units: {spend: 万}\nmissing: k.A.\nignore: note\nsplit: place\ndate: 2026-08-13\n"
    )
    spend = read_spend(str(tmp_path / "spend.csv"))
    assert spend.channels == ("a/feed", "a/search")
    assert spend.frame["spend"].tolist() == [15_000.0, 20_000.0]
    assert str(spend.frame["period"][0].date()) == "2026-08-13"


def test_amounts_of_two_currencies_are_never_added_up(tmp_path: Path) -> None:
    for name, text in {
        "events.csv": "user_id,timestamp,channel,event,value,currency\nu,2026-01-01,a,touch,,\n"
        "u,2026-01-02,,purchase,10,USD\nv,2026-01-02,,purchase,10,EUR\n",
        "paths.csv": "path,conversions,value,currency\na,1,10,USD\nb,1,10,EUR\n",
        "spend.csv": "period,channel,spend\n2026-01-01,a,$10\n2026-01-02,a,€10\n",
        "totals.csv": "date,orders,revenue,currency\n2026-01-01,1,10,USD\n2026-01-02,1,10,EUR\n",
    }.items():
        (tmp_path / name).write_text(text)
    opened = (open_events, open_paths, read_spend, read_totals)
    for name, door in zip(("events", "paths", "spend", "totals"), opened, strict=True):
        with pytest.raises(UserError, match="several currencies: EUR, USD"):
            door(str(tmp_path / f"{name}.csv"))
    (tmp_path / "mapping.yaml").write_text("currency: USD\n")  # they are one
    for name, door in zip(("events", "paths", "spend", "totals"), opened, strict=True):
        door(str(tmp_path / f"{name}.csv"))
