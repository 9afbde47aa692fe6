"""Two devices (here: two processes on one processor) train one network, stop together and resume exactly."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import pincel

SCRIPT = """
import os, signal, sys
from pathlib import Path

from pincel.training.learner import Learner
from pincel.training.loop import train
from pincel.training.options import TrainingOptions
from pincel.training.recipe import load_recipe

here = Path(sys.argv[1])
recipe = load_recipe(here / "recipe.yaml")


def go(name, **options):
    options = TrainingOptions(accelerator="cpu", devices="2", **options)
    return train(recipe, [here / "photos"], here / name, options)


go("whole")
step = Learner.step


def stopping(self, pair, phase, number):
    if number == 3 and self.fabric.global_rank == 1:  # only one of the processes hears the signal
        os.kill(os.getpid(), signal.SIGINT)
    return step(self, pair, phase, number)


Learner.step = stopping
try:
    go("parts")
    sys.exit("was not stopped")
except KeyboardInterrupt:
    pass
Learner.step = step
go("parts", resume=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch cannot use several devices")
def test_two_devices_stop_together_and_resume_bit_for_bit(class_folders, cache_folder, tiny_recipe, tmp_path):
    recipe = tiny_recipe(  # a gradient of every weight: the label is told but guessed in the first phase only
        data={"batch": 2},
        generator={"conditional": True},
        losses={"smooth_l1": 1.0, "classification": 0.1},
        phases=[
            {"epochs": 0.5},
            {"epochs": 1, "losses": {"smooth_l1": 1.0}, "adversarial": 0.1, "critic_first": 0.3},
        ],
        discriminator={"norm": "batch"},
    )
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    script = tmp_path / "go.py"
    script.write_text(SCRIPT)
    source = Path(pincel.__file__).parents[1]
    environment = {
        **{key: value for key, value in os.environ.items() if key not in ("PL_GLOBAL_SEED", "LOCAL_RANK")},
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")]),
    }
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        command = [sys.executable, str(script), str(tmp_path)]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            code = process.wait(timeout=240)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # devices that wait for each other must not outlive the test
    assert code == 0, log.read_text()[-3000:]
    assert log.read_text().count("pictures to learn from") == 3  # one of the devices speaks, in each of three
    whole, parts = ((tmp_path / name / "last.safetensors").read_bytes() for name in ("whole", "parts"))
    assert whole == parts
    assert all(value.isfinite().all() for value in load_file(tmp_path / "whole" / "last.safetensors").values())
    states = [torch.load(tmp_path / name / "checkpoint.ckpt", weights_only=True) for name in ("whole", "parts")]
    assert states[0]["progress"] == states[1]["progress"]
    assert states[0]["progress"]["step"] == 7  # 19 pictures, 4 a step: 2 and 5 steps
