import pickle
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from lightning.fabric import Fabric
from safetensors.torch import load_file

from pincel.errors import PincelError
from pincel.training.checkpoint import load_checkpoint, save_checkpoint, save_weights
from pincel.training.learner import Learner
from pincel.training.plan import make_plan
from pincel.training.progress import Progress
from pincel.training.run import Run

PROGRESS = Progress(3, 12.5, 2, stale=1, stopped_early=False, plateau_stale=0, plateau_factor=1.0)
SAVED = {"step": 3, "best": 12.5, "best_step": 2, "stale": 1, "stopped_early": False}
SAVED |= {"plateau_stale": 0, "plateau_factor": 1.0}  # as runs have it on disk
STEPS = 100


@pytest.fixture
def recipe(staged_recipe):
    return staged_recipe(phases=[{"epochs": 1, "adversarial": 0.1}])


@pytest.fixture
def run(tmp_path) -> Run:
    (tmp_path / "run").mkdir()
    return Run(tmp_path / "run")


@pytest.fixture
def trained(recipe, fabric, random_pair):
    """``trained(steps)`` -> a learner after so many adversarial steps."""

    def make(steps: int) -> Learner:
        learner = Learner(recipe, fabric)
        phase = make_plan(recipe, 100)[0]
        for step in range(steps):
            learner.step(random_pair(seed=step), phase, step)
        return learner

    return make


def tensors(value, path="") -> dict[str, torch.Tensor]:
    """All tensors of a learner's state, by where they stand."""
    if isinstance(value, torch.Tensor):
        return {path: value.detach().clone()}
    if hasattr(value, "state_dict"):
        value = value.state_dict()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {key: found for name, part in items for key, found in tensors(part, f"{path}/{name}").items()}


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


def test_everything_comes_back(run, fabric, trained):
    learner = trained(2)
    before = tensors(learner.state())
    assert {key.split("/")[1] for key in before} == {"generator", "optimizer_g", "ema", "discriminator", "optimizer_d"}
    save_checkpoint(run, learner, PROGRESS)
    drawn = torch.rand(3)
    assert torch.load(run.checkpoint, weights_only=True)["progress"] == SAVED
    fresh = trained(0)
    assert not same(tensors(fresh.state()), before)
    assert load_checkpoint(run, fresh, STEPS) == PROGRESS
    assert same(tensors(fresh.state()), before)
    assert torch.equal(torch.rand(3), drawn)


def test_the_random_state_of_a_device_comes_back(run, trained, monkeypatch):
    states = [torch.tensor([number], dtype=torch.uint8) for number in (7, 8)]
    stand_in = SimpleNamespace(get_rng_state=lambda: states[0], set_rng_state=lambda state: states.insert(0, state))
    learner = trained(1)
    monkeypatch.setattr(torch, "get_device_module", lambda device: stand_in)
    monkeypatch.setattr(Fabric, "device", torch.device("cuda"))
    save_checkpoint(run, learner, PROGRESS)
    states.reverse()
    load_checkpoint(run, learner, STEPS)
    assert states[0].tolist() == [7]


def test_learning_goes_on_bit_for_bit(run, fabric, recipe, trained, random_pair):
    whole = trained(4)
    save_checkpoint(run, trained(2), PROGRESS)
    resumed = trained(0)
    load_checkpoint(run, resumed, STEPS)
    for step in (2, 3):
        resumed.step(random_pair(seed=step), make_plan(recipe, 100)[0], step)
    assert same(tensors(resumed.state()), tensors(whole.state()))


def test_a_second_checkpoint_replaces_the_first_and_nothing_else_is_left(run, fabric, trained):
    learner = trained(0)
    for step in (1, 2):
        save_checkpoint(run, learner, replace(PROGRESS, step=step))
    assert load_checkpoint(run, learner, STEPS).step == 2
    assert [file.name for file in run.folder.iterdir()] == ["checkpoint.ckpt"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_previous_checkpoint_intact(run, fabric, trained, monkeypatch, error):
    learner = trained(1)
    save_checkpoint(run, learner, PROGRESS)
    whole = run.checkpoint.read_bytes()

    def half_a_file(path, state):
        path.write_bytes(whole[: len(whole) // 2])
        raise error("stopped in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(fabric, "save", half_a_file)
        with pytest.raises(error):
            save_checkpoint(run, learner, replace(PROGRESS, step=99))
    assert run.checkpoint.read_bytes() == whole
    assert [file.name for file in run.folder.iterdir()] == ["checkpoint.ckpt"]
    assert load_checkpoint(run, learner, STEPS) == PROGRESS


def test_a_run_without_checkpoint_says_so(run, fabric, trained):
    with pytest.raises(PincelError, match=r"checkpoint.ckpt is gone; put a copy back"):
        load_checkpoint(run, trained(0), STEPS)


@pytest.mark.parametrize("keep", [0, 1, 1000, 0.5, 0.999])
def test_a_checkpoint_that_is_cut_off_is_an_error_in_one_sentence(run, fabric, trained, keep):
    learner = trained(0)
    save_checkpoint(run, learner, PROGRESS)
    whole = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    with pytest.raises(PincelError, match=r"checkpoint.ckpt is damaged or from another recipe") as caught:
        load_checkpoint(run, learner, STEPS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\x00" * 500, b"PK\x03\x04 nothing", b"some words\n", bytes(range(256)) * 4])
def test_a_file_that_is_no_checkpoint_is_an_error(run, fabric, trained, content):
    run.checkpoint.write_bytes(content)
    with pytest.raises(PincelError, match="damaged or from another recipe"):
        load_checkpoint(run, trained(0), STEPS)


@pytest.mark.parametrize("state", [{}, {"generator": {}}, [1, 2], {"rng": torch.get_rng_state(), "progress": SAVED}])
def test_a_checkpoint_of_something_else_is_an_error(run, fabric, trained, state):
    torch.save(state, run.checkpoint)
    with pytest.raises(PincelError, match="damaged or from another recipe"):
        load_checkpoint(run, trained(0), STEPS)


@pytest.mark.parametrize("lost", ["rng", "progress", "optimizer_d"])
def test_a_checkpoint_that_lacks_a_part_is_an_error(run, fabric, trained, lost):
    learner = trained(0)
    save_checkpoint(run, learner, PROGRESS)
    state = torch.load(run.checkpoint, weights_only=True)
    del state[lost]
    torch.save(state, run.checkpoint)
    with pytest.raises(PincelError, match="damaged or from another recipe"):
        load_checkpoint(run, learner, STEPS)


def test_a_checkpoint_of_another_width_is_an_error(run, fabric, trained, staged_recipe):
    save_checkpoint(run, trained(0), PROGRESS)
    wider = staged_recipe(generator={"options": {"stages": "16k4s2 8k4s2"}}, phases=[{"epochs": 1, "adversarial": 0.1}])
    with pytest.raises(PincelError, match="damaged or from another recipe"):
        load_checkpoint(run, Learner(wider, fabric), STEPS)


@pytest.mark.parametrize(
    ("progress", "why"),
    [
        ({**SAVED, "step": -5}, "its step -5 is not one of the 100 that are planned"),
        ({**SAVED, "step": STEPS + 1}, "its step 101 is not one of the 100 that are planned"),
        ({**SAVED, "step": "3"}, "step: Input should be a valid integer"),
        ({name: value for name, value in SAVED.items() if name != "best"}, "best: Field required"),
        (7, "it: Input should be"),
    ],
)
def test_a_checkpoint_that_cannot_tell_where_it_is_says_how_to_go_on(run, fabric, trained, progress, why):
    learner = trained(0)
    save_checkpoint(run, learner, PROGRESS)
    state = torch.load(run.checkpoint, weights_only=True)
    torch.save({**state, "progress": progress}, run.checkpoint)
    with pytest.raises(
        PincelError, match=r"damaged or from another recipe .* put a copy of the run back, or begin"
    ) as it:
        load_checkpoint(run, learner, STEPS)
    assert why in str(it.value)
    assert "\n" not in str(it.value)


class Payload:
    def __reduce__(self):
        return pytest.fail, ("code of the file was executed",)


def test_code_in_a_checkpoint_is_not_executed(run, fabric, trained):
    torch.save({"generator": Payload()}, run.checkpoint, pickle_module=pickle)
    with pytest.raises(PincelError, match="damaged or from another recipe"):
        load_checkpoint(run, trained(0), STEPS)


def test_weights_are_those_of_the_painter(run, trained):
    learner = trained(2)
    save_weights(run, "best", learner.painter())
    loaded = load_file(run.weights("best"))
    assert same(loaded, dict(learner.painter().state_dict()))
    assert run.weights("best").name == "best.safetensors"
    assert not run.weights("last").exists()
