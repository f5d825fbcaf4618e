"""Native code that can bring a process down, in a process of its own with little memory and time.

A damaged or hostile file can abort the reader of workbooks, or have it ask for more memory than
there is; what it asks for is then told from how its process ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from optimizer.messages import Message, _

SECONDS = 120  # of a workbook
MEMORY = 4 << 30  # bytes of address space
_CODE = (
    "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep);"
    " from optimizer.data.reading.confined import confine; confine();"
    " from {module} import {function}; {function}(*sys.argv[2:])"
)


def run(module: str, function: str, words: Sequence[str]) -> Message | None:
    """Call a function in a confined process.

    Parameters
    ----------
    module, function
        What is called.
    words
        With which texts.

    Returns
    -------
    Message | None
        Why it did not end by itself; None where it did.
    """
    code = _CODE.format(module=module, function=function)
    command = [sys.executable, "-I", "-S", "-c", code, os.pathsep.join(sys.path), *words]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return _("it takes more than {n} seconds to read", n=SECONDS)
    if done.returncode == 0:
        return None
    if b"memory allocation of" in done.stderr or b"MemoryError" in done.stderr:
        return _("it takes more than {n} MB of memory to read", n=f"{MEMORY >> 20:,}")
    return _("it is damaged")


def confine() -> None:
    """Limit the memory and the processor time of this process, where the system can."""
    try:
        import resource  # POSIX only
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        __, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(kind, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
