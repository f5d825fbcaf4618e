"""The money an amount is written in: by the signs and codes that stand beside numbers."""

from __future__ import annotations

import re

from optimizer.data.engine import literal

# sign -> ISO 4217; longer signs come first where one begins another
SIGNS: dict[str, str] = {
    "US$": "USD",
    "HK$": "HKD",
    "NT$": "TWD",
    "S$": "SGD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "MX$": "MXN",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "RMB": "CNY",
    "円": "JPY",
    "₹": "INR",
    "Rs.": "INR",
    "Rs": "INR",
    "RM": "MYR",
    "Rp": "IDR",
    "₩": "KRW",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₺": "TRY",
    "₽": "RUB",
    "zł": "PLN",
}
CODES = (
    *("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "CHF", "SEK"),
    *("NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "RUB", "INR", "MYR", "IDR", "THB", "PHP"),
    *("VND", "KRW", "BRL", "MXN", "CLP", "COP", "ARS", "ZAR", "AED", "SAR", "ILS", "MOP"),
)
# "$" may mean any of them
DOLLARS = {"AUD", "CAD", "HKD", "SGD", "NZD", "TWD", "MXN", "CLP", "COP", "ARS", "BRL"}
NAMES = {
    **dict.fromkeys(("人民币", "RMB", "元", "CN¥", "¥"), "CNY"),
    **dict.fromkeys(("美元", "美金", "$", "US$"), "USD"),
    **dict.fromkeys(("欧元", "€"), "EUR"),
    **dict.fromkeys(("英镑", "£"), "GBP"),
    **dict.fromkeys(("日元", "日圆", "円"), "JPY"),
    **dict.fromkeys(("港币", "港元", "HK$"), "HKD"),
    **dict.fromkeys(("新台币", "NT$"), "TWD"),
    **dict.fromkeys(("新加坡元", "S$"), "SGD"),
    **dict.fromkeys(("澳元", "A$"), "AUD"),
    **dict.fromkeys(("加元", "C$"), "CAD"),
}
# what the column that names the currency is called, as `header_key` writes it
HEADERS = (
    *("currency", "currencycode", "ordercurrency", "accountcurrency", "币种", "币种代码"),
    *("货币", "货币代码", "货币类型", "结算币种", "währung", "devise", "moneda", "valuta"),
)
_WRITTEN = sorted({*SIGNS, *CODES}, key=lambda sign: (-len(sign), sign))
# a regular expression for any of them, the longest first
ANY = "|".join(re.escape(sign) for sign in _WRITTEN)
_IN_HEADER = re.compile(rf"[(（\[]\s*({'|'.join(CODES)})\s*[)）\]]")


def code_sql(raw: str) -> str:
    """SQL: the currency an amount in text is written in ("¥" and 元 are one), or NULL."""
    sign = f"upper(regexp_extract(_clean({raw}), {literal('(?i)' + ANY)}))"
    cases = " ".join(f"WHEN '{written.upper()}' THEN '{code}'" for written, code in SIGNS.items())
    return f"CASE {sign} WHEN '' THEN NULL {cases} ELSE {sign} END"


def named_sql(raw: str) -> str:
    """SQL: the ISO code of a currency that a cell names ("usd", 美元), NULL where it is empty."""
    text = f"upper(trim(CAST({raw} AS VARCHAR)))"
    cases = " ".join(f"WHEN '{name}' THEN '{code}'" for name, code in NAMES.items())
    return f"CASE {text} {cases} ELSE NULLIF({text}, '') END"


def code_of(header: str) -> str | None:
    """The currency that a header names in brackets.

    >>> code_of("Amount spent (USD)"), code_of("Cost")
    ('USD', None)
    """
    found = _IN_HEADER.search(header)
    return found.group(1) if found else None
