"""Small pictures and data sets that several tests share. Everything is seeded and tiny."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import hypothesis
import numpy as np
import pytest
from onnx import GraphProto, TensorProto, helper, numpy_helper
from PIL import Image

from pincel.cli import main
from pincel.runtime.card import ModelCard
from pincel.tasks import TASKS

hypothesis.settings.register_profile("pincel", deadline=None, derandomize=True)  # timings are noisy on shared machines
hypothesis.settings.load_profile("pincel")

CLASSES = ("apple", "boat", "cloud")
ACROSS_FILES = {"server": "server", "toys": "toys", "exported_network": "exported"}  # fixtures of a whole session


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One worker runs all tests that share something large, so that it is made once.

    That is a fixture of `ACROSS_FILES`, or one of a module's scope; xdist begins with the largest of such groups. Slow
    tests come next, or a worker would wait at the end.
    """
    if hasattr(config, "workerinput"):  # one of xdist's workers
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        known = getattr(item, "_fixtureinfo", None)
        fixtures = known.name2fixturedefs if known else {}
        across = next((group for name, group in ACROSS_FILES.items() if name in fixtures), None)
        if across or any(found[-1].scope == "module" for found in fixtures.values()):
            item.add_marker(pytest.mark.xdist_group(across or f"{item.path.parent.name}/{item.path.stem}"))


class Page(HTMLParser):
    """A report's page, read and checked: every tag is closed, and nothing is loaded but the pictures inside it.

    Attributes:
        text: of the file. words: what a reader sees.
    """

    def __init__(self, report: Path | str) -> None:
        super().__init__()
        self.text = report if isinstance(report, str) else (report / "index.html").read_text("utf-8")
        self.words, self.loaded, self.open = "", [], []
        self.feed(self.text)
        self.close()
        assert not self.open
        assert self.loaded
        assert all(link.startswith("data:image/") for link in self.loaded)
        assert not re.search(r"https?://|url\(|@import", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag loads, and that it is open."""
        self.loaded += [value for name, value in attrs if name in ("src", "srcset", "href", "action", "poster", "data")]
        assert tag not in ("script", "link", "iframe", "object")
        if tag not in ("meta", "img", "br", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        self.words += data


@pytest.fixture(scope="session")
def read_page() -> type[Page]:
    """``read_page(folder or text)`` -> the `Page` of a report, which is whole and needs no other file."""
    return Page


@pytest.fixture(scope="session")
def smooth_photo() -> Callable[..., np.ndarray]:
    """``smooth_photo(seed, height, width)`` -> uint8 (H, W, 3): broad patches of vivid colour, as photos have them."""

    def make(seed: int, height: int = 40, width: int = 48) -> np.ndarray:
        coarse = np.random.default_rng(seed).uniform(0, 255, (5, 5, 3)).astype(np.float32)
        return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)

    return make


@pytest.fixture
def class_folders(tmp_path: Path, smooth_photo: Callable[..., np.ndarray]) -> Path:
    """Folder ``photos`` with 3 classes of 8 JPEGs each, about 48 px; no two of them are near-duplicates."""
    root = tmp_path / "photos"
    for number, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(8):
            rgb = smooth_photo(100 * number + i, 36 + 4 * (i % 3), 40 + 4 * (i % 4))
            Image.fromarray(rgb).save(root / name / f"{name}{i}.jpg", quality=95)
    return root


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``$PINCEL_CACHE`` inside the test's own folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PINCEL_CACHE", str(folder))
    return folder


def write_model(path: Path, graph: GraphProto, facts: dict[str, object]) -> Path:
    """The graph as a model file, with a card of these facts inside."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    entry = model.metadata_props.add()
    entry.key, entry.value = "pincel.card", ModelCard.model_validate(facts).model_dump_json()
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """``make_model(name, a=0.2, b=-0.1, **card)`` -> model file that paints every picture in one colour (ab / 110).

    The smallest file that follows all conventions: any size, a card inside, no torch needed.
    """

    def make(name: str = "tiny", a: float = 0.2, b: float = -0.1, **card: object) -> Path:
        task = TASKS[str(card.get("task", "colorize"))]
        shown, made = task.source_channels, task.target_channels
        weight = numpy_helper.from_array(np.zeros((made, shown, 1, 1), np.float32), "weight")
        bias = numpy_helper.from_array(np.array([a, b, 0][:made], np.float32), "bias")
        source, painted = (
            helper.make_tensor_value_info(title, TensorProto.FLOAT, ["n", channels, "h", "w"])
            for title, channels in (("source", shown), ("painted", made))
        )
        node = helper.make_node("Conv", ["source", "weight", "bias"], ["painted"])
        graph = helper.make_graph([node], "tiny", [source], [painted], [weight, bias])
        return write_model(tmp_path / f"{name}.onnx", graph, {"name": name, "task": "colorize", **card})

    return make


@pytest.fixture
def make_labelled_model(tmp_path: Path) -> Callable[..., Path]:
    """``make_labelled_model(tells_label=True)`` -> model file with the classes night, sunrise and grass.

    It paints one colour (ab / 110) a label: night blue, sunrise red, grass green, unknown grey. It takes dark pictures
    for night, bright ones for sunrise; ``mute`` leaves that output out, whatever the card says.
    """

    def make(name: str = "labelled", tells_label: bool = True, mute: bool = False, **card: object) -> Path:
        colors = np.array([[0.0, -0.4], [0.5, 0.2], [-0.4, 0.3], [0.0, 0.0]], np.float32)
        constants = {
            "colours": colors[..., None, None],
            "nothing": np.zeros((2, 1, 1, 1), np.float32),
            "signs": np.array([[-1.0, 1.0, 0.0]], np.float32),
        }
        nodes = [
            helper.make_node("Gather", ["colours", "label"], ["one"]),
            helper.make_node("Conv", ["source", "nothing"], ["grey"]),
            helper.make_node("Add", ["grey", "one"], ["painted"]),
            helper.make_node("ReduceMean", ["source"], ["light"], axes=[2, 3], keepdims=0),
            helper.make_node("MatMul", ["light", "signs"], ["label_logits"]),
        ]
        inputs = [
            helper.make_tensor_value_info("source", TensorProto.FLOAT, ["n", 1, "h", "w"]),
            helper.make_tensor_value_info("label", TensorProto.INT64, ["n"]),
        ]
        outputs = [
            helper.make_tensor_value_info("painted", TensorProto.FLOAT, ["n", 2, "h", "w"]),
            helper.make_tensor_value_info("label_logits", TensorProto.FLOAT, ["n", 3]),
        ]
        tensors = [numpy_helper.from_array(value, title) for title, value in constants.items()]
        graph = helper.make_graph(nodes, "tiny", inputs, outputs[: 1 if mute else 2], tensors)
        classes = ["night", "sunrise", "grass"]
        facts = {"name": name, "task": "colorize", "classes": classes, "tells_label": tells_label, **card}
        return write_model(tmp_path / f"{name}.onnx", graph, facts)

    return make


@pytest.fixture
def make_translator(tmp_path: Path) -> Callable[..., Path]:
    """``make_translator(task, **card)`` -> model file for sketch or paired: red is the source's first plane."""

    def make(task: str, **card: object) -> Path:
        channels = TASKS[task].source_channels
        weight = np.zeros((3, channels, 1, 1), np.float32)
        weight[0, 0] = 1
        tensors = [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.array([0, -1, -1], np.float32), "bias"),
        ]
        source, painted = (
            helper.make_tensor_value_info(title, TensorProto.FLOAT, ["n", planes, "h", "w"])
            for title, planes in (("source", channels), ("painted", 3))
        )
        node = helper.make_node("Conv", ["source", "weight", "bias"], ["painted"])
        graph = helper.make_graph([node], "tiny", [source], [painted], tensors)
        return write_model(tmp_path / f"tiny-{task}.onnx", graph, {"name": f"tiny-{task}", "task": task, **card})

    return make


@pytest.fixture
def pincel_command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """``pincel_command("colorize", "a.jpg")`` runs the command as a user does, in the test's own folder."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "pincel", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, **options
        )

    return run


@pytest.fixture
def pincel_main(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess]:
    """Like ``pincel_command``, in this process: seconds quicker where a command imports torch."""

    def run(*arguments: object) -> subprocess.CompletedProcess:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["pincel", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, stop.value.code or 0, shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def build_compared_run() -> Callable[..., Path]:
    """``build_compared_run(folder, shifts=[3, 2, 1], **changes)`` -> a run with kept outputs of 6 photos, 3 chosen.

    After epoch e every photo is painted ``shifts[e - 1]`` grey levels too bright, at 16 px (``full`` names the epochs
    that keep all of them so) and, for the whole set, at 8 px. ``pictures``: changes to what was shown; ``facts``:
    to the facts; ``recipe``: to the recipe; ``rows``: of the log; ``first``: the first epoch that is kept.
    """

    def make(
        folder: Path,
        shifts: Sequence[int] = (3, 2, 1),
        full: Sequence[int] = (),
        first: int = 1,
        pictures: dict | None = None,
        facts: dict | None = None,
        recipe: dict | None = None,
        rows: Sequence[dict] = (),
    ) -> Path:
        from pincel.data.split import Split
        from pincel.training.outputs import EpochOutputs, KeptOutputs, Pictures, shrink
        from pincel.training.recipe import Recipe
        from pincel.training.run import Run

        keys = [f"rose/{number}.jpg" for number in range(6)]
        target = np.random.default_rng(0).integers(40, 160, (6, 16, 16, 3), np.uint8)
        chosen, mask = np.array([0, 2, 5]), np.full((6, 16, 16), 255, np.uint8)
        source = np.where(target > 100, np.uint8(255), np.uint8(0))
        small = [shrink(array, 8) for array in (source, target, mask)]
        shown = Pictures(keys, chosen, *small, source[chosen], target[chosen], mask[chosen])
        run = Run(folder)
        known = {"folders": ["/photos/flowers"], "classes": [], "split_digest": "ab12", "training_pictures": 60}
        changed = {"data": {"size": 16}, "generator": {"encoder_weights": "none"}} | (recipe or {})
        split = Split(dict.fromkeys(keys, "val"), {key: number for number, key in enumerate(keys)})
        run.begin(Recipe.model_validate(changed), split, known | {"training_hashes": []} | (facts or {}))
        run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
        kept = KeptOutputs(folder / "outputs")
        kept.write_pictures(replace(shown, **(pictures or {})))
        for epoch, shift in enumerate(shifts, start=first):
            painted = target + np.uint8(shift)
            whole = shrink(target, 8) + np.uint8(shift)
            outputs = EpochOutputs(epoch, 10 * epoch, whole, painted[chosen], painted if epoch in full else None)
            kept.write_epoch(outputs)
        return folder

    return make


@pytest.fixture(scope="session")
def small_network() -> Callable[[str, int], Any]:
    """``small_network("lite_unet", seed=1)`` -> a generator of few channels that is told 3 classes and paints lively.

    Its norms have statistics, scales and shifts of their own, and no two of its tensors are equal.
    """
    query = {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16, "certainty": 1.0}
    stages = {"stages": "16k4s2 24k8s4 32k4s2", "dropout": 0.0}
    options = {"lite_unet": {"decoder_channels": (8, 8, 8, 8)}, "query_unet": query, "stage_unet": stages}

    def make(kind: str, seed: int) -> Any:
        import torch

        from pincel.models.generators import build_generator

        torch.manual_seed(seed)
        generator = build_generator(kind, 1, 2, 3, **options.get(kind, {}))
        with torch.no_grad():
            for name, parameter in generator.named_parameters():
                parameter.add_(torch.randn_like(parameter) * (0.5 if "label" in name else 0.02))
            for module in generator.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.running_mean.uniform_(-0.2, 0.2)
                    module.running_var.uniform_(0.5, 1.5)
            last = [m for m in generator.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)][-1]
            last.weight.mul_(0.3 / last.weight.std())  # outputs far from 0, so that differences show
        return generator.eval()

    return make


@pytest.fixture(scope="session")
def exported_network(small_network: Callable[[str, int], Any], tmp_path_factory: pytest.TempPathFactory):
    """``exported_network("lite_unet")`` -> `small_network` of seed 1 as a model file; tracing takes long, so once."""
    folder = tmp_path_factory.mktemp("exported")

    @cache
    def make(kind: str) -> Path:
        import onnx

        from pincel.export.onnx_graph import to_onnx

        taught = small_network(kind, 1)
        onnx.save(to_onnx(taught, 1, 3, tells_label="label_logits" in taught.side_outputs), folder / f"{kind}.onnx")
        return folder / f"{kind}.onnx"

    return make


@pytest.fixture
def compared_run(tmp_path: Path, build_compared_run: Callable[..., Path]) -> Callable[..., Path]:
    """``compared_run("base", shifts=[3, 2, 1])`` -> `build_compared_run` in the test's own folder."""
    return lambda name, **options: build_compared_run(tmp_path / name, **options)
