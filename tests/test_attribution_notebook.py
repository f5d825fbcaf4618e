"""The notebook in docs runs from top to bottom, and is the one its script writes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOK = DOCS / "tutorials" / "attribution.ipynb"

nbformat = pytest.importorskip("nbformat")
pytestmark = pytest.mark.filterwarnings("default")  # the notebook machinery has warnings of its own


def test_the_notebook_is_current():
    spec = importlib.util.spec_from_file_location("make_notebook", DOCS / "make_notebook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (NOTEBOOK).read_text(encoding="utf-8") == nbformat.writes(module.notebook()) + "\n"


def test_the_notebook_runs(tmp_path, monkeypatch):
    client = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    kernels = tmp_path / "kernels" / "python3"  # this Python, whatever kernels the machine has
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text(
        f'{{"argv": ["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], "display_name": "test", "language": "python"}}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = nbformat.read(NOTEBOOK, as_version=4)
    client.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(DOCS)}}
    ).execute()
    printed = "".join(out.get("text", "") for cell in book.cells for out in cell.get("outputs", []))
    assert "Where a journey has been tells something of how it ends" in printed
    assert "Without search" in printed
    assert not any(
        out["output_type"] == "error" for cell in book.cells for out in cell.get("outputs", [])
    )
