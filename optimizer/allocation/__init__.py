"""Allocation: the budget problem, its rules, its solution and its proof."""
