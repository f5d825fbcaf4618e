"""What it costs to be wrong: each plan under the curves that another plan believes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer import units
from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import on_curve
from optimizer.report.goals import value_text
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

SAME_BUDGET = 0.01  # budgets this close count as equal
SUMS = ("customers", "revenue")  # goals that are sums over channels' curves
Named = Sequence[tuple[str, Outcome]]


def value_on(spend: Mapping[str, float], outcome: Outcome, goal: str) -> float | None:
    """What a spend would reach by another outcome's curves.

    Parameters
    ----------
    spend
        Currency by channel, over the whole plan.
    outcome
        Whose curves are taken.
    goal
        customers | revenue.

    Returns
    -------
    float | None
        The goal's value; None where a channel has no curve there, or no value per customer.
    """
    total = 0.0
    for channel, money in spend.items():
        if money <= 0:
            continue
        response = outcome.responses.get(channel)
        customers = on_curve(response, money)
        value = 1.0 if goal == "customers" or response is None else response.value_per_customer
        if customers is None or value is None:
            return None
        total += customers * value
    return total


def one_world(found: Named, goal: str) -> bool:
    """Whether the plans rest on the same beliefs: each spend comes to the same by every curves.

    Curves taken near each plan (where stages work together) differ a little; a tenth counts as
    the same world.

    Parameters
    ----------
    found
        (name, outcome) of plans that meet their rules.
    goal
        The goal they all pursue; of one that does not add up over channels this cannot be told, and
        the answer is yes.
    """
    if goal not in SUMS:
        return True
    for __, one in found:
        values = [value_on(one.plan.spend_by_channel(), other, goal) for __, other in found]
        known = [value for value in values if value is not None]
        if known and max(known) - min(known) > 0.1 * max(known):
            return False
    return True


def losses(found: Named, goal: str) -> dict[str, float]:
    """The largest relative loss of each plan, over whose curves turn out to be true.

    Parameters
    ----------
    found
        (name, outcome) of plans that meet their rules.
    goal
        The goal they all pursue: customers | revenue.

    Returns
    -------
    dict
        Name -> relative change, 0 or less; empty where it cannot be told.
    """
    spends = [o.plan.totals.spend for __, o in found if o.plan.totals is not None]
    if goal not in SUMS or _spread(spends) > SAME_BUDGET:
        return {}
    out: dict[str, float] = {}
    for name, outcome in found:
        worst = 0.0
        for __, truth in found:
            reached = value_on(outcome.plan.spend_by_channel(), truth, goal)
            best = value_on(truth.plan.spend_by_channel(), truth, goal)
            if reached is None or not best:
                return {}
            worst = min(worst, units.change(reached, best) or 0.0)
        out[name] = worst
    return out


def safest(found: Mapping[str, float]) -> tuple[str, float]:
    """The plan that loses least in its worst case, and that loss; ("", 0) where none is known.

    Parameters
    ----------
    found
        Name -> relative change in the worst case, 0 or less, as `losses` tells it.
    """
    name = max(found, key=lambda n: (found[n], n), default="")
    return name, found.get(name, 0.0)


def _spread(values: Sequence[float]) -> float:
    """Difference between the largest and the smallest, as a share of the largest."""
    return (max(values) - min(values)) / max(values) if max(values) > 0 else 0.0


def regret(found: Named, goal: str, say: Words) -> Section | None:
    """Each plan under each belief.

    Parameters
    ----------
    found
        Plans of one goal, by name.
    goal
        That goal.
    say
        The reader's words.

    Returns
    -------
    Section or None
        None where no plan loses anything, or where that cannot be told (see `losses`).
    """
    worst = losses(found, goal) if len(found) > 1 else {}
    if all(abs(loss) < 1e-6 for loss in worst.values()):
        return None
    columns = (
        Column(say(_("Carried out")), number=False),
        *(Column(say(_("If {name} is true", name=name))) for name, __ in found),
        Column(say(_("Worst case"))),
    )
    rows = tuple(_row(name, outcome, found, goal, worst[name], say) for name, outcome in found)
    name, loss = safest(worst)
    rows_are = _(
        "Rows: the plan that is carried out. Columns: the curves that turn out to be "
        "true. Rules are not checked again."
    )
    caption = say(_("Each plan, if the curves of each scenario were the true ones"))
    return Section(
        id="wrong",
        title=say(_("What it costs to be wrong")),
        finding=say(
            _(
                "{safest} is the safest choice: whichever of these is true, it loses at most "
                "{loss} of the best result.",
                safest=name,
                loss=say.percent(abs(loss), 1),
            )
        ),
        paragraphs=(say(rows_are),),
        tables=(Table(caption, columns, rows),),
    )


def _row(
    name: str, outcome: Outcome, found: Named, goal: str, worst: float, say: Words
) -> tuple[Cell, ...]:
    """What one plan reaches if each of the others' curves is true."""
    cells = [Cell(name)]
    for truth, believed in found:
        reached = value_on(outcome.plan.spend_by_channel(), believed, goal) or 0.0
        best = value_on(believed.plan.spend_by_channel(), believed, goal) or 0.0
        own = name == truth
        change = "" if own else say.change(units.change(reached, best))
        text = value_text(reached, goal, say)
        cells.append(Cell(text, "dim" if own else "", change, reached))
    return (*cells, Cell(say.change(worst), "bad" if worst < -0.02 else "dim", value=worst))
