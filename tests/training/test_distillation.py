"""Losses against a teacher by hand, and what they do to a training."""

import io
import shutil

import pytest
import torch
from lightning.fabric import Fabric
from rich.console import Console
from torch import nn

from pincel.data.pairs import Pair
from pincel.errors import PincelError, RecipeError
from pincel.models.generators import build_generator
from pincel.training.distillation import Distillation, feature_distance, layer_sizes, pair_layers
from pincel.training.learner import Learner
from pincel.training.loop import train
from pincel.training.networks import new_generator
from pincel.training.options import TrainingOptions
from pincel.training.plan import make_plan
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import DistillationRecipe
from pincel.training.run import Run
from pincel.training.teacher import Teacher

SMALL = {
    "data": {"size": 16, "batch": 4, "cache_side": 40, "workers": 0},
    "generator": {
        "name": "stage_unet",
        "encoder_weights": "none",
        "ema": 0.9,
        "options": {"stages": "8k4s2 16k4s2 16k4s2", "dropout": 0},
    },
    "losses": {"l1": 1.0},
    "optimizer": {"lr": 0.01, "warmup": 0, "weight_decay": 0},
    "validation": {"pictures": 2, "samples": 1},
}


def recipe_with(**distillation) -> Recipe:
    taught = {"distillation": {"teacher": "somewhere", **distillation}} if distillation else {}
    return Recipe.model_validate(SMALL | taught)


def teacher_of(network: nn.Module) -> Teacher:
    network = network.eval().requires_grad_(False)
    numbers = torch.zeros(1, dtype=torch.int64)
    return Teacher("toy", "colorize", [], 8, {}, "", [], lambda source, label: network(source, label), network, numbers)


def wide_network(seed: int = 5) -> nn.Module:
    """One with lively output, twice as wide as the student."""
    torch.manual_seed(seed)
    network = build_generator("stage_unet", 1, 2, stages="16k4s2 32k4s2 32k4s2")
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.mul_(5)
        for _ in range(20):
            network(torch.rand(8, 1, 16, 16) * 2 - 1)
    return network.eval()


def learner_with(recipe: Recipe, teacher: Teacher | None):
    fabric = Fabric(accelerator="cpu", devices=1)
    phase = make_plan(recipe, 400, epochs=10)[0]
    return Learner(recipe, fabric, teacher=teacher), phase


def batch(seed: int, count: int = 8) -> Pair:
    noise = torch.Generator().manual_seed(seed)
    source = torch.rand(count, 1, 16, 16, generator=noise) * 2 - 1
    target = torch.rand(count, 2, 16, 16, generator=noise) * 2 - 1  # no photo anybody could learn anything from
    return Pair(source, target, torch.zeros(count, dtype=torch.int64), torch.ones(count, 1, 16, 16))


def test_feature_distance_is_the_squared_error_over_the_teachers_mean_square():
    teacher = torch.tensor([3.0, 4.0]).view(1, 2, 1, 1).expand(1, 2, 2, 2)  # mean square 12.5
    student = torch.tensor([2.0, 6.0]).view(1, 2, 1, 1).expand(1, 2, 2, 2)  # mean squared error (1 + 4) / 2
    assert float(feature_distance(student, teacher, torch.ones(1, 1, 8, 8))) == pytest.approx(2.5 / 12.5)
    assert float(feature_distance(torch.zeros(1, 2, 2, 2), teacher, torch.ones(1, 1, 8, 8))) == pytest.approx(1)


def test_feature_distance_leaves_padding_out_and_counts_half_padded_positions_half():
    teacher = torch.ones(1, 1, 1, 3)
    student = torch.tensor([1.0, 2.0, 9.0]).view(1, 1, 1, 3)
    mask = torch.tensor([1.0, 1, 1, 0, 0, 0]).view(1, 1, 1, 6)  # positions weigh 1, 1/2, 0
    assert float(feature_distance(student, teacher, mask)) == pytest.approx(0.5 / 1.5)


def test_features_of_another_size_are_brought_to_the_students():
    assert (
        float(feature_distance(torch.full((1, 1, 4, 4), 2.0), torch.full((1, 1, 2, 2), 2.0), torch.ones(1, 1, 8, 8)))
        == 0
    )


def test_layers_are_paired_by_size_and_the_last_of_a_size_counts():
    student = layer_sizes(build_generator("stage_unet", 1, 3, stages="8k4s2 16k8s4"), 16)
    teacher = layer_sizes(build_generator("stage_unet", 1, 3, stages="16k4s2 16k4s2 24k4s2"), 16)
    assert {name: tuple(shape) for name, shape in student.items()} == {
        "down.0": (1, 8, 8, 8),
        "down.1": (1, 16, 2, 2),
        "up.0": (1, 8, 8, 8),
    }
    assert pair_layers(student, teacher, {}) == [("up.0", "up.1"), ("down.1", "down.2")]
    assert pair_layers(student, teacher, {"down.0": "down.1"}) == [("down.0", "down.1")]


def test_an_unknown_layer_is_an_error_that_lists_the_known():
    sizes = {"up.0": torch.Size((1, 8, 4, 4))}
    with pytest.raises(RecipeError, match=r"distillation.layers': the student has no layer 'up.7'; it has: up.0"):
        pair_layers(sizes, sizes, {"up.7": "up.0"})
    with pytest.raises(RecipeError, match="the teacher has no layer 'inner'"):
        pair_layers(sizes, sizes, {"up.0": "inner"})
    with pytest.raises(RecipeError, match="no layers of equal size"):
        pair_layers(sizes, {"down.0": torch.Size((1, 8, 5, 5))}, {})


def test_the_output_loss_is_the_weighted_distance_to_what_the_teacher_paints_inside_the_mask():
    network, pair = wide_network(), batch(0)
    pair.mask[:, :, 8:] = 0
    distillation = Distillation(
        DistillationRecipe(teacher="toy", output=3.0), teacher_of(network), [], 16, Fabric(accelerator="cpu", devices=1)
    )
    painted = torch.full((8, 2, 16, 16), 0.25)
    parts = distillation.losses(pair, painted)
    taught = network(pair.source)[:, :, :8]
    assert set(parts) == {"distil_output"}
    assert float(parts["distil_output"]) == pytest.approx(3 * float((taught - 0.25).abs().mean()), rel=1e-5)


def test_the_students_own_losses_stay_and_the_teacher_stays_as_it_is():
    network = wide_network()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    taught, phase = learner_with(recipe_with(output=2.0, features=0.5), teacher_of(network))
    alone, _ = learner_with(recipe_with(), None)
    parts, own = taught.step(batch(0), phase, 0), alone.step(batch(0), phase, 0)
    assert set(parts) == {"loss_g", "l1", "distil_output", "distil_features"}
    assert float(parts["l1"]) == pytest.approx(float(own["l1"]))
    total = sum(float(parts[name]) for name in ("l1", "distil_output", "distil_features"))
    assert float(parts["loss_g"]) == pytest.approx(total)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not network.training


def test_when_the_teacher_is_the_target_the_photo_teaches_nothing_and_the_students_own_losses_ask_for_its_painting():
    network, recipe = wide_network(), recipe_with(target="teacher", output=0.0)
    learner, phase = learner_with(recipe, teacher_of(network))
    other, _ = learner_with(recipe, teacher_of(network))
    pair = batch(0)
    parts = learner.step(pair, phase, 0)
    again = other.step(pair._replace(target=torch.zeros_like(pair.target)), phase, 0)
    assert set(parts) == {"loss_g", "l1"}
    assert float(parts["l1"]) == float(again["l1"])
    assert all(
        torch.equal(a, b) for a, b in zip(learner.painter().parameters(), other.painter().parameters(), strict=True)
    )
    assert torch.equal(learner.lesson(pair).target, network(pair.source))
    assert torch.equal(learner_with(recipe_with(output=1.0), teacher_of(network))[0].lesson(pair).target, pair.target)


def test_projections_learn_with_the_student_and_are_in_the_checkpoint_only():
    learner, phase = learner_with(recipe_with(features=1.0, output=0.0), teacher_of(wide_network()))
    assert {"projections", "optimizer_p"} <= set(learner.state())
    before = {key: value.clone() for key, value in learner.state()["projections"].state_dict().items()}
    losses = [float(learner.step(batch(0), phase, step)["distil_features"]) for step in range(30)]
    after = learner.state()["projections"].state_dict()
    assert all(not torch.equal(value, before[key]) for key, value in after.items())
    assert losses[-1] < 0.7 * losses[0]
    assert learner.painter().state_dict().keys() == new_generator(recipe_with()).state_dict().keys()


def test_a_student_comes_nearer_to_its_teacher_than_one_without():
    network, seen = wide_network(), batch(99, 32).source

    def distance(recipe: Recipe, teacher: Teacher | None) -> float:
        learner, phase = learner_with(recipe, teacher)
        for step in range(60):
            learner.step(batch(step), phase, step)
        with torch.no_grad():
            return float((learner.painter().eval()(seen) - network(seen)).abs().mean())

    alone = distance(recipe_with(), None)
    by_output = distance(recipe_with(output=5.0), teacher_of(network))
    assert by_output < 0.8 * alone


@pytest.fixture
def start(class_folders, tmp_path, cache_folder):
    """``start(recipe, "name", ...)`` -> the finished run."""

    def make(recipe, name, **options) -> Run:
        folders = [] if options.get("resume") else [class_folders]
        console = Console(file=io.StringIO(), width=200)
        options = TrainingOptions(accelerator="cpu", devices="1", console=console, epochs=1, **options)
        return train(recipe, folders, tmp_path / name, options)

    yield make
    for checkpoint in tmp_path.glob("*/checkpoint.ckpt"):
        shutil.rmtree(checkpoint.parent)


def test_a_distilled_run_stopped_and_resumed_is_bit_for_bit_the_same(start, tmp_path, monkeypatch):
    start(recipe_with(), "teacher")
    recipe = recipe_with(features=0.5).model_copy(
        update={"distillation": DistillationRecipe(teacher=str(tmp_path / "teacher"), features=0.5)}
    )
    whole = start(recipe, "whole")
    step = Learner.step

    def stopped(self, pair, phase, number):
        if number == 3:
            raise ZeroDivisionError
        return step(self, pair, phase, number)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", stopped)
        patch.setattr("pincel.training.loop.CHECKPOINT_SECONDS", -1)  # after every step
        with pytest.raises(ZeroDivisionError):
            start(recipe, "parts")
    resumed = start(recipe, "parts", resume=True)
    assert whole.facts()["plan"][0]["steps"] > 4
    assert whole.weights("last").read_bytes() == resumed.weights("last").read_bytes()
    one, two = (torch.load(run.checkpoint, weights_only=True) for run in (whole, resumed))
    assert all(torch.equal(value, two["projections"][key]) for key, value in one["projections"].items())
    assert {"distil_output", "distil_features"} <= set(next(iter(whole.rows("validation"))))

    teacher = Run(tmp_path / "teacher")
    teacher.weights("last").write_bytes(whole.weights("last").read_bytes())
    with pytest.raises(PincelError, match="teacher .* has changed since"):
        start(recipe, "parts", resume=True)
    shutil.rmtree(teacher.folder)
    with pytest.raises(PincelError, match="the teacher .* does not exist"):
        start(recipe, "parts", resume=True)
