"""The base part of the suite, on every Python that Pincel is for and that is here.

    python benchmarks/pythons.py [3.11 3.12 3.13]

Each gets a virtual environment with a base installation, the extra `hub`, and what the tests themselves use. A test
that needs another extra is skipped; everything else must pass.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13")  # as pyproject.toml's classifiers
TOOLS = (  # in the versions that pyproject.toml's extras name
    "httpx",
    "hypothesis",
    "onnx",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "tifffile",
)
TESTS = [
    *(f"tests/{name}" for name in ("imaging", "metrics", "pages", "runtime", "tasks")),
    *ROOT.glob("tests/test_*.py"),
]
ABSENT = ("No module named", "comes with the part")  # words of whoever misses an extra


def softened(report: Any) -> Any:
    """A report of pytest's: who misses a module that no base installation has is skipped."""
    if report.failed and any(words in report.longreprtext for words in ABSENT):
        report.outcome, report.longrepr = "skipped", (str(ROOT), 0, "Skipped: needs another extra")
    return report


def run_inside() -> int:
    """The tests, in the environment that this runs in; gives pytest's exit code."""
    import pytest

    class Softened:
        @pytest.hookimpl(wrapper=True)
        def pytest_make_collect_report(self) -> Any:
            return softened((yield))

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(self) -> Any:
            return softened((yield))

    options = ["-m", "not slow and not data", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    return pytest.main([*options, *map(str, TESTS)], plugins=[Softened()])


def tools() -> list[str]:
    """`TOOLS`, as pip is told them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for extra in project["optional-dependencies"].values() for line in extra]
    return [line for line in lines if re.split(r"[<>=\[]", line, maxsplit=1)[0] in TOOLS]


def found(version: str) -> Path | None:
    """Its interpreter, on the PATH or among pyenv's; None: it is not here."""
    candidates: Iterator[Path] = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    named = shutil.which(f"python{version}")
    for path in [*([Path(named)] if named else []), *candidates]:
        asked = [str(path), "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
            return path
    return None


def tested(python: Path, folder: Path) -> int:
    """Make the environment, run the tests in it; gives pytest's exit code."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    inside = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([inside, "-m", "pip", "install", "--quiet", f"{ROOT}[hub]", *tools()], check=True)
    return subprocess.run([inside, __file__, "--inside"], cwd=ROOT, check=False).returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        sys.exit(run_inside())
    failed = []
    for version in arguments.versions:
        python = found(version)
        print(f"Python {version}: {python or 'is not here'}", flush=True)
        with tempfile.TemporaryDirectory(prefix="pincel-python-") as folder:
            if python is not None and tested(python, Path(folder)):
                failed.append(version)
    if failed:
        sys.exit(f"failed on {', '.join(failed)}")


if __name__ == "__main__":
    main()
