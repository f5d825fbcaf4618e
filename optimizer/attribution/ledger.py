"""The reading ledger: what of a source was used for the credit, what was not, and what to do about
it. Goes with every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.attribution.options import Options
from optimizer.data.tables import Events, Paths
from optimizer.errors import Problem, Problems
from optimizer.journeys import journey_sql
from optimizer.journeys.counts import Counts
from optimizer.journeys.direct import direct_channels
from optimizer.messages import Message, Text, _, listed

SINGLE = "single touch"  # the share that is counted for the ledger beside those of models
SINGLE_SHARE = "CASE WHEN n = 1 THEN 1.0 ELSE 0.0 END"
LOOKED_AT = 0.1  # of conversions untouched: it is worth a query to know why


@dataclass(frozen=True)
class Limit:
    """From which share on an entry is a caution, and from which a refusal; None: never."""

    caution: float | None = None
    refusal: float | None = None

    def state(self, share: float | None) -> str:
        """ok | caution | refused."""
        if share is None:
            return "ok"
        if self.refusal is not None and share >= self.refusal:
            return "refused"
        return "caution" if self.caution is not None and share >= self.caution else "ok"


LIMITS = {
    "unused rows": Limit(0.5),
    "untouched conversions": Limit(0.25),
    "conversions after another": Limit(0.1, 0.5),
    "value not credited": Limit(0.2),
    "tied touches": Limit(0.05),
    "single-touch conversions": Limit(0.7),
    "direct": Limit(1.0),
    "nothing converts": Limit(1.0),
}


@dataclass(frozen=True)
class Entry:
    """One line.

    Parameters
    ----------
    name
        Which of `LIMITS`.
    number, of
        How many, of how many.
    says
        The line, for people.
    remedy
        What to do where it is too many.
    state
        ok | caution | refused.
    """

    name: str
    number: float
    of: float
    says: Message
    remedy: Message | None = None
    state: str = "ok"

    @property
    def share(self) -> float | None:
        """The part that is meant; None of nothing."""
        return self.number / self.of if self.of else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        out: dict[str, Any] = {
            "name": self.name,
            "number": self.number,
            "of": self.of,
            "share": self.share,
            "state": self.state,
            "says": str(self.says),
        }
        if self.remedy is not None and self.state != "ok":
            out["remedy"] = str(self.remedy)
        return out


@dataclass(frozen=True)
class Ledger:
    """What was read, line by line."""

    entries: tuple[Entry, ...] = ()

    def __getitem__(self, name: str) -> Entry:
        """The line of that name."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(name)

    @property
    def cautions(self) -> tuple[Entry, ...]:
        """The lines that a reader should act on."""
        return tuple(entry for entry in self.entries if entry.state != "ok")

    def refuse(self, label: Text, stated: Sequence[str] = ()) -> None:
        """Stop where too much is lost for an answer that was not asked for in so many words.

        Parameters
        ----------
        label
            Of the source.
        stated
            Names of entries whose convention the user stated.

        Raises
        ------
        Problems
            With each line that is over its limit, and its remedy.
        """
        problems = [
            Problem(entry.says, label, entry.remedy or "")
            for entry in self.entries
            if entry.state == "refused" and entry.name not in stated
        ]
        if problems:
            raise Problems(problems)

    def as_list(self) -> list[dict[str, Any]]:
        """For JSON."""
        return [entry.as_dict() for entry in self.entries]


def ledger(
    opened: Events | Paths | Counts, counts: Counts, options: Options, passes_over: bool
) -> Ledger:
    """The ledger of a count.

    Parameters
    ----------
    opened
        What was counted; of bare counts less is known.
    counts
        The result.
    options
        What counted as a journey.
    passes_over
        Whether a model was asked for that passes over direct traffic.
    """
    entries: list[Entry] = []
    if isinstance(opened, Events):
        entries += _of_events(opened, counts, options)
    elif isinstance(opened, Paths):
        entries.append(_rows(opened.facts["rows"] - opened.facts["weightless"], opened))
    entries += _of_counts(counts)
    if passes_over:
        entries.append(_direct(counts.channels, options))
    return Ledger(tuple(entries))


def _entry(
    name: str, number: float, of: float, says: Message, remedy: Message | None = None
) -> Entry:
    share = number / of if of else None
    return Entry(name, float(number), float(of), says, remedy, LIMITS[name].state(share))


def _rows(used: int, opened: Events | Paths) -> Entry:
    rows = int(opened.facts["rows"])
    return _entry(
        "unused rows",
        rows - used,
        rows,
        _("{used} of {rows} rows are used", used=f"{used:,}", rows=f"{rows:,}"),
        _("say which events are touches and conversions (--touch, --conversion)"),
    )


def _of_events(opened: Events, counts: Counts, options: Options) -> list[Entry]:
    """Rows, ties, and conversions that nobody is credited for."""
    events = opened.facts["events"]
    touches = sum(events.get(name, 0) for name in options.touch)
    conversions = sum(events.get(name, 0) for name in options.conversion)
    entries = [_rows(touches + conversions, opened)] if options.segment is None else []
    tied = int(counts.source.get("tied_moments", 0))
    entries.append(
        _entry(
            "tied touches",
            tied,
            touches,
            _("no user touched several channels at one moment")
            if not tied
            else _(
                "at {tied} moments a user touched several channels at once; their order is not "
                "known, and each order counts evenly",
                tied=f"{tied:,}",
            )
            if options.ties == "split"
            else _(
                "at {tied} moments a user touched several channels at once; they stand in the "
                "order of their names",
                tied=f"{tied:,}",
            ),
            _("give times with hours and minutes"),
        )
    )
    missed = float(counts.source.get("untouched_conversions", 0.0))
    whole = missed + float(counts.conversions.sum())
    entries.append(
        _entry(
            "untouched conversions",
            missed,
            whole,
            _(
                "{missed} of {whole} conversions have no touch before them, and nobody is "
                "credited for them",
                missed=f"{missed:,.0f}",
                whole=f"{whole:,.0f}",
            ),
            _("look whether touches are missing, or whether customers come by themselves"),
        )
    )
    if not options.reuse and whole and missed / whole > LOOKED_AT:
        entries.append(_after_another(opened, counts, options, whole))
    lost = float(counts.source.get("untouched_value", 0.0))
    worth = lost + float(counts.value.sum())
    if worth:
        entries.append(
            _entry(
                "value not credited",
                lost,
                worth,
                _("{share} of the value is credited to channels", share=f"{1 - lost / worth:.1%}"),
                _("see the conversions without a touch"),
            )
        )
    return entries


def _after_another(opened: Events, counts: Counts, options: Options, whole: float) -> Entry:
    """Conversions that follow another without a new touch."""
    when = opened.moment
    touch = journey_sql.named("event", options.touch)
    closes = journey_sql.named("event", options.conversion)
    lookback = ""
    if options.lookback_days is not None:
        gap = journey_sql.seconds("latest", when)
        lookback = f" AND {gap} <= {options.lookback_days * journey_sql.DAY!r}"
    buyers = f"SELECT user_id AS buyer FROM {opened.table} WHERE {closes}"
    read = f"SELECT * FROM {opened.table} WHERE {touch} OR {closes}"
    touched = (
        f"SELECT *, max(CASE WHEN {touch} THEN {when} END) OVER (PARTITION BY user_id"
        f" ORDER BY {when}) AS latest FROM ({read}) AS used WHERE user_id IN ({buyers})"
    )
    # copies of a row are told of elsewhere: they are no later conversions
    found = opened.engine.rows(
        f"SELECT count(*) FROM (SELECT DISTINCT user_id, {when}, channel, event, value, segment"
        f" FROM ({touched}) AS timed WHERE {closes} AND latest IS NOT NULL{lookback}) AS differing"
    )
    after = max(0.0, float(found[0][0]) - round(float(counts.conversions.sum()), 6))
    return _entry(
        "conversions after another",
        after,
        whole,
        _(
            "{after} of {whole} conversions follow another one without a new touch, and nobody is "
            "credited for them",
            after=f"{after:,.0f}",
            whole=f"{whole:,.0f}",
        ),
        _(
            "--join reuses credits the touches before the earlier conversion; --join closes says "
            "that it is meant so"
        ),
    )


def _of_counts(counts: Counts) -> list[Entry]:
    """What every count tells."""
    conversions = float(counts.conversions.sum())
    entries = []
    if SINGLE in counts.credit:
        single = float(counts.credit[SINGLE][0].sum())
        entries.append(
            _entry(
                "single-touch conversions",
                single,
                conversions,
                _(
                    "{share} of the credited conversions have one touch only, where all models "
                    "agree",
                    share=f"{single / conversions if conversions else 0:.1%}",
                ),
                _("look whether earlier touches are missing: users in several ids, a short export"),
            )
        )
    if not conversions:
        entries.append(
            _entry(
                "nothing converts",
                1,
                1,
                _("no journey converts, so there is nothing to credit"),
                _("say which event is a conversion (--conversion)"),
            )
        )
    return entries


def _direct(channels: Sequence[str], options: Options) -> Entry:
    found = direct_channels(channels, options.direct)
    return _entry(
        "direct",
        0 if found else 1,
        1,
        _("passed over as direct: {names}", names=listed(found))
        if found
        else _("no channel is direct traffic here"),
        _("say which is (--direct)"),
    )
