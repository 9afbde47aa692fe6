import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PincelError
from pincel.runtime.model_file import embedded_models
from pincel.runtime.paint_options import PaintOptions
from pincel.serve.painting import PaintOrder, PaintWork


class Listener:
    """What a worker said."""

    def __init__(self):
        self.stages, self.sizes = [], []

    def stage(self, name):
        self.stages.append(name)

    def size(self, pixels):
        self.sizes.append(pixels)


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture(scope="module")
def work():
    made = PaintWork((), 1)
    made.prepare()
    return made


def png(height=20, width=31) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((height, width), 120, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def order(options: PaintOptions = PaintOptions(), **others) -> PaintOrder:
    return PaintOrder(Path(embedded_models()["default"]), options, **others)


def test_a_picture_comes_back_painted_with_the_facts_of_it(work, listener):
    facts, data = work.do(order(file_format="webp"), png(), 1, listener)
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("WEBP", (31, 20))
    assert (facts["format"], facts["width"], facts["height"], facts["label"]) == ("webp", 31, 20, None)
    assert all(facts[stage] >= 0 for stage in ("decode", "paint", "encode"))
    assert listener.stages == ["decode", "paint", "encode"]
    assert listener.sizes == [620]


def test_without_saturation_it_stays_grey_and_side_by_side_is_twice_as_wide(work, listener):
    facts, data = work.do(order(PaintOptions(saturation=0.0), side_by_side=True), png(), 1, listener)
    rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert (facts["width"], rgb.shape[1]) == (62, 62)
    assert np.ptp(rgb, axis=-1).max() <= 1


def test_a_working_size_that_only_costs_memory_is_bounded_and_noted(work, listener):
    assert work.do(order(), png(), 1, listener)[0]["note"] == ""
    facts, data = work.do(order(PaintOptions(working_size=4096)), png(), 1, listener)
    assert facts["note"].startswith("model 'default' is shown 1280 px at most, not 4096")
    assert Image.open(io.BytesIO(data)).size == (31, 20)


@pytest.mark.slow
def test_a_worker_stays_under_one_and_a_half_gib_at_any_working_size():
    code = (
        "import re; from pathlib import Path; from types import SimpleNamespace; import numpy as np\n"
        "from pincel.imaging.picture import Picture; from pincel.imaging.write import encode\n"
        "from pincel.runtime.model_file import embedded_models\n"
        "from pincel.runtime.paint_options import PaintOptions\n"
        "from pincel.serve.painting import PaintOrder, PaintWork\n"
        "order = PaintOrder(embedded_models()['default'], PaintOptions(working_size=4096))\n"
        "data = encode(Picture(np.tile(np.arange(4000, dtype=np.uint16).astype(np.uint8), (3000, 1)))).data\n"
        "listener = SimpleNamespace(stage=lambda name: None, size=lambda pixels: None)\n"
        "assert PaintWork((), 2).do(order, data, 2, listener)[0]['note']\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1.5 * 2**20  # KiB


def test_too_many_pixels_are_refused_before_they_are_decoded(work, listener):
    with pytest.raises(PincelError, match="pixels"):
        work.do(order(max_pixels=100), png(), 1, listener)
    assert listener.sizes == []


def test_a_label_that_the_model_does_not_take_is_refused_before_the_picture_is_read(work, listener):
    with pytest.raises(PincelError, match="label"):
        work.do(order(PaintOptions("cat")), b"no picture", 1, listener)
    assert listener.stages == []


def test_models_are_loaded_once_for_each_number_of_threads(work, listener):
    for threads in (1, 1, 2):
        work.do(order(), png(), threads, listener)
    assert {threads for _, threads in work._loaded} == {1, 2}
