import pytest

from pincel.cli.registries import REGISTRIES
from pincel.models.names import DISCRIMINATORS, GENERATORS
from pincel.tasks import TASKS
from pincel.training.losses.table import LOSSES, REBALANCE
from pincel.training.recipe import list_recipes


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_name_has_a_line(registry):
    _, listed = REGISTRIES[registry]
    assert all(text.endswith(".") for text in listed().values()), listed()


def test_nothing_that_can_be_chosen_is_left_out():
    listed = {name: list(names()) for name, (_, names) in REGISTRIES.items()}
    assert listed["generators"] == list(GENERATORS)
    assert listed["discriminators"] == list(DISCRIMINATORS)
    assert listed["tasks"] == list(TASKS)
    assert listed["recipes"] == list_recipes()
    assert listed["losses"] == [*LOSSES, REBALANCE]
    assert {"ciede2000", "psnr", "lite0_distance", "frechet_lite1"} <= set(listed["metrics"])


def test_a_registry_is_printed_a_line_a_name(pincel_main):
    result = pincel_main("list", "tasks")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines() if line[:1].strip()] == list(TASKS)
    assert "the lightness of a picture and paints its colour" in " ".join(result.stdout.split())


def test_without_a_name_the_registries_are_listed(pincel_main):
    result = pincel_main("list")
    assert result.returncode == 0
    assert all(name in result.stdout for name in REGISTRIES)


def test_a_name_that_is_nearly_one_is_asked_about(refusal):
    assert "unknown registry 'generator' (did you mean 'generators'?); known: disc" in refusal("list", "generator")


def test_recipes_says_how_to_go_on(pincel_main):
    result = pincel_main("recipes")
    assert result.returncode == 0
    assert all(name in result.stdout for name in list_recipes())
    assert "pincel train NAME --dry-run prints one" in result.stdout
