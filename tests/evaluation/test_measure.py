"""Pictures come in order; whose training picture it is."""

import threading

import numpy as np
import pytest
from PIL import Image

from pincel.data.cache import cached_view
from pincel.data.duplicates import difference_hash
from pincel.data.scan import PictureFile, scan
from pincel.errors import PincelError
from pincel.evaluation.evaluated_models import evaluated_models
from pincel.evaluation.measure import measure, trained_by
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.protocols import make_protocol
from pincel.imaging.resize import letterbox


class Recorder:
    """In place of a `SetMeter`: what it is given, and from which thread."""

    def __init__(self) -> None:
        self.pictures, self.masks, self.threads = [], [], set()

    def add(self, real: np.ndarray, painted: dict[str, np.ndarray], mask: np.ndarray) -> None:
        self.pictures.append((real, painted))
        self.masks.append(mask)
        self.threads.add(threading.get_ident())

    def result(self) -> None:
        return None


def test_the_set_meter_gets_every_measured_picture_in_order_from_this_thread(tiny_model, one_colour_photos):
    (one_colour_photos / "oak" / "cut.png").write_bytes(b"")
    meter = Recorder()
    files = scan([one_colour_photos])
    result = measure(
        files,
        evaluated_models(tiny_model(ab=(-30, 30))),
        make_protocol("photo", 64),
        EvaluateOptions(),
        set_meter=meter,
        workers=3,
    )
    assert len(meter.pictures) == len(result.pictures) == 6
    assert meter.threads == {threading.get_ident()}
    real = [picture for picture, _ in meter.pictures]
    assert [square.shape for square in real] == [(128, 128, 3)] * 6
    bars = [int((~square.any(axis=(1, 2))).sum()) for square in real]  # rows of black tell the widths apart
    widths = [picture.width for picture in result.pictures]
    assert np.corrcoef(bars, [48 / max(48, width) for width in widths])[0, 1] < -0.9
    for square, mask in zip(real, meter.masks, strict=True):
        assert np.array_equal(mask, square.any(axis=2))  # these photos have no black pixel
    for square, painted in meter.pictures:
        assert set(painted) == {"grey", "tiny"}
        assert np.abs(painted["tiny"].astype(int) - square).max() < 30
        assert np.ptp(painted["grey"].astype(int), axis=2).max() <= 1


def test_without_a_set_meter_there_are_no_figures_of_the_set(tiny_model, one_colour_photos):
    result = measure(
        scan([one_colour_photos]), evaluated_models(tiny_model()), make_protocol("photo", 64), EvaluateOptions()
    )
    assert result.sets is None
    assert [picture.key for picture in result.pictures] == [file.key for file in scan([one_colour_photos])]


def test_a_picture_is_known_by_the_hash_it_had_in_training(tiny_model, smooth_photo):
    rgb = smooth_photo(3, 100, 120)
    known = difference_hash(cached_view(rgb, 96))
    unknowing = tiny_model(file="a.onnx")
    knowing = tiny_model(file="b.onnx", hashes=[known], recipe="data: {cache_side: 96}")
    assert trained_by(rgb, evaluated_models(unknowing, [knowing])) == "b"
    assert trained_by(rgb, evaluated_models(unknowing)) == ""
    assert trained_by(smooth_photo(4, 100, 120), evaluated_models(knowing)) == ""


def test_prepared_pictures_are_measured_as_photos_without_their_bars(tiny_model, tmp_path, smooth_photo):
    rgb = smooth_photo(2, 32, 64)
    square, box = letterbox(rgb, 64)
    Image.fromarray(square).save(tmp_path / "prepared.png")
    Image.fromarray(rgb).save(tmp_path / "photo.png")
    files = [PictureFile("a", tmp_path / "photo.png", "c"), PictureFile("b", tmp_path / "prepared.png", "c", box)]
    photo, prepared = measure(
        files, evaluated_models(tiny_model(ab=(20, 5))), make_protocol("photo", 64), EvaluateOptions()
    ).pictures
    assert (prepared.height, prepared.width) == (32, 64)
    assert prepared.scores == photo.scores


def test_when_nothing_is_left_the_first_reason_is_told(tiny_model, tmp_path):
    (tmp_path / "few").mkdir()
    Image.new("RGB", (40, 40), (90, 90, 90)).save(tmp_path / "few" / "grey.png")
    (tmp_path / "few" / "cut.png").write_bytes(b"")
    with pytest.raises(PincelError, match=r"1 of 2 pictures cannot be measured and 1 are grey; the first: .*cut"):
        measure(scan([tmp_path / "few"]), evaluated_models(tiny_model()), make_protocol("photo"), EvaluateOptions())
