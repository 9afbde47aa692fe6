"""The Dockerfile, read: what it copies is there, what it runs and asks exists, nobody is root. Nothing is built."""

import json
import re
import runpy
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer

from pincel.cli.app import app
from pincel.serve.app import create_app
from pincel.serve.catalogue import find_models
from pincel.serve.settings import Settings

ROOT = Path(__file__).parents[2]
stages = runpy.run_path(str(ROOT / "benchmarks" / "dockerfile.py"))["stages"]
BUILD, IMAGE = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_lines_that_go_on_are_one_instruction_and_comments_are_none():
    text = "# a\nFROM x AS y\nRUN a \\\n    b\n# c\nFROM z\nCMD []\n"
    assert stages(text) == [[("FROM", "x AS y"), ("RUN", "a b")], [("FROM", "z"), ("CMD", "[]")]]


def test_both_stages_have_the_same_slim_python_that_the_package_names():
    bases = {rest.partition(" ")[0] for stage in (BUILD, IMAGE) for name, rest in stage if name == "FROM"}
    assert len(bases) == 1
    version = re.fullmatch(r"python:(3\.\d+)-slim", bases.pop())[1]
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_what_is_copied_is_there_and_not_ignored():
    *_, project_files, sources = [rest.split() for name, rest in BUILD if name == "COPY"]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    files = {*project_files[:-1], *sources[:-1]}
    assert all((ROOT / file).exists() for file in files)
    assert files == allowed  # all else is left out by the first line, *
    needed = [PROJECT["readme"], *PROJECT["license-files"]]
    assert all(any(fnmatch(file, f"{one}*") for one in files) for file in needed)


def test_the_extras_that_are_installed_exist():
    extras = dict(rest.split("=") for name, rest in BUILD if name == "ARG")["EXTRAS"].split(",")
    assert set(extras) <= PROJECT["optional-dependencies"].keys()
    assert any('".[$EXTRAS]"' in rest for name, rest in BUILD if name == "RUN")


def test_nothing_runs_as_root_or_comes_from_elsewhere():
    names = [name for name, _ in IMAGE]
    user = dict(IMAGE)["USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # by number: Kubernetes can tell that it is not root
    assert "RUN" not in names
    assert names.index("USER") < names.index("CMD")
    assert not any(name == "ADD" or "://" in rest for name, rest in (*BUILD, *IMAGE) if name in ("ADD", "RUN", "COPY"))


def test_the_command_could_be_typed():
    program, command, *options = json.loads(dict(IMAGE)["CMD"])
    assert program in PROJECT["scripts"]
    root = typer.main.get_command(app)
    context = root.commands[command].make_context(command, options, parent=typer.Context(root))
    assert (context.params["host"], context.params["allow_host"]) == ("0.0.0.0", ["localhost"])
    assert context.params["port"] == int(dict(IMAGE)["EXPOSE"])


@pytest.fixture
def health():
    check = dict(IMAGE)["HEALTHCHECK"]
    program, flag, code = json.loads(check[check.index("CMD ") + 4 :])
    assert (program, flag) == ("python", "-c")
    return code


def test_the_health_check_asks_a_path_that_the_server_has(health):
    compile(health, "HEALTHCHECK", "exec")
    port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)'", health).groups()
    assert port == dict(IMAGE)["EXPOSE"]
    guarded = create_app(Settings(), find_models([]))
    assert path in guarded.app.openapi()["paths"]
