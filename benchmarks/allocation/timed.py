"""Running one way of solving in a process of its own, with a limit on its processor time."""

from __future__ import annotations

import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

VENVS = Path(__file__).parents[1] / ".venvs"


def timed(
    way: Callable[..., Any], given: tuple[Any, ...], limit: float
) -> tuple[float | None, Any]:
    """(processor seconds, what it returned); (None, None) where it passed the limit."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=_call, args=(theirs, way, given, limit)
    )
    child.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(limit * 4) else (None, None)
    except EOFError:  # stopped at its limit
        found = (None, None)
    child.kill()
    child.join()
    seconds: float | None = found[0]
    return seconds, found[1]


def _call(pipe: Any, way: Callable[..., Any], given: tuple[Any, ...], limit: float) -> None:
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + limit) + 1, int(used + limit) + 2))
    start = time.process_time()
    out = way(*given)
    pipe.send((time.process_time() - start, out))


def elsewhere(venv: str, script: str, limit: float, **numbers: Any) -> tuple[float | None, Any]:
    """The same for a script in another environment (benchmarks/.venvs/NAME); FileNotFoundError where there is none."""
    python = VENVS / venv / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(python)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "given.npz"
        np.savez(file, **numbers)
        try:
            ran = subprocess.run(
                [str(python), str(Path(__file__).with_name(script)), str(file)],
                capture_output=True,
                text=True,
                timeout=limit * 3,
                check=True,
            )
        except subprocess.TimeoutExpired:
            return None, None
        except subprocess.CalledProcessError as error:
            print(error.stderr[-300:], file=sys.stderr)
            return None, None
    found = json.loads(ran.stdout.strip().splitlines()[-1])
    return (
        (found["seconds"], np.array(found["spend"])) if found["seconds"] <= limit else (None, None)
    )
