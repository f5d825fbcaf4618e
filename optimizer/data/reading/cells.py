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
    # the same in other languages of the platforms
    r"|(gesamt(summe|ergebnis)?|summe|totale|totaux|totaal|total( general)?|suma|razem"
    r"|итого|всего|合計|総計|小計|합계|총계|总计|合计)"
    r"(\s*[:：]\s*(konto|kampagnen?|anzeigengruppen?|compte|campagnes?|cuenta|campañas?|conta"
    r"|campanhas?|account|campagn[ae]|帐号|账号|帐户|账户|广告系列|广告组|广告|关键字|搜索|展示|视频"
    r"|アカウント|キャンペーン|계정|캠페인|аккаунт|кампании))?"
)
_TOTAL_FORM = rf"(?i)\s*({TOTALS})\s*"
_TOTALS_BEGIN = ", ".join(
    str(ord(first)) for first in "\t\n\r\f\v 合总汇小共本当全所総합총иИвВAaGgTtSsRr"
)
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
