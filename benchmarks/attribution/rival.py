"""One tool on one path table, in the tool's own environment: rival.py TOOL FILE ORDER [LIMIT] -> a line of JSON.

seconds, processor: from the csv file to conversions by channel (imports not counted), on the clock and of all cores; megabytes: the process's peak; credit:
conversions by channel, as the tool gives them.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings

warnings.simplefilter("ignore")


def ours(file, order):
    import duckdb  # noqa: F401
    import pyarrow.compute
    import pyarrow.csv  # noqa: F401

    import optimizer.data.paths
    import optimizer.data.tables
    import optimizer.journeys.counting  # noqa: F401
    from optimizer.attribution.attribute import attribute

    yield
    credit = attribute(file, ["markov"], order=order).credits[0]
    yield dict(zip(credit.channels, credit.conversions.tolist(), strict=True))


def channelattribution(file, order):
    import ChannelAttribution as tool
    import pandas as pd

    yield
    data = pd.read_csv(file)
    found = tool.markov_model(
        data,
        "path",
        "total_conversions",
        var_value="total_conversion_value",
        var_null="total_null",
        order=order,
        sep=">",
        ncore=1,
        seed=1,
        verbose=False,
        flg_pro=False,
    )
    found = found["result"] if isinstance(found, dict) else found
    yield dict(zip(found["channel_name"], found["total_conversions"].astype(float), strict=True))


def do_attribution(file, order):
    import pandas as pd
    from do_attribution import MarkovAttribution

    yield
    data = pd.read_csv(file)
    won, lost = data[data.total_conversions > 0], data[data.total_null > 0]
    paths = pd.concat([won.path, lost.path])
    flags = [1] * len(won) + [0] * len(lost)
    weights = pd.concat([won.total_conversions, lost.total_null])
    found = MarkovAttribution(order=order, removal_strategy="redirect_to_null").fit(
        list(paths), flags, weights=list(weights.astype(float))
    )
    total = float(data.total_conversions.sum())
    yield {name: share * total for name, share in found["attribution"].items()}


def mam(file, order):
    import polars as pl
    from mam.core import MAM

    if order != 1:
        raise SystemExit("order 1 only")
    yield
    data = pl.read_csv(file)
    parts = [
        data.filter(pl.col(column) > 0).select(
            "path", pl.col(column).alias("occurrences"), pl.lit(flag).alias("won")
        )
        for column, flag in (("total_conversions", True), ("total_null", False))
    ]
    result = MAM(
        pl.concat(parts),
        format_type="grouped_journey",
        channels_colname="path",
        journey_with_conv_colname="won",
        occurrences_colname="occurrences",
        path_separator=" > ",
    ).run_markov()
    effects = result.metadata["removal_effect"]["removal_effect"]
    total = float(data["total_conversions"].sum())
    yield {name: float(x) / float(effects.sum()) * total for name, x in effects.items()}


def pychattr(file, order):
    import numpy as np
    import pandas as pd

    for name, kind in (
        ("int", int),
        ("float", float),
        ("bool", bool),
    ):  # written for an older numpy
        if name not in np.__dict__:
            setattr(np, name, kind)
    from pychattr.channel_attribution import MarkovModel

    yield
    data = pd.read_csv(file)  # its documentation asks for one row per journey
    parts = [
        pd.DataFrame(
            {
                "path": np.repeat(data.path.str.replace(" > ", ">>>").to_numpy(), data[column]),
                "won": won,
                "lost": 1 - won,
            }
        )
        for column, won in (("total_conversions", 1), ("total_null", 0))
    ]
    model = MarkovModel(
        path_feature="path",
        conversion_feature="won",
        null_feature="lost",
        separator=">>>",
        k_order=order,
        n_simulations=10_000,
        return_transition_probs=True,
        random_state=1,
    )
    model.fit(pd.concat(parts, ignore_index=True))
    found = model.attribution_model_
    columns = list(found.columns)
    yield dict(zip(found[columns[0]], found[columns[1]].astype(float), strict=True))


def mta(file, order):
    from mta.mta import MTA

    if order != 1:
        raise SystemExit("order 1 only")
    yield
    import pandas as pd

    data = pd.read_csv(file)
    model = MTA(data, allow_loops=True, add_timepoints=False).markov(sim=False, normalize=True)
    total = float(data.total_conversions.sum())
    yield {name: float(x) * total for name, x in model.attribution["markov"].items()}


def peak() -> float:
    """The process's peak memory, MB (ru_maxrss would count the parent's, from before exec)."""
    with open("/proc/self/status") as status:
        return next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


TOOLS = {
    "ours": ours,
    "ChannelAttribution": channelattribution,
    "do-attribution": do_attribution,
    "MAM": mam,
    "pychattr": pychattr,
    "mta": mta,
}

if __name__ == "__main__":
    tool, file, order = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = TOOLS[tool](file, order)
    next(work)
    if len(sys.argv) > 4:  # processor seconds after which it is given up
        limit = int(float(sys.argv[4]))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    start, processor = time.perf_counter(), time.process_time()
    credit = next(work)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "processor": time.process_time() - processor,
                "megabytes": peak(),
                "credit": {str(name): float(x) for name, x in credit.items()},
            }
        )
    )
