"""Write docs/tutorials/attribution.ipynb from the cells below, so that the notebook is reviewed as text.

.venv/bin/python docs/make_notebook.py
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

TARGET = Path(__file__).parent / "tutorials" / "attribution.ipynb"

CELLS = [
    (
        "md",
        "# Attribution that can be defended\n\nWhat each channel contributed, how sure that is, and whether the data can tell at all. "
        "Everything below runs on events made in the notebook; put the path of your own file in place of `events`.",
    ),
    (
        "py",
        """import numpy as np
import pandas as pd

import optimizer as opt""",
    ),
    (
        "md",
        "## 1. Events\n\nOne row per touch or milestone: `user_id, timestamp, channel, event, value`. Here `feed` wakes interest, "
        "`search` closes, and `direct` comes along. A user who has shown interest buys more readily.",
    ),
    (
        "py",
        """generator = np.random.default_rng(7)
rows = []
for user in range(2000):
    when = pd.Timestamp("2025-03-01") + pd.Timedelta(days=float(generator.uniform(0, 60)))
    interested = False
    for _ in range(generator.integers(1, 7)):
        channel = str(
            generator.choice(
                ["feed", "koc", "search", "direct"],
                p=[0.1, 0.1, 0.5, 0.3] if interested else [0.5, 0.3, 0.1, 0.1],
            )
        )
        rows.append((user, when, channel, "touch", None))
        when += pd.Timedelta(hours=float(generator.exponential(30)))
        if not interested and generator.random() < {"feed": 0.25, "koc": 0.4}.get(channel, 0.02):
            interested = True
            rows.append((user, when, None, "engage", None))
        if generator.random() < (
            0.3 if interested and channel == "search" else 0.05 if interested else 0.01
        ):
            rows.append(
                (user, when, None, "purchase", float(np.round(generator.lognormal(5, 0.4), 2)))
            )
            break
events = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])
events.head()""",
    ),
    (
        "md",
        "## 2. Can these data tell the models apart?\n\nBefore reading credit, ask what the data can carry: do unseen journeys end as "
        "predicted? Which memory (Markov order) predicts best on users that were held out?",
    ),
    (
        "py",
        """from optimizer.attribution.validation import validate

found = validate(events, max_order=3)
print(*found.verdict, sep="\\n")""",
    ),
    (
        "py",
        """pd.DataFrame(
    [
        {
            "model": s.name,
            "order": s.order,
            "log_likelihood": s.log_likelihood,
            "gain": s.end_gain,
            "auc": s.auc,
        }
        for s in found.scores
    ]
).round(4)""",
    ),
    (
        "md",
        "The axiom card: what every model keeps on *these* journeys. A deviation is a share of all credit.",
    ),
    (
        "py",
        """card = pd.DataFrame(
    [(a.model, a.axiom, a.deviation) for a in found.axioms], columns=["model", "axiom", "deviation"]
)
card.pivot(index="model", columns="axiom", values="deviation").round(4)""",
    ),
    (
        "md",
        "## 3. Models side by side, with intervals\n\nIntervals come from resampling users; replicate *i* means the same users in every "
        "model, so differences between models can be judged too.",
    ),
    (
        "py",
        """result = opt.attribute(
    events,
    models=["first", "last", "linear", "shapley", "markov"],
    order=found.order,
    intervals=500,
)
result.to_frame().round(2)""",
    ),
    ("py", """result.compare("last").round(3)"""),
    (
        "py",
        """difference = result["markov"].draws - result["last"].draws
pd.DataFrame(
    np.quantile(difference, [0.05, 0.5, 0.95], axis=0).T,
    index=result["markov"].channels,
    columns=["low", "median", "high"],
).round(1)""",
    ),
    ("py", """result.plot()"""),
    (
        "md",
        "## 4. What is behind a number\n\nA removal effect is reach times conversion. Where do the channel's users come from, where do they go?",
    ),
    (
        "py",
        """from optimizer.attribution.explain import explain

told = explain(events, "search")
print(*told.sentences(), sep="\\n")
told.next""",
    ),
    (
        "md",
        "## 5. By lifecycle stage\n\nThe same chain over stage x channel states: credit adds up by channel and by stage.",
    ),
    (
        "py",
        """staged = opt.attribute(events, models=["markov_stages"]).credits[0]
pd.DataFrame(staged.by_stage, index=staged.channels, columns=staged.stages).round(1)""",
    ),
    (
        "md",
        "## 6. By week, by journey\n\nCredit by the week of the touch is what spend is compared with. Rows add up to the totals.",
    ),
    (
        "py",
        """from optimizer.attribution.by_period import credit_by_period

weekly = credit_by_period(events, "markov", "week", order=found.order)
weekly.pivot(index="period", columns="channel", values="conversions").round(1)""",
    ),
    (
        "py",
        """total = weekly.groupby("channel")["conversions"].sum()
assert np.allclose(total, result["markov"].conversions)
total.round(2)""",
    ),
    ("md", "## 7. The chain itself"),
    (
        "py",
        """from optimizer.journeys.counting import count
from optimizer.journeys.graph import JourneyGraph

graph = JourneyGraph.from_counts(count(events))
print(
    f"conversion rate {graph.conversion_rate():.3f}, without search {graph.conversion_rate(without='search'):.3f}"
)
graph.edges(top=8).round(3)""",
    ),
    (
        "md",
        "Credit is not causation: a channel that only harvests people about to buy earns credit here. The `lifecycle` model and lift "
        "tests are the answer to that; see docs/explanation/attribution.md.",
    ),
]


def notebook() -> nbformat.NotebookNode:
    """The notebook, without outputs; the same bytes every time."""
    cells = []
    for i, (kind, text) in enumerate(CELLS):
        cell = new_markdown_cell(text) if kind == "md" else new_code_cell(text)
        cell["id"] = f"cell-{i:02d}"
        cells.append(cell)
    made = new_notebook(cells=cells)
    made["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return made


if __name__ == "__main__":
    TARGET.write_text(nbformat.writes(notebook()) + "\n", encoding="utf-8")
