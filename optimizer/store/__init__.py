"""What was worked out before, kept beside the scenario: `.optimizer/`, safe to delete.

`entries` keeps values by a key that names everything they depend on; `encoding` is how a value is
written: numbers, texts, arrays and our own frozen dataclasses, as JSON and arrays in one file.
"""

from optimizer.store.entries import NOTHING_KEPT as NOTHING_KEPT
from optimizer.store.entries import Kept as Kept
from optimizer.store.entries import Store as Store
