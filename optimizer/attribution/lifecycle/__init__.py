"""Lifecycle attribution: what each channel causes at each stage, organic shown as organic. See docs/lifecycle.md."""

from __future__ import annotations

from optimizer.attribution.lifecycle.model import Lifecycle, Split, fit_days, fit_lifecycle
from optimizer.attribution.lifecycle.registered import as_credit, lifecycle

__all__ = ["Lifecycle", "Split", "as_credit", "fit_days", "fit_lifecycle", "lifecycle"]
