"""Runs whose log is known, without a training."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def build_run() -> Callable[..., Path]:
    """``build_run(folder, rows, phases=[...], samples=[10, 20], **recipe)`` -> a run's folder with these rows logged.

    400 training pictures in batches of 40: 10 steps are an epoch. ``samples`` names the steps that have a sheet of 3
    photos of 8 px: grey 60, painted as bright as the step's number, real 200.
    """

    def make(
        folder: Path,
        rows: Sequence[dict],
        phases: Sequence[dict] = ({"epochs": 4},),
        samples: Sequence[int] = (),
        **recipe,
    ) -> Path:
        from pincel.training.plan import make_plan, plan_to_facts
        from pincel.training.recipe import Recipe

        changed = {"data": {"batch": 40}, "losses": {"l1": 100}, "phases": list(phases)}
        changed |= {"discriminator": {"adversarial_kind": "bce"}}
        resolved = Recipe.model_validate(changed | recipe)
        run = folder / "run"
        (run / "samples").mkdir(parents=True)
        (run / "recipe.yaml").write_text(resolved.to_yaml())
        facts = {"folders": ["/photos"], "split": "made from the seed", "split_digest": "ab12"}
        counts = {"training_pictures": 400, "validation_pictures": 50}
        plan = plan_to_facts(make_plan(resolved, 400))
        (run / "facts.json").write_text(json.dumps(facts | counts | {"plan": plan}))
        (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for step in samples:
            sheet = np.repeat(np.array([60, step, 200], np.uint8), 8)[:, None, None] * np.ones((1, 24, 3), np.uint8)
            Image.fromarray(sheet).save(run / "samples" / f"step-{step:06d}.png")
        return run

    return make


@pytest.fixture
def write_run(tmp_path: Path, build_run: Callable[..., Path]) -> Callable[..., Path]:
    """`build_run` in the test's own folder."""
    return partial(build_run, tmp_path)


@pytest.fixture(scope="session")
def step_row() -> Callable[..., dict]:
    """``step_row(20, loss_g=1.0)`` -> a row of the training: 10 steps an epoch, 40 pictures a second, 10 s."""

    def make(step: int, **values: float) -> dict:
        speed = {"pictures_per_second": 40.0, "wait_share": 0.1, "seconds": 10.0}
        return {"kind": "step", "step": step, "epoch": step / 10, "phase": 0, "lr": 0.001, **speed, **values}

    return make


@pytest.fixture(scope="session")
def validation_row() -> Callable[..., dict]:
    """``validation_row(10, 9.5, loss_g=1.0)`` -> a row of a validation with this CIEDE2000."""

    def make(step: int, ciede2000: float, **values: float) -> dict:
        scores = {"loss": ciede2000 / 100, "ciede2000": ciede2000, "colourfulness_ratio": 0.6, "best": ciede2000}
        return {"kind": "validation", "step": step, "epoch": step / 10, **scores, **values}

    return make


@pytest.fixture(scope="session")
def paper_rows(step_row: Callable[..., dict], validation_row: Callable[..., dict]) -> list[dict]:
    """Three epochs of an adversarial run; the second has the figures of the paper's Table 1 and is the best."""
    rates = {"lr": 2e-4, "lr_d": 2e-4}
    verdicts = {"d_real": 0.62, "d_fake": 0.35}
    return [
        step_row(10, loss_g=9.0, l1=7.0, adversarial=2.0, loss_d=0.65, **verdicts, **rates),
        validation_row(10, 9.0, loss_g=8.0, l1=6.5, adversarial=1.5, loss_d=0.69, **verdicts),
        step_row(20, loss_g=6.624, l1=5.424, adversarial=1.2, loss_d=0.516, **verdicts, **rates),
        validation_row(20, 7.0, loss_g=6.366, l1=5.160, adversarial=1.206, loss_d=0.679, **verdicts),
        step_row(30, loss_g=6.0, l1=4.8, adversarial=1.2, loss_d=0.5, **verdicts, **rates | {"lr": 1e-4}),
        validation_row(30, 7.5, loss_g=6.6, l1=5.3, adversarial=1.3, loss_d=0.7, **verdicts),
    ]
