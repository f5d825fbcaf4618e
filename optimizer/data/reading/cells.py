"""The grammar of cells, as SQL for DuckDB: numbers, shares, dates, times and ids in the forms that
people and platforms write.

Every expression takes text and gives NULL for what it does not understand; a cell that is NULL
though it holds something is a problem the user is told, never a guess. Numbers are DECIMAL, so that
sums are exact and the same in any order. An engine learns the macros once (`prepare`).
"""

from __future__ import annotations

import re

from optimizer.data.engine import Engine, literal
from optimizer.data.reading.inference.currency import ANY

NUMBER_TYPE = "DECIMAL(18,6)"
MISSING = (
    *("", "-", "--", "---", "—", "——", "–", "/", "\\N"),
    *("n/a", "na", "#n/a", "null", "none", "nan", "无", "暂无", "#div/0!"),
)
ERRORS = ("#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
BLANKS = " \u00a0\u3000\t\u200b\ufeff"
_HOW_MANY = r"[(（]?\s*共?\s*\d*\s*[条项行个]?(记录|数据|计划|单元|创意|笔记|商品)?\s*[)）]?"
TOTALS = (
    r"((本页|当前页|全部|所选|当日|本月)?(合 ?计|总 ?计|汇 ?总|总和|小 ?计)值?"
    rf"|grand totals?|totals?|sub[- ]?totals?|sum)\s*[:：]?\s*({_HOW_MANY})?|共\s*\d+\s*条(记录|数据)?"
    r"|(全部|所有|全)(渠道|平台)|all (channels|platforms|campaigns)"
    r"|totals?:\s*(account|campaigns?|ad groups?|ads|keywords?|search|display|shopping|video"
    r"|performance max|demand gen|filtered [a-z ]+)|total of \d+ results?"
)
_TOTAL_FORM = rf"(?i)\s*({TOTALS})\s*"
_TOTALS_BEGIN = ", ".join(str(ord(first)) for first in "\t\n\r\f\v 合总汇小共本当全所AaGgTtSs")
# 抖音小计, Meta total: words at the end of a name
_SUBTOTAL_FORM = r"(?i).+(合 ?计|总 ?计|汇 ?总|小 ?计|[ :：-](sub-?)?total)\s*"
# in a column of days these can mean nothing else
_WHOLE_FORM = rf"(?i)\s*({TOTALS}|全部|所有|整体|all)\s*"
_PLAIN = r"-?[0-9]{1,12}(\.[0-9]{1,9})?"
_WHOLE = r"-?[0-9]{1,12}"
_MONEY = f"(?:(?i:{ANY}))?"
_DIGITS = (
    r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}|[1-9][0-9]{0,2}(?: [0-9]{3}){1,5}"
    r"|[1-9][0-9]{0,2}(?:\x27[0-9]{3}){1,5}|[1-9][0-9]?(?:,[0-9]{2}){1,4},[0-9]{3}|[0-9]{1,15})"
    r"(?:\.[0-9]+)?(?:e-[0-9]{1,2})?"
)
_AFTER = rf"(?: ?(?:人|次|个|笔|件|(?i:{ANY})|%|‰))?"
_SIGNED = rf"[-+]?{_MONEY} ?-?{_DIGITS}"
_NUM = rf"{_SIGNED} ?(?:万|亿|千|百万|w|W|k|K)?{_AFTER}"
_BARE = rf"{_SIGNED}{_AFTER.replace('|%|‰', '')}"
_BOOKED = rf"{_MONEY} ?\({_BARE}\)|{_BARE}-"  # as bookkeepers write what is below 0
_RANGE = rf"({_NUM}) ?(?:~|-|—|–|至|到) ?({_NUM})"
_HIGH_GROUP = 2 + re.compile(_NUM).groups
_FULL = "０１２３４５６７８９，．％￥－＋（）～：／’　\u00a0\u202f\u2009\t\u200b\ufeff−〜"
_HALF = "0123456789,.%¥-+()~:/'       -~"


def macros() -> list[str]:
    """The statements that define what the expressions below use."""
    missing = ", ".join(literal(word) for word in MISSING)
    return [
        f"CREATE MACRO _clean(x) AS trim(translate(x, {literal(_FULL)}, {literal(_HALF)}))",
        # few texts begin like one
        f"""CREATE MACRO _totals(x) AS ord(x) IN ({_TOTALS_BEGIN})
            AND regexp_full_match(x, {literal(_TOTAL_FORM)})
            OR (suffix(x, '计') OR suffix(x, '总') OR suffix(x, 'otal') OR suffix(x, 'OTAL'))
            AND regexp_full_match(x, {literal(_SUBTOTAL_FORM)})""",
        f"CREATE MACRO _totals_of_days(x) AS regexp_full_match(x, {literal(_WHOLE_FORM)})",
        f"CREATE MACRO _gone(x) AS x IS NULL OR lower(_clean(x)) IN ({missing})",
        # the value of one number in any of the forms; the caller has checked the form
        f"""CREATE MACRO _value(t) AS try_cast(
            try_cast(translate(regexp_extract(t, '{_DIGITS}'), {literal(", '")}, '') AS DOUBLE)
            * CASE WHEN t LIKE '%百万%' THEN 1e6 WHEN t LIKE '%亿%' THEN 1e8
                   WHEN regexp_matches(t, '[万wW]') THEN 1e4
                   WHEN regexp_matches(t, '[千kK]') THEN 1e3 ELSE 1 END
            * CASE WHEN t LIKE '%\\%' ESCAPE '\\' THEN 0.01
                   WHEN t LIKE '%‰' THEN 0.001 ELSE 1 END
            * CASE WHEN regexp_matches(t, '^[^0-9]*-') THEN -1 ELSE 1 END AS {NUMBER_TYPE})""",
    ]


def prepare(engine: Engine) -> None:
    """Teach an engine the macros, once."""
    if "cells" not in engine.known:
        for statement in macros():
            engine.run(statement)
        engine.known["cells"] = True


def number(
    raw: str, factor: float = 1.0, ranges: str | None = None, share: bool = False, mark: str = "."
) -> str:
    """SQL: the number in text `raw`.

    Parameters
    ----------
    raw
        SQL of the text.
    factor
        Applies to bare numbers, not to those with their own 万 or %.
    ranges
        None (a range is not understood), low, mid or high.
    share
        Whether "%" and "‰" are allowed.
    mark
        The decimal mark of the column, "." or ",".
    """
    form = _NUM if share else _NUM.replace("|%|‰", "")
    text = f"_clean({raw})"
    if mark == ",":
        text = f"translate({text}, '.,', ',.')"
    times = "" if factor == 1.0 else f" * {factor!r}"
    plain = raw if not times else f"try_cast({raw} AS DOUBLE){times}"
    cases = [
        f"WHEN regexp_full_match({raw}, '{_PLAIN if mark == '.' else _WHOLE}')"
        f" THEN try_cast({plain} AS {NUMBER_TYPE})",
        f"WHEN _gone({raw}) THEN NULL",
        f"WHEN regexp_full_match({text}, '{_BARE}')"
        f" THEN try_cast(_value({text}){times} AS {NUMBER_TYPE})",
        f"WHEN regexp_full_match({text}, '{form}') THEN _value({text})",
        f"WHEN regexp_full_match({text}, '{_BOOKED}')"
        f" THEN try_cast(-_value(translate({text}, '()', '')){times} AS {NUMBER_TYPE})",
    ]
    if ranges:
        cases += _range(text, form, times, ranges)
    return "CASE " + " ".join(cases) + " END"


def _range(text: str, form: str, times: str, ranges: str) -> list[str]:
    """SQL cases: one end of a range, or its middle."""
    # the low end may borrow the unit only when it has its own: "1-2万" is not understood
    ends = [f"regexp_extract({text}, '^{_RANGE}$', {group})" for group in (1, _HIGH_GROUP)]
    low, high = (f"_value({end})" for end in ends)
    united = [f"regexp_matches({end}, '[万亿千wWkK]')" for end in ends]
    pick = {"low": low, "high": high, "mid": f"({low} + {high}) / 2"}[ranges]
    cases = [
        f"WHEN regexp_full_match({text}, '{_RANGE}') AND {united[0]} = {united[1]}"
        f" AND {low} <= {high} THEN try_cast({pick}{times} AS {NUMBER_TYPE})"
    ]
    if ranges == "low":
        cases.append(f"WHEN regexp_full_match({text}, '{form}\\+') THEN _value(trim({text}, '+'))")
    return cases


def accept(kind: str, value: str, loose: bool) -> str:
    """SQL: whether a value that was understood can stand in a column of this kind.

    Counts are whole and not negative (`loose`: not necessarily whole, after a unit such as 万 or a
    range), rates and money may be anything, days lie between 1990 and 2099.
    """
    if kind == "count":
        return f"{value} >= 0" if loose else f"({value} >= 0 AND {value} = floor({value}))"
    if kind in ("day", "time", "epoch_s", "epoch_us"):
        last = "TIMESTAMP '2099-12-31 23:59:59.999999'"
        return f"{value} BETWEEN TIMESTAMP '1990-01-01' AND {last}"
    return "TRUE"


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


def text(raw: str) -> str:
    """SQL: text without the blanks, tabs and invisible characters at its ends; NULL where there is
    none.
    """
    return f"CASE WHEN _gone({raw}) THEN NULL ELSE trim(trim({raw}, '{BLANKS}')) END"


def ident(raw: str) -> str:
    """SQL: an id as text; the dress of spreadsheets (="123", '123) comes off.

    A number that a spreadsheet has shortened to 1.2E+17 is NULL.
    """
    bare = f"trim({raw}, '{BLANKS}')"
    undressed = (
        f'CASE WHEN regexp_full_match({bare}, \'="[^"]*"\') THEN {bare}[3:-2]'
        f" WHEN {bare}[1] = '''' THEN {bare}[2:] ELSE {bare} END"
    )
    return (
        f"CASE WHEN _gone({raw}) THEN NULL"
        f" WHEN regexp_full_match({bare}, '\\d(\\.\\d+)?[eE]\\+\\d+') THEN NULL"
        f" ELSE {undressed} END"
    )
