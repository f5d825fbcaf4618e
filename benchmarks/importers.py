"""Import of a large GB18030 csv against DuckDB's own read of the same table as UTF-8. Run by hand.

    python benchmarks/importers.py [ROWS]
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from optimizer.data.importers import read_exports

NAMES = ["秋季新品口红", "双十一预热", "面膜拉新人群", "老客召回计划", "搜索卡位"]


def write(folder: Path, rows: int) -> tuple[Path, Path]:
    """The same table twice: UTF-8 and GB18030."""
    with (folder / "u.csv").open("w", encoding="utf-8") as utf8, (folder / "g.csv").open("w", encoding="gb18030") as gb:
        for out in (utf8, gb):
            out.write("日期,计划ID,计划名字,主体ID,展现量,点击量,花费,总成交金额,投入产出比,成交新客数\n")
        for i in range(rows):
            spend, sold = (100 + i % 9999) / 100, (i % 77777) / 100
            line = f"2026-08-{1 + i % 28:02d},{74000000000 + i},{NAMES[i % 5]}{i % 97},{66000000000 + i % 1000},{300 + i % 5000},{i % 300},{spend:.2f},{sold:.2f},{sold / spend:.2f},{i % 7}\n"
            utf8.write(line)
            gb.write(line)
    return folder / "u.csv", folder / "g.csv"


def timed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        utf8, gb = write(Path(name), rows)

        def ours() -> None:
            with read_exports("auto", [gb]) as found:
                assert not found.problems, found.problems
                found.write(Path(name) / "out.csv")

        def theirs() -> None:
            duckdb.connect().execute("CREATE TABLE t AS FROM read_csv(?)", [str(utf8)])

        ours()
        ratios = []
        for _ in range(5):
            base, mine = timed(theirs), timed(ours)
            ratios.append(mine / base)
            print(f"DuckDB utf-8 {base:.2f} s, import gb18030 {mine:.2f} s, ratio {mine / base:.1f}")
        print(f"median ratio {statistics.median(ratios):.1f}; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
