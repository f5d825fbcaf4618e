"""What the command line says of `optimizer attribute`, over the scenario, over the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.cli.show import misuse
from optimizer.inputs import whole
from optimizer.messages import _
from optimizer.scenario import Scenario

MOST_STEPS = 1_000_000  # of a journey, or touches that a state remembers

Orders = int | str | list[int]  # one, "auto", several
Given = dict[str, Any]  # options of the models, by name


def said_options(scenario: Scenario | None, words: Given) -> Given:
    """The command line's words, over the scenario's, over the defaults (not named here)."""
    options: Given = {}
    if scenario is not None:
        choice = scenario.attribution
        options = {"half_life_days": choice.half_life_days}
        own = {
            "stages": scenario.stages,
            "stage_timeout_days": choice.stage_timeout_days,
            "experiments": [test.model_dump(by_alias=True) for test in scenario.experiments],
        }
        if any(own.values()):
            options["lifecycle"] = {name: given for name, given in own.items() if given}
    for name in ("half_life_days", "segment"):
        if words[name] is not None:
            options[name] = words[name]
    if words["truncate"] is not None:
        steps = words["truncate"]
        number = whole(steps, MOST_STEPS)
        options["truncate"] = steps if number is None else number
    if words["position"] is not None:
        options["position"] = tuple(words["position"].replace("/", ",").split(","))
    return options


def said_tests(scenario: Scenario | None, tests: tuple[str, ...], takers: tuple[str, ...]) -> Given:
    """`calibrate` and `difference` of the command line, over those of the scenario."""
    given: Given = {}
    if scenario is not None and scenario.attribution.calibrate:
        given = {
            "calibrate": dict(scenario.attribution.calibrate),
            "difference": scenario.attribution.difference,
        }
    files = [text for text in tests if Path(text).is_file()]
    if files and len(tests) > 1:
        raise misuse(_("--calibrate takes one file, or one or more CHANNEL=MULTIPLIER"))
    if files:
        given["calibrate"] = files[0]
    elif tests:
        given["calibrate"] = _multipliers(tests)
    if takers:
        given["difference"] = takers[0] if len(takers) == 1 else list(takers)
    if takers and not given.get("calibrate"):
        raise misuse(_("--difference needs --calibrate"))
    return given


def _multipliers(tests: Sequence[str]) -> dict[str, str]:
    """Several CHANNEL=MULTIPLIER; what the numbers may be is checked where they are used."""
    out: dict[str, str] = {}
    for text in tests:
        channel, __, number = text.rpartition("=")
        if not channel:
            raise misuse(
                _("'{text}' is no file, and no CHANNEL=MULTIPLIER such as meta=0.7", text=text),
                "--calibrate",
            )
        if channel in out:
            raise misuse(_("'{name}' is given twice", name=channel), "--calibrate")
        out[channel] = number
    return out


def said_orders(text: str | None) -> Orders | None:
    """1, "auto" or several: "1,2,3"."""
    if text is None or text == "auto":
        return text
    numbers = [number for part in text.split(",") if (number := whole(part, MOST_STEPS))]
    if len(numbers) < 1 + text.count(","):
        raise misuse(
            _("'{text}' is no order; write 1, 2, ..., 1,2,3 or auto", text=text), "--order"
        )
    return numbers[0] if len(numbers) == 1 else numbers
