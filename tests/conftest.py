"""Shared by all tests: the command line in this process, and where the shared data stand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sharing import Made, made_once

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


@pytest.fixture(scope="session", autouse=True)
def _one_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Commands keep what they estimated in one folder for all tests and workers of this run, and
    nothing beside the scenarios of the house.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["OPTIMIZER_STORE"] = str(base / "store")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[], Made]], Made]:
    """once("company-111", make) -> what `make` returns, made by one worker for all files and
    workers of this run. For what is slow, never for what a test is about.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    folder.mkdir(exist_ok=True)
    return lambda name, make: made_once(folder, name, make)
