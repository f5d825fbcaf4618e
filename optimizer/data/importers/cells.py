"""Cells -> values, as SQL for DuckDB: numbers, shares, dates, times and ids in the forms platforms write them.

Every expression gives NULL for what it does not understand; a cell that is NULL though it holds something is a
problem the user is told, never a guess. Numbers are DECIMAL, so that sums are exact and the same in any order.
"""

from __future__ import annotations

import re

NUMBER_TYPE = "DECIMAL(18,6)"
MISSING = (
    "",
    "-",
    "--",
    "---",
    "—",
    "——",
    "–",
    "/",
    "\\N",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nan",
    "无",
    "暂无",
    "#div/0!",
)
_HOW_MANY = r"[(（]?\s*共?\s*\d*\s*[条项行个]?(记录|数据|计划|单元|创意|笔记|商品)?\s*[)）]?"
TOTALS = rf"((本页|当前页|全部|所选|当日|本月)?(合 ?计|总 ?计|汇 ?总|总和|小 ?计)值?|grand total|totals?|subtotal|sum)\s*[:：]?\s*({_HOW_MANY})?|共\s*\d+\s*条(记录|数据)?"

_TOTAL_FORM = rf"(?i)\s*({TOTALS})\s*"
_TOTALS_BEGIN = ", ".join(str(ord(first)) for first in "\t\n\r\f\v 合总汇小共本当全所GgTtSs")
_WHOLE_FORM = (
    rf"(?i)\s*({TOTALS}|全部|所有|整体|all)\s*"  # in a column of days these can mean nothing else
)
_PLAIN = r"-?[0-9]{1,12}(\.[0-9]{1,9})?"
_GROUPED = r"([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})(\.[0-9]{1,9})?"
# one line that neither begins nor ends with a blank, a dash or the dress of a spreadsheet
_EDGE = r"\s\x{a0}\x{3000}\x{200b}\x{feff}"
_BARE_TEXT = rf"[^{_EDGE}='\x{{2014}}\x{{2013}}/\\#-]([^\n]*[^{_EDGE}])?"
_MISSING_TEXTS = tuple(
    sorted(
        {v for word in MISSING for v in (word, word.upper(), word.capitalize(), word.title())}
        | {"NaN", "N/a"} - {""}
    )
)
_DIGITS = r"([0-9]{1,3}(,[0-9]{3}){1,5}|[0-9]{1,15})(\.[0-9]+)?(e-[0-9]{1,2})?"
_MONEY = r"(?:[¥$€£]|CNY|RMB|USD|EUR|GBP|人民币)?"
_NUM = rf"[-+]?{_MONEY} ?{_DIGITS} ?(万|亿|千|百万|w|W|k|K)?( ?(元|人|次|个|笔|件|%|‰))?"
_RANGE = rf"({_NUM}) ?(?:~|-|—|–|至|到) ?({_NUM})"


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


_FULL = "０１２３４５６７８９，．％￥－＋（）～：／　\u00a0\t\u200b\ufeff−〜"
_HALF = "0123456789,.%¥-+()~:/     -~"


def macros() -> list[str]:
    """The statements that define what the expressions below use."""
    missing = ", ".join(quote(word) for word in MISSING)
    return [
        f"CREATE MACRO _clean(x) AS trim(translate(x, {quote(_FULL)}, {quote(_HALF)}))",
        f"CREATE MACRO _totals(x) AS ord(x) IN ({_TOTALS_BEGIN}) AND regexp_full_match(x, {quote(_TOTAL_FORM)})",  # few texts begin like one
        f"CREATE MACRO _totals_of_days(x) AS regexp_full_match(x, {quote(_WHOLE_FORM)})",
        f"CREATE MACRO _gone(x) AS x IS NULL OR lower(_clean(x)) IN ({missing})",
        # the value of one number in any of the forms; the caller has checked the form
        f"""CREATE MACRO _value(t) AS try_cast(
            try_cast(replace(regexp_extract(t, '{_DIGITS}'), ',', '') AS DOUBLE)
            * CASE WHEN t LIKE '%百万%' THEN 1e6 WHEN t LIKE '%亿%' THEN 1e8 WHEN regexp_matches(t, '[万wW]') THEN 1e4
                   WHEN regexp_matches(t, '[千kK]') THEN 1e3 ELSE 1 END
            * CASE WHEN t LIKE '%\\%' ESCAPE '\\' THEN 0.01 WHEN t LIKE '%‰' THEN 0.001 ELSE 1 END
            * CASE WHEN t LIKE '-%' THEN -1 ELSE 1 END AS {NUMBER_TYPE})""",
    ]


def fast(kind: str, raw: str, value: str, positive: bool) -> tuple[str, str] | None:
    """(SQL of the value, SQL that says the cell has the usual form) for the forms most cells have; the others are read
    by the functions below. `value` names the column that holds the value in the second. None: there is no short way."""
    if kind in ("count", "money", "number", "rate"):
        # DuckDB's own reading, but for commas (only where they part thousands), exponents (a spreadsheet's, or a damaged
        # decimal point) and _ (Python's)
        # a cast that fails costs ten times one that does not, so what is sure to fail is kept from it
        read = (
            f"CASE WHEN contains({raw}, ',') THEN CASE WHEN regexp_full_match({raw}, {quote('-?' + _GROUPED)}) THEN try_cast(replace({raw}, ',', '') AS {NUMBER_TYPE}) END "
            f"WHEN {raw} IN ('-', '--') THEN NULL ELSE try_cast({raw} AS {NUMBER_TYPE}) END"
        )
        sound = (
            f"{value} >= 0 AND {value} % 1 = 0"
            if kind == "count"
            else f"{value} >= 0"
            if positive
            else f"{value} IS NOT NULL"
        )
        usual = f"{sound} AND NOT contains({raw}, 'e') AND NOT contains({raw}, 'E') AND NOT contains({raw}, '_')"
        if kind == "rate":
            part = f"try_cast({raw}[:-2] AS {NUMBER_TYPE})"
            read = f"CASE WHEN suffix({raw}, '%') THEN CASE WHEN NOT contains({raw}, ',') THEN try_cast(try_cast({part} AS DOUBLE) * 0.01 AS {NUMBER_TYPE}) END ELSE {read} END"
        return read, f"({usual}) OR {raw} IN ('-', '--')"
    if (
        kind == "day"
    ):  # DuckDB's own reading, of 2026-08-13, 2026/8/13 and, with its dashes put in, 20260813
        whole = f"CASE WHEN length({raw}) = 8 AND {raw}[5] NOT IN ('-', '/') THEN {raw}[:4] || '-' || {raw}[5:6] || '-' || {raw}[7:] ELSE {raw} END"
        form = f"({raw} LIKE '____-__-__' OR length({raw}) BETWEEN 8 AND 10 AND {raw}[5] IN ('-', '/') OR regexp_full_match({raw}, '[0-9]{{8}}'))"
        return (
            f"try_cast({whole} AS DATE)",
            f"{accept('day', value, False)} AND {form} AND NOT contains({raw}, ' ')",
        )
    if kind == "time":  # seconds or none, no zone: a minus after the day would be one
        form = f"(length({raw}) BETWEEN 13 AND 19 AND {raw}[-3] = ':' OR length({raw}) = 23 AND {raw}[17] = ':' AND {raw}[20] = '.')"
        form += f" AND {raw}[5] IN ('-', '/') AND NOT contains({raw}, '+') AND NOT contains({raw}[9:], '-')"
        return (
            f"try_cast({raw} AS TIMESTAMP)",
            f"{accept('time', value, False)} AND ({raw} LIKE '____-__-__ __:__:__' OR {form}) AND NOT suffix({raw}, 'Z')",
        )
    if kind == "id":  # ="123" and a tab at the end are what spreadsheets need to leave an id alone
        read = f"CASE WHEN suffix({raw}, chr(9)) THEN rtrim({raw}, chr(9)) WHEN prefix({raw}, '=\"') AND suffix({raw}, '\"') THEN {raw}[3:-2] ELSE {raw} END"
        return (
            read,
            f"regexp_full_match({value}, '[0-9]+') OR (regexp_full_match({value}, {quote(_BARE_TEXT)}) AND {value} NOT IN ({', '.join(quote(w) for w in _MISSING_TEXTS)}) AND NOT contains({value}, '+') AND NOT contains({value}, '\"'))",
        )
    if kind == "text":
        return (
            raw,
            f"(regexp_full_match({raw}, {quote(_BARE_TEXT)}) AND {raw} NOT IN ({', '.join(quote(w) for w in _MISSING_TEXTS)}))",
        )
    return None


def number(raw: str, factor: float = 1.0, ranges: str | None = None, share: bool = False) -> str:
    """SQL: the number in text `raw`. `factor` applies to bare numbers, not to those with their own 万 or %.

    ranges: None (a range is not understood), low, mid or high. share: "%" and "‰" are allowed.
    """
    bare = rf"[-+]?{_MONEY} ?{_DIGITS}( ?(元|人|次|个|笔|件))?"
    form = _NUM if share else _NUM.replace("|%|‰", "")
    text = f"_clean({raw})"
    times = "" if factor == 1.0 else f" * {factor!r}"
    cases = [
        f"WHEN regexp_full_match({raw}, '{_PLAIN}') THEN try_cast({raw} AS {NUMBER_TYPE})"
        if not times
        else f"WHEN regexp_full_match({raw}, '{_PLAIN}') THEN try_cast(try_cast({raw} AS DOUBLE){times} AS {NUMBER_TYPE})",
        f"WHEN _gone({raw}) THEN NULL",
        f"WHEN regexp_full_match({text}, '{bare}') THEN try_cast(_value({text}){times} AS {NUMBER_TYPE})",
        f"WHEN regexp_full_match({text}, '{form}') THEN _value({text})",
        f"WHEN regexp_full_match({text}, '\\({bare}\\)') THEN try_cast(-_value(trim({text}, '()')){times} AS {NUMBER_TYPE})",
    ]
    if ranges:
        # the low end may borrow the unit only when it has its own: "1-2万" is not understood
        low = f"_value(regexp_extract({text}, '^{_RANGE}$', 1))"
        high = f"_value(regexp_extract({text}, '^{_RANGE}$', {_HIGH_GROUP}))"
        both = rf"{_RANGE}"
        pick = {"low": low, "high": high, "mid": f"({low} + {high}) / 2"}[ranges]
        same = f"regexp_matches(regexp_extract({text}, '^{_RANGE}$', 1), '[万亿千wWkK]') = regexp_matches(regexp_extract({text}, '^{_RANGE}$', {_HIGH_GROUP}), '[万亿千wWkK]')"
        cases.append(
            f"WHEN regexp_full_match({text}, '{both}') AND {same} AND {low} <= {high} THEN try_cast({pick}{times} AS {NUMBER_TYPE})"
        )
        if ranges == "low":
            cases.append(
                f"WHEN regexp_full_match({text}, '{form}\\+') THEN _value(trim({text}, '+'))"
            )
    return "CASE " + " ".join(cases) + " END"


_HIGH_GROUP = 2 + re.compile(_NUM).groups


def accept(kind: str, value: str, loose: bool) -> str:
    """SQL: whether a value that was understood can stand in a column of this kind.

    Counts are whole and not negative (`loose`: not necessarily whole, after a unit such as 万 or a range), rates
    and money may be anything, days lie between 1990 and 2099.
    """
    if kind == "count":
        return f"{value} >= 0" if loose else f"({value} >= 0 AND {value} = floor({value}))"
    if kind in ("day", "time", "epoch_s", "epoch_us"):
        return f"{value} BETWEEN TIMESTAMP '1990-01-01' AND TIMESTAMP '2099-12-31 23:59:59.999999'"
    return "TRUE"


_MONTHS = (r"(\d{4})[-/.](\d{1,2})", r"(20\d{2})(0[1-9]|1[0-2])", r"(\d{4})年(\d{1,2})月(?:份)?")
_WEEK = r"(\d{4})-?[Ww](\d{1,2})"


def is_span(raw: str) -> str:
    """SQL: the cell names a month or an ISO week, not a day."""
    return f"regexp_full_match(_clean({raw}), '{'|'.join((*_MONTHS, _WEEK))}')"


def currency(raw: str) -> str:
    """SQL: the currency an amount is written in ("¥" and 元 are one), or NULL."""
    sign = f"regexp_extract(_clean({raw}), '[¥$€£元]|CNY|RMB|USD|EUR|GBP|人民币')"
    return f"CASE {sign} WHEN '' THEN NULL WHEN '$' THEN 'USD' WHEN '€' THEN 'EUR' WHEN '£' THEN 'GBP' WHEN 'USD' THEN 'USD' WHEN 'EUR' THEN 'EUR' WHEN 'GBP' THEN 'GBP' ELSE 'CNY' END"


def day(raw: str, order: str | None = None, year: int | None = None) -> str:
    """SQL: a DATE. order: mdy or dmy for 8/13/2026; year: the one to use for 8月13日."""
    text = f"_clean({raw})"
    late = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"

    def made(pattern: str, y: str, m: str, d: str) -> str:
        def pick(group: str) -> str:
            return (
                f"regexp_extract({text}, '^{pattern}$', {group})"
                if group.isdigit() and len(group) == 1
                else f"'{group}'"
            )

        return (
            f"WHEN regexp_full_match({text}, '{pattern}') THEN "
            f"try_cast({pick(y)} || '-' || lpad({pick(m)}, 2, '0') || '-' || lpad({pick(d)}, 2, '0') AS DATE)"
        )

    cases = [
        f"WHEN regexp_full_match({raw}, '\\d{{4}}-\\d{{2}}-\\d{{2}}') THEN try_cast({raw} AS DATE)"
    ]
    cases += [
        made(rf"(\d{{4}}){s}(\d{{1,2}}){s}(\d{{1,2}}){late}", "1", "2", "3")
        for s in ("-", "/", r"\.")
    ]
    cases += [
        made(r"(\d{4})(\d{2})(\d{2})", "1", "2", "3"),
        made(rf"(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日{late}", "1", "2", "3"),
    ]
    cases += [made(pattern, "1", "2", "01") for pattern in _MONTHS]
    monday = f"(date_trunc('week', try_cast(regexp_extract({text}, '^{_WEEK}$', 1) || '-01-04' AS DATE)) + to_days(7 * (try_cast(regexp_extract({text}, '^{_WEEK}$', 2) AS INTEGER) - 1)))"
    cases.append(
        f"WHEN regexp_full_match({text}, '{_WEEK}') THEN CASE WHEN weekofyear({monday}) = try_cast(regexp_extract({text}, '^{_WEEK}$', 2) AS INTEGER) THEN {monday}::DATE END"
    )
    if year is not None:
        cases.append(made(r"(\d{1,2})月(\d{1,2})日", f"{year:04d}", "1", "2"))
    if order:
        first, second = ("1", "2") if order == "mdy" else ("2", "1")
        cases += [
            made(rf"(\d{{1,2}}){s}(\d{{1,2}}){s}(\d{{4}}){late}", "3", first, second)
            for s in ("/", "-", r"\.")
        ]
    return "CASE " + " ".join(cases) + " END"


_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT)| ?[-+]\d{2}(?::?\d{2})?)"


def time(
    raw: str, order: str | None = None, year: int | None = None, zone: str | None = None
) -> str:
    """SQL: a TIMESTAMP. Times with a zone become clock times of `zone` (UTC by default); others stay as written."""
    text = f"_clean({raw})"
    rest = f"regexp_extract({text}, '[ T]\\d{{1,2}}(:\\d{{2}}(:\\d{{2}}(\\.\\d{{1,9}})?)?)', 1)"
    clock = (
        f"CASE WHEN NOT regexp_matches({text}, '[ T]\\d{{1,2}}:') THEN TIME '00:00' ELSE try_cast("
        f"lpad(regexp_extract({text}, '[ T](\\d{{1,2}}):', 1), 2, '0') || {rest} || CASE WHEN length({rest}) = 3 THEN ':00' ELSE '' END AS TIME) END"
    )
    to = quote(zone or "UTC")
    zoned = (
        f"WHEN regexp_full_match({text}, '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]{_CLOCK}{_ZONE}') THEN "
        f"timezone({to}, try_cast(regexp_replace(regexp_replace({text}, ' ?(Z|UTC|GMT)$', '+00:00'), ' ?([-+]\\d{{2}}):?(\\d{{2}})$', '\\1:\\2') AS TIMESTAMPTZ))"
    )
    plain = f"WHEN regexp_full_match({raw}, '\\d{{4}}-\\d{{2}}-\\d{{2}} \\d{{2}}:\\d{{2}}:\\d{{2}}') THEN try_cast({raw} AS TIMESTAMP)"
    return f"CASE {plain} {zoned} ELSE {day(raw, order, year)} + {clock} END"


def is_zoned(raw: str) -> str:
    """SQL: the time in `raw` says its zone."""
    return f"regexp_matches(_clean({raw}), '\\d:\\d{{2}}(?::\\d{{2}}(?:\\.\\d{{1,9}})?)?{_ZONE}$')"


def epoch(raw: str, per_second: int, zone: str | None = None) -> str:
    """SQL: a TIMESTAMP from seconds (or fractions of them) since 1970."""
    micros = 1_000_000 // per_second
    return (
        f"CASE WHEN regexp_full_match(trim({raw}), '\\d{{9,17}}') THEN "
        f"timezone({quote(zone or 'UTC')}, timezone('UTC', make_timestamp(try_cast(trim({raw}) AS BIGINT) * {micros}))) END"
    )


def text(raw: str) -> str:
    """SQL: text without the blanks, tabs and invisible characters at its ends; NULL where there is none."""
    bare = f"trim(trim({raw}, ' \u00a0\u3000\t\u200b\ufeff'))"
    return f"CASE WHEN _gone({raw}) THEN NULL ELSE {bare} END"


def ident(raw: str) -> str:
    """SQL: an id as text; the dress of spreadsheets (="123", '123) comes off; a number shortened to 1.2E+17 is NULL."""
    bare = f"trim({raw}, ' \u00a0\u3000\t\u200b\ufeff')"
    undressed = f"CASE WHEN regexp_full_match({bare}, '=\"[^\"]*\"') THEN {bare}[3:-2] WHEN {bare}[1] = '''' THEN {bare}[2:] ELSE {bare} END"
    return f"CASE WHEN _gone({raw}) THEN NULL WHEN regexp_full_match({bare}, '\\d(\\.\\d+)?[eE]\\+\\d+') THEN NULL ELSE {undressed} END"
