"""A plain csv of paths read in numbers is the table that SQL reads, and anything out of the ordinary is left to SQL."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from test_counting import agree, journeys_of_paths, paths_frame, random_paths
from test_counting_walk import same

from optimizer.data import coded
from optimizer.data import paths as door
from optimizer.data.open import open_paths
from optimizer.data.reading import csv_files
from optimizer.errors import UserError
from optimizer.journeys import coded_walk
from optimizer.journeys.counting import count


@pytest.fixture(autouse=True)
def small_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coded, "SMALLEST", 0)


def plain_paths(rng: random.Random) -> list[tuple[str, float, float, float]]:
    """Random paths without quotes and brackets."""

    def tame(path: str) -> str:
        return path.replace("<b>", "b").replace('"', "").replace("\n", "")

    return [
        (tame(path), conversions, value, nulls)
        for path, conversions, value, nulls in random_paths(rng)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_numbers_and_sql_read_one_table(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    rows = plain_paths(rng)
    file = tmp_path / "paths.csv"
    paths_frame(rows).to_csv(
        file,
        index=False,
        lineterminator=rng.choice(["\n", "\r\n"]),
        sep=rng.choice([",", ";", "\t"]),
        encoding=rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    )
    monkeypatch.setattr(coded_walk, "TOUCHES", rng.choice([1, 5, 1 << 16]))
    monkeypatch.setattr(coded_walk, "DENSE", rng.choice([0, 1 << 20]))
    orders = rng.choice([(1,), (2,), (1, 2, 4), (3,)])
    options = {"nulls": rng.random() < 0.8, "platforms": rng.random() < 0.3}
    quick = open_paths(file)
    assert quick.table in quick.engine.known
    counts = count(quick, orders=orders, **options)
    if options["nulls"] and not options["platforms"]:
        agree(counts, journeys_of_paths(rows), orders)
    monkeypatch.setattr(door, "_in_numbers", lambda raw, found: None)
    slow = open_paths(file)
    assert slow.table not in slow.engine.known
    assert quick.facts == slow.facts
    assert quick.notes == slow.notes
    same(counts, count(slow, orders=orders, **options))


HEAD = "path,conversions,value,nulls\n"


@pytest.mark.parametrize(
    "text",
    [
        " a > b,1,5,2\n",
        "a > b ,1,5,2\n",
        "a\u3000,1,5,2\n",
        '"a > b",1,5,2\n',
        "a,1,5\u00a0,2\n",
        "<b> > a,1,5,2\n",
        "a,1,5,2\r\nb,1,5,2\n",
        "a,1_000,5,2\n",
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_sql(text: str, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_bytes((HEAD + text).encode())
    try:
        opened = open_paths(file)
    except UserError:
        return
    assert opened.table not in opened.engine.known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a > > b,1,5,2\n", "row 2, column path"),
        (",1,5,2\n", "path is empty"),
        ("a >,1,5,2\n", "empty touch"),
        ("a,,5,2\n", "conversions is empty"),
        ("a,-1,5,2\n", "negative"),
        ("a,1e16,5,2\n", "larger than 1e15"),
        ("a,0,5,2\n", "value without a conversion"),
        ("a,1,inf,2\n", "not a finite"),
        ("a,x,5,2\n", "no number"),
        ("a,1,5\n", "3 cells where the header has 4"),
        ("", "no rows"),
        ("a,nan,1,1\n", "not a finite"),
    ],
)
def test_errors_are_those_of_sql(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(HEAD + text)
    with pytest.raises(UserError, match=said):
        open_paths(file)


def test_part_of_a_table_is_not_counted_as_the_whole(tmp_path: Path) -> None:
    from dataclasses import replace

    file = tmp_path / "paths.csv"
    file.write_text(HEAD + "a > b,1,5,2\nb,3,5,0\n")
    paths = open_paths(file)
    view = paths.engine.define(
        paths.engine.name("part"), f"SELECT * FROM {paths.table} WHERE path = 'b'"
    )
    assert count(replace(paths, table=view)).conversions.sum() == 3
    assert count(paths).conversions.sum() == 4


def test_rows_in_any_order_give_the_same_bits(tmp_path: Path) -> None:
    rng = random.Random(1)
    rows = [
        f"{' > '.join(rng.choice('abc') for _ in range(rng.randint(1, 4)))},{rng.choice([1, 0.1, 3.7])},{rng.uniform(0, 1e6)!r},{rng.choice([0, 0.3, 2])}\n"
        for _ in range(500)
    ]
    found = []
    for lines in (rows, rng.sample(rows, len(rows))):
        file = tmp_path / "paths.csv"
        file.write_text(HEAD + "".join(lines))
        found.append(count(open_paths(file), orders=(1, 2)))
    for order in (1, 2):
        for name in ("moves", "conversions", "value", "nulls"):
            assert (
                getattr(found[0].chains[order], name).tobytes()
                == getattr(found[1].chains[order], name).tobytes()
            ), name


def test_long_paths_in_any_order_give_the_same_bits(tmp_path: Path) -> None:
    """A path's touches are more sums than rows: they add up without rounding all the same."""
    rng = random.Random(3)
    rows = [(rng.randint(1, 2000), rng.random() * 1e15) for _ in range(60)]
    exact = sum((Fraction(weight) * (length - 1) for length, weight in rows), Fraction(0))
    found = []
    for mixed in (rows, rng.sample(rows, len(rows))):
        file = tmp_path / "paths.csv"
        file.write_text(
            HEAD
            + "".join(f"{' > '.join(['a'] * length)},{weight!r},0,0\n" for length, weight in mixed)
        )
        found.append(count(open_paths(file), orders=(1,)).chains[1])
    assert found[0].moves.tobytes() == found[1].moves.tobytes()
    assert float(found[0].moves[0, -1]) == pytest.approx(float(exact), rel=2.0**-52)


def test_sums_wait_to_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    keys, amounts = rng.integers(0, 50, 1000), rng.integers(0, 9, (2, 1000)).astype(float)
    monkeypatch.setattr(coded_walk, "DENSE", 0)
    for waiting in (1, 30, 200, 1 << 20):
        monkeypatch.setattr(coded_walk, "WAITING", waiting)
        sums = coded_walk._Sums(50, 2)
        for i in range(0, 1000, 10):
            sums.add(keys[i : i + 10], list(amounts[:, i : i + 10]))
            assert sum(len(part[0]) for part in sums.parts) <= 50 + max(waiting, 50) + 10
        found, added = sums.done()
        assert found.tolist() == sorted(set(keys.tolist()))
        np.testing.assert_array_equal(
            added, [np.bincount(keys, weights=row, minlength=50)[found] for row in amounts]
        )


@pytest.mark.parametrize("scarce", ["codes", "lengths"])
def test_a_file_that_grew_beyond_its_room_is_left_to_sql(
    scarce: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Before(coded._Parts):
        def __init__(self, file: csv_files.CsvFile) -> None:
            super().__init__(file)
            setattr(self, scarce, getattr(self, scarce)[:1])

    file = tmp_path / "paths.csv"
    file.write_text(HEAD + "a > b,1,5,2\nb,1,5,2\n")
    monkeypatch.setattr(coded, "_Parts", Before)
    opened = open_paths(file)
    assert opened.facts["rows"] == 2
    assert opened.table not in opened.engine.known


def test_parts_add_up_exactly() -> None:
    rng = np.random.default_rng(2)
    for amounts in (
        rng.integers(0, 1000, 300).astype(float),
        rng.random(300),
        rng.lognormal(0, 8, 300),
        np.zeros(3),
        rng.random(300) * 1e15,
    ):
        parts = coded_walk.parted(amounts, coded_walk.grains(len(amounts), amounts))
        for part in parts:
            assert Fraction(float(part.sum())) == sum(map(Fraction, part.tolist()))
        assert np.abs(np.sum(parts, axis=0) - amounts).max() <= np.abs(amounts).max() * 2.0**-60
    assert coded_walk.grains(10, np.array([1.0, 2.0]), np.array([0.5, 0.5])) != [0.0]
    assert coded_walk.grains(10, np.array([0.5, 2.5]), np.array([0.5, 0.5])) == [0.0]


def test_a_look_at_the_bytes_by_blocks() -> None:
    texts = [
        "a,b\n1,2\n",
        "a,b\r\n1,2\r\n",
        "a,b\r\n1,2\n",
        "a,b\r1,2\r",
        'a,"b"\n',
        "a\n" + "x" * 50 + "\nb",
        "",
        "a\r\n\nb\r\n",
        "a\nb\r\n",
    ]
    plain = [True, True, False, False, False, True, True, False, False]
    for text, expected in zip(texts, plain, strict=True):
        for size in range(1, 8):
            look = csv_files.Look()
            for i in range(0, len(text), size):
                look.see(text[i : i + size].encode())
            assert look.plain == expected, (text, size)
            assert look.bound >= max(map(len, text.split("\n")))
