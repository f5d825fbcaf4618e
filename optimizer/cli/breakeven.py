"""`optimizer breakeven`: what must this live slot sell?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import click

from optimizer.cli.show import emit, format_option, lang_option, language, table, tell
from optimizer.messages import Message, Text, _
from optimizer.pipeline.breakeven import Breakeven
from optimizer.pipeline.breakeven import breakeven as asked
from optimizer.report.words import Words
from optimizer.scenario import load_scenario

FORMULA = _(
    "customers to sell = cost / (value * (1 - refund rate) * (margin - commission) - refund rate * "
    "cost of a return)"
)
COLUMNS = (
    *("channel", "of", "cost", "value", "kept", "contribution", "commission", "customers", "gmv"),
    *("expected", "profit", "pays"),
)
PAID_FOR = {"slot": _("one slot"), "current": _("today's spend"), "round": _("as an example")}


@click.command(epilog="Example: optimizer breakeven my-brand --of taobao/search")
@click.argument("scenario", type=click.Path())
@click.option("--of", metavar="CHANNEL", help="One channel only.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value of the scenario first.",
)
@format_option
@lang_option
def breakeven(
    scenario: str, of: str | None, changes: tuple[str, ...], form: str, lang: str | None
) -> None:
    """What a live slot, a post or today's spend must sell to pay for itself.

    Fee, service, samples, commission, refunds, cost of returns, rebate and margin are those of the
    scenario; the formula is printed with the numbers.
    """
    loaded = load_scenario(scenario, changes)
    found = asked(loaded, of)
    rows = [each.as_dict() for each in found]
    if emit(form, {"formula": str(FORMULA), "channels": rows}, rows, COLUMNS):
        return
    say = Words(language(lang), loaded.currency)
    _table(found, say)
    for each in found:
        tell(_answer(each, say))
    tell(FORMULA)


def _table(found: Sequence[Breakeven], say: Words) -> None:
    heads: list[Text] = [
        _("Channel"),
        _("What is paid for"),
        _("Cost"),
        _("Earned per customer"),
        _("Commission per customer"),
        _("Must sell"),
        _("GMV"),
        _("Expected"),
        _("Profit"),
    ]
    table(
        None,
        heads,
        [
            (
                each.channel,
                PAID_FOR[each.of],
                say.money(each.cost),
                say.money(each.contribution),
                say.money(each.commission),
                say.count(_whole(each.customers)),
                say.money(each.gmv),
                say.count(each.expected),
                say.signed_money(each.profit),
            )
            for each in found
        ],
        right=range(2, len(heads)),
    )


def _whole(customers: float | None) -> float | None:
    """Nobody sells to a part of a customer, and one less would not be enough."""
    return None if customers is None else math.ceil(customers - 1e-9)


def _answer(each: Breakeven, say: Words) -> Message:
    """The answer in a sentence."""
    told = {"channel": each.channel, "cost": say.money(each.cost)}
    if each.customers is None:
        return _(
            "{channel}: no number of customers pays for {cost}: what one earns ({earned}) is not "
            "above the commission on it ({commission}).",
            earned=say.money(each.contribution),
            commission=say.money(each.commission),
            **told,
        )
    told |= {"customers": say.count(_whole(each.customers)), "gmv": say.money(each.gmv)}
    if each.pays is None:
        return _(
            "{channel}: {cost} is paid for by {customers} new customers, {gmv} of orders before "
            "refunds.",
            **told,
        )
    told["expected"] = say.count(each.expected)
    if each.pays:
        return _(
            "{channel}: {cost} is paid for by {customers} new customers, {gmv} of orders before "
            "refunds; {expected} are expected, which is enough.",
            **told,
        )
    return _(
        "{channel}: {cost} is paid for by {customers} new customers, {gmv} of orders before "
        "refunds; only {expected} are expected.",
        **told,
    )
