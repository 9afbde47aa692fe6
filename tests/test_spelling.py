"""`colour` in prose and in the keys that users write; `color` in identifiers, as in the libraries around us."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "pincel"
MODULES = sorted(SOURCE.rglob("*.py"))

KEYS = ("colourfulness", "recolour")  # of metrics, losses and recipes; the option --recolour


def identifiers(code: str) -> Iterator[str]:
    """Names of the functions, classes, arguments and fields of a module."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.arg):
            yield node.arg
        if isinstance(node, ast.ClassDef):
            fields = [field.target for field in node.body if isinstance(field, ast.AnnAssign)]
            yield from (field.id for field in fields if isinstance(field, ast.Name))


def misspelt(code: str) -> set[str]:
    found = {name for name in identifiers(code) if "colour" in name.lower()}
    return {name for name in found if not any(key in name for key in KEYS)}


def test_what_is_misspelt_is_found():
    assert misspelt("class Colour:\n  recolour: bool\n  colours: int\ndef f(colourfulness_share, my_colour): ...") == {
        "Colour",
        "colours",
        "my_colour",
    }


def test_identifiers_say_color():
    found = {str(path.relative_to(SOURCE)): misspelt(path.read_text(encoding="utf-8")) for path in MODULES}
    assert {path: names for path, names in found.items() if names} == {}
