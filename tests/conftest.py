"""Shared by all tests: the command line in this process, and where the shared data stand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
os.environ["LC_ALL"] = (
    "C.UTF-8"  # whoever runs the tests: what is asserted is English, unless a test asks for Chinese
)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def optimizer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run the command line in this process: optimizer("plan", folder, "--format", "json") ->
    Ran(code, out, err).

    A traceback is a failure of the test that called it.
    """

    def call(*words: str | Path) -> Ran:
        from optimizer.cli.app import run

        monkeypatch.setattr(sys, "argv", ["optimizer", *map(str, words)])
        capsys.readouterr()
        try:
            code = run()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call
