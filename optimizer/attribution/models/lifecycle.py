"""The lifecycle model joins the others; it is fitted in `optimizer.attribution.lifecycle`."""

from __future__ import annotations

from optimizer.attribution.lifecycle.adapter import lifecycle as lifecycle
