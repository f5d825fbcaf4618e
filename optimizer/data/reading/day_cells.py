"""The grammar of days and times in cells, as SQL for DuckDB: days, weeks, months, ranges of days,
clock times with and without a zone.

Like `cells`, whose macros it uses: NULL is what is not understood.
"""

from __future__ import annotations

from optimizer.data.engine import literal

MONTHS = (r"(\d{4})[-/.](\d{1,2})", r"(20\d{2})(0[1-9]|1[0-2])", r"(\d{4})年(\d{1,2})月(?:份)?")
WEEK = r"(\d{4})(?:-?[Ww]|年?第)(\d{1,2})周?"
_NAMED = (
    r"(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.]?,? )?"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?"
# month, day and year as English writes them: (form, groups of year, month and day; 0: none)
ENGLISH = (
    (rf"{_WEEKDAY}({_NAMED})[.]? {_NTH},? (\d{{4}})", 3, 1, 2),
    (rf"{_WEEKDAY}{_NTH}[- ]({_NAMED})[.]?,?[- ](\d{{4}})", 3, 2, 1),
    (rf"{_WEEKDAY}({_NAMED})[.]? {_NTH}", 0, 1, 2),
    (rf"{_WEEKDAY}{_NTH}[- ]({_NAMED})[.]?", 0, 2, 1),
    (rf"({_NAMED})[.]?,?[- ](\d{{4}})", 2, 1, 0),
)
_ENGLISH_MONTH = ENGLISH[-1][0]
_SPAN_DAYS = (r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", r"\d{4}年\d{1,2}月\d{1,2}日", r"\d{8}")
SPAN = "|".join(rf"({day}) ?(?:~|至|到|-|–|—|to) ?({day})" for day in _SPAN_DAYS)


def is_span(raw: str) -> str:
    """SQL: the cell names a month, a week or a range of days, not a day."""
    forms = "|".join((*MONTHS, WEEK, _ENGLISH_MONTH, SPAN))
    return f"regexp_full_match(_clean({raw}), '{forms}')"


def length(raw: str) -> str:
    """SQL: what a cell covers: day, week, month, or the days of a range that is none of them.

    The cell is a date that was understood.
    """
    text = f"_clean({raw})"
    ends = []
    for i in range(len(_SPAN_DAYS)):
        first, last = (
            _plain_day(f"regexp_extract({text}, '^(?:{SPAN})$', {2 * i + k})") for k in (1, 2)
        )
        ends.append((first, last))
    first = f"COALESCE({', '.join(pair[0] for pair in ends)})"
    last = f"COALESCE({', '.join(pair[1] for pair in ends)})"
    months = "|".join((*MONTHS, _ENGLISH_MONTH))
    return f"""CASE WHEN regexp_full_match({text}, '{months}') THEN 'month'
        WHEN regexp_full_match({text}, '{WEEK}') THEN 'week'
        WHEN NOT regexp_full_match({text}, '{SPAN}') THEN 'day'
        ELSE {length_between(first, last)} END"""


def length_between(first: str, last: str) -> str:
    """SQL: day, week or month, of a first and a last day; other lengths as a number of days."""
    return f"""CASE WHEN {first} = {last} THEN 'day' WHEN {last} - {first} = 6 THEN 'week'
        WHEN day({first}) = 1 AND {last} = last_day({first}) THEN 'month'
        ELSE CAST({last} - {first} + 1 AS VARCHAR) END"""


def _plain_day(text: str) -> str:
    """SQL: the DATE of year, month and day parted by anything, or written together."""
    digits = f"regexp_replace({text}, '[^0-9]+', '-', 'g')"
    return (
        f"CASE WHEN length({text}) = 8 AND NOT contains({digits}, '-')"
        f" THEN try_strptime({text}, '%Y%m%d')::DATE"
        f" ELSE try_cast(rtrim({digits}, '-') AS DATE) END"
    )


def day(raw: str, order: str | None = None, year: int | None = None) -> str:
    """SQL: a DATE; months and weeks are their first day.

    Parameters
    ----------
    raw
        SQL of the text.
    order
        mdy or dmy, for 8/13/2026.
    year
        The one to use for 8月13日.
    """
    text = f"_clean({raw})"
    late = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"

    def made(pattern: str, y: str, m: str, d: str) -> str:
        def pick(group: str) -> str:
            if group.isdigit() and len(group) == 1:
                return f"regexp_extract({text}, '^{pattern}$', {group})"
            return f"'{group}'"

        return (
            f"WHEN regexp_full_match({text}, '{pattern}') THEN try_cast({pick(y)}"
            f" || '-' || lpad({pick(m)}, 2, '0') || '-' || lpad({pick(d)}, 2, '0') AS DATE)"
        )

    iso = r"\d{4}-\d{2}-\d{2}"
    cases = [f"WHEN regexp_full_match({raw}, '{iso}') THEN try_cast({raw} AS DATE)"]
    separators = ("-", "/", r"\.")
    cases += [
        made(rf"(\d{{4}}){s}(\d{{1,2}}){s}(\d{{1,2}}){late}", "1", "2", "3") for s in separators
    ]
    cases += [
        made(r"(\d{4})(\d{2})(\d{2})", "1", "2", "3"),
        made(rf"(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日{late}", "1", "2", "3"),
    ]
    cases += [made(pattern, "1", "2", "01") for pattern in MONTHS]
    cases.append(_week(text))
    cases += _english(text, year)
    cases += [
        f"WHEN regexp_full_match({text}, '{SPAN}') THEN COALESCE("
        + ", ".join(
            _plain_day(f"regexp_extract({text}, '^(?:{SPAN})$', {2 * i + 1})")
            for i in range(len(_SPAN_DAYS))
        )
        + ")"
    ]
    if year is not None:
        cases.append(made(r"(\d{1,2})月(\d{1,2})日", f"{year:04d}", "1", "2"))
    if order:
        first, second = ("1", "2") if order == "mdy" else ("2", "1")
        cases += [
            made(rf"(\d{{1,2}}){s}(\d{{1,2}}){s}(\d{{4}}){late}", "3", first, second)
            for s in separators
        ]
    return "CASE " + " ".join(cases) + " END"


def _english(text: str, year: int | None) -> list[str]:
    """SQL cases: Jun 1, 2026 · 1 June 2026 · Mon, Jun 1 (with a year that is said, on that day of
    the week only) · June 2026.
    """
    out = []
    for form, y, m, d in ENGLISH:
        if not y and year is None:
            continue

        def group(number: int, form: str = form) -> str:
            return f"regexp_extract({text}, '^{form}$', {number})"

        named = f"lower(left({group(m)}, 3))"
        month = f"(strpos('janfebmaraprmayjunjulaugsepoctnovdec', {named}) + 2) // 3"
        parts = (group(y) if y else f"'{year:04d}'", month, group(d) if d else "'1'")
        made = f"try_cast({parts[0]} || '-' || {parts[1]} || '-' || {parts[2]} AS DATE)"
        said = f"lower(regexp_extract({text}, '^(?i)(mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]? ', 1))"
        right = f"({said} IN ('', lower(left(dayname({made}), 3))))"
        out.append(
            f"WHEN regexp_full_match({text}, '{form}') THEN CASE WHEN {right} THEN {made} END"
        )
    return out


def _week(text: str) -> str:
    """SQL case: the Monday of an ISO week. 4 January always lies in week 1; week 53 exists only in
    some years.
    """
    year, week = (f"regexp_extract({text}, '^{WEEK}$', {group})" for group in (1, 2))
    number = f"try_cast({week} AS INTEGER)"
    first = f"date_trunc('week', try_cast({year} || '-01-04' AS DATE))"
    monday = f"({first} + to_days(7 * ({number} - 1)))"
    return (
        f"WHEN regexp_full_match({text}, '{WEEK}') THEN"
        f" CASE WHEN {number} BETWEEN 1 AND 53 AND weekofyear({monday}) = {number}"
        f" THEN {monday}::DATE END"
    )


_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT)| ?[-+]\d{2}(?::?\d{2})?)"


def time(
    raw: str, order: str | None = None, year: int | None = None, zone: str | None = None
) -> str:
    """SQL: a TIMESTAMP.

    Times with a zone become clock times of `zone` (UTC by default); others stay as written.

    Parameters
    ----------
    raw
        SQL of the text.
    order, year
        As in `day`.
    zone
        IANA name.
    """
    text = f"_clean({raw})"
    rest = f"regexp_extract({text}, '[ T]\\d{{1,2}}(:\\d{{2}}(:\\d{{2}}(\\.\\d{{1,9}})?)?)', 1)"
    hour = f"lpad(regexp_extract({text}, '[ T](\\d{{1,2}}):', 1), 2, '0')"
    clock = (
        f"CASE WHEN NOT regexp_matches({text}, '[ T]\\d{{1,2}}:') THEN TIME '00:00' ELSE try_cast("
        f"{hour} || {rest} || CASE WHEN length({rest}) = 3 THEN ':00' ELSE '' END AS TIME) END"
    )
    named = f"regexp_replace({text}, ' ?(Z|UTC|GMT)$', '+00:00')"
    offset = f"regexp_replace({named}, ' ?([-+]\\d{{2}}):?(\\d{{2}})$', '\\1:\\2')"
    zoned = (
        f"WHEN regexp_full_match({text}, '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]{_CLOCK}{_ZONE}')"
        f" THEN timezone({literal(zone or 'UTC')}, try_cast({offset} AS TIMESTAMPTZ))"
    )
    iso = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
    plain = f"WHEN regexp_full_match({raw}, '{iso}') THEN try_cast({raw} AS TIMESTAMP)"
    return f"CASE {plain} {zoned} ELSE {day(raw, order, year)} + {clock} END"


def is_zoned(raw: str) -> str:
    """SQL: the time in `raw` says its zone."""
    return f"regexp_matches(_clean({raw}), '\\d:\\d{{2}}(?::\\d{{2}}(?:\\.\\d{{1,9}})?)?{_ZONE}$')"


def epoch(raw: str, per_second: int, zone: str | None = None) -> str:
    """SQL: a TIMESTAMP from seconds (or `per_second` parts of them) since 1970."""
    micros = 1_000_000 // per_second
    moment = f"make_timestamp(try_cast(trim({raw}) AS BIGINT) * {micros})"
    return (
        f"CASE WHEN regexp_full_match(trim({raw}), '\\d{{9,17}}') THEN "
        f"timezone({literal(zone or 'UTC')}, timezone('UTC', {moment})) END"
    )
