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
        out.append(
            [
                f"2026-08-{1 + i % 28:02d}",
                str(7_000_000_000 + i),
                f"{rng.randrange(100, 999999) / 100:,.2f}",
                f"{shown:,}",
                str(clicked),
                f"{clicked / shown:.2%}",
                str(rng.randrange(99)),
            ]
        )
    return out


def sycm(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        ["生意参谋"],
        ["统计日期", "商品ID", "商品名称", "商品访客数", "支付买家数", "支付金额", "成功退款金额"],
    ]
    return out + [
        [
            f"2026-08-{1 + i % 28:02d}",
            str(6 * 10**11 + i),
            rng.choice(WORDS),
            f"{rng.randrange(99999):,}",
            str(rng.randrange(999)),
            f"{rng.randrange(9999999) / 100:,.2f}",
            "-",
        ]
        for i in range(rows)
    ]


def jingzhuntong(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["日期", "跟单SKU ID", "产品线", "展现数", "点击数", "花费", "总订单金额"]]
    return out + [
        [
            f"202608{1 + i % 28:02d}",
            str(10**11 + i),
            "京东快车\t",
            str(rng.randrange(9999)),
            str(rng.randrange(99)),
            f"{rng.randrange(99999) / 100:.2f}",
            f"{rng.randrange(99999) / 100:.2f}",
        ]
        for i in range(rows)
    ]


def orders(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["order_id", "user_id", "timestamp", "value"]]
    return out + [
        [
            str(10**15 + i),
            f"u{rng.randrange(rows)}",
            f"2026-08-{1 + i % 28:02d} 10:{i % 60:02d}:00",
            f"{rng.randrange(99999) / 100:.2f}",
        ]
        for i in range(rows)
    ]


def prices(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["博主昵称", "粉丝数(万)", "图文报价", "视频报价"]]
    return out + [
        [
            rng.choice(WORDS) + str(i),
            f"{rng.randrange(1, 999) / 10}",
            f"￥{rng.randrange(300, 30000):,}",
            "无接单权限",
        ]
        for i in range(rows)
    ]


def shopify(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        [
            "Name",
            "Email",
            "Financial Status",
            "Currency",
            "Total",
            "Created at",
            "Lineitem quantity",
            "Lineitem name",
        ]
    ]
    for i in range(rows):
        out.append(
            [
                f"#{1000 + i}",
                f"u{i % 7}@x.com",
                "paid",
                "USD",
                f"{rng.randrange(99999) / 100:.2f}",
                f"2026-08-{1 + i % 28:02d} 10:00:00 +0800",
                "1",
                rng.choice(WORDS),
            ]
        )
        if i % 3 == 0:
            out.append([f"#{1000 + i}", f"u{i % 7}@x.com", "", "", "", "", "2", rng.choice(WORDS)])
    return out


def qianchuan(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        [
            "账户ID",
            "计划ID",
            "日期",
            "消耗(元)",
            "展示次数",
            "点击次数",
            "7日总支付ROI",
            "直接成交订单数",
            "直接成交金额(元)",
        ]
    ]
    return out + [
        [
            "17",
            str(178 * 10**16 + i),
            f"2026/8/{1 + i % 28}",
            f"{rng.randrange(999999) / 100:,.2f}",
            f"{rng.randrange(1000, 99999):,}",
            str(rng.randrange(99)),
            "2.1",
            str(rng.randrange(9)),
            f"{rng.randrange(9999)}",
        ]
        for i in range(rows)
    ]


def wanxiangtai(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        [
            "日期",
            "计划ID",
            "主体ID",
            "主体名称",
            "展现量",
            "点击量",
            "花费",
            "投入产出比",
            "总成交金额",
            "成交新客数",
        ]
    ]
    return out + [
        [
            f"2026-08-{1 + i % 28:02d}",
            str(7 * 10**10 + i),
            str(6 * 10**17 + i),
            rng.choice(WORDS),
            str(rng.randrange(1000, 9999)),
            str(rng.randrange(99)),
            f"{rng.randrange(99999) / 100:.2f}",
            "",
            f"{rng.randrange(9999)}",
            str(rng.randrange(9)),
        ]
        for i in range(rows)
    ]


def tencent(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["日期", "广告ID", "曝光次数", "点击次数", "花费", "下单量", "下单金额"]]
    return out + [
        [
            f"2026-08-{1 + i % 28:02d}",
            str(10**9 + i),
            str(rng.randrange(1000, 9999)),
            str(rng.randrange(99)),
            f"{rng.randrange(99999) / 100:.2f}",
            str(rng.randrange(9)),
            f"{rng.randrange(9999)}",
        ]
        for i in range(rows)
    ]


def shangzhi(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["日期", "商品编号", "商品访客数", "成交单量", "成交客户数", "成交金额"]]
    return out + [
        [
            f"202608{1 + i % 28:02d}",
            str(10**11 + i),
            f"{rng.randrange(99999):,}",
            str(rng.randrange(99)),
            str(rng.randrange(99)),
            f"￥{rng.randrange(9999999) / 100:,.2f}",
        ]
        for i in range(rows)
    ]


def tmall(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["订单编号", "买家会员名", "买家实际支付金额", "订单状态", "订单付款时间 ", "宝贝标题"]]
    return out + [
        [
            f'="{223344 * 10**13 + i}"',
            f"买家{rng.randrange(rows)}",
            f"{rng.randrange(999999) / 100:,.2f}",
            "交易成功",
            f"2026/8/{1 + i % 28} {i % 24}:{i % 60:02d}",
            rng.choice(WORDS),
        ]
        for i in range(rows)
    ]


def appsflyer(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        [
            "Attributed Touch Time",
            "Event Time",
            "Event Name",
            "Event Revenue",
            "Media Source",
            "AppsFlyer ID",
        ]
    ]
    return out + [
        [
            "2026-07-01 10:00:00",
            f"2026-08-{1 + i % 28:02d} 10:{i % 60:02d}:00",
            "af_purchase",
            f"{rng.randrange(99999) / 100:.2f}",
            "tiktok_int",
            f"167-{i}",
        ]
        for i in range(rows)
    ]


def ga4(rng: random.Random, rows: int) -> list[list[str]]:
    out = [
        [
            "event_timestamp",
            "event_name",
            "event_params",
            "user_pseudo_id",
            "event_bundle_sequence_id",
            "ecommerce.purchase_revenue",
        ]
    ]
    return out + [
        [
            str(1786 * 10**12 + i * 10**6),
            "purchase",
            '[{"key": "source", "value": {"string_value": "google"}}]',
            f"u.{i}",
            str(i),
            f"{rng.randrange(99999) / 100:.2f}",
        ]
        for i in range(rows)
    ]


def plan_of_a_founder(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["日期", "渠道", "花费", "曝光"]]
    return out + [
        [
            f"2026年8月{1 + i % 28}日",
            rng.choice(WORDS),
            f"{rng.randrange(1, 9999) / 100}万",
            f"{rng.randrange(99)}万",
        ]
        for i in range(rows)
    ]


def events(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["user_id", "timestamp", "channel", "event", "value"]]
    return out + [
        [
            f"u{i}",
            f"2026-08-{1 + i % 28:02d} 10:{i % 60:02d}:{j:02d}",
            "口红" if kind == "touch" else "",
            kind,
            f"{rng.randrange(99999) / 100:.2f}" if kind == "purchase" else "",
        ]
        for i in range(rows)
        for j, kind in enumerate(("touch", "purchase"))
    ]


def spend(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["period", "channel", "spend", "clicks"]]
    return out + [
        [
            f"2026-{1 + i // 28 % 12:02d}-{1 + i % 28:02d}",
            rng.choice(WORDS),
            f"{rng.randrange(99999) / 100:.2f}",
            str(i),
        ]
        for i in range(rows)
    ]


def paths(rng: random.Random, rows: int) -> list[list[str]]:
    out = [["path", "conversions", "value", "nulls"]]
    return out + [
        [
            " > ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 5))),
            str(rng.randrange(99)),
            f"{rng.randrange(9999)}",
            str(rng.randrange(999)),
        ]
        for _ in range(rows)
    ]


# Tables that `optimizer plan` and `optimizer attribute` open themselves: reader -> the sum of its main number.
READERS = {"events": (events, "value"), "spend": (spend, "spend"), "paths": (paths, "conversions")}
WORLDS = {
    "xhs_juguang": (juguang, "spend"),
    "sycm": (sycm, "gmv"),
    "jingzhuntong": (jingzhuntong, "spend"),
    "plain_orders": (orders, "value"),
    "creator_prices": (prices, "post_price"),
    "shopify": (shopify, "value"),
    "qianchuan": (qianchuan, "spend"),
    "wanxiangtai": (wanxiangtai, "spend"),
    "tencent_ads": (tencent, "spend"),
    "jd_shangzhi": (shangzhi, "gmv"),
    "tmall_orders": (tmall, "value"),
    "appsflyer": (appsflyer, "value"),
    "ga4": (ga4, "value"),
    "plain_spend": (plan_of_a_founder, "spend"),
}


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
    kind = rng.choice(
        [
            "flip",
            "flip_many",
            "cut_bytes",
            "cut_rows",
            "cut_cells",
            "swap_columns",
            "swap_header",
            "mix",
            "repeat_column",
            "drop_column",
            "insert",
            "quotes",
            "nulls",
            "shuffle",
        ]
    )
    rows = [list(row) for row in rows]
    if kind == "cut_rows" and len(rows) > head + 2:
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
        data[place:place] = rng.choice(
            [b",", b"\n", b'"', b"\xff\xfe", b"\x00", b"=cmd()", "合计".encode(), b"9"]
        )
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


def attempt(name: str, path: Path, platform: str = "auto", main: str = "") -> Outcome:
    """Read a file as an export of a platform, or as one of the tables in READERS. UserError where it is refused at once.

    main: the column that is added up, of an export that is none of the WORLDS.
    """
    if name in READERS and not main:
        return _opened(name, path)
    main = main or WORLDS[name][1]
    with read_exports(platform, [path], Choices()) as found:
        if found.problems:
            return Outcome("\n".join(map(str, found.problems)), None, 0, ())
        if not found.rows:
            return Outcome("no rows", None, 0, found.notes)
        frame = found.frame()
        total = float(frame[main].sum()) if main in frame else None
        return Outcome(None, total, len(frame), (*found.notes, *found.warnings))


def _opened(name: str, path: Path) -> Outcome:
    from optimizer.data.open import open_events, open_paths, read_spend

    if name == "spend":
        table = read_spend(str(path))
        return Outcome(None, float(table.frame["spend"].sum()), len(table.frame), table.notes)
    opened = open_events(str(path)) if name == "events" else open_paths(str(path))
    total = opened.engine.frame(
        f"SELECT sum({READERS[name][1]}) AS s, count(*) AS n FROM {opened.table}"
    )
    return Outcome(None, float(total["s"][0] or 0.0), int(total["n"][0]), opened.notes)


def made(name: str, rng: random.Random, rows: int) -> list[list[str]]:
    """The table of a world, header first."""
    out: list[list[str]] = {**WORLDS, **READERS}[name][0](rng, rows)
    return out


def intact_values(name: str, rows: list[list[str]]) -> list[float]:
    """The main number of every row, as it was written before the mutation."""
    headers = {
        "xhs_juguang": "消费",
        "sycm": "支付金额",
        "jingzhuntong": "花费",
        "plain_orders": "value",
        "creator_prices": "图文报价",
        "shopify": "Total",
        "qianchuan": "消耗(元)",
        "wanxiangtai": "花费",
        "tencent_ads": "花费",
        "jd_shangzhi": "成交金额",
        "tmall_orders": "买家实际支付金额",
        "appsflyer": "Event Revenue",
        "ga4": "ecommerce.purchase_revenue",
        "plain_spend": "花费",
        "events": "value",
        "spend": "spend",
        "paths": "conversions",
    }
    head = next(i for i, row in enumerate(rows) if len(row) > 1)
    at = rows[head].index(headers[name])
    return [
        float(row[at].replace(",", "").replace("￥", "").replace("万", ""))
        * (1e4 if row[at].endswith("万") else 1)
        for row in rows[head + 1 :]
        if row[at]
    ]


def packed(rows: list[list[str]], rng: random.Random) -> tuple[str, bytes]:
    """The table in a container (workbook, zip, gz, parquet, JSON lines), a little damaged: (what was done, the file)."""
    import gzip
    import io
    import json
    import zipfile

    from tests.xls_file import xls

    head = next(i for i, row in enumerate(rows) if len(row) > 1)
    named = len(set(rows[head])) == len(rows[head])  # a frame's columns have names of their own
    kind = rng.choice(["xlsx", "xls", "zip", "gz", *(["parquet", "json"] if named else [])])
    out = io.BytesIO()
    if kind == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell.replace("\t", "") for cell in row])
        book.save(out)
    elif kind == "xls":
        out.write(xls([[cell.replace("\t", "") for cell in row] for row in rows]))
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
            out.write(
                "".join(
                    json.dumps(row, ensure_ascii=False) + "\n" for row in frame.to_dict("records")
                ).encode()
            )
    data = bytearray(out.getvalue())
    done = rng.choice(["flip", "flips", "cut", "none"])
    if done == "cut":
        del data[rng.randrange(8, len(data)) :]
    else:
        for _ in range({"flip": 1, "flips": 30, "none": 0}[done]):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return f"{kind}: {done}", bytes(data)
