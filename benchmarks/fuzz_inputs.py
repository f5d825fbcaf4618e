"""Command lines to fuzz with: changed files of every kind, sets of options, and the walk of
`tests/test_gate.py`. The same seed and number make the same command line.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import duckdb
import pandas as pd
import test_gate

Words = tuple[str, ...]
SCENARIO = """\
name: Little
currency: CNY
horizon: 4
budget: 900
goal: customers
value_per_customer: 90
channels:
  a: {curve: {saturating: {ceiling: 30, half_spend: 300}}, max: 600}
  b: {curve: {pieces: [[300, 12], [300, 5]]}}
rules:
  - {max_cac: 90}
  - {min_share: 0.2, of: a}
"""
FITTED = """\
name: Fitted
currency: CNY
period: week
horizon: 2
budget: 500
value_per_customer: 90
attribution: {model: last}
data: {events: events.csv, spend: spend.csv}
"""
TOKENS = (
    *(
        "",
        " ",
        "nan",
        "inf",
        "1e999",
        "-1",
        "0",
        "9" * 400,
        "1e16",
        "²",
        "٣",
        "0x10",
        "１２",
        "1,5",
    ),
    *(
        "1.234,5",
        "$5",
        "5%",
        "-0",
        "TRUE",
        "null",
        "~",
        "#REF!",
        "=1+1",
        "@x",
        "\t",
        "\0",
        "\x1b[2J",
    ),
    *("\u202e", "\ufeff", "\ufffe", "😀", "1900-02-29", "0000-00-00", "9999-12-31", "2026-13-45"),
    *(
        "24:61",
        "1月",
        "今天",
        "a > b",
        " > ",
        ">",
        "a" * 3000,
        "'",
        '"',
        '""',
        "\r",
        "\n",
        ",",
        ";",
    ),
    *(
        "../x",
        "C:\\x",
        "file:///etc/passwd",
        "{}",
        "[]",
        "[[[[",
        "&a",
        "*a",
        "!!python/object:os",
        "|",
    ),
    *(
        "- ",
        ": ",
        "#",
        "<b>",
        "%s",
        "{x}",
        "$(id)",
        "; DROP TABLE t",
        "1_000",
        "1e-320",
        "10000000000",
    ),
)
TRUTHS: dict[str, tuple[str, ...]] = {
    "--model": ("last", "linear", "markov", "shapley", "time_decay", "position", "first", "no"),
    "--set": (
        "budget=100",
        "horizon=2",
        "goal=revenue",
        "rules.max_cac=5",
        "budget=",
        "x=1",
        "=",
        "a.b.c=1",
    ),
    "--over": (
        "budget=100,200",
        "budget",
        "exposure",
        "max_cac",
        "max_cac:a",
        "horizon=1,2",
        "goal=a,b",
    ),
    "--order": ("1", "2", "auto", "1,2", "3,1", "0"),
    "--like": ("channelattribution", "mam", "do-attribution", "x"),
    "--column": (
        "user_id=uid",
        "value=value",
        "channel=event",
        "x=y",
        "spend=value",
        "=",
        "period=timestamp",
    ),
    "--calibrate": ("a=0.7", "a=0", "b=2", "zz=1", "a=-1", "a=1e300"),
    "--group": ("ga4", "x=a.*", "x=(", "(a+)+=b"),
    "--difference": ("untested", "organic", "total", "b"),
    "--truncate": ("longest", "3", "0", "100000"),
    "--position": ("0.4,0.2,0.4", "1,0,0", "1,1,1", "0,0,0", "-1,1,1"),
    "--timezone": ("Asia/Shanghai", "UTC", "+08:00", "Mars"),
    "--memory": ("1GB", "100MB", "1KB", "9999TB", "x"),
    "--cuts": (
        "recency=30,90",
        "frequency=2,5",
        "monetary=1,2",
        "recency=",
        "x=1",
        "recency=90,30",
    ),
    "--benchmark": ("ctr=0.02", "decision=0.3", "x=1", "ctr=x"),
    "--offer": ("at_risk=2.5,0.04", "lost=1,2,3", "x=1,1"),
    "--knob": ("seen=0", "noise=1e9", "organic=2", "x=1", "heavy=1"),
    "--world": ("stages", "goodwill", "direct_response", "x"),
    "--unit": ("value=万", "spend=分", "x=y"),
    "--dialect": ("duckdb", "postgres", "spark", "oracle"),
    "--segment": ("new", "x"),
    "--conversion": ("purchase", "touch", "x"),
    "--touch": ("touch", "purchase", "x"),
    "--currency": ("CNY", "USD", "XXX", "元"),
    "--at": ("2026-02-01", "2020-01-01", "9999-12-31", "today"),
    "--since": ("2026-01-05", "2027-01-01", "x"),
    "--zone": ("UTC", "Asia/Shanghai", "x"),
    "--tiers": ("1,2,3", "3,2,1", "1", "x"),
    "--template": ("new_brand", "too_tight", "x"),
}


class Materials:
    """The files that are changed, made once in a folder of one worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        events = "user_id,timestamp,channel,event,value,segment\n" + "".join(
            f"u{i // 4},2026-01-{1 + i:02d} 10:0{i % 10}:00,{('a', 'b/k', 'c')[i % 3]},"
            f"{'purchase' if i % 4 == 3 else 'touch'},{i if i % 4 == 3 else ''},new\n"
            for i in range(24)
        )
        spend = "period,channel,spend,clicks\n" + "".join(
            f"2026-01-{5 + 7 * (i // 2):02d},{'ab'[i % 2]},{20 + i},{i}\n" for i in range(8)
        )
        orders = "order_id,user_id,timestamp,value\n" + "".join(
            f"o{i},u{i % 5},2026-01-{1 + i:02d},{10 + i}\n" for i in range(20)
        )
        test = "arm,visitors,conversions\na,1000,30\nb,1010,45\n"
        geo = "region,period,value,treated\n" + "".join(
            f"r{r},2026-01-{1 + d:02d},{10 + r + d % 3 + (2 if r < 2 and d > 13 else 0)},{int(r < 2)}\n"
            for r in range(6)
            for d in range(20)
        )
        export = "日期,计划名称,展现量,点击量,消费(元)\n" + "".join(
            f"2026-01-{1 + i:02d},计划{i % 3},{1000 + i},{10 + i},9{i}.5\n" for i in range(9)
        )
        totals = "period,new_customers,revenue\n" + "".join(
            f"2026-01-{5 + 7 * i:02d},{9 + i},{900 + i}\n" for i in range(4)
        )
        self.raw: dict[str, bytes] = {
            name: text.encode()
            for name, text in {
                "events.csv": events,
                "spend.csv": spend,
                "orders.csv": orders,
                "test.csv": test,
                "geo.csv": geo,
                "export.csv": export,
                "totals.csv": totals,
                "paths.csv": "path,conversions,value,nulls\na > b,3,9,1\nb,2,4,5\na > a > c,1,1,0\n",
                "scenario.yaml": SCENARIO,
                "fitted.yaml": FITTED,
                "mapping.yaml": "columns: {spend: clicks}\naliases: {x: [a, b]}\ndecimal: .\n",
            }.items()
        }
        self.raw["export.gbk.csv"] = export.encode("gb18030")
        for name in ("events", "paths", "orders"):
            self._other_forms(name)
        for name, data in self.raw.items():
            if name != "mapping.yaml":  # it would be heeded
                (folder / name).write_bytes(data)

    def _other_forms(self, name: str) -> None:
        """A table as a workbook, parquet, databases, packed, JSON."""
        table = pd.read_csv(io.BytesIO(self.raw[f"{name}.csv"]))
        made = {
            form: self.folder / f"{name}.{form}" for form in ("xlsx", "parquet", "sqlite", "duckdb")
        }
        table.to_excel(made["xlsx"], index=False)
        table.to_parquet(made["parquet"])
        with sqlite3.connect(made["sqlite"]) as lite:
            table.to_sql("t", lite, index=False, if_exists="replace")
        lite.close()
        made["duckdb"].unlink(missing_ok=True)
        with duckdb.connect(str(made["duckdb"])) as duck:
            duck.register("x", table)
            duck.execute("CREATE TABLE t AS SELECT * FROM x")
        for form, file in made.items():
            self.raw[f"{name}.{form}"] = file.read_bytes()
        self.raw[f"{name}.csv.gz"] = gzip.compress(self.raw[f"{name}.csv"])
        self.raw[f"{name}.json"] = table.to_json(orient="records").encode()
        packed = self.folder / f"{name}.zip"
        with zipfile.ZipFile(packed, "w") as into:
            into.writestr(f"{name}.csv", self.raw[f"{name}.csv"])
        self.raw[f"{name}.zip"] = packed.read_bytes()


def byte_changes(raw: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, left out, doubled or put in."""
    out = bytearray(raw)
    for __ in range(dice.randrange(1, 6)):
        place = dice.randrange(len(out) + 1)
        match dice.randrange(5):
            case 0 if place < len(out):
                out[place] = dice.randrange(256)
            case 1:
                del out[place : place + dice.choice((1, 2, 20, len(out)))]
            case 2:
                out[place:place] = out[: dice.randrange(40)]
            case 3:
                out[place:place] = dice.choice(TOKENS).encode()
            case __:
                out[place:place] = bytes([dice.choice((0, 9, 10, 13, 27, 34, 44, 92, 127, 255))])
    return bytes(out)


def word_changes(raw: bytes, dice: random.Random) -> bytes:
    """A word or number for another, lines doubled, left out, in another order; another encoding."""
    text = raw.decode("utf-8", "replace")
    for __ in range(dice.randrange(1, 4)):
        parts = re.split(r"([\w./+-]+)", text)
        lines = text.split("\n")
        match dice.randrange(6):
            case 0 | 1 | 2 if len(parts) > 2:
                parts[dice.randrange(len(parts) // 2) * 2 + 1] = dice.choice(TOKENS)
                text = "".join(parts)
            case 3:
                lines.insert(dice.randrange(len(lines)), dice.choice(lines))
                text = "\n".join(lines)
            case 4:
                del lines[dice.randrange(len(lines))]
                text = "\n".join(lines)
            case __:
                dice.shuffle(lines)
                text = "\n".join(lines)
    code = dice.choice(("utf-8",) * 6 + ("utf-16", "utf-8-sig", "gb18030", "latin-1"))
    return text.encode(code, "replace")


def changed(stuff: Materials, dice: random.Random) -> Words:
    """A command on a file that was changed."""
    name = dice.choice(sorted(stuff.raw))
    raw = stuff.raw[name]
    plain = name.endswith((".csv", ".yaml", ".json"))
    change: Callable[[bytes, random.Random], bytes] = (
        word_changes if plain and dice.random() < 0.6 else byte_changes
    )
    target = stuff.folder / f"changed-{name}"
    if name == "mapping.yaml":
        (stuff.folder / "mapped").mkdir(exist_ok=True)
        target = stuff.folder / "mapped" / name
        (target.parent / "spend.csv").write_bytes(stuff.raw["spend.csv"])
    target.write_bytes(change(raw, dice))
    file = str(target)
    what = name.split(".")[0]
    if name.endswith((".sqlite", ".duckdb")):
        file += dice.choice(("::t", "::t", "::SELECT * FROM t", "::none", ""))
    return _command(what, file, target, dice)


def _command(what: str, file: str, target: Path, dice: random.Random) -> Words:
    """A command that reads such a file."""
    solve = ("check", "check", "plan", "plan", "compare", "frontier", "report")
    use = {
        "scenario": solve,
        "fitted": ("check", "check", "check", "plan", "attribute", "metrics"),
        "test": ("experiment",),
        "geo": ("experiment",),
        "orders": ("rfm", "rfm", "import", "map", "metrics"),
        "paths": ("attribute", "attribute", "validate", "import", "map"),
        "events": ("attribute", "validate", "metrics", "rfm", "import", "map"),
    }
    command = dice.choice(use.get(what, ("import", "import", "map", "metrics", "new")))
    if what == "mapping":
        file = str(target.parent / "spend.csv")
    match command:
        case "import":
            return ("import", "auto", file, *dice.choice((("--dry-run",), ("--out", "o.csv"))))
        case "plan":
            return ("plan", file, *dice.choice((("--no-report",), ("--out", "o"))))
        case "compare":
            return ("compare", file, "--over", "budget=400,900")
        case "frontier":
            return ("frontier", file, "--steps", "3")
        case "report":
            return ("report", file, "--out", "o")
        case "new":
            return ("new", "fresh", "--from", file)
        case "experiment" if what == "geo":
            return ("experiment", file, "--start", "2026-01-15")
        case "map":
            return ("map", file, "--set", dice.choice(("currency=CNY", "channel=x", "decimal=,")))
    return (command, file)


def _value(option: click.Option, stuff: Materials, dice: random.Random) -> str:
    """A value for an option: mostly one that means something."""
    name = option.opts[-1]
    if dice.random() < 0.25:
        return dice.choice(TOKENS)
    if name in TRUTHS:
        return dice.choice(TRUTHS[name])
    if isinstance(option.type, click.Choice):
        return dice.choice(list(option.type.choices))
    if isinstance(option.type, click.types.IntParamType):
        return dice.choice(("0", "1", "2", "3", "7", "2026", "50"))
    if isinstance(option.type, click.types.FloatParamType):
        return dice.choice(("0", "0.1", "0.5", "1", "2", "30", "-1", "1e9", "1e-9"))
    if isinstance(option.type, click.DateTime):
        return "2026-01-05"
    if name in ("--out", "--charts", "--workbook", "--journeys", "--report"):
        return dice.choice(("o", "o.csv", "o/deep/o.parquet", "o.xlsx"))
    files = ("spend.csv", "orders.csv", "paths.csv", "scenario.yaml", "events.csv")
    return dice.choice(("a", "b", "x", *(str(stuff.folder / name) for name in files)))


SOURCES = {
    "attribute": ("events.csv", "paths.csv", "fitted.yaml"),
    "validate": ("events.csv", "paths.csv"),
    "metrics": ("events.csv", "spend.csv", "fitted.yaml"),
    "rfm": ("orders.csv", "events.csv"),
    "experiment": ("test.csv", "geo.csv"),
    "import": ("export.csv", "spend.csv", "orders.csv"),
    "map": ("spend.csv", "export.csv"),
}
DEAR = {"demo", "report", "simulate"}  # seconds of work, where the options are sound


def option_set(stuff: Materials, dice: random.Random) -> Words:
    """A command with several options at once, most of which mean something."""
    names = [(name, command) for name, command in test_gate.commands() if name not in DEAR]
    name, command = dice.choice(names)
    words: list[str] = [name]
    source = str(stuff.folder / dice.choice(SOURCES.get(name, ("scenario.yaml",))))
    match name:
        case "import":
            words += ["auto", source]
        case "new":
            words += ["fresh"]
        case "list" | "completion":
            words += [dice.choice(list(command.params[0].type.choices))]  # type: ignore[attr-defined]
        case "doctor":
            pass
        case __:
            words += [source]
    options = [
        p for p in command.params if isinstance(p, click.Option) and "--engine" not in p.opts
    ]
    for option in dice.sample(options, min(len(options), dice.randrange(1, 6))):
        if option.is_flag and not isinstance(option.flag_value, str):
            words.append(option.opts[0])
        elif option.is_flag:
            words.append(option.opts[-1])
        else:
            words.append(f"{option.opts[-1]}={_value(option, stuff, dice)}")
    if name == "attribute" and not any(w.startswith(("--intervals", "--order")) for w in words):
        words += ["--intervals=5"] if dice.random() < 0.2 else []
    return tuple(words)
