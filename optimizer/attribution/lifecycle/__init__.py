"""Lifecycle attribution: what each channel causes at each stage, organic shown as organic.

See docs/explanation/lifecycle.md. The files from left to right: `sequence` and `chain` (nouns),
`parameters`, `forward_backward`, `em` (hidden levels), `buyers` (after the first purchase),
`incrementality` (the calendar), `believed` (other evidence), `stage_values` (credit), `replicates`, `model`,
`history`, `fit`, `experiments`, `assumptions`, `adapter`.
"""

from __future__ import annotations

from optimizer.attribution.lifecycle.adapter import as_credit, lifecycle
from optimizer.attribution.lifecycle.fit import fit_days, fit_lifecycle
from optimizer.attribution.lifecycle.model import Lifecycle, Split

__all__ = ["Lifecycle", "Split", "as_credit", "fit_days", "fit_lifecycle", "lifecycle"]
