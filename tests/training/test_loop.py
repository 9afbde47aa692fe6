import io
import json
import os
import shutil
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from safetensors.torch import load_file, save_file

from pincel.data.split import read_split
from pincel.errors import PincelError
from pincel.export import export_run
from pincel.files import MARK
from pincel.runtime.model_file import load_model
from pincel.training import begin, budget, loop
from pincel.training.learner import Learner
from pincel.training.loop import train
from pincel.training.networks import load_painter, new_generator
from pincel.training.options import TrainingOptions
from pincel.training.plan import make_plan
from pincel.training.run import Run

pytestmark = pytest.mark.usefixtures("cache_folder")

TWO_PHASES = [
    {"epochs": 1.1, "size": 32, "optimizer": {"lr": 0.01}},
    {"epochs": 1.6, "adversarial": 0.1, "critic_first": 0.3, "batch": 3},
]


@pytest.fixture
def tiny_recipe(staged_recipe):
    """What the loop does is the same with any network."""
    return staged_recipe


@pytest.fixture
def start(class_folders, tmp_path):
    """``start(recipe, "name", ...)`` -> the finished run; ``resume=True`` goes on with it."""

    def make(recipe, name="run", **options) -> Run:
        folders = options.pop("folders", [] if options.get("resume") else [class_folders])
        console = Console(file=io.StringIO(), width=200)
        options = TrainingOptions(accelerator="cpu", devices="1", console=console, **options)
        return train(recipe, folders, tmp_path / name, options)

    yield make
    for checkpoint in tmp_path.glob("*/checkpoint.ckpt"):  # 50 MB each, and pytest keeps the folders of three sessions
        shutil.rmtree(checkpoint.parent)


@pytest.fixture
def stop_after(monkeypatch):
    """``stop_after(n)``: the learner's n-th step from now on is hit by a signal."""

    def make(count: int, number: int = signal.SIGINT) -> None:
        step, done = Learner.step, 0

        def signalled(self, *arguments):
            nonlocal done
            done += 1
            if done == count:
                os.kill(os.getpid(), number)
                monkeypatch.setattr(Learner, "step", step)
            return step(self, *arguments)

        monkeypatch.setattr(Learner, "step", signalled)

    return make


@pytest.fixture
def steps_taken(monkeypatch) -> list[int]:
    """The step numbers that the learner was asked to take."""
    taken, step = [], Learner.step

    def counted(self, pair, phase, number):
        taken.append(number)
        return step(self, pair, phase, number)

    monkeypatch.setattr(Learner, "step", counted)
    return taken


@pytest.fixture
def scores(monkeypatch):
    """``scores(3, 1, 2)``: what the following validations find; the last number again and again."""

    def make(*values: float) -> None:
        left = list(values)

        def score(painter, pairs, device, **_):
            value = left.pop(0) if len(left) > 1 else left[0]
            return {"loss": value, "ciede2000": value, "colourfulness_ratio": 1.0}

        monkeypatch.setattr(loop, "validate", score)

    return make


def everything_in(run: Run) -> dict[str, torch.Tensor | float]:
    """All numbers of the checkpoint by where they stand in it."""

    def flat(value, path):
        if isinstance(value, dict | list | tuple):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            return {key: found for name, part in items for key, found in flat(part, f"{path}/{name}").items()}
        return {path: value}

    return flat(torch.load(run.checkpoint, weights_only=True), "")


def assert_same_training(one: Run, other: Run) -> None:
    for which in ("last", "best"):
        assert one.weights(which).read_bytes() == other.weights(which).read_bytes()
    mine, theirs = everything_in(one), everything_in(other)
    assert mine.keys() == theirs.keys()
    different = [
        key
        for key, value in mine.items()
        if not (torch.equal(value, theirs[key]) if isinstance(value, torch.Tensor) else value == theirs[key])
    ]
    assert different == []
    assert list(one.rows("validation")) == list(other.rows("validation"))


@pytest.mark.parametrize("data", [{"workers": 0}, {"workers": 1}, {"views": "device"}])
def test_stopped_and_resumed_is_bit_for_bit_the_same_as_never_stopped(tiny_recipe, start, stop_after, data):
    film = {"share": 0.5, "red_blind": 0.5, "grainy": 0.8}
    recipe = tiny_recipe(phases=TWO_PHASES, data=data | {"augment": {"film": film, "rotation": 10}})
    whole = start(recipe, "whole")
    first, second = whole.facts()["plan"]
    assert (first["steps"], second["steps"], second["critic_steps"]) == (5, 10, 3)
    assert whole.facts()["views"] == data.get("views", "loader")
    stop_after(3)  # in the first phase
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts")
    stop_after(4)  # at step 7: while the critic learns alone
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts", resume=True)
    stop_after(5)  # at step 12: while both learn
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts", resume=True)
    assert everything_in(Run(whole.folder.parent / "parts"))["/progress/step"] == 12
    resumed = start(recipe, "parts", resume=True)
    names = everything_in(whole)
    assert any(key.startswith("/optimizer_d/state") for key in names)
    assert any(key.startswith("/optimizer_g/state") for key in names)
    assert_same_training(whole, resumed)


def test_balanced_losses_and_a_critic_of_frozen_features_go_on_bit_for_bit(tiny_recipe, start, stop_after):
    losses = {"smooth_l1": 1.0, "perceptual": 0.5, "colourfulness": 0.1}
    phases = [{"epochs": 0.4}, {"epochs": 0.8, "adversarial": 0.3}]
    recipe = tiny_recipe(balance="gradient", losses=losses, phases=phases, discriminator={"name": "lite0_projected"})
    whole = start(recipe, "whole")
    stop_after(4)  # of 6: while both learn
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts")
    resumed = start(recipe, "parts", resume=True)
    assert_same_training(whole, resumed)
    names = everything_in(whole)
    assert {key for key in names if "balance" in key} == {
        f"/balance/{n}" for n in ("smooth_l1", "perceptual", "adversarial")
    }
    judging = [key for key in names if key.startswith("/discriminator")]
    assert not any("encoder" in key for key in judging)  # the frozen network is no part of it
    row = list(whole.rows("validation"))[-1]
    assert 0 < row["d_fake"] < 1
    assert row["loss_g"] == pytest.approx(sum(row[n] for n in (*losses, "adversarial")))


def test_weighted_folders_on_old_film_resume_bit_for_bit(tiny_recipe, start, stop_after):
    weights, film = {"photos/apple": 0.4, "photos/boat": 2}, {"share": 0.8, "red_blind": 0.5}
    recipe = tiny_recipe(phases=[{"epochs": 2}], data={"weights": weights, "augment": {"film": film}, "workers": 1})
    whole = start(recipe, "whole")
    facts = whole.facts()
    assert facts["pictures_a_pass"] != facts["training_pictures"]
    (plan,) = facts["plan"]
    assert plan["steps"] == round(2 * facts["pictures_a_pass"] / 4)
    assert [row["epoch"] for row in whole.rows("validation")][-1] == pytest.approx(2, abs=0.1)
    stop_after(3)
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts")
    assert_same_training(whole, start(recipe, "parts", resume=True))


@pytest.mark.slow
def test_a_run_goes_on_from_an_exported_model_and_has_seen_its_pictures(tiny_recipe, start, class_folders, tmp_path):
    first = start(tiny_recipe(), "first")
    model = export_run(first.folder, tmp_path / "first.onnx", card={"leaves_bars": True})
    others = tmp_path / "others"
    shutil.copytree(class_folders / "apple", others / "apple")
    shutil.copytree(class_folders / "boat", others / "boat")
    still = {"lr": 1e-9, "encoder_lr": 1e-9, "freeze_norms": True}
    second = start(tiny_recipe(generator={"weights": str(model)}, optimizer=still, seed=3), "second", folders=[others])
    source = torch.rand(2, 1, 40, 56, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        painted = load_painter(second, "last")(source)
    np.testing.assert_allclose(painted.numpy(), load_model(model).run(source.numpy()), atol=1e-4)
    assert set(first.facts()["training_hashes"]) <= set(second.facts()["training_hashes"])
    old, new = load_model(model), load_model(export_run(second.folder, tmp_path / "second.onnx"))
    assert new.card.leaves_bars  # it goes on being shown pictures so
    assert new.card.parameters == old.card.parameters
    assert set(old.training_hashes) <= set(new.training_hashes)
    stopped = start(tiny_recipe(), "second", resume=True)  # needs the model no more
    assert stopped.folder == second.folder


def test_what_the_encoder_of_another_run_has_seen_counts_as_seen(tiny_recipe, start, class_folders, tmp_path):
    small = {"name": "lite_unet", "options": {"encoder_steps": 3, "decoder_channels": [8, 8, 8]}}
    first = start(tiny_recipe(generator=small | {"encoder_weights": "none"}), "first")
    for name in ("apple", "boat"):
        shutil.copytree(class_folders / name, tmp_path / "others" / name)
    begun = small | {"encoder_weights": str(first.weights("last"))}
    second = start(tiny_recipe(generator=begun, seed=3), "second", folders=[tmp_path / "others"])
    assert set(first.facts()["training_hashes"]) <= set(second.facts()["training_hashes"])


def test_workers_change_nothing(tiny_recipe, start):
    runs = [start(tiny_recipe(phases=TWO_PHASES, data={"workers": n}), f"workers{n}") for n in (0, 2)]
    assert_same_training(*runs)


def test_a_crash_loses_only_what_came_after_the_last_checkpoint(tiny_recipe, start, monkeypatch):
    recipe = tiny_recipe(phases=TWO_PHASES)
    whole = start(recipe, "whole")
    step = Learner.step

    def power_cut(self, pair, phase, number):
        if number == 11:
            raise ZeroDivisionError
        return step(self, pair, phase, number)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", power_cut)
        with pytest.raises(ZeroDivisionError):
            start(recipe, "parts")
    assert_same_training(whole, start(recipe, "parts", resume=True))


def test_another_seed_is_another_training(tiny_recipe, start):
    one, other = (start(tiny_recipe(seed=seed), f"seed{seed}") for seed in (0, 1))
    assert one.weights("last").read_bytes() != other.weights("last").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_step_saves_and_then_stops(tiny_recipe, start, stop_after, steps_taken, tmp_path, number):
    stop_after(2, number)
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        start(tiny_recipe())
    assert steps_taken == [0, 1]
    assert everything_in(Run(tmp_path / "run"))["/progress/step"] == 2
    assert signal.getsignal(number) == before


def test_the_run_holds_what_export_and_evaluation_need(tiny_recipe, start, class_folders):
    recipe = tiny_recipe(seed=3)
    run = start(recipe)
    assert run.recipe() == recipe
    facts = run.facts()
    assert facts["folders"] == [str(class_folders)]
    assert facts["classes"] == ["apple", "boat", "cloud"]
    split = read_split(run.folder / "split.csv")
    assert facts["split_digest"] == split.digest
    assert facts["training_pictures"] == len(split.keys("train")) == len(facts["training_hashes"])
    assert facts["validation_pictures"] == len(split.keys("val"))
    assert all(len(h) == 16 for h in facts["training_hashes"])
    generator = new_generator(run.recipe())
    generator.load_state_dict(load_file(run.weights("last")))
    sheets = sorted(path.name for path in run.samples.iterdir())
    assert sheets == [f"step-{facts['plan'][-1]['steps']:06d}.png"]
    assert Image.open(run.samples / sheets[0]).size == (2 * 32, 3 * 32)


def test_every_loss_and_the_waiting_are_logged_in_adversarial_phases(tiny_recipe, start):
    lite = {"name": "lite_unet", "options": {"decoder_channels": [8, 8, 8, 8]}}  # which has an encoder
    run = start(tiny_recipe(phases=TWO_PHASES, validation={"every": 100}, generator=lite))
    rows = list(run.rows("step"))
    assert [(row["phase"], row["step"]) for row in rows] == [(0, 5), (1, 15)]
    calm, adversarial = rows
    assert "d_real" not in calm
    for name in ("loss_g", "smooth_l1", "adversarial", "loss_d", "d_real", "d_fake", "wait_share", "lr"):
        assert isinstance(adversarial[name], float)
    assert adversarial["loss_g"] == pytest.approx(adversarial["smooth_l1"] + adversarial["adversarial"], rel=1e-4)
    assert 0 < adversarial["d_fake"] < 1
    assert 0 < adversarial["d_real"] < 1
    assert 0 <= adversarial["wait_share"] < 1
    assert adversarial["pictures_per_second"] > 0
    assert adversarial["epoch"] == pytest.approx((5 * 4 + 10 * 3) / run.facts()["training_pictures"], abs=1e-4)
    assert adversarial["lr_d"] == 2e-4
    assert "lr_encoder" in adversarial
    before, after = run.rows("validation")
    assert {"loss_g", "smooth_l1"} <= before.keys()
    assert "loss_d" not in before
    assert {"loss_g", "smooth_l1", "adversarial", "loss_d", "d_real", "d_fake"} <= after.keys()


def test_validations_come_as_often_as_the_recipe_says_and_at_the_end_of_each_phase(tiny_recipe, start):
    # 19 pictures in batches of 4; a validation wherever half an epoch (9.5) is passed, and after steps 4 and 9
    run = start(tiny_recipe(phases=[{"epochs": 0.9}, {"epochs": 1.1}], validation={"every": 0.5}))
    assert run.facts()["training_pictures"] == 19
    assert [row["step"] for row in run.rows("validation")] == [3, 4, 5, 8, 9]


def test_a_generator_that_is_measured_itself_goes_on_in_training_mode(tiny_recipe, start, monkeypatch):
    modes, step = [], Learner.step

    def noting(self, *arguments):
        modes.append(self.painter().training)
        return step(self, *arguments)

    monkeypatch.setattr(Learner, "step", noting)
    run = start(tiny_recipe(generator={"ema": 0}, validation={"every": 0.25}))
    assert [row["step"] for row in run.rows("validation")] == [2, 3, 4, 5]
    assert modes == [True] * 5


def test_training_improves_what_is_measured(tiny_recipe, start, class_folders):
    run = start(
        tiny_recipe(
            phases=[{"epochs": 8}],
            optimizer={"lr": 0.01},
            data={"augment": {"letterbox": 1}},
            validation={"every": 2},
        )
    )
    losses = [row["loss_g"] for row in run.rows("step")]
    assert losses[-1] < 0.95 * losses[0]


def test_what_a_run_starts_from_is_measured_first_and_stays_the_best_until_it_is_beaten(tiny_recipe, start, scores):
    first = start(tiny_recipe(), "first")
    begun = {"weights": str(first.weights("last"))}
    scores(1.0, 2.0)
    second = start(tiny_recipe(generator=begun), "second")
    assert [(row["step"], row["epoch"], row["ciede2000"]) for row in second.rows("validation")] == [
        (0, 0.0, 1.0),
        (5, pytest.approx(20 / 19, abs=1e-3), 2.0),
    ]
    kept, last, original = (
        load_file(path) for path in (second.weights("best"), second.weights("last"), begun["weights"])
    )
    assert all(torch.equal(kept[name], value) for name, value in original.items())
    assert any(not torch.equal(last[name], value) for name, value in original.items())
    start(tiny_recipe(), "second", resume=True)
    assert len(list(second.rows("validation"))) == 2


def test_a_folder_that_holds_something_is_refused_and_left_alone(tiny_recipe, start, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("precious")
    with pytest.raises(PincelError, match=r"run exists already; choose another --out, or add --resume"):
        start(tiny_recipe())
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_run_is_refused(tiny_recipe, start, tmp_path):
    (tmp_path / "run").write_text("precious")
    with pytest.raises(PincelError, match="exists already"):
        start(tiny_recipe())


def test_an_empty_folder_is_taken(tiny_recipe, start, tmp_path):
    (tmp_path / "run").mkdir()
    assert start(tiny_recipe(phases=[{"epochs": 0.2}])).checkpoint.is_file()


@pytest.mark.parametrize("left", ["nothing", "folder", "recipe", "all"])
@pytest.mark.parametrize("resume", [False, True])
def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(tiny_recipe, start, tmp_path, left, resume):
    whole = start(tiny_recipe(), "whole")
    run = Run(tmp_path / "run")
    if left != "nothing":
        run.samples.mkdir(parents=True)
        (run.folder / f".checkpoint.ckpt.{MARK}.tmp{os.getpid()}").write_bytes(b"half")
    for name in {"recipe": ["recipe.yaml"], "all": ["recipe.yaml", "split.csv", "facts.json"]}.get(left, []):
        shutil.copy(whole.folder / name, run.folder / name)
    folders = {} if left == "all" and resume else {"folders": [tmp_path / "photos"]}
    assert_same_training(whole, start(tiny_recipe(), resume=resume, **folders))
    assert not [path for path in run.folder.iterdir() if path.name.startswith(".")]


def test_resuming_where_weights_are_but_no_checkpoint_is_refused(tiny_recipe, start, class_folders):
    run = start(tiny_recipe())
    run.checkpoint.unlink()
    with pytest.raises(PincelError, match=r"checkpoint.ckpt is gone; put a copy back"):
        start(tiny_recipe(), resume=True)
    run.checkpoint.touch()  # for the fixture


def test_resuming_when_the_data_folder_was_renamed_says_what_to_do(tiny_recipe, start, class_folders):
    start(tiny_recipe())
    class_folders.rename(class_folders.with_name("pictures"))
    with pytest.raises(
        PincelError, match=r"learns from .*photos, which is gone; name .* --data, under its old name ph"
    ):
        start(tiny_recipe(), resume=True)


def test_resuming_what_is_no_run_is_refused(tiny_recipe, start, tmp_path):
    with pytest.raises(PincelError, match="is not a run"):
        start(tiny_recipe(), "nothing", resume=True)


def test_resuming_from_a_damaged_checkpoint_is_refused(tiny_recipe, start):
    run = start(tiny_recipe(phases=[{"epochs": 0.2}]))
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:5000])
    with pytest.raises(PincelError, match="damaged"):
        start(tiny_recipe(), resume=True)


def test_resuming_a_finished_run_takes_no_more_steps(tiny_recipe, start, steps_taken):
    recipe = tiny_recipe()
    before = start(recipe).weights("last").read_bytes()
    count = len(steps_taken)
    assert start(recipe, resume=True).weights("last").read_bytes() == before
    assert len(steps_taken) == count > 0


def test_resuming_goes_by_the_runs_own_recipe(tiny_recipe, start, stop_after):
    recipe = tiny_recipe(seed=11)
    whole = start(recipe, "whole")
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts")
    resumed = start(tiny_recipe(seed=99, losses={"l1": 50}), "parts", resume=True)
    assert resumed.recipe() == recipe
    assert_same_training(whole, resumed)


def test_pictures_that_were_added_in_the_meantime_do_not_disturb_a_resumed_run(
    tiny_recipe, start, stop_after, class_folders, smooth_photo
):
    whole = start(tiny_recipe(), "whole")
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        start(tiny_recipe(), "parts")
    for i in range(9):
        Image.fromarray(smooth_photo(1000 + i)).save(class_folders / "apple" / f"a-new-{i}.jpg")
    assert_same_training(whole, start(tiny_recipe(), "parts", resume=True))


def test_a_run_goes_on_with_views_made_where_they_were_before_it_was_stopped(tiny_recipe, start, stop_after):
    whole = start(tiny_recipe(), "whole")
    assert whole.facts()["views"] == "loader"
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        start(tiny_recipe(), "parts")
    run = Run(whole.folder.parent / "parts")
    facts = dict(run.facts())
    del facts["views"]  # as of runs from before there was a choice
    run.begin(tiny_recipe(data={"views": "device"}), run.split(), facts)
    resumed = start(tiny_recipe(), "parts", resume=True)
    assert_same_training(whole, resumed)


def test_pictures_that_are_gone_stop_a_resume(tiny_recipe, start, stop_after, class_folders):
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        start(tiny_recipe(), "parts")
    count = Run.open(class_folders.parent / "parts").facts()["training_pictures"]
    gone = next(
        key for key, side in read_split(class_folders.parent / "parts/split.csv").sides.items() if side == "train"
    )
    (class_folders.parent / gone).unlink()
    with pytest.raises(PincelError, match=f"begun with {count} training pictures and now there are {count - 1}"):
        start(tiny_recipe(), "parts", resume=True)


def test_a_loss_that_runs_away_stops_the_training_and_keeps_the_last_good_state(tiny_recipe, start, monkeypatch):
    step = Learner.step

    def run_away(self, pair, phase, number):
        parts = step(self, pair, phase, number)
        return {name: value * float("nan") if number >= 3 else value for name, value in parts.items()}

    monkeypatch.setattr(Learner, "step", run_away)
    with pytest.raises(PincelError, match=r"loss_g, smooth_l1: no longer a number at step 5; .*lower learning rate"):
        start(tiny_recipe(), epochs=1)


def test_resuming_needs_no_weights_from_outside_the_run(tiny_recipe, start, stop_after, tmp_path):
    torch.manual_seed(0)
    weights = tmp_path / "earlier.safetensors"
    save_file(new_generator(tiny_recipe()).state_dict(), weights)
    recipe = tiny_recipe(generator={"weights": str(weights)})
    whole = start(recipe, "whole")
    stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        start(recipe, "parts")
    weights.unlink()
    assert_same_training(whole, start(recipe, "parts", resume=True))


def test_a_batch_that_does_not_fit_ends_a_run_that_can_go_on_exactly(tiny_recipe, start, monkeypatch):
    whole = start(tiny_recipe(phases=TWO_PHASES), "whole")
    step = Learner.step

    def full(self, pair, phase, number):
        if phase.batch == 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return step(self, pair, phase, number)

    monkeypatch.setattr(Learner, "step", full)
    with pytest.raises(PincelError, match=r"phase 1 \(32 px in batches of 3\).*phases\.1\.batch=1 generator\.weights="):
        start(tiny_recipe(phases=TWO_PHASES), "full")
    monkeypatch.setattr(Learner, "step", step)
    resumed = start(tiny_recipe(), "full", resume=True)
    assert resumed.weights("last").read_bytes() == whole.weights("last").read_bytes()


def test_the_first_step_of_each_shape_is_timed_and_said_once(tiny_recipe, class_folders, tmp_path):
    console = Console(file=io.StringIO(), width=200)
    options = TrainingOptions(accelerator="cpu", devices="1", console=console)
    phases = [{"epochs": 0.4}, {"epochs": 0.4, "batch": 3}, {"epochs": 0.4}]
    train(tiny_recipe(phases=phases), [class_folders], tmp_path / "run", options)
    said = [line for line in console.file.getvalue().splitlines() if line.startswith("first step")]
    assert [line.partition(":")[0] for line in said] == [f"first step of 32 px in batches of {n}" for n in (4, 3)]
    assert all(float(line.split()[-2]) >= 0 for line in said)


def test_a_gpu_that_is_not_there_is_told_before_anything_is_made(tiny_recipe, class_folders, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(PincelError, match="--accelerator cuda"):
        train(tiny_recipe(), [class_folders], tmp_path / "run", TrainingOptions(accelerator="cuda"))
    assert not (tmp_path / "run").exists()


def test_no_data_folder_is_an_error(tiny_recipe, start):
    with pytest.raises(PincelError, match="--data"):
        start(tiny_recipe(), folders=[])


def test_a_single_picture_is_an_error_in_one_sentence(tiny_recipe, start, tmp_path, smooth_photo):
    (tmp_path / "one").mkdir()
    Image.fromarray(smooth_photo(1)).save(tmp_path / "one" / "a.png")
    with pytest.raises(PincelError, match=r"at least two usable pictures .*\(found 1\)") as caught:
        start(tiny_recipe(), folders=[tmp_path / "one"])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_two_pictures_are_enough(tiny_recipe, start, tmp_path, smooth_photo):
    (tmp_path / "two").mkdir()
    for i in range(2):
        Image.fromarray(smooth_photo(i)).save(tmp_path / "two" / f"{i}.png")
    run = start(tiny_recipe(phases=[{"epochs": 4}]), folders=[tmp_path / "two"])
    assert [row["step"] for row in run.rows("validation")] == [1]  # four passes over one picture are one batch


def test_epochs_given_by_hand_replace_the_recipes(tiny_recipe, start):
    run = start(tiny_recipe(phases=TWO_PHASES), epochs=0.9)
    assert [phase["steps"] for phase in run.facts()["plan"]] == [2, 3]


def test_minutes_become_steps_that_are_stored_and_kept(tiny_recipe, start, stop_after, monkeypatch):
    costs = iter([(1.0, 0.0), (2.0, 0.0)])
    monkeypatch.setattr(budget, "time_steps", lambda *arguments: next(costs))
    monkeypatch.setattr(budget, "time_look", lambda *arguments: 0.2)
    monkeypatch.setattr(budget, "time", SimpleNamespace(perf_counter=lambda: 100.0))
    # TWO_PHASES: 19 * 1.1 / 4 = 5.2 steps of 1 s and 10.1 of 2 s, 25.5 s a round; 0.2 minutes less 4 looks are 11.2 s
    stop_after(3)
    with pytest.raises(KeyboardInterrupt):
        start(tiny_recipe(phases=TWO_PHASES), minutes=0.2, began=100.0)
    monkeypatch.setattr(budget, "time_steps", lambda *arguments: pytest.fail("measured again"))
    run = start(tiny_recipe(), resume=True)
    assert [phase["steps"] for phase in run.facts()["plan"]] == [2, 4]
    assert everything_in(run)["/progress/step"] == 6


def test_measuring_the_speed_leaves_no_trace_in_the_training(tiny_recipe, start, monkeypatch):
    recipe = tiny_recipe(phases=[{"epochs": 0.7, "adversarial": 0.1}])
    assert any(isinstance(module, torch.nn.Dropout) for module in new_generator(recipe).modules())
    plain = start(recipe, "plain")
    assert plain.facts()["plan"][0]["steps"] == 3
    plan_within = budget.plan_within

    def measured(learner, *arguments):
        plan_within(learner, *arguments)
        return recipe, make_plan(recipe, 19)

    monkeypatch.setattr(begin, "plan_within", measured)
    timed = start(recipe, "timed", minutes=0.05)
    assert timed.facts()["plan"] == plain.facts()["plan"]
    assert_same_training(plain, timed)


def test_training_stops_early_when_nothing_improves_any_more(tiny_recipe, start, scores, steps_taken):
    scores(5.0, 4.0, 4.0)
    recipe = tiny_recipe(phases=[{"epochs": 4}, {"epochs": 4}], validation={"patience": 3, "every": 0.5})
    run = start(recipe)
    assert len(list(run.rows("validation"))) == 5  # better twice, then three times not
    assert [row["best"] for row in run.rows("validation")] == [5, 4, 4, 4, 4]
    count = len(steps_taken)
    assert count < run.facts()["plan"][0]["steps"]
    start(recipe, resume=True)
    assert len(steps_taken) == count


def test_an_improvement_renews_the_patience(tiny_recipe, start, scores):
    scores(5.0, 6.0, 4.0, 6.0, 3.0, 6.0)
    run = start(tiny_recipe(phases=[{"epochs": 3}], validation={"patience": 2, "every": 0.5}))
    assert everything_in(run)["/progress/stopped_early"] is False
    assert everything_in(run)["/progress/best"] == 3


def test_the_best_weights_are_those_of_the_best_validation(tiny_recipe, start, scores, monkeypatch):
    kept, save = [], loop.save_weights

    def noting(run, which, painter):
        save(run, which, painter)
        kept.append((which, run.weights(which).read_bytes()))

    monkeypatch.setattr(loop, "save_weights", noting)
    scores(3.0, 1.0, 2.0)
    run = start(tiny_recipe(phases=[{"epochs": 3}]))
    assert [which for which, _ in kept] == ["last", "best", "last", "best", "last"]
    lasts = [content for which, content in kept if which == "last"]
    assert run.weights("best").read_bytes() == lasts[1]
    assert run.weights("last").read_bytes() == lasts[2] != lasts[1]
    progress = {key: value for key, value in everything_in(run).items() if key.startswith("/progress")}
    assert (progress["/progress/best"], progress["/progress/best_step"]) == (1, 10)


def test_a_long_way_between_validations_is_saved_in_between(tiny_recipe, start, monkeypatch):
    saved, save = [], loop.save_checkpoint

    def noting(run, learner, progress):
        saved.append(progress.step)
        save(run, learner, progress)

    for module in (begin, loop):
        monkeypatch.setattr(module, "save_checkpoint", noting)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    start(tiny_recipe(phases=[{"epochs": 0.9}]))
    assert saved == [0, 1, 2, 3, 4]


def test_rebalancing_needs_one_strength_for_all_phases(tiny_recipe, start):
    phases = [{"epochs": 1, "losses": {"l1": 1, "chroma_rebalance": s}} for s in (0.2, 0.4)]
    with pytest.raises(PincelError, match=r"losses.chroma_rebalance.*same"):
        start(tiny_recipe(phases=phases))


def test_rebalancing_and_perception_train_together(tiny_recipe, start):
    losses = {"smooth_l1": 1, "perceptual": 0.1, "chroma_rebalance": 0.5}
    run = start(tiny_recipe(phases=[{"epochs": 0.4}], losses=losses))
    (row,) = run.rows("step")
    assert row["perceptual"] > 0
    plain = start(tiny_recipe(phases=[{"epochs": 0.4}], losses=losses | {"chroma_rebalance": 0}), "plain")
    (other,) = plain.rows("step")
    assert row["smooth_l1"] != other["smooth_l1"]


def test_the_console_hears_how_much_there_is_and_how_good_it_is(tiny_recipe, class_folders, tmp_path):
    out = io.StringIO()
    train(
        tiny_recipe(),
        [class_folders],
        tmp_path / "run",
        TrainingOptions(accelerator="cpu", devices="1", console=Console(file=out, width=200)),
    )
    assert "19 pictures to learn from, 3 to validate on; 5 steps in 1 phase" in out.getvalue()
    assert "ciede2000" in out.getvalue()
    assert "(best)" in out.getvalue()


def test_facts_are_json_without_surprises(tiny_recipe, start):
    facts = start(tiny_recipe(phases=[{"epochs": 0.2}])).facts()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_who_listens_hears_every_validation_and_may_end_the_training(tiny_recipe, start, tmp_path):
    class Enough(Exception):
        pass

    heard = []

    def listen():
        heard.append(len(list(Run(tmp_path / "run").rows("validation"))))
        if len(heard) == 2:
            raise Enough

    recipe = tiny_recipe(phases=[{"epochs": 4}])
    with pytest.raises(Enough):
        start(recipe, "run", on_validation=listen)
    assert heard == [1, 2]
    again = start(recipe, "run", resume=True)
    assert len(list(again.rows("validation"))) == 4
