"""The notebook: it runs from top to bottom, and is kept without what it printed."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOK = nbformat.read(DOCS / "first_steps.ipynb", as_version=4)
SHOWN = 4  # cells that end in a picture


def test_it_is_kept_without_outputs():
    nbformat.validate(NOTEBOOK)
    kept = [(cell.outputs, cell.execution_count) for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    assert kept
    assert all(one == ([], None) for one in kept)


def test_its_links_lead_somewhere():
    text = "\n".join(cell.source for cell in NOTEBOOK.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not (DOCS / link).is_file()] == []


def test_it_runs_from_top_to_bottom(tmp_path):
    client = NotebookClient(NOTEBOOK.copy(), timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    outputs = [output for cell in client.execute().cells for output in cell.get("outputs", [])]
    pictures = [one for one in outputs if "image/png" in one.get("data", {})]
    said = "\n".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in outputs)
    assert len(pictures) == SHOWN
    assert "labels: airplane" in said
    assert "((48, 64, 3), dtype('uint8'))" in said
    assert said.count('"status": "painted"') == 2
    assert "million parameters" in said
    assert "Warning" not in said
