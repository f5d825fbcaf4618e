"""The one way in: files, streams, addresses; whatever is none of these is refused, and nothing
hangs.
"""

from __future__ import annotations

import io
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from optimizer import streams
from optimizer.addresses import hidden, parse
from optimizer.data.open import open_paths, open_source
from optimizer.errors import UserError
from optimizer.inputs import admit, content, files_below, forget

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
    with pytest.raises(ValueError, match="one source"):
        open_paths(str(shop.parent / "secret.csv"), engine=engine)
    assert sorted(path.name for path in shop.parent.iterdir()) == ["secret.csv", "shop.duckdb"]


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
