"""The journey, declared: what is a touch, what a conversion, and how they join. Told with every
number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys.direct import USUAL
from optimizer.journeys.groups import GA4, Rule, rules_of
from optimizer.messages import Message, _, listed
from optimizer.registry import did_you_mean

JOINS = ("closes", "reuses")
TIES = ("split", "name")
ORDERS = ("all", "first", "repeat")
COUNTED = ("lookback_days", "nulls", "collapse", "direct", "ties", "platforms")


@dataclass(frozen=True)
class Journey:
    """What a journey is.

    Parameters
    ----------
    touch
        The file's words for a touch, such as click and view.
    conversion
        The events that are conversions.
    join
        "closes": a conversion ends the journey, and the next begins with nothing. "reuses": each
        conversion takes all the touches before it, within the lookback.
    session_minutes
        Touches of one channel within so many minutes of the one before are one visit; None: every
        event is a touch.
    lookback_days
        Touches older than this before the journey's end are left out; None: none.
    ties
        Touches of one moment: "split" (each of their orders counts evenly) or "name".
    orders
        Which of a customer's conversions count: "all", "first" or "repeat".
    direct
        Channels of direct traffic; "direct" stands for every usual spelling.
    groups
        Rules that name groups of channels, in order: see `groups.rules_of`.
    platforms
        Tiers are rolled up: xiaohongshu/koc counts as xiaohongshu.
    nulls
        Journeys without a conversion take part.
    collapse
        Repeats of a channel in a row are one touch.
    identities
        A table `user_id, person_id`: the users of one person are one; None: none.
    separator, ignore
        How a path table is read, see `optimizer.data.paths.open_paths`.

    Raises
    ------
    Problems
        For values that make no sense, all at once.

    Examples
    --------
    >>> Journey(join="reuses", lookback_days=30).told()
    {'join': 'reuses', 'lookback_days': 30}
    """

    touch: tuple[str, ...] = ("touch",)
    conversion: tuple[str, ...] = ("purchase",)
    join: str = "closes"
    session_minutes: float | None = None
    lookback_days: float | None = None
    ties: str = "split"
    orders: str = "all"
    direct: tuple[str, ...] = USUAL
    groups: tuple[Rule | str, ...] = ()
    platforms: bool = False
    nulls: bool = True
    collapse: bool = False
    identities: Any = None
    separator: str | None = None
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("touch", "conversion", "direct", "ignore"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        object.__setattr__(self, "groups", rules_of(self.groups))
        problems = [
            Problem(
                _("{option} is {given}", option=name, given=repr(getattr(self, name))),
                "journeys",
                did_you_mean(str(getattr(self, name)), known),
            )
            for name, known in (("join", JOINS), ("ties", TIES), ("orders", ORDERS))
            if getattr(self, name) not in known
        ]
        problems += [
            Problem(
                _("{option} is {given}", option=name, given=repr(getattr(self, name))),
                "journeys",
                _("write a number above 0"),
            )
            for name in ("session_minutes", "lookback_days")
            if getattr(self, name) is not None and not _positive(getattr(self, name))
        ]
        if problems:
            raise Problems(problems)

    @classmethod
    def of(cls, given: Journey | Mapping[str, Any] | None) -> Journey:
        """A journey as it is given: by name, declared already, or not at all.

        Raises
        ------
        UserError
            For an unknown name, with the nearest known one.
        """
        if given is None or isinstance(given, Journey):
            return given or cls()
        known = [entry.name for entry in fields(cls)]
        wrong = [
            Problem(
                _("journeys knows no '{name}'", name=name), "journeys", did_you_mean(name, known)
            )
            for name in given
            if name not in known
        ]
        if wrong:
            raise Problems(wrong)
        return cls(**given)

    def counted(self) -> dict[str, Any]:
        """What counting is told, by the names of `attribution.options.Options`; only what differs
        from the usual.
        """
        usual = Journey()
        out = {
            name: getattr(self, name)
            for name in COUNTED
            if getattr(self, name) != getattr(usual, name)
        }
        if self.conversion != usual.conversion:
            out["conversion"] = self.conversion
        if self.join == "reuses":
            out["reuse"] = True
        return out

    def told(self, whole: bool = False) -> dict[str, Any]:
        """The declaration as plain data: what differs from the usual, or all of it."""
        usual = Journey()
        return {
            entry.name: _plain(getattr(self, entry.name))
            for entry in fields(self)
            if whole or getattr(self, entry.name) is not getattr(usual, entry.name)
            if whole or _plain(getattr(self, entry.name)) != _plain(getattr(usual, entry.name))
        }

    @property
    def rewrites(self) -> bool:
        """Whether the events are read as others than they stand."""
        return bool(
            self.touch != ("touch",)
            or self.session_minutes is not None
            or self.orders != "all"
            or self.groups
            or self.identities is not None
        )

    def sentence(self, timed: bool = True) -> Message:
        """What a journey is here, for people: what is said of it, and the usual where that matters.

        Parameters
        ----------
        timed
            Whether the journeys come from events; of paths only what they can tell is said.
        """
        parts = [
            *(self._of_events() if timed else []),
            *([] if self.nulls else [_("only journeys that convert count")]),
            *([_("repeats of a channel in a row are one touch")] if self.collapse else []),
            *([_("tiers count as their platform")] if self.platforms else []),
        ]
        own = dict.fromkeys(rule.group for rule in self.groups if isinstance(rule, Rule))
        if own:
            parts.append(_("channels are grouped as {names}", names=listed(own)))
        if GA4 in self.groups:
            parts.append(
                _("all other channels are GA4's default channel groups")
                if own
                else _("channels are GA4's default channel groups")
            )
        if not parts:
            return _("Journeys are the paths as they stand.")
        return _("What a journey is here: {parts}.", parts=listed(parts, "; "))

    def _of_events(self) -> list[Message]:
        """What is said of events: touches, conversions, and how they join."""
        touches, orders = listed(self.touch, "or"), listed(self.conversion, "or")
        parts = [
            _("a touch is {touches}, a conversion {orders}", touches=touches, orders=orders),
            _("each conversion takes all the touches before it")
            if self.join == "reuses"
            else _("a conversion closes its journey, and the next begins with nothing"),
        ]
        if self.orders != "all":
            parts.append(
                _("only the first conversion of a user counts")
                if self.orders == "first"
                else _("only conversions after a user's first count")
            )
        if self.lookback_days is not None:
            days = f"{self.lookback_days:g}"
            parts.append(_("touches count for {days} days", days=days))
        if self.session_minutes is not None:
            minutes = f"{self.session_minutes:g}"
            parts.append(
                _("touches of a channel within {minutes} minutes are one", minutes=minutes)
            )
        if self.identities is not None:
            parts.append(_("the users of one person are one"))
        parts.append(
            _("touches of one moment count in each of their orders")
            if self.ties == "split"
            else _("touches of one moment stand in the order of their names")
        )
        return parts


def refuse_on_paths(journey: Journey, label: object) -> None:
    """Raise `Problems` for what a table without users and times cannot do."""
    usual = Journey()
    needs = ("touch", "join", "session_minutes", "lookback_days", "orders", "identities")
    wrong = [
        Problem(
            _("a path table has no users and no times, so {option} does nothing", option=name),
            label if isinstance(label, str | Message) else str(label),
            _("give an events table, or leave it out"),
        )
        for name in needs
        if getattr(journey, name) != getattr(usual, name)
    ]
    if wrong:
        raise Problems(wrong)


def _plain(value: Any) -> Any:
    """A field as JSON and YAML hold it."""
    if value == (GA4,):
        return GA4
    if isinstance(value, tuple):
        return [{one.group: one.pattern} if isinstance(one, Rule) else one for one in value]
    return value if isinstance(value, str | int | float | bool | None) else "a table"


def _positive(value: Any) -> bool:
    try:
        return 0 < float(value) < float("inf")
    except (TypeError, ValueError):
        raise UserError(_("{raw} is not a number", raw=repr(value)), "journeys") from None
