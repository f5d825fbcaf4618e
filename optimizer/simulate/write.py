"""Write a simulated company as a scenario folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from optimizer.results import disk
from optimizer.simulate.events import START, Events
from optimizer.simulate.truth import Truth

# what such a folder holds
FILES = (
    "scenario.yaml",
    "truth.json",
    "data/events.csv",
    "data/events.parquet",
    "data/orders.csv",
    "data/spend.csv",
)
STAGES = ("awareness", "interest", "decision", "repurchase", "loyalty")
LEADS = {
    "engage": "interest",
    "product_view": "interest",
    "add_to_cart": "decision",
    "purchase": "repurchase",
}


def write(folder: Path, truth: Truth, events: Events, seed: int) -> None:
    """The folder: data/events.csv or .parquet, data/spend.csv, scenario.yaml, truth.json.

    Parameters
    ----------
    folder
        Made ready for a commit, empty.
    truth, events
        As drawn.
    seed
        Said in the scenario's first line.
    """
    disk.make(folder / "data")
    name = _write_events(folder / "data", events)
    _write_spend(folder / "data" / "spend.csv", truth)
    told = json.dumps(truth.as_dict(), ensure_ascii=False, indent=2) + "\n"
    disk.write(folder / "truth.json", told.encode("utf-8"))
    disk.write(folder / "scenario.yaml", _scenario(truth, events, name, seed).encode("utf-8"))


def _write_events(folder: Path, events: Events) -> str:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    def coded(codes: object, names: list[str | None]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int32()), pa.array(names, pa.string())
        ).cast(pa.string())

    channels: list[str | None] = [*events.channels, None]
    digits = len(str(int(events.user.max(initial=0))))
    people = [f"u{i:0{digits}d}" for i in range(int(events.user.max(initial=0)) + 1)]
    stamps = (START.astype("datetime64[s]") + events.second).astype("datetime64[s]")
    table = pa.table(
        {
            "user_id": coded(events.user, list(people)),
            "timestamp": pa.array(stamps, pa.timestamp("s")),
            "channel": coded(
                np.where(events.channel < 0, len(events.channels), events.channel), channels
            ),
            "event": coded(events.kind, list(events.kinds)),
            "value": pa.array(events.value, pa.float64(), from_pandas=True),
        }
    )
    large = len(events.user) > 1_000_000
    name = "events.parquet" if large else "events.csv"
    if large:
        pyarrow.parquet.write_table(table, folder / name, compression="zstd")
    else:
        with (folder / name).open("wb") as stream:
            stream.write((",".join(table.column_names) + "\n").encode())
            pyarrow.csv.write_csv(
                table, stream, pyarrow.csv.WriteOptions(quoting_style="none", include_header=False)
            )
    return name


def _write_spend(target: Path, truth: Truth) -> None:
    lines = ["period,channel,spend"]
    for week, row in enumerate(truth.company.spend):
        monday = START + 7 * week
        lines += [
            f"{monday},{channel},{amount:.2f}"
            for channel, amount in zip(truth.channels, row, strict=True)
        ]
    disk.write(target, ("\n".join(lines) + "\n").encode("utf-8"))


def _scenario(truth: Truth, events: Events, name: str, seed: int) -> str:
    """INTERFACE's form, by hand: this package knows no YAML library, and the text carries its own
    comments.
    """
    world = type(truth.world).__name__
    lines = [
        f"# A simulated company (world {world}, seed {seed}). "
        "What is really true of it: truth.json",
        f"name: Simulated {world.replace('_', ' ')} {seed}",
        "currency: CNY",
        "period: week",
        f"horizon: {truth.terms.horizon}",
        f"budget: {truth.terms.budget:.0f}                "
        f"# about what the last {truth.terms.horizon} weeks cost",
        "goal: customers",
        f"data: {{events: data/{name}, spend: data/spend.csv}}",
        "attribution: {model: lifecycle, lookback_days: 30}",
        "stages:",
    ]
    for stage in STAGES:
        shown = [m for m in events.kinds[1:] if LEADS.get(m) == stage]
        if stage == "loyalty":
            lines.append("  - {name: loyalty, milestones: [purchase], count: 2}")
        elif shown:
            lines.append(f"  - {{name: {stage}, milestones: [{', '.join(shown)}]}}")
        else:
            lines.append(f"  - {{name: {stage}}}")
    lines.append("channels:")
    lines += [
        f"  {channel}: {{max: {high:.0f}}}"
        for channel, high in zip(truth.channels, truth.terms.upper, strict=True)
    ]
    return "\n".join(lines) + "\n"
