"""Import of large GB18030 exports of several shapes against DuckDB's own read of the same tables as UTF-8. Run by hand.

    python benchmarks/importers.py [ROWS] [SHAPE]...

Each side runs in a process of its own, so that its peak memory is its own. The ratio is of wall-clock seconds (medians); beside it
that of processor seconds (its helpers' included), which other work on the machine disturbs less.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NAMES = ["秋季新品口红", "双十一预热", "面膜拉新人群", "老客召回计划", "搜索卡位"]
TIMES = 5


def _plans(i: int) -> tuple[str, ...]:
    spend, sold = (100 + i % 9999) / 100, (i % 77777) / 100
    return (
        f"2026-08-{1 + i % 28:02d}",
        str(74000000000 + i),
        f"{NAMES[i % 5]}{i % 97}",
        str(66000000000 + i % 1000),
        str(300 + i % 5000),
        str(i % 300),
        f"{spend:.2f}",
        f"{sold:.2f}",
        f"{sold / spend:.2f}",
        str(i % 7),
    )


def _slashes(i: int) -> tuple[str, ...]:
    _, *rest = _plans(i)
    return (f"2026/8/{1 + i % 28}", *rest)


def _compact(i: int) -> tuple[str, ...]:
    _, *rest = _plans(i)
    return (f"202608{1 + i % 28:02d}", *rest)


def _thousands(i: int) -> tuple[str, ...]:
    return (
        f"2026-08-{1 + i % 28:02d}",
        str(6 * 10**11 + i),
        NAMES[i % 5],
        f'"{1000 + i % 99999:,}"',
        str(i % 900),
        f'"{1000 + (i % 7777777) / 100:,.2f}"',
        "-",
        f"{i % 100}.5%",
    )


def _wide(i: int) -> tuple[str, ...]:
    spend = (100 + i % 9999) / 100
    return (
        f"2026-08-{1 + i % 28:02d}",
        str(66000000000 + i),
        "商品",
        f"{NAMES[i % 5]}{i % 97}",
        str(300 + i % 5000),
        str(i % 300),
        f"{spend:.2f}",
        *(f"{(i * k) % 9973 / 100:.2f}" for k in range(1, 54)),
    )


def _orders(i: int) -> tuple[str, ...]:
    return (
        f'="{2233440000000000000 + i}"',
        f"{NAMES[i % 5]}{i % 99991}",
        f"{100 + i % 900}.00",
        "交易成功",
        f"2026/8/{1 + i % 28} {i % 24}:{i % 60:02d}",
        f"2026-08-{1 + i % 28:02d} 10:{i % 60:02d}:00",
    )


PLANS = "日期,计划ID,计划名字,主体ID,展现量,点击量,花费,总成交金额,投入产出比,成交新客数"
SHAPES: dict[str, tuple[str, Callable[[int], tuple[str, ...]]]] = {
    "plans": (PLANS, _plans),
    "slashes": (PLANS, _slashes),
    "compact": (PLANS, _compact),
    "thousands": (
        "统计日期,商品ID,商品名称,商品访客数,支付买家数,支付金额,成功退款金额,商品支付转化率",
        _thousands,
    ),
    "wide": (
        "日期,主体ID,主体类型,主体名称,展现量,点击量,花费,"
        + ",".join(f"指标{k}" for k in range(53)),
        _wide,
    ),
    "orders": ("订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,订单付款时间 ", _orders),
}


def write(folder: Path, shape: str, rows: int) -> tuple[Path, Path]:
    """The same table twice: UTF-8 and GB18030."""
    head, row = SHAPES[shape]
    with (
        (folder / "u.csv").open("w", encoding="utf-8") as utf8,
        (folder / "g.csv").open("w", encoding="gb18030") as gb,
    ):
        for out in (utf8, gb):
            out.write(head + "\n")
        for i in range(rows):
            line = ",".join(row(i)) + "\n"
            utf8.write(line)
            gb.write(line)
    return folder / "u.csv", folder / "g.csv"


def ours(file: str) -> None:
    from optimizer.data.importers import read_exports

    with read_exports("auto", [file]) as found:
        assert not found.problems, found.problems
        found.write(file + ".out.csv")


def theirs(file: str) -> None:
    import duckdb

    duckdb.connect().execute("CREATE TABLE t AS FROM read_csv(?)", [file])


def measure(side: str, file: str) -> None:
    """Read one file several times: wall-clock and processor seconds of each, and this process's peak memory in MB."""
    work = {"ours": ours, "theirs": theirs}[side]
    work(file)
    wall, busy = [], []
    for _ in range(TIMES):
        start, before = time.perf_counter(), _busy()
        work(file)
        wall.append(time.perf_counter() - start)
        busy.append(_busy() - before)
    print(
        json.dumps(
            [
                statistics.median(wall),
                statistics.median(busy),
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            ]
        )
    )


def _busy() -> float:
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def _apart(side: str, file: Path) -> list[float]:
    told = subprocess.run(
        [sys.executable, __file__, side, str(file)], check=True, capture_output=True, text=True
    )
    found: list[float] = json.loads(told.stdout)
    return found


def main(rows: int, shapes: list[str]) -> None:
    for shape in shapes or list(SHAPES):
        with tempfile.TemporaryDirectory() as name:
            utf8, gb = write(Path(name), shape, rows)
            base, mine = _apart("theirs", utf8), _apart("ours", gb)
            print(
                f"{shape:10} {gb.stat().st_size / 2**20:5.0f} MB: DuckDB utf-8 {base[0]:.2f} s, import gb18030 {mine[0]:.2f} s, ratio {mine[0] / base[0]:.1f} "
                f"(processor {base[1]:.2f} and {mine[1]:.2f} s: {mine[1] / base[1]:.1f}); peak memory {mine[2]:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] in (["ours"], ["theirs"]):
        measure(*sys.argv[1:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2:])
