"""What others rely on: names, signatures, commands, the fields of the card. What leaves is deprecated for one version.

A new name, command or field is one line here.
"""

import inspect

import typer

import pincel
from pincel.cli.app import app
from pincel.runtime.card import ModelCard

ERRORS = {"ModelError", "PictureError", "PincelError", "PincelWarning", "RecipeError"}

FUNCTIONS = {
    "colorize": "(picture, model='default', *, label=None, saturation=1.0, working_size=None, page=None, "
    "as_array=False)",
    "paint": "(picture, model='default', *, label=None, saturation=1.0, working_size=None, page=None, as_array=False)",
    "translate": "(picture, model='sketch', *, label=None, working_size=None, page=None, as_array=False)",
    "load_model": "(model='default')",
    "list_models": "()",
    "example": "(name)",
}

COMMANDS = """
colorize, draw, translate, sketch, demo, serve, site, web, models, models show,
data explore, data prepare, data split, data pairs, data check,
recipes, list, train, report, export, push, distil, prune, quantize, saturate, evaluate, compare, explain,
study grid, study search, study report
"""

CARD = """
name, task, description, classes, tells_label, least_logit, size_multiple, working_size, largest_working_size,
largest_enlargement, leaves_bars, bins, saturation, class_saturation, saturation_found, parameters, macs_128,
macs_working, sketch, generator, data, data_licence, training_pictures, split_digest, recipe, training, parity,
quantization, quality, versions, created
"""


def words(text: str) -> set[str]:
    return {" ".join(word.split()) for word in text.split(",")}


def signature(function: object) -> str:
    """The parameters of a function and their defaults; what types they have is for the docstring to say."""
    shown = inspect.signature(function)
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in shown.parameters.values()]
    return str(shown.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def commands(group: object, before: str = "") -> set[str]:
    """Names of the commands of a typer program; of a group that does nothing by itself only those inside it."""
    found = set()
    for name, command in group.commands.items():
        inside = commands(command, f"{before}{name} ") if getattr(command, "commands", None) else set()
        found |= inside | ({f"{before}{name}"} if not inside or command.invoke_without_command else set())
    return found


def test_the_names_of_the_package_are_these():
    assert set(pincel.__all__) == ERRORS | set(FUNCTIONS) | {"__version__"}
    assert all(hasattr(pincel, name) for name in pincel.__all__)


def test_errors_are_pincel_errors_and_the_warning_is_a_warning():
    assert all(issubclass(getattr(pincel, name), pincel.PincelError) for name in ERRORS - {"PincelWarning"})
    assert issubclass(pincel.PincelWarning, UserWarning)


def test_functions_are_called_as_before():
    assert {name: signature(getattr(pincel, name)) for name in FUNCTIONS} == FUNCTIONS


def test_commands_have_these_names():
    assert commands(typer.main.get_command(app)) == words(COMMANDS)


def test_a_model_card_has_these_fields():
    assert set(ModelCard.model_fields) == words(CARD)
