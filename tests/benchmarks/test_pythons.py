"""The Pythons that the base part of the suite is run on; running it there is `benchmarks/pythons.py` itself."""

import runpy
import tomllib
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[2]
PYTHONS = runpy.run_path(str(ROOT / "benchmarks" / "pythons.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_they_are_those_that_the_package_is_for():
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert list(PYTHONS["VERSIONS"]) == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_what_the_tests_use_comes_in_the_versions_of_the_development_environment():
    told = PYTHONS["tools"]()
    assert len(told) == len(PYTHONS["TOOLS"])
    assert all(">=" in line for line in told)


def test_the_tests_are_there():
    assert all((ROOT / path).exists() for path in PYTHONS["TESTS"])


def test_only_who_misses_an_extra_is_skipped():
    def outcome(text):
        return PYTHONS["softened"](
            SimpleNamespace(failed=True, outcome="failed", longreprtext=text, longrepr="")
        ).outcome

    assert outcome("ModuleNotFoundError: No module named 'torch'") == "skipped"
    assert outcome("PincelError: this needs torch, which comes with the part 'train'") == "skipped"
    assert outcome("AssertionError: 1 == 2") == "failed"
