"""Curves from data: known curves come back, money's unit never matters, thin data are said to be thin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import UserError
from optimizer.response.fit import fit, fit_curve, from_point_elasticity


def weeks(
    seed: int = 0, count: int = 40, noise: float = 0.0, half: float = 800.0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = 1000 * np.exp(rng.normal(0, 0.7, count))
    x[::7] = 0.0
    return x, 5000 * x / (half + x) * np.exp(rng.normal(0, noise, count))


def test_a_clean_curve_comes_back() -> None:
    x, y = weeks()
    curve = fit_curve(x, y)
    grid = np.linspace(0, 4000, 9)
    np.testing.assert_allclose(curve(grid), 5000 * grid / (800 + grid), rtol=0.01)
    assert curve.evidence.source == "fitted"
    assert curve.evidence.observed == (0.0, x.max())
    assert curve.evidence.r2 > 0.999


def test_noise_moves_it_little_and_draws_surround_it() -> None:
    x, y = weeks(3, 52, 0.1)
    found = fit(x, y)
    assert float(found.curve(1000)) == pytest.approx(5000 * 1000 / 1800, rel=0.06)
    rng = np.random.default_rng(1)
    draws = np.array([float(found.draw(rng)(4000)) for _ in range(300)])
    assert draws.std() > 0
    assert np.quantile(draws, 0.02) < 5000 * 4000 / 4800 < np.quantile(draws, 0.98)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.sampled_from([1e-4, 1e3, 1e8]), st.floats(0.0, 0.4))
def test_scale_and_order_do_not_matter_and_it_is_concave(
    seed: int, money: float, noise: float
) -> None:
    x, y = weeks(seed, 20, noise)
    one = fit_curve(x, y)
    mixed = np.random.default_rng(seed).permutation(len(x))
    other = fit_curve(x[mixed] * money, y[mixed])
    grid = np.linspace(0, 3 * x.max(), 30)
    np.testing.assert_allclose(other(grid * money), one(grid), rtol=1e-6, atol=1e-9)
    values = one(grid)
    assert values[0] == 0
    assert (np.diff(values) >= 0).all()
    assert (np.diff(values, 2) <= 1e-9 * values.max()).all()


def test_organic_conversions_stay_organic() -> None:
    x, y = weeks()
    curve = fit_curve(x, y / 100 + 12.0, intercept=True)
    assert float(curve(0.0)) == 0
    assert float(curve(1000)) == pytest.approx(5000 * 1000 / 1800 / 100, rel=0.1)
    assert "come without spend" in str(curve.evidence.note)
    bought = fit_curve(x, y / 100 + 12.0, intercept=False)
    assert float(bought(500)) > float(curve(500)) + 3  # what goes wrong without it


@pytest.mark.parametrize(
    "spend", [[100.0], [100.0] * 8, [0.0, 100.0, 0.0, 100.0], [100, 100.2, 100.1, 99.9, 100.0]]
)
def test_thin_data_fall_back_to_a_stated_elasticity_and_say_so(spend: list[float]) -> None:
    x = np.array(spend, dtype=float)
    curve = fit_curve(x, 7 * x, elasticity=0.5)
    mean = x[x > 0].mean()
    assert float(curve(mean)) == pytest.approx(7 * mean)
    assert float(curve.slope(mean)) == pytest.approx(0.5 * 7)
    assert "elasticity of 0.5" in str(curve.evidence.note)
    assert curve.evidence.source == "point"


def test_weeks_that_do_not_tell_the_bend_lean_on_the_typical_one() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(90, 110, 12)
    curve = fit_curve(x, 3 * x * np.exp(rng.normal(0, 0.2, 12)))
    assert "hardly visible" in str(curve.evidence.note)
    assert float(curve.slope(100.0)) * 100 / float(curve(100.0)) == pytest.approx(0.6, abs=0.2)


def test_through_one_point() -> None:
    curve = from_point_elasticity(1000.0, 50.0, 0.4)
    assert float(curve(1000.0)) == pytest.approx(50)
    average, marginal = 1000 / 50, 1 / float(curve.slope(1000.0))
    assert marginal == pytest.approx(average / 0.4)
    assert float(from_point_elasticity(1000.0, 50.0, 1.0)(2000.0)) == pytest.approx(100, rel=2e-3)
    assert float(from_point_elasticity(1000.0, 0.0)(2000.0)) == 0


def test_no_response_and_missing_weeks() -> None:
    curve = fit_curve([10.0, 20.0, 30.0], [0.0, 0.0, 0.0])
    assert float(curve(25.0)) == 0
    x, y = weeks()
    y[3] = np.nan
    assert fit_curve(x, y).evidence.points == len(x) - 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: fit_curve([0.0, 0.0], [1.0, 2.0]),
        lambda: fit_curve([], []),
        lambda: fit_curve([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], shape="wavy"),
        lambda: from_point_elasticity(0.0, 3.0),
        lambda: from_point_elasticity(3.0, 3.0, 1.5),
        lambda: from_point_elasticity(3.0, float("nan")),
    ],
)
def test_nothing_to_fit_is_a_message(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError):
        call()
