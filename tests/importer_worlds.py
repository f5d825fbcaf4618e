"""Seeded mutations of good exports: bytes flipped, rows cut, columns swapped, encodings mixed.

`attempt` reads one mutated file and says what happened: refused, or the sum of its main number. What may never
happen is an exception that is no UserError, a hang, or a number that was lost or made up without a word.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from optimizer.data.importers import Choices, read_exports

WORDS = ["口红", "面膜拉新", "双十一预热", "老客召回", "搜索卡位", "秋季新品"]


def juguang(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["时间", "计划ID", "消费", "展现量", "点击量", "点击率", "互动量"]]
    for i in range(rows):
        shown, clicked = rng.randrange(1000, 90000), rng.randrange(1, 900)
        out.append([f"2026-08-{1 + i % 28:02d}", str(7_000_000_000 + i), f"{rng.randrange(100, 999999) / 100:,.2f}", f"{shown:,}", str(clicked), f"{clicked / shown:.2%}", str(rng.randrange(99))])
    return out


def sycm(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["生意参谋"], ["统计日期", "商品ID", "商品名称", "商品访客数", "支付买家数", "支付金额", "成功退款金额"]]
    return out + [[f"2026-08-{1 + i % 28:02d}", str(6 * 10**11 + i), rng.choice(WORDS), f"{rng.randrange(99999):,}", str(rng.randrange(999)), f"{rng.randrange(9999999) / 100:,.2f}", "-"] for i in range(rows)]


def jingzhuntong(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["日期", "跟单SKU ID", "产品线", "展现数", "点击数", "花费", "总订单金额"]]
    return out + [[f"202608{1 + i % 28:02d}", str(10**11 + i), "京东快车\t", str(rng.randrange(9999)), str(rng.randrange(99)), f"{rng.randrange(99999) / 100:.2f}", f"{rng.randrange(99999) / 100:.2f}"] for i in range(rows)]


def orders(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["order_id", "user_id", "timestamp", "value"]]
    return out + [[str(10**15 + i), f"u{rng.randrange(rows)}", f"2026-08-{1 + i % 28:02d} 10:{i % 60:02d}:00", f"{rng.randrange(99999) / 100:.2f}"] for i in range(rows)]


def prices(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["博主昵称", "粉丝数(万)", "图文报价", "视频报价"]]
    return out + [[rng.choice(WORDS) + str(i), f"{rng.randrange(1, 999) / 10}", f"￥{rng.randrange(300, 30000):,}", "无接单权限"] for i in range(rows)]


def shopify(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name"]]
    for i in range(rows):
        out.append([f"#{1000 + i}", f"u{i % 7}@x.com", "paid", "USD", f"{rng.randrange(99999) / 100:.2f}", f"2026-08-{1 + i % 28:02d} 10:00:00 +0800", "1", rng.choice(WORDS)])
        if i % 3 == 0:
            out.append([f"#{1000 + i}", f"u{i % 7}@x.com", "", "", "", "", "2", rng.choice(WORDS)])
    return out


WORLDS = {"xhs_juguang": (juguang, "spend"), "sycm": (sycm, "gmv"), "jingzhuntong": (jingzhuntong, "spend"), "plain_orders": (orders, "value"),
          "creator_prices": (prices, "post_price"), "shopify": (shopify, "value")}


@dataclass(frozen=True)
class Outcome:
    """refused: the problems as text; else total (of the main number) and rows, with everything that was told."""

    refused: str | None
    total: float | None
    rows: int
    told: tuple[str, ...]


def encode(rows: list[list[str]], rng: random.Random) -> bytes:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))


def mutate(rows: list[list[str]], rng: random.Random) -> tuple[str, bytes]:
    """(what was done, the file)"""
    head = next(i for i, row in enumerate(rows) if len(row) > 1)
    kind = rng.choice(["flip", "flip_many", "cut_bytes", "cut_rows", "cut_cells", "swap_columns", "swap_header", "mix", "repeat_column", "drop_column", "insert", "quotes", "nulls", "shuffle"])
    rows = [list(row) for row in rows]
    if kind == "cut_rows":
        del rows[head + 1 + rng.randrange(len(rows) - head - 2) :]
    elif kind == "cut_cells":
        row = rows[rng.randrange(head + 1, len(rows))]
        del row[rng.randrange(1, len(row)) :]
    elif kind in ("swap_columns", "swap_header"):
        i, j = rng.sample(range(len(rows[head])), 2)
        for row in rows[head:] if kind == "swap_columns" else [rows[head]]:
            row[i], row[j] = row[j], row[i]
    elif kind in ("repeat_column", "drop_column"):
        i = rng.randrange(len(rows[head]))
        for row in rows[head:]:
            row[i : i + 1] = [row[i], row[i]] if kind == "repeat_column" else []
    elif kind == "shuffle":
        body = rows[head + 1 :]
        rng.shuffle(body)
        rows[head + 1 :] = body
    data = bytearray(encode(rows, rng))
    if kind in ("flip", "flip_many"):
        for _ in range(1 if kind == "flip" else rng.randrange(2, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == "cut_bytes":
        del data[rng.randrange(1, len(data)) :]
    elif kind == "insert":
        place = rng.randrange(len(data))
        data[place:place] = rng.choice([b",", b"\n", b'"', b"\xff\xfe", b"\x00", b"=cmd()", "合计".encode(), b"9"])
    elif kind == "quotes":
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = 34
    elif kind == "nulls":
        place = rng.randrange(len(data))
        data[place : place + rng.randrange(1, 50)] = bytes(rng.randrange(1, 50))
    elif kind == "mix":
        text = "\n".join(",".join(f'"{c}"' for c in row) for row in rows) + "\n"
        lines = text.splitlines(keepends=True)
        border = rng.randrange(len(lines))
        a, b = rng.sample(["utf-8", "gb18030", "utf-16-le"], 2)
        data = bytearray("".join(lines[:border]).encode(a) + "".join(lines[border:]).encode(b))
    return kind, bytes(data)


def attempt(name: str, path: Path, platform: str = "auto") -> Outcome:
    main = WORLDS[name][1]
    with read_exports(platform, [path], Choices()) as found:
        if found.problems:
            return Outcome("\n".join(map(str, found.problems)), None, 0, ())
        if not found.rows:
            return Outcome("no rows", None, 0, found.notes)
        frame = found.frame()
        total = float(frame[main].sum()) if main in frame else None
        return Outcome(None, total, len(frame), (*found.notes, *found.warnings))


def intact_values(name: str, rows: list[list[str]]) -> list[float]:
    """The main number of every row, as it was written before the mutation."""
    headers = {"xhs_juguang": "消费", "sycm": "支付金额", "jingzhuntong": "花费", "plain_orders": "value", "creator_prices": "图文报价", "shopify": "Total"}
    head = next(i for i, row in enumerate(rows) if len(row) > 1)
    at = rows[head].index(headers[name])
    return [float(row[at].replace(",", "").replace("￥", "")) for row in rows[head + 1 :] if row[at]]


def packed(rows: list[list[str]], rng: random.Random) -> tuple[str, bytes]:
    """The table in a container (workbook, zip, gz, parquet, JSON lines), a little damaged: (what was done, the file)."""
    import gzip
    import io
    import json
    import zipfile

    kind = rng.choice(["xlsx", "zip", "gz", "parquet", "json"])
    out = io.BytesIO()
    head = next(i for i, row in enumerate(rows) if len(row) > 1)
    if kind == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell.replace("\t", "") for cell in row])
        book.save(out)
    elif kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export.csv", encode(rows, rng))
    elif kind == "gz":
        out.write(gzip.compress(encode(rows, rng)))
    else:
        import pandas as pd

        frame = pd.DataFrame(rows[head + 1 :], columns=rows[head])
        if kind == "parquet":
            frame.to_parquet(out)
        else:
            out.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in frame.to_dict("records")).encode())
    data = bytearray(out.getvalue())
    done = rng.choice(["flip", "flips", "cut", "none"])
    if done == "cut":
        del data[rng.randrange(8, len(data)) :]
    else:
        for _ in range({"flip": 1, "flips": 30, "none": 0}[done]):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return f"{kind}: {done}", bytes(data)
