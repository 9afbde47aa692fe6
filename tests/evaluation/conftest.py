"""Tiny models whose painting can be worked out by hand, and photos whose colours they can know."""

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
