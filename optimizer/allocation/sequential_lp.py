"""Plans where channels act on each other: repeated steps on a model that is exact near the plan.

At each plan the outcome model gives curves that hold near it, mended to first order
(`first_order`). The best plan on them, within a trust region, is judged by running the outcome
model again: it is taken if it keeps every rule there and is better, mended if it breaks one by a
little, and else the region shrinks (sequential linear programming; Griffith & Stewart 1961,
Fletcher & Sainz de la Maza 1989). Whole posts, commitments and numbers of channels are decided anew in every
step. Several starts, and for choices of channels an exchange of one for another, guard against
standing still in the wrong place.

What is proven is local: what the last step's model still promises anywhere in its region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.expression import TINY, Array, Comparison
from optimizer.allocation.feasibility import OutOfTimeError, feasible_spend
from optimizer.allocation.incumbent import Incumbent, Truth
from optimizer.allocation.infeasibility import joint_slack
from optimizer.allocation.local_search import LocalSearch, anchored
from optimizer.allocation.model import ConstraintBlock, referenced_responses
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import comparisons, spec_of
from optimizer.allocation.starts import exchanges, shut_channels, starts
from optimizer.allocation.step import STILL, Point, Question, apart, better, narrower

STEPS = 20
FEW_STEPS = 5  # where one channel is exchanged for another
MENDS = 4
SHORTEST = 1e-5  # trust region, as a share of the plan, at which there is nowhere left to go
SAME = 1e-2  # share of the money by which two plans differ that are the same
FARTHEST_MENDED = 0.3  # violation beyond which a plan is not mended
MENDED_WITHIN = 0.15  # of the plan's money, by which mending may move a decision
FEW_STARTS = 3  # where a later question has no plan near the first one's
GAPS = (1e-7, 1e-3)  # to which a local model is solved: the finest, and the coarsest
ROUGH = 0.05  # to which the least broken plan is looked for, on a model that will be left anyway
PATIENCE = 4  # steps that come no nearer to keeping the rules, after which none is looked for
HOPELESS = 0.03  # share of the goal by which a model near an exchange falls short of any use


class SequentialSearch(OuterApproximation):
    """The search of a problem with an outcome model, and of those much like it.

    Attributes
    ----------
    settled
        The plan that was found; later questions start from it (None: nothing was asked yet).
    reached
        The goal's value from each start of the first question that led to a plan.
    tried
        The starts of the first question.
    nearest
        The spend that breaks the rules least, where no plan was found.
    """

    settled: Array | None = None
    reached: tuple[float, ...] = ()
    tried: tuple[Array, ...] = ()
    nearest: Array | None = None
    _least = np.inf
    _frozen: LocalSearch | None = None
    _latest: LocalSearch | None = None

    def best(
        self,
        rules: Sequence[Rule],
        gap: float = 1e-4,
        goal: ConstraintBlock | None = None,
        any_plan: bool = False,
        truth: Truth | None = None,
    ) -> Incumbent:
        """See `OuterApproximation`; the bound holds near the plan only."""
        if self.late:
            return Incumbent("time_limit")
        own = self.with_stocks_of(rules)
        if own is not self:
            found = own.best(rules, gap, goal, any_plan, truth)
            self.solves += own.solves
            return found
        still = float(np.clip(gap / 10, STILL, 1e-4))
        asked = Question(rules, goal, truth or self.objective_value, truth, any_plan, still)
        first = self.settled is None
        begun = getattr(self.problem.outcome, "start", None)
        if not first and self._collide(rules):
            return Incumbent("infeasible")
        begin = [self.settled] if self.settled is not None else starts(self, rules)
        best, reached = self._from(asked, begin)
        if best.spend is None and (not first or begun is not None):
            more = starts(self, rules, anew=True)[: None if first else FEW_STARTS]
            best, reached = self._from(asked, more)
            begin = [*begin, *more]
        if first and best.spend is not None and begun is None and self._chooses(rules):
            best = self._exchanged(asked, best)
        if first:
            known = getattr(self.problem.outcome, "reached", ())
            self.reached, self.tried = known or reached, tuple(begin)
        if self.late and best.status == "optimal":
            best = replace(best, status="time_limit")
        return best

    def _from(self, asked: Question, begin: Sequence[Array]) -> tuple[Incumbent, tuple[float, ...]]:
        """The best plan that these starts lead to, and the value of each that led to one."""
        best, reached = Incumbent("infeasible"), []
        for start in begin:
            if best.spend is not None and (asked.any_plan or self.late):
                break
            found = self._climb(asked, start, STEPS, best.spend)
            if found.spend is not None:
                reached.append(found.value)
            best = better(best, found)
        return best, tuple(reached)

    def for_problem(self, problem: Problem) -> SequentialSearch:
        """See `OuterApproximation`: it begins where this one stands."""
        other = SequentialSearch(problem, self.solver, self.deadline)
        other.settled = self.settled
        return other

    def frozen(self) -> OuterApproximation:
        """The search on the model that holds near the plan."""
        if self._frozen is None and self.settled is not None:
            self._frozen = self.near(self.settled)
        return self._frozen or self

    def near(self, spend: Array, width: float = np.inf) -> LocalSearch:
        """The search on the model that holds near a spend, no decision further away than `width`
        currency.
        """
        local = anchored(self.problem, spend)
        low = np.maximum(spend - width, 0.0)
        solver = "arrays" if self.solver == "highs" else self.solver
        found = LocalSearch(local, solver, self.deadline, low=low, high=spend + width)
        if self._latest is not None:
            found.look_where(self._latest, spend)
        self._latest = found
        return found

    def _collide(self, rules: Sequence[Rule]) -> bool:
        """Whether no spend keeps even the rules that ask for nothing but money: they are the same
        near every plan, so that one model tells what no start would find.
        """
        near = self.frozen()
        alone = [
            rule
            for rule in rules
            if "marginal" not in spec_of(rule).speaks_of  # read off curves, though it bounds money
            and not referenced_responses([near.constraint_block(rule)])
        ]
        before = near.solves
        try:
            return feasible_spend(near, alone) is None
        except OutOfTimeError:
            return False
        finally:
            self.solves += near.solves - before

    def _chooses(self, rules: Sequence[Rule]) -> bool:
        """Whether channels are chosen: by number, by set-up, by commitment."""
        return any(spec_of(rule).counts_channels for rule in rules) or bool(
            np.any(self.problem.setups > 0)
        )

    def _judged(self, asked: Question, spend: Array) -> Point:
        plan = evaluate(self.problem, spend)
        rows: list[Comparison] = [row for rule in asked.rules for row in comparisons(rule, plan)]
        violation = max((row.violation() for row in rows), default=-np.inf)
        return Point(spend, violation, asked.truth(spend))

    def _climb(
        self,
        asked: Question,
        start: Array,
        steps: int,
        known: Array | None = None,
        least: float = -np.inf,
    ) -> Incumbent:
        """The best plan that steps from one start lead to; `known`: one that need not be found
        again; `least`: what it must promise to be worth.
        """
        here = self._judged(asked, self.project(start))
        width, promised, rounds, model, gap = np.inf, np.inf, 0, None, GAPS[1]
        failed = 0
        while rounds < steps and failed < PATIENCE:
            rounds += 1
            if self.late or (asked.any_plan and here.kept):
                break
            size = max(float(np.sum(here.spend)), float(np.sum(start)), TINY)
            local = self.near(here.spend, width)
            found = local.best(asked.rules, gap, asked.goal, False, asked.own_truth)
            self.solves += local.solves
            model = found.model or model
            if found.spend is not None and found.bound < least:
                break
            if here.kept and found.spend is not None:
                promised = max(0.0, found.bound - here.value)
                share = promised / max(abs(here.value), TINY)
                finest = max(GAPS[0], asked.still / 10)
                if gap > finest and share < 10 * gap:
                    again = share <= 2 * gap  # as near as this can tell: look closer
                    gap = float(np.clip(share / 50, finest, gap / 10))
                    if again:
                        continue
                if share <= asked.still:
                    break
            there = self._step(asked, here, local, found)
            if there is not None and there.beats(here):
                gain = there.value - here.value
                if here.kept and gain < 0.25 * promised:
                    width = narrower(width, here.spend, there.spend, size)
                elif np.isfinite(width):
                    width *= 2.0
                here, failed = there, 0
            else:
                failed += not here.kept
                to = here.spend if found.spend is None else found.spend
                width = narrower(width, here.spend, to, size)
            if width < SHORTEST * size:
                break
            if known is not None and here.kept and apart(here.spend, known) < SAME:
                break
        if not here.kept:
            self._remember(here)
            return Incumbent("time_limit" if self.late else "infeasible")
        bound = here.value + (promised if np.isfinite(promised) else 0.0)
        return Incumbent("optimal", here.spend, here.value, bound, model, rounds)

    def _step(
        self, asked: Question, here: Point, local: LocalSearch, found: Incumbent
    ) -> Point | None:
        """Where a local model's plan leads (None: nowhere)."""
        if found.spend is not None:
            return self._mended(asked, here, self._judged(asked, found.spend))
        return None if here.kept else self._least_broken(asked, local)

    def _remember(self, here: Point) -> None:
        if self.nearest is None or here.violation < self._least:
            self.nearest, self._least = here.spend, here.violation

    def _least_broken(self, asked: Question, local: LocalSearch) -> Point | None:
        """The spend that breaks the rules least on a local model."""
        aim, beyond, rest = joint_slack(local, asked.rules)
        found = local.best(rest, ROUGH, goal=aim, truth=beyond)
        self.solves += local.solves
        return None if found.spend is None else self._judged(asked, found.spend)

    def _mended(self, asked: Question, here: Point, there: Point) -> Point:
        """A plan that breaks a rule by what the local model missed: linearised again where it
        stands, with the same channels, or brought back on the way from a plan that keeps all.
        """
        for _ in range(MENDS):
            if there.kept or there.violation > FARTHEST_MENDED or self.late:
                break
            shut = shut_channels(self.problem, there.spend)
            local = self.near(there.spend, MENDED_WITHIN * float(np.sum(there.spend)))
            rules = [*asked.rules, *shut]
            found = local.best(rules, GAPS[0], asked.goal, False, asked.own_truth)
            self.solves += local.solves
            if found.spend is None:
                break
            nearer = self._judged(asked, found.spend)
            if not nearer.kept and nearer.violation > 0.5 * there.violation:
                break
            there = nearer
        if there.kept or not here.kept:
            return there
        for share in (0.99, 0.9, 0.5):
            between = self._judged(
                asked, self.project(here.spend + share * (there.spend - here.spend))
            )
            if between.kept:
                return between
        return there

    def _exchanged(self, asked: Question, best: Incumbent) -> Incumbent:
        """The best plan after one channel takes another's place, as long as that gains."""
        for _ in range(3):
            assert best.spend is not None
            before = best.value
            for start, shut in exchanges(self.problem, best.spend, asked.rules):
                if self.late:
                    return best
                narrowed = replace(asked, rules=[*asked.rules, *shut])
                least = best.value - HOPELESS * abs(best.value)
                best = better(best, self._climb(narrowed, start, FEW_STEPS, least=least))
            if best.value <= before + STILL * abs(before):
                break
        return best


def search_of(problem: Problem, solver: str, deadline: float | None) -> OuterApproximation:
    """The search that suits a problem.

    Parameters
    ----------
    problem
        The problem, its decisions in canonical order.
    solver, deadline
        As `Relaxation` takes them.
    """
    kind = OuterApproximation if problem.outcome is None else SequentialSearch
    return kind(problem, solver, deadline)
