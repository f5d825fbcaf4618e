"""A source read as a declared journey says: its users, words, visits, orders and channels.

Nothing is copied: a relation over the opened one, with the same columns, so that every model sees
the same touches and conversions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from optimizer.data.engine import Engine, literal
from optimizer.data.events import counted_again
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events, Paths
from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys import journey_sql
from optimizer.journeys.declared import Journey, refuse_on_paths
from optimizer.journeys.groups import grouped
from optimizer.messages import Message, _, listed
from optimizer.registry import did_you_mean

TOUCH = "touch"
IDENTITIES = Layout(
    _("table of identities"),
    "events",
    (
        column("user_id", "user_id", "userid", "用户ID", "visitor_id", "client_id", required=True),
        column("person_id", "person_id", "personid", "customer_id", "人", "客户ID", required=True),
    ),
)


def prepared(opened: Events | Paths, journey: Journey) -> Events | Paths:
    """The source, as the journey reads it.

    Parameters
    ----------
    opened
        Events or paths.
    journey
        What is declared.

    Raises
    ------
    Problems
        For words, names and rules that match nothing, and for what a path table cannot do.
    """
    if isinstance(opened, Paths):
        refuse_on_paths(journey, opened.facts["label"])
        known = opened.facts.get("journey") == journey.told()
        return _regrouped(opened, journey) if journey.groups and not known else opened
    if not journey.rewrites or opened.facts.get("journey") == journey.told():
        return opened
    known_words(opened, journey)
    notes: list[Message] = []
    table, when = opened.table, opened.moment
    columns = f"{opened.timed}, channel, event, value, segment"
    if journey.identities is not None:
        table, note = _one_person(opened, table, columns, journey.identities)
        notes.append(note)
    if set(journey.touch) != {TOUCH}:
        touches = f"channel IS NOT NULL AND {journey_sql.named('event', journey.touch)}"
        event = f"CASE WHEN {touches} THEN 'touch' ELSE event END"
        table = _kept(
            opened, f"SELECT user_id, {columns.replace(' event,', f' {event} AS event,')}", table
        )
    if journey.groups:
        names = [
            str(row[0])
            for row in opened.engine.rows(
                f"SELECT DISTINCT channel FROM {table} WHERE channel IS NOT NULL ORDER BY 1"
            )
        ]
        channel = _cases(opened, "channel", names, journey)
        table = _kept(
            opened,
            f"SELECT user_id, {columns.replace('channel,', f'{channel} AS channel,')}",
            table,
        )
    if journey.session_minutes is not None:
        table = _kept(opened, _visits(columns, when, table, journey), None)
    if journey.orders != "all":
        table = _kept(opened, _some_orders(columns, when, table, journey), None)
    facts = {**counted_again(opened, table), "journey": journey.told()}
    return replace(opened.over(table, facts), notes=(*opened.notes, *notes))


def rolled_up(opened: Events) -> Events:
    """The events with tiers rolled up, for models that read events themselves."""
    return _read_again(opened, journey_sql.platform("channel"))


def without_channels(opened: Events, channels: Sequence[str]) -> Events:
    """The events without the touches of some channels."""
    left_out = f"event = 'touch' AND {journey_sql.named('channel', channels)}"
    return _read_again(opened, "channel", f" WHERE NOT ({left_out})")


def renamed(opened: Events, names: Mapping[str, str]) -> Events:
    """The events with other names for channels: every channel -> its name."""
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
    return _read_again(opened, f"CASE channel {cases} ELSE channel END" if names else "channel")


def _read_again(opened: Events, channel: str, where: str = "") -> Events:
    """The events with another channel (SQL), or without some rows."""
    select = f"SELECT user_id, {opened.timed}, {channel} AS channel, event, value, segment"
    table = _kept(opened, f"{select} FROM {opened.table}{where}", None)
    return opened.over(table, counted_again(opened, table))


def known_words(opened: Events, journey: Journey) -> None:
    """Raise `Problems` for words of the journey that no event of the source is called."""
    there = opened.facts["events"]
    wrong = [
        Problem(
            _("no event is called '{name}', so none is a {what}", name=name, what=what),
            opened.facts["label"],
            did_you_mean(name, there),
        )
        for what, names in ((_("touch"), journey.touch), (_("conversion"), journey.conversion))
        for name in names
        if name not in there
    ]
    if wrong:
        raise Problems(wrong)


def _kept(opened: Events | Paths, select: str, table: str | None) -> str:
    """Name of a relation over another."""
    sql = select if table is None else f"{select} FROM {table}"
    return str(opened.engine.define(opened.engine.name("declared"), sql))


def _cases(opened: Events | Paths, name: str, channels: list[str], journey: Journey) -> str:
    """SQL: the group of a channel. `Problems` for rules of which none is the first to match."""
    groups, idle = grouped(channels, journey.groups)
    if idle:
        raise Problems(
            [
                Problem(
                    _("the rule of the group '{group}' is the first for no channel", group=group),
                    opened.facts["label"],
                    _("channels here: {names}", names=listed(channels[:12])),
                )
                for group in idle
            ]
        )
    cases = " ".join(
        f"WHEN {literal(channel)} THEN {literal(group)}"
        for channel, group in groups.items()
        if group != channel
    )
    return f"CASE {name} {cases} ELSE {name} END" if cases else name


def _visits(columns: str, when: str, table: str, journey: Journey) -> str:
    """SQL: events without the touches that continue a visit."""
    order = f"PARTITION BY user_id, event, channel ORDER BY {when}"
    minutes = float(journey.session_minutes or 0.0)
    gap = journey_sql.seconds(f"lag({when}) OVER ({order})", when)
    return (
        f"SELECT user_id, {columns} FROM (SELECT *, {gap} AS since FROM {table}) AS timed"
        f" WHERE event <> 'touch' OR since IS NULL OR since > {minutes * 60!r}"
    )


def _some_orders(columns: str, when: str, table: str, journey: Journey) -> str:
    """SQL: events up to each customer's first conversion, or those after it.

    Where touches are reused, those before the first conversion stay for the repeated ones.
    """
    closes = journey_sql.named("event", journey.conversion)
    one = f"CASE WHEN {closes} THEN 1 ELSE 0 END"
    order = (
        f"PARTITION BY user_id ORDER BY {when}, {one}, COALESCE(value, 0.0) DESC, event, channel"
    )
    if journey.orders == "first":
        kept = f"bought = 0 OR (bought = 1 AND {closes})"
    elif journey.join == "reuses":
        kept = f"NOT ({closes}) OR bought > 1"
    else:
        kept = f"bought > 1 OR (bought = 1 AND NOT ({closes}))"
    return (
        f"SELECT user_id, {columns} FROM (SELECT *, sum({one}) OVER ({order}"
        f" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS bought FROM {table}) AS numbered"
        f" WHERE {kept}"
    )


def _one_person(opened: Events, table: str, columns: str, identities: Any) -> tuple[str, Message]:
    """The events with the users of one person under one id, and how many were joined."""
    engine = opened.engine
    if not isinstance(engine, Engine):
        raise UserError(
            _("identities are joined on this machine, and the events are in a database"),
            opened.facts["label"],
            _("join them in the database, or export the events to parquet"),
        )
    import pyarrow

    found = match(open_raw(identities), IDENTITIES)
    user, person = (found.found[name].text for name in ("user_id", "person_id"))
    pairs = found.raw.engine.columns(
        f"SELECT DISTINCT {user} AS user_id, {person} AS person_id FROM {found.raw.view}"
        f" WHERE {user} IS NOT NULL AND {person} IS NOT NULL ORDER BY 1, 2"
    )
    known = engine.name("identities")
    engine.connection.register(
        known, pyarrow.table({name: list(column) for name, column in pairs.items()})
    )
    several = engine.rows(
        f"SELECT user_id FROM {known} GROUP BY user_id HAVING count(*) > 1 ORDER BY 1 LIMIT 3"
    )
    if several:
        raise UserError(
            _(
                "these users are of several persons: {names}",
                names=listed(str(row[0]) for row in several),
            ),
            found.raw.label,
            _("name one person_id for each user_id"),
        )
    joined = _kept(
        opened,
        "SELECT COALESCE(i.person_id, CAST(e.user_id AS VARCHAR)) AS user_id,"
        f" {', '.join(f'e.{name.strip()}' for name in columns.split(','))}"
        f" FROM {table} AS e LEFT JOIN {known} AS i ON CAST(e.user_id AS VARCHAR) = i.user_id",
        None,
    )
    users, matched = engine.rows(
        f"SELECT count(*), count(i.user_id) FROM (SELECT DISTINCT CAST(user_id AS VARCHAR) AS"
        f" user_id FROM {table}) AS u LEFT JOIN {known} AS i ON u.user_id = i.user_id"
    )[0]
    if not matched:
        raise UserError(
            _("no user of the events is in the table of identities"),
            found.raw.label,
            _("its user_id must be those of the events"),
        )
    return joined, _(
        "{matched} of {users} users are joined to persons by {file}",
        matched=f"{matched:,}",
        users=f"{users:,}",
        file=found.raw.label,
    )


def _regrouped(paths: Paths, journey: Journey) -> Paths:
    """A path table with groups for channels."""
    engine = paths.engine
    if not isinstance(engine, Engine) or paths.facts["angled"]:
        raise UserError(
            _("groups of a path table are made on this machine, of names without '>'"),
            paths.facts["label"],
        )
    names = [
        str(row[0])
        for row in engine.rows(
            "SELECT DISTINCT trim(unnest(string_split(path, '>'))) AS name"
            f" FROM {paths.table} ORDER BY 1"
        )
    ]
    group = _cases(paths, "trim(touch)", names, journey)
    table = _kept(
        paths,
        f"SELECT array_to_string(list_transform(string_split(path, '>'), lambda touch: {group}),"
        " ' > ') AS path, conversions, value, nulls",
        paths.table,
    )
    (different,) = engine.rows(f"SELECT count(DISTINCT path) FROM {table}")[0]
    facts = {**paths.facts, "paths": int(different), "journey": journey.told()}
    return replace(paths, table=table, facts=facts)
