"""Tiny models whose painting can be worked out by hand, and photos whose colours they can know."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import skimage.color
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard, pack_hashes


@pytest.fixture(scope="session")
def build_model() -> Callable[..., Path]:
    """``build_model(folder, ab=(a, b), slope=(s, t), hashes=[...], file="x.onnx", **card)`` -> a model file.

    It paints ``ab / 110 + slope * source`` everywhere: with no slope, the one colour ``ab`` (Lab units).
    """

    def make(
        folder: Path,
        ab: tuple[float, float] = (0.0, 0.0),
        slope: tuple[float, float] = (0.0, 0.0),
        hashes: Sequence[int] = (),
        file: str = "tiny.onnx",
        **card,
    ) -> Path:
        weights = np.array(slope, np.float32).reshape(2, 1, 1, 1)
        bias = np.array(ab, np.float32) / np.float32(110)
        graph = helper.make_graph(
            [helper.make_node("Conv", ["source", "weights", "bias"], ["painted"], kernel_shape=[1, 1])],
            "tiny",
            [helper.make_tensor_value_info("source", TensorProto.FLOAT, ["n", 1, "h", "w"])],
            [helper.make_tensor_value_info("painted", TensorProto.FLOAT, ["n", 2, "h", "w"])],
            [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        facts = {"name": Path(file).stem, "task": "colorize", "working_size": 48, **card}
        texts = {CARD_KEY: ModelCard(**facts).model_dump_json()}
        if hashes:
            texts[HASHES_KEY] = pack_hashes(np.array(hashes, np.uint64))
        helper.set_model_props(model, texts)
        path = folder / "models" / file
        path.parent.mkdir(exist_ok=True)
        onnx.save(model, path)
        return path

    return make


@pytest.fixture
def tiny_model(tmp_path: Path, build_model: Callable[..., Path]) -> Callable[..., Path]:
    """`build_model` in the test's own folder."""
    return partial(build_model, tmp_path)


@pytest.fixture(scope="session")
def build_translator() -> Callable[..., Path]:
    """``build_translator(folder, "sketch", rgb=(r, g, b), slope=0, hashes=[...], file=..., **card)`` -> a model file.

    It paints ``rgb`` (in -1..1) + ``slope`` times what it is shown (of three planes: the same plane).
    """

    def make(
        folder: Path,
        task: str = "sketch",
        rgb: tuple[float, float, float] = (0.0, 0.0, 0.0),
        slope: float = 0.0,
        hashes: Sequence[int] = (),
        file: str = "tiny.onnx",
        **card,
    ) -> Path:
        planes = 1 if task == "sketch" else 3
        weights = np.full((3, 1, 1, 1), slope) if planes == 1 else slope * np.eye(3)[..., None, None]
        graph = helper.make_graph(
            [helper.make_node("Conv", ["source", "weights", "bias"], ["painted"], kernel_shape=[1, 1])],
            "tiny",
            [helper.make_tensor_value_info("source", TensorProto.FLOAT, ["n", planes, "h", "w"])],
            [helper.make_tensor_value_info("painted", TensorProto.FLOAT, ["n", 3, "h", "w"])],
            [
                numpy_helper.from_array(weights.astype(np.float32), "weights"),
                numpy_helper.from_array(np.array(rgb, np.float32), "bias"),
            ],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        facts = {"name": Path(file).stem, "task": task, "working_size": 32, **card}
        texts = {CARD_KEY: ModelCard(**facts).model_dump_json()}
        if hashes:
            texts[HASHES_KEY] = pack_hashes(np.array(hashes, np.uint64))
        helper.set_model_props(model, texts)
        path = folder / "models" / file
        path.parent.mkdir(exist_ok=True)
        onnx.save(model, path)
        return path

    return make


@pytest.fixture
def translator(tmp_path: Path, build_translator: Callable[..., Path]) -> Callable[..., Path]:
    """`build_translator` in the test's own folder."""
    return partial(build_translator, tmp_path)


@pytest.fixture(scope="session")
def build_pairs(smooth_photo: Callable[..., np.ndarray]) -> Callable[[Path], Path]:
    """Make a folder ``pairs`` with 6 PNG pairs in 2 classes, 40 x 56: the target is the source's negative."""

    def make(folder: Path) -> Path:
        root = folder / "pairs"
        for i in range(6):
            for side, rgb in (("source", 255 - smooth_photo(i, 40, 56)), ("target", smooth_photo(i, 40, 56))):
                place = root / side / ("day" if i < 4 else "night")
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(rgb).save(place / f"{i}.png")
        return root

    return make


@pytest.fixture
def pair_folder(tmp_path: Path, build_pairs: Callable[[Path], Path]) -> Path:
    """`build_pairs` in the test's own folder."""
    return build_pairs(tmp_path)


@pytest.fixture(scope="session")
def build_one_colour_photos() -> Callable[[Path], Path]:
    """Make a folder ``leaves`` of 6 PNG photos in 2 classes: every pixel has ab = (-30, 30), L varies smoothly."""

    def make(folder: Path) -> Path:
        root = folder / "leaves"
        for i in range(6):
            place = root / ("oak" if i < 4 else "elm")
            place.mkdir(parents=True, exist_ok=True)
            coarse = np.random.default_rng(i).uniform(45, 75, (4, 4)).astype(np.float32)
            light = np.clip(cv2.resize(coarse, (40 + 8 * i, 48), interpolation=cv2.INTER_CUBIC), 45, 75)
            lab = np.dstack([light, np.full_like(light, -30), np.full_like(light, 30)])
            rgb = np.rint(skimage.color.lab2rgb(lab) * 255).astype(np.uint8)
            Image.fromarray(rgb).save(place / f"{i}.png")
        return root

    return make


@pytest.fixture
def one_colour_photos(tmp_path: Path, build_one_colour_photos: Callable[[Path], Path]) -> Path:
    """`build_one_colour_photos` in the test's own folder."""
    return build_one_colour_photos(tmp_path)


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
