"""Response: what spend brings, as curves."""
