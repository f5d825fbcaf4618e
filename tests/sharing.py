"""What is slow and the same in several files or workers is made once per run of the tests."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")
LONGEST = 900.0  # seconds to wait for another worker before making it again


def made_once(folder: Path, name: str, make: Callable[[], Made]) -> Made:
    """What `make` returns; of several processes that ask, one makes it, and leaves it in a file.

    Each caller has a copy of its own.
    """
    kept, claim = folder / f"{name}.pickle", folder / f"{name}.claim"
    waited_until = time.monotonic() + LONGEST
    while not kept.exists():
        try:
            os.close(os.open(claim, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            if time.monotonic() < waited_until:
                time.sleep(0.1)
                continue
        try:
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(make()))
            part.replace(kept)
        finally:
            claim.unlink(missing_ok=True)
    return pickle.loads(kept.read_bytes())
