"""Each ratio once, each by hand; numbers for people in both languages."""

from __future__ import annotations

import pytest

from optimizer import units
from optimizer.number_format import Locale


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (units.cac(900, 20), 45.0),
        (units.cac(900, 0), None),
        (units.roi(300, 150), 2.0),
        (units.roi(300, 0), None),
        (units.profit_roi(300, 0.6, 100), 0.8),
        (units.profit(300, 0.6, 100), 80.0),
        (units.marginal_cac(0.02), 50.0),
        (units.marginal_cac(0), None),
        (units.ctr(3, 200), 0.015),
        (units.cvr(4, 80), 0.05),
        (units.aov(500, 4), 125.0),
        (units.repurchase_rate(3, 12), 0.25),
        (units.change(120, 100), 0.2),
        (units.change(120, 0), None),
    ],
)
def test_ratio(got: float | None, expected: float | None) -> None:
    assert got == (None if expected is None else pytest.approx(expected, rel=1e-15))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (Locale("zh").short(123456), "12.3万"),
        (Locale("zh").short(2.5e8), "2.5亿"),
        (Locale("en").short(12345), "12.3k"),
        (Locale("en").short(2_500_000), "2.5M"),
        (Locale("en").money(-12345.4), "-￥12,345"),
        (Locale("en", "USD").money(3.456, 2), "$3.46"),
        (Locale("en").money(-0.2), "￥0"),
        (Locale("zh").percent(0.1234, 1), "12.3%"),
        (Locale("en").number(None), "-"),
        (Locale("en").signed(3.2), "+3"),
        (Locale("en").signed(-3.2), "-3"),
    ],
)
def test_numbers_for_people(text: str, expected: str) -> None:
    assert text == expected
