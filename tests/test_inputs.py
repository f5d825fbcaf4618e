"""The one way in: files, streams, addresses; whatever is none of these is refused, and nothing
hangs.
"""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from optimizer import streams
from optimizer.addresses import hidden, parse
from optimizer.data.engine import Engine
from optimizer.data.mapping.file import read_mapping
from optimizer.data.open import open_paths, open_source
from optimizer.data.reading.container import open_parts
from optimizer.data.warehouse import Warehouse
from optimizer.errors import UserError
from optimizer.inputs import admit, content, files_below, forget
from optimizer.report.export import _drawable
from optimizer.report.markdown import safe
from optimizer.scenario import load_scenario
from optimizer.shown import CONTROLS

PATHS = "path,conversions\na > b,3\n"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Waiting that takes no time, and streams that are forgotten."""
    monkeypatch.setattr(streams, "WRITER_SECONDS", 0.2)
    monkeypatch.setattr(streams, "SILENT_SECONDS", 0.5)
    yield
    forget()


def pipe(text: str) -> str:
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    return f"/dev/fd/{read}"


def test_streams_are_read_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "named"
    os.mkfifo(named)
    writer = threading.Thread(target=lambda: named.write_text(PATHS))
    writer.start()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PATHS.encode())))
    for name in (str(named), pipe(PATHS), "-"):
        for again in range(2):  # a stream is kept: who reads it twice finds it twice
            assert open_paths(name).facts["conversions"] == 3, (name, again)
    writer.join()
    kept = admit("-").path
    assert kept.is_file()
    forget()
    assert not kept.exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: d / "none", "there is no such file"),
        (lambda d: d, "this is a folder"),
        (lambda d: "/dev/zero", "this is a device"),
        (lambda d: "a\0b", "no file can have this name"),
        (lambda d: "x" * 5000, "cannot be read"),
        (lambda d: os.mkfifo(d / "p") or d / "p", "nobody writes into this pipe"),
        (lambda d: os.symlink("me", d / "me") or d / "me", "cannot be read"),
        (lambda d: pipe(""), "nothing came from this stream"),
        (lambda d: f"/dev/fd/{os.pipe()[0]}", "nothing came for"),
    ],
)
def test_what_is_no_file_is_refused(
    tmp_path: Path, make: Callable[[Path], Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        admit(make(tmp_path))


def test_no_more_is_read_than_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large").write_bytes(b"x" * 11)
    for name in (str(tmp_path / "large"), pipe("x" * 11)):
        assert len(content(name, 11)) == 11
        forget()
    for name in (str(tmp_path / "large"), pipe("x" * 11)):
        with pytest.raises(UserError, match="too many"):
            content(name, 10)
    monkeypatch.setattr("optimizer.inputs.MOST_ENTRIES", 3)
    for i in range(4):
        (tmp_path / f"{i}.csv").touch()
    with pytest.raises(UserError, match="more than 3 files"):
        files_below(tmp_path, lambda path: True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A file somebody sent, with a view and a macro that read another file."""
    (tmp_path / "secret.csv").write_text("path,conversions\nsecret,1\n")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as file:
        file.execute("CREATE TABLE good AS SELECT 'a > b' AS path, 3 AS conversions")
        file.execute(f"CREATE VIEW leak AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
        file.execute("CREATE MACRO peek() AS TABLE SELECT * FROM read_text('/etc/hostname')")
        file.execute("CREATE VIEW deep AS SELECT content AS path, 1 AS conversions FROM peek()")
    return tmp_path / "shop.duckdb"


@pytest.mark.parametrize(
    "address", ["{}::leak", "duckdb://{}::leak", "{}::deep", "{}::SELECT * FROM leak"]
)
def test_a_database_file_reads_no_other_file(shop: Path, address: str) -> None:
    with pytest.raises(UserError, match="cannot be read") as caught:
        open_paths(address.format(shop))
    assert "secret,1" not in str(caught.value)
    assert open_paths(f"duckdb://{shop}::good").facts["conversions"] == 3


def test_an_engine_is_locked_once_it_reads(shop: Path) -> None:
    engine: Any = open_paths(f"{shop}::good").engine
    for sql in (
        "SELECT * FROM read_text('/etc/hostname')",
        "SET enable_external_access = true",
        f"COPY (SELECT 1) TO '{shop.parent}/written.csv'",
        f"ATTACH '{shop.parent}/new.duckdb'",
        "INSTALL httpfs",
    ):
        with pytest.raises((duckdb.Error, UserError)):
            engine.rows(sql)
    with pytest.raises(UserError, match="reads no more") as caught:
        open_paths(str(shop.parent / "secret.csv"), engine=engine)
    assert str(caught.value.problems[0].where) == str(shop.parent / "secret.csv")
    assert "engine of its own" in str(caught.value.problems[0].fix)
    assert sorted(path.name for path in shop.parent.iterdir()) == ["secret.csv", "shop.duckdb"]


def test_what_a_reader_stumbles_over_is_a_message(tmp_path: Path) -> None:
    """Of damaged parquet the engine raises its plainest error, and only while it reads."""

    class Stumbling:
        def execute(self, sql: str) -> None:
            raise duckdb.Error("Decode bit width too large")

    (tmp_path / "one.csv").write_text(PATHS)
    engine: Any = Engine()
    engine.admit([tmp_path / "one.csv"])
    engine.connection = Stumbling()
    with pytest.raises(UserError, match="cannot be read: Decode bit width") as caught:
        engine.rows("SELECT 1")
    assert "one.csv" in str(caught.value.problems[0].where)


def test_an_engine_reads_the_files_it_was_given_at_first(tmp_path: Path) -> None:
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file in files:
        file.write_text(PATHS)
    engine = Engine()
    engine.admit(files)
    found = [open_paths(str(file), engine=engine).facts["conversions"] for file in files]
    assert found == [3, 3]


def test_an_sqlite_file_is_read_and_never_changed(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE orders (path TEXT, conversions INTEGER)")
        made.execute("INSERT INTO orders VALUES ('a > b', 3), ('b', 4)")
        made.execute("CREATE VIEW few AS SELECT * FROM orders WHERE conversions < 4")
    made.close()
    before = file.read_bytes()
    for name, conversions in (
        (f"sqlite://{file}::orders", 7),
        (f"{file}::few", 3),
        (f"{file}::SELECT path, 2 * conversions AS conversions FROM orders", 14),
    ):
        assert open_source(name).facts["conversions"] == conversions
    for bad in (
        "nothing",
        "DELETE FROM orders",
        "SELECT 1; DELETE FROM orders",
        "SELECT load_extension('x')",
        "WITH x AS (SELECT 1) INSERT INTO orders SELECT 'c', 1",
        "SELECT 1 AS a, 2 AS A",
    ):
        with pytest.raises(UserError):
            open_source(f"{file}::{bad}")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://{}/typo.db::t",
        "duckdb://{}/new.duckdb::t",
        "{}/new.duckdb::t",
        "pyspark://x::t",
        "https://example.org/x.csv::t",
        "polars://::t",
        "duckdb://md:shop::t",
        "duckdb://:memory:::t",
    ],
)
def test_an_address_makes_nothing_and_its_scheme_is_on_the_list(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(UserError):
        open_source(address.format(tmp_path))
    assert not list(tmp_path.iterdir())


SECRETS = (
    "s3cret",
    "s3/cret",
    "s3 cret",
    "s3@cret",
    "s3::cret",
    "s3?cret",
    "s3#cret",
    "12/s3cret",
    "s3%2Fcret",
)
SHAPES = (
    "postgres://me:{}@host/db::t",
    "postgres://me:{}@127.0.0.1:1/db?sslmode=disable::SELECT a::text FROM t",
    "postgres://127.0.0.1:1/db?user=me&password={}&sslmode=disable::t",
    "postgresql://127.0.0.1:1/db?sslpassword={}::t",
    "mysql://me:{}@host/db::t",
    "trino://host/db?token={}::t",
    "duckdb://md:shop?motherduck_token={}::t",
    "nosuch://me:{}@host/db::t",
)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_password_is_never_shown(shape: str) -> None:
    for secret in SECRETS:
        text = shape.format(secret)
        for shown in (hidden(text), hidden(f'data: {{events: "{text}"}}  # mine')):
            assert "cret" not in shown, (text, shown)
            assert shown.startswith((text[:8], "data: {events"))
        for told in parsed(text, secret):
            assert "cret" not in told, (text, told)


def parsed(text: str, secret: str) -> list[str]:
    """What taking an address apart has to say."""
    try:
        address = parse(text)
    except UserError as error:
        return [str(error)]
    return [address.label, address.scrubbed(f"refused: {text} with {secret}")]


def test_a_database_that_does_not_answer_names_no_password(tmp_path: Path, optimizer: Any) -> None:
    pytest.importorskip("ibis", reason="the extra [warehouse] is not installed")
    address = "postgres://me:s3cret@127.0.0.1:1/db?sslpassword=s3cret2::t"
    (tmp_path / "scenario.yaml").write_text(
        f'budget: 5\nhorizn: 2\ndata: {{events: "{address}", evnts: 3}}\n'
    )
    for words in (("attribute", address), ("check", tmp_path), ("rfm", address)):
        ran = optimizer(*words)
        assert ran.code == 1, ran.err
        assert "s3cret" not in ran.out + ran.err


def test_what_a_database_refuses_later_names_no_password() -> None:
    class Connection:
        name = "postgres"

        def disconnect(self) -> None: ...

        def raw_sql(self, sql: str) -> None:
            raise RuntimeError("no login for me with s3cr et")

    address = parse("postgres://me:s3cr%20et@host/db::t")
    with pytest.raises(UserError, match="refused: no login for me") as caught:
        Warehouse(Connection(), address.label, address.scrubbed).rows("SELECT 1")
    assert "s3cr" not in str(caught.value)


def test_a_mapping_comes_in_by_the_same_door(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("# nothing\n" * 60_000)
    with pytest.raises(UserError, match="too many here"):
        read_mapping(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="this is a folder") as caught:
        read_mapping(path)
    assert caught.value.problems[0].fix
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(UserError, match="nobody writes"):
        read_mapping(path)


def test_control_characters_in_names_are_blanks_and_said(tmp_path: Path) -> None:
    text = "path,conversions\na\x07 > b\ufffe\x1b[31mc,3\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    (tmp_path / "gb.csv").write_bytes("path,conversions\n抖音\x1b > b,3\n".encode("gb18030"))
    frame = pd.DataFrame({"path": ["a\x07 > b\ufffe\x1b[31mc"], "conversions": [3]})
    frame.to_parquet(tmp_path / "t.parquet")
    for source in (tmp_path / "t.csv", tmp_path / "t.parquet", frame, tmp_path / "gb.csv"):
        read = open_paths(source)
        ((path,),) = read.engine.rows(f"SELECT path FROM {read.table}")
        assert not CONTROLS.search(path), source
        assert sum("are read as blanks" in str(note) for note in read.notes) == 1
    (tmp_path / "plain.csv").write_text("path,conversions\na > b,3\n")
    assert not any("blanks" in str(note) for note in open_paths(tmp_path / "plain.csv").notes)


def test_a_chart_with_control_characters_is_drawn() -> None:
    """The native code ends the process on them: they never reach it."""
    name = "".join(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 0x7F, 0xFFFE, 0xFFFF)))
    spec = {"data": {"values": [{"x" + name: name}]}, "title": [name]}
    assert not CONTROLS.search(json.dumps(_drawable(spec), ensure_ascii=False))


def test_a_key_of_a_scenario_never_drives_the_terminal(tmp_path: Path, optimizer: Any) -> None:
    for text in (
        'budget: 5\n"\\e[31mred": 1\n',
        'budget: "\\x07"\n',
        'name: "a\\u0001"\nbudget: 5\n',
    ):
        (tmp_path / "scenario.yaml").write_text(text)
        ran = optimizer("check", tmp_path)
        assert ran.code == 1
        assert "control character" in ran.err
        assert not CONTROLS.search(ran.err)


def test_markdown_makes_no_link_of_a_name() -> None:
    for name in ("https://evil.example/x", "www.evil.example", "HTTP://x.y", "ftp://a"):
        assert not re.search(r"(?i)(https?|ftp):|www\.", safe(name)), name


@pytest.mark.parametrize("cell", ["BZ1048576", "XFD1048576"])
def test_a_workbook_with_a_cell_far_away_is_refused_at_once(tmp_path: Path, cell: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active["A1"], book.active[cell] = "period", 1
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(UserError, match=r"million cells|of memory to read"):
        list(open_parts(tmp_path / "far.xlsx", tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "#" * 600_000,
        "a: " + "[" * 5000,
        "- " * 5000,
        "x: &x {y: 1}\n" + "a: {<<: *x}\n" * 600,
        "a: &a [x, x]\n"
        + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1 if i else str()}'] * 9)}]\n" for i in range(9)
        ),
    ],
    ids=["long", "deep flow", "deep block", "merges", "aliases"],
)
def test_a_scenario_that_would_keep_the_reader_busy_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "scenario.yaml").write_text(text)
    with pytest.raises(UserError, match=r"too large|too deep|too many"):
        load_scenario(tmp_path)


def test_too_little_memory_is_a_message(tmp_path: Path) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (700 << 20,) * 2);"
        "sys.argv = ['optimizer', 'list', 'rules']; from optimizer.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "this process may use 700 MB of memory" in done.stderr
