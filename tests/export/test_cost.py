"""Multiply-adds worked by hand, time from logs, memory and latency of tiny models."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.export.cost import costs_of, output_size_macs, peak_memory, processor, seconds_per_epoch
from pincel.export.export import executed_macs
from pincel.training.checkpoint import save_weights
from pincel.training.networks import new_generator
from pincel.training.recipe import Recipe, load_recipe
from pincel.training.run import Run


class Down(nn.Module):
    """4x4 convolution of stride 2, then its transpose: 3 -> 8 -> 5 planes."""

    in_channels = 3

    def __init__(self, groups: int = 1) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 8, 4, 2, 1)
        self.up = nn.ConvTranspose2d(8, 4 * groups, 4, 2, 1, groups=groups)

    def forward(self, source):
        return self.up(self.down(source).relu())


def test_both_rules_agree_with_the_hand_on_convolution_and_transpose():
    # 16 x 24 px -> 8 x 12 positions inside
    down = 8 * 12 * 8 * (3 * 16)
    up_executed = 8 * 12 * 8 * (4 * 16)  # every input position times the kernel
    up_output = 16 * 24 * 4 * (8 * 16)  # every output element times kernel area and input channels
    assert executed_macs(Down(), 16, 24) == down + up_executed
    assert output_size_macs(Down(), 16, 24) == down + up_output
    assert up_output == 4 * up_executed  # stride 2 squared


def test_groups_divide_both():
    down, inputs = 8 * 8 * 8 * 48, 8 * 8
    assert executed_macs(Down(groups=2), 16, 16) == down + inputs * 8 * (4 * 16)
    assert output_size_macs(Down(groups=2), 16, 16) == down + 16 * 16 * 8 * (4 * 16)


def test_matrix_products_count_the_same_by_both_rules():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(2 * 9, 5))
    network.in_channels = 1
    assert output_size_macs(network, 3, 3) == executed_macs(network, 3, 3) == 9 * 2 + 18 * 5


def test_the_original_pix2pix_has_the_known_cost():
    from pincel.models.generators import build_generator

    stages = "64k4s2 128k4s2 256k4s2 512k4s2 512k4s2 512k4s2 512k4s2 512k4s2"
    network = build_generator("stage_unet", 3, 3, stages=stages)
    assert executed_macs(network, 256, 256) == pytest.approx(6.05e9, rel=0.002)
    assert output_size_macs(network, 256, 256) == pytest.approx(18.14e9, rel=0.005)  # the figure other tools print


def test_the_small_flower_recipe_costs_a_tenth_of_the_original_at_its_size():
    costs = {}
    for name in ("pix2pix-flowers-64", "pix2pix-flowers-64-small"):
        recipe = load_recipe(name)
        costs[name] = executed_macs(new_generator(recipe), recipe.data.size, recipe.data.size)
    assert costs["pix2pix-flowers-64"] >= 10 * costs["pix2pix-flowers-64-small"]


@pytest.fixture
def run(tmp_path):
    rows = [{"kind": "step", "step": step, "epoch": step / 10, "phase": 0, "seconds": 10.0} for step in (10, 20, 30)]
    generator = {"name": "stage_unet", "encoder_weights": "none", "options": {"stages": "4k4s2 8k4s2 8k4s2"}}
    recipe = {"task": "paired", "data": {"size": 64}, "generator": generator}
    run = Run(tmp_path / "mine")
    facts = {"folders": [], "classes": [], "split_digest": "ab", "training_pictures": 2, "training_hashes": []}
    resolved = Recipe.model_validate(recipe)
    run.begin(resolved, Split({"a": "train", "b": "val"}, {"a": 0, "b": 1}), facts)
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    torch.manual_seed(0)
    save_weights(run, "last", new_generator(resolved))
    return run


def test_time_an_epoch_is_that_of_the_logged_steps(run):
    assert seconds_per_epoch(run) == pytest.approx(10)


def test_a_run_that_logged_no_time_has_none(run):
    run.metrics.write_text('{"kind": "step", "step": 10, "epoch": 1.0, "phase": 0, "loss_g": 1}\n')
    assert seconds_per_epoch(run) is None
    run.metrics.write_text("")
    assert seconds_per_epoch(run) is None


def test_a_run_and_a_model_file_are_measured_side_by_side(run, make_model):
    generator = new_generator(run.recipe())
    count = sum(p.numel() for p in generator.parameters())
    described = make_model("described", recipe=run.recipe().to_yaml(), parameters=count)
    ours, file, carded = costs_of([run.folder, make_model("flat"), described], 64, threads=1, runs=6)
    assert (ours.name, file.name) == ("mine", "flat")
    assert ours.parameters == count
    assert ours.macs == executed_macs(generator, 64, 64)
    assert ours.macs_output_size == output_size_macs(generator, 64, 64)
    assert ours.file_size > 4 * ours.parameters
    assert ours.seconds_per_epoch == pytest.approx(10)
    assert 0 < ours.latency_p50 <= ours.latency_p95
    assert (ours.runs, ours.threads, ours.size) == (6, 1, 64)
    assert file.macs is None  # its card has no recipe to build the network from
    assert file.seconds_per_epoch is None
    assert (carded.parameters, carded.macs) == (count, ours.macs)  # by the network that its card describes
    assert file.latency_p50 < ours.latency_p50


def test_peak_memory_is_of_the_painting_process_alone(make_model):
    hoard = np.ones((300, 2**20), np.uint8)  # 300 MiB here must not count there
    before, peak = peak_memory(make_model(), 64)
    assert hoard.sum() > 0
    assert 2**24 < before <= peak < 250 * 2**20
    assert peak_memory(make_model(), 2048)[1] > peak + 3 * 2048**2 * 4 - 2**22  # one source, two painted planes


def test_a_file_that_is_no_model_has_no_peak(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"no")
    assert peak_memory(tmp_path / "no.onnx", 64) is None


def test_a_run_without_weights_says_what_to_do(run):
    run.weights("last").unlink()
    with pytest.raises(PincelError, match="has no last weights yet"):
        costs_of([run.folder], 64)


def test_the_processor_has_a_name():
    assert processor()
