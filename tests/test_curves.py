"""Every registered curve: 0 at 0, never falls, bends as it says; its outlines are certified."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.allocation.piecewise import estimator, first_grid, refined_grid
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Goal, Problem
from optimizer.errors import UserError
from optimizer.response.curve import CURVES, Array, Curve, Region, stated
from optimizer.response.shapes.bounded import saturating
from optimizer.response.shapes.growing import power
from optimizer.response.shapes.s_shaped import hill
from optimizer.response.shapes.straight import linear, pieces

size = st.floats(0.01, 1e6)
SHAPES: dict[str, st.SearchStrategy[Curve]] = {
    "saturating": st.builds(
        lambda a, b: stated("saturating", {"ceiling": a, "half_spend": b}), size, size
    ),
    "exponential": st.builds(
        lambda a, b: stated("exponential", {"ceiling": a, "half_spend": b}), size, size
    ),
    "tanh": st.builds(lambda a, b: stated("tanh", {"ceiling": a, "scale": b}), size, size),
    "logistic": st.builds(
        lambda a, m, k: stated("logistic", {"ceiling": a, "midpoint": m, "rate": k / m}),
        size,
        size,
        st.floats(0.5, 20),
    ),
    "power": st.builds(
        lambda a, b, e: stated("power", {"spend": a, "response": b, "elasticity": e}),
        size,
        size,
        st.floats(0.2, 1),
    ),
    "log": st.builds(lambda a, b: stated("log", {"gain": a, "scale": b}), size, size),
    "hill": st.builds(
        lambda a, b, n: stated("hill", {"ceiling": a, "half_spend": b, "steepness": n}),
        size,
        size,
        st.floats(0.3, 6),
    ),
    "averaged": st.lists(st.tuples(size, size), min_size=1, max_size=6).map(
        lambda draws: stated(
            "averaged",
            {"ceilings": tuple(c for c, _ in draws), "half_spends": tuple(h for _, h in draws)},
        )
    ),
    "linear": st.builds(
        lambda a, b: stated("linear", {"rate": a, "cap": b}), size, st.none() | size
    ),
    "pieces": st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.0, 50)), min_size=1, max_size=5)
    .filter(lambda p: any(s > 0 for _, s in p))
    .map(lambda p: stated("pieces", p)),
}


def every(test: Callable[..., None]) -> Callable[..., None]:
    """Run a property for every registered shape, rescale_horizon and scaled at random."""
    named = pytest.mark.parametrize("name", list(CURVES))(test)
    return named


def draw(data: st.DataObject, name: str) -> tuple[Curve, float]:
    curve = (
        data.draw(SHAPES[name])
        .times(data.draw(st.floats(0.1, 10)))
        .rescale_horizon(data.draw(st.floats(0.5, 20)))
    )
    return curve, curve.natural_spend * data.draw(st.floats(0.2, 20))


def test_every_shape_is_tested() -> None:
    assert set(SHAPES) == set(CURVES)


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_zero_at_zero_and_never_falls(name: str, data: st.DataObject) -> None:
    curve, reach = draw(data, name)
    x = np.linspace(0, reach, 200)
    y = curve(x)
    assert y[0] == 0
    assert np.all(np.isfinite(y))
    assert np.all(np.diff(y) >= -1e-9 * y[-1])


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_bends_as_its_regions_say(name: str, data: st.DataObject) -> None:
    curve, reach = draw(data, name)
    parts = curve.regions()
    ends = [r.start for r in parts[1:]] + [max(reach, 2 * parts[-1].start)]
    for part, end in zip(parts, ends, strict=True):
        x = np.linspace(part.start, end, 60)
        second = np.diff(curve(x), 2)
        room = 1e-9 * max(float(curve(end)), 1e-300)
        if part.bend <= 0:
            assert np.all(second <= room)
        if part.bend >= 0:
            assert np.all(second >= -room)
    if curve.concave:
        assert np.all(np.diff(curve(np.linspace(0, reach, 300)), 2) <= 1e-9 * float(curve(reach)))


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_slope_is_the_derivative(name: str, data: st.DataObject) -> None:
    curve, reach = draw(data, name)
    corners = np.array([r.start for r in curve.regions() if r.bend == 0])
    x = np.linspace(0.05, 1, 40) * reach
    if len(corners):
        x = x[np.min(np.abs(x[:, None] - corners), axis=1) > 1e-4 * reach]
    h = 1e-6 * reach
    numeric = (curve(x + h) - curve(x - h)) / (2 * h)
    assert curve.slope(x) == pytest.approx(
        numeric, rel=1e-4, abs=1e-6 * float(curve(reach)) / reach
    )


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_outlines_hold_the_curve_between_them(name: str, data: st.DataObject) -> None:
    curve, reach = draw(data, name)
    curves = {"customers": curve, "exposure": saturating(ceiling=5.0, half_spend=reach / 3)}
    grid = first_grid(curves, reach, data.draw(st.integers(2, 12)))
    for p in data.draw(st.lists(st.floats(1e-6, 1), max_size=3)):
        grid = refined_grid(grid, [p * reach])
    below, above = estimator(curves, grid, False), estimator(curves, grid, True)
    envelope = above.concave_envelope()
    x = np.concatenate([np.geomspace(1e-9, 1, 40), np.linspace(0, 2, 81)]) * reach
    for key, true in curves.items():
        y, room = true(x), 1e-9 * float(true(2 * reach))
        assert np.all([above.value_at(key, v) for v in x] >= y - room)
        assert np.all([below.value_at(key, v) for v in x] <= y + room)
        assert np.all(
            [envelope.value_at(key, v) for v in x]
            >= np.array([above.value_at(key, v) for v in x]) - room
        )
        at, v = envelope.at, envelope.values[key]
        between = v[:-2] + (v[2:] - v[:-2]) * (at[1:-1] - at[:-2]) / (at[2:] - at[:-2])
        assert np.all(v[1:-1] >= between - room)  # it bends down everywhere


@settings(max_examples=200, deadline=None, derandomize=True)
@given(scale=st.floats(1e-3, 1e3), width=st.floats(0.1, 100))
def test_a_scaled_corner_is_still_a_corner(scale: float, width: float) -> None:
    """Rounding once made a curve whose slope rises look concave, and its plan 10 % too small."""
    rising = pieces(pieces=((width, 1.0), (width / 3, 3.0), (1.0, 0.5))).rescale_price(scale)
    assert not rising.concave
    for part, slope in zip(rising.regions(), (1.0, 3.0, 0.5, 0.0), strict=True):
        assert float(rising.slope(part.start)) * scale == pytest.approx(slope)
    capped = linear(rate=2.0, cap=width).rescale_price(scale)
    assert float(capped.slope(capped.regions()[1].start)) == 0


def test_error_falls_fourfold_per_halving() -> None:
    curve = saturating(ceiling=100.0, half_spend=50.0)
    x = np.linspace(0, 200, 4001)
    errors = []
    for n in (16, 32, 64):
        shape = estimator({"customers": curve}, np.linspace(0, 200, n + 1), False)
        errors.append(float(np.max(curve(x) - np.interp(x, shape.at, shape.values["customers"]))))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.3)
    widest = 200 / 64
    assert errors[2] <= widest**2 * 2 * 100 / 50**2 / 8  # h^2 max|f''| / 8


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_spend_at_slope(name: str, data: st.DataObject) -> None:
    curve, reach = draw(data, name)
    slope = float(curve.slope(reach * data.draw(st.floats(0.1, 1)))) * data.draw(st.floats(0.5, 2))
    limit = float(curve.spend_at_slope(slope))
    if slope > 0 and math.isfinite(limit):
        beyond = limit * np.array([1.0001, 1.1, 2, 10]) + 1e-12 * reach
        assert np.all(curve.slope(beyond) < slope * (1 + 1e-9))
        if limit > 0:
            assert float(curve.slope(limit * (1 - 1e-9))) >= slope * (1 - 1e-6)


def test_stretching_is_even_pacing() -> None:
    weekly = saturating(ceiling=100.0, half_spend=50.0)
    assert float(weekly.rescale_horizon(8)(400.0)) == pytest.approx(8 * float(weekly(50.0)))


def test_one_shape_is_a_case_of_another() -> None:
    x = np.linspace(0, 500, 100)
    assert hill(ceiling=10.0, half_spend=40.0, steepness=1.0)(x) == pytest.approx(
        saturating(ceiling=10.0, half_spend=40.0)(x)
    )
    assert power(spend=10.0, response=5.0, elasticity=1.0)(x) == pytest.approx(linear(rate=0.5)(x))
    assert pieces(pieces=((40.0, 0.5),))(x) == pytest.approx(linear(rate=0.5, cap=40.0)(x))
    assert float(stated("exponential", {"ceiling": 8.0, "half_spend": 3.0})(6.0)) == pytest.approx(
        6.0
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("saturating", {"ceiling": -3, "half_spend": 2}, "would fall"),
        ("saturating", {"ceiling": math.inf, "half_spend": 2}, "not finite"),
        ("saturating", {"ceiling": 3}, "needs half_spend"),
        ("saturating", {"ceiling": 3, "half_spend": 2, "celing": 1}, "has no 'celing'"),
        ("pieces", [[10, 5], [10, -1]], "falls"),
        ("pieces", [[0, 5]], "width"),
        ("pieces", [], "empty"),
        ("pieces", [[10, math.nan]], "not finite"),
        ("power", {"spend": 1, "response": 1, "elasticity": 1.5}, "faster"),
        ("hil", {"ceiling": 1}, "unknown curve 'hil'"),
    ],
)
def test_impossible_curves_are_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(UserError, match=said):
        stated(name, value)


@dataclass(frozen=True, kw_only=True)
class gompertz(Curve):
    """ceiling * (G(x) - G(0)) / (1 - G(0)), G = exp(-displacement * exp(-rate * x)): as a plug-in would write it."""

    ceiling: float
    displacement: float
    rate: float

    def check(self) -> None:
        assert min(self.ceiling, self.displacement, self.rate) > 0

    def shape(self, x: Array) -> Array:
        grown = np.exp(-self.displacement * np.exp(-self.rate * x)) - math.exp(-self.displacement)
        return np.asarray(self.ceiling * grown / -math.expm1(-self.displacement))

    def shape_slope(self, x: Array) -> Array:
        left = self.displacement * np.exp(-self.rate * x)
        top = self.ceiling * self.rate / -math.expm1(-self.displacement)
        return np.asarray(top * left * np.exp(-left))

    def shape_regions(self) -> tuple[Region, ...]:
        if self.displacement <= 1:
            return (Region(0.0, -1),)
        return (Region(0.0, 1), Region(math.log(self.displacement) / self.rate, -1))

    def shape_bend(self) -> float:
        return 1 / self.rate


@dataclass(frozen=True, kw_only=True)
class filling(Curve):
    """`saturating`, its parameters under other names and with nothing said but what must be."""

    brim: float
    tempo: float

    def check(self) -> None:
        assert min(self.brim, self.tempo) > 0

    def shape(self, x: Array) -> Array:
        return np.asarray(self.brim * x / (1 / self.tempo + x))

    def shape_slope(self, x: Array) -> Array:
        return np.asarray(self.brim / self.tempo / (1 / self.tempo + x) ** 2)

    def shape_bend(self) -> float:
        return 1 / self.tempo


def best(curve: Curve, value: float) -> float:
    """The spend of the most profitable plan that nothing limits."""
    feed = Decision(channel="feed", curves={"customers": curve}, value=value)
    plan = solve(Problem((feed,), goal=Goal("profit")), explain=False)
    assert plan.status == "optimal"
    return plan.spend_by_channel()["feed"]


def test_a_curve_is_known_by_what_it_declares() -> None:
    """A new curve's scale was once guessed from parameter names; with others the plan had "no limit"."""
    assert best(gompertz(ceiling=1e5, displacement=1, rate=1e-7), 1000) == pytest.approx(
        26.94e6, rel=2e-3
    )
    assert best(gompertz(ceiling=1e5, displacement=20, rate=1e-7), 1000) > 30e6  # an S


def test_names_of_parameters_change_no_plan() -> None:
    known = saturating(ceiling=3e5, half_spend=2e7)
    unusual = filling(brim=3e5, tempo=1 / 2e7)
    assert best(unusual, 1000) == pytest.approx(best(known, 1000), rel=1e-3)
    assert unusual.natural_spend == pytest.approx(known.natural_spend)
    slopes = np.array([1e-3, 5e-3, 1.0])
    assert unusual.spend_at_slope(slopes) == pytest.approx(known.spend_at_slope(slopes), rel=1e-9)


def test_a_curve_may_be_told_to_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CURVES, "_entries", {**{name: CURVES[name] for name in CURVES}})
    CURVES.register(filling)
    made = stated("filling", {"brim": 10, "tempo": 0.5})
    assert float(made(2.0)) == 5
    assert CURVES.help("filling").startswith("`saturating`, its parameters")
