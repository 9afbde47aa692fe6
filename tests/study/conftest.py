"""Studies of seconds: 24 photos of 40 px, networks of two stages, and studies that were never trained at all."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from pincel.export.cost import Cost
from pincel.study import trial as trial_module
from pincel.study.grid import begin_study, plan_grid, run_grid
from pincel.study.options import GridOptions
from pincel.study.record import DONE, Budget, Study, Trial
from pincel.study.space import Space, read_axes

TINY = [
    "data.size=16",
    "data.batch=4",
    "data.split=null",
    "data.cache_side=40",
    "data.workers=0",
    "generator.options={stages: 8k4s2 8k4s2}",
    "discriminator.width=4",
    "discriminator.depth=1",
    "validation={monitor: loss, pictures: 3, samples: 1, every: 1}",
]
EPOCHS = 0.5  # two steps


@pytest.fixture
def tiny_space() -> Callable[..., Space]:
    """``tiny_space("width=4,8")`` -> the tiny recipe with these axes."""
    return lambda *axes, changes=(): Space("pix2pix-flowers-64", [*TINY, *changes], read_axes(axes))


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are a few bytes and paint in 2 ms a megabyte of multiply-adds: exporting takes longer than all else."""

    def export(folder: Path, out: Path, **_: object) -> Path:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(b"network")
        return out

    def costs(files: list[Path], size: int, **_: object) -> list[Cost]:
        return [Cost(f.stem, size, 1, 1, 1, 0.002, 0.003, 5, 1, 10, 5, 7, None) for f in files]

    monkeypatch.setattr(trial_module, "export_run", export)
    monkeypatch.setattr(trial_module, "costs_of", costs)


@pytest.fixture
def run_tiny_grid(class_folders: Path, cache_folder: Path, tmp_path: Path, tiny_space: Callable[..., Space]):
    """``run_tiny_grid("width=4,8", retry=True)`` -> the study in ``study``, gone on with when it is there."""

    def run(*axes: str, changes: tuple[str, ...] = (), own: bool = False, **settings: object) -> Study:
        chosen = GridOptions(accelerator="cpu", epochs=EPOCHS, own=own, **settings)
        space = tiny_space(*axes, changes=changes)
        plan = plan_grid(space, chosen)
        study = begin_study(space, [class_folders], tmp_path / "study", "grid", chosen)
        run_grid(study, plan, chosen, Console(file=io.StringIO()))
        return study

    return run


@pytest.fixture
def made_study(tmp_path: Path) -> Callable[..., Study]:
    """``made_study([(macs, distance), ...], own=0)`` -> a study as if these trials had been trained, with pictures.

    Trial i, called ``width<i>``, has the choices ``width: i // 2`` and ``norm: batch`` or ``instance`` in turns.
    """

    def make(figures: list[tuple[float, float]], own: int | None = 0, **facts: object) -> Study:
        known = {
            "kind": "grid",
            "recipe": "pix2pix-flowers-64",
            "recipe_yaml": Space("pix2pix-flowers-64").recipe.to_yaml(),
            "task": "sketch",
            "size": 16,
            "folders": ["/photos/flowers"],
            "budget": Budget(minutes=1),
            "axes": {"width": list(range((len(figures) + 1) // 2)), "norm": ["batch", "instance"]},
            "judged_by": "lite0_distance",
            "command": "pincel study grid pix2pix-flowers-64",
        }
        study = Study(tmp_path / "made", **known | facts)
        strip = Image.fromarray(np.full((16, 96, 3), 120, np.uint8))
        (study.folder / "pictures").mkdir(parents=True, exist_ok=True)
        for what in ("source", "target"):
            strip.save(study.strip_file(None, what))
        for place, (macs, distance) in enumerate(figures):
            quality = {
                name: {"value": value, "low": value - 0.01, "high": value + 0.01}
                for name, value in (("lite0_distance", distance), ("ssim", 1 - distance), ("l1", 0.1), ("mse", 0.02))
            }
            quality["frechet_lite0"] = {"value": 10 * distance, "low": None, "high": None}
            choices = {"width": place // 2, "norm": ("batch", "instance")[place % 2]}
            choices = {axis: choices[axis] for axis in study.axes if axis in choices}
            study.trials.append(
                Trial(
                    f"width{place}",
                    choices,
                    int(macs // 10),
                    int(macs),
                    place == own,
                    status=DONE,
                    epochs=1.5,
                    n=48,
                    quality=quality,
                    latency_p50=macs / 1e9,
                    latency_p95=macs / 5e8,
                    threads=1,
                )
            )
            strip.save(study.strip_file(study.trials[-1]))
        return study

    return make
