"""Models are shown what they learnt from: the same sketches as in training, the sources of pairs, clean lines."""

import cv2
import numpy as np
import pytest
from PIL import Image

from pincel.data.cache import build_cache
from pincel.data.pairs import PairDataset
from pincel.data.scan import read_photo, scan
from pincel.errors import PincelError
from pincel.evaluation.evaluated_models import evaluated_models
from pincel.evaluation.protocols import make_protocol
from pincel.evaluation.sources import check_sources, paint_view, tell_sources
from pincel.imaging.edges import SketchStyle, draw_sketch
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.sketches import style_of_card
from pincel.tasks import TASKS

XDOG = {"method": "xdog", "sigma": 0.7}


@pytest.fixture
def seen(monkeypatch):
    """What models are shown, one array (C, H, W) a picture."""
    shown = []
    run = Model.run

    def note(self, source: np.ndarray, label: int | None = None) -> np.ndarray:
        shown.append(source[0])
        return run(self, source, label)

    monkeypatch.setattr(Model, "run", note)
    return shown


def paint_first(folder, models, protocol):
    (file, *_) = scan([folder])
    return paint_view(read_photo(file), file, protocol, evaluated_models(*models), "own")


@pytest.mark.parametrize("fit", ["square", "letterbox"])
def test_a_sketch_model_sees_exactly_what_it_was_shown_in_validation(
    translator, class_folders, cache_folder, seen, fit
):
    model = translator()
    cache = build_cache(scan([class_folders]), 160)
    style = style_of_card(load_model(model).card)
    pairs = PairDataset(cache, [0], [0], TASKS["sketch"], 32, fit=fit, draw=lambda rgb: draw_sketch(rgb, style))
    view, found = paint_first(class_folders, [model], make_protocol(fit, 32))
    assert np.array_equal(seen[0], pairs[0].source.numpy())
    assert (seen[0] < 0).any()  # there is a line at all
    assert np.array_equal(found.baseline, np.rint((seen[0].transpose(1, 2, 0) + 1) / 2 * 255).repeat(3, axis=2))
    assert np.array_equal(view.rgb, np.rint((pairs[0].target.numpy().transpose(1, 2, 0) + 1) / 2 * 255))


def test_a_paired_model_sees_exactly_what_it_was_shown_in_validation(translator, pair_folder, cache_folder, seen):
    files = scan([pair_folder])
    sources = build_cache([type(f)(f.key, f.source, f.label) for f in files], 160)
    pairs = PairDataset(build_cache(files, 160), [0], [0], TASKS["paired"], 32, fit="square", sources=[sources[0]])
    view, found = paint_first(pair_folder, [translator("paired")], make_protocol("square", 32))
    assert np.allclose(seen[0], pairs[0].source.numpy(), atol=1e-6)
    assert np.array_equal(found.baseline, np.rint((seen[0].transpose(1, 2, 0) + 1) / 2 * 255))
    assert np.abs(found.baseline.astype(int) + view.rgb - 255).max() <= 1  # the negative of the target


def test_every_model_sees_its_own_style_at_its_own_size_and_the_baseline_is_the_candidates(
    translator, class_folders, seen
):
    models = [translator(file="a.onnx"), [translator(file="b.onnx", working_size=16, sketch=XDOG)]]
    _, found = paint_first(class_folders, models, make_protocol("square", 32))
    assert [shown.shape for shown in seen] == [(1, 32, 32), (1, 16, 16)]
    assert len(np.unique(seen[0])) == 2 < len(np.unique(seen[1]))  # canny has no grey
    assert np.array_equal(found.baseline[..., 0] < 128, seen[0][0] < 0)
    assert found.pictures["b"].shape == (32, 32, 3)
    assert "a: canny" in tell_sources(scan([class_folders]), evaluated_models(*models))


def test_a_drawing_of_a_pair_is_cleaned_and_its_bars_are_paper(translator, tmp_path, seen):
    lines = np.full((64, 128, 3), 30, np.uint8)  # chalk on a blackboard
    cv2.line(lines, (20, 10), (100, 50), (220, 220, 220), 3)
    for side, rgb in (("source", lines), ("target", lines)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        Image.fromarray(rgb).save(tmp_path / "pairs" / side / "a.png")
    view, _ = paint_first(tmp_path / "pairs", [translator()], make_protocol("letterbox", 32))
    assert view.mask is not None
    assert np.allclose(seen[0][0][~view.mask], 1)
    assert seen[0].min() < -0.5  # the chalk is ink
    assert np.median(seen[0]) > 0.9


def test_what_was_shown_is_told(translator, class_folders, pair_folder, tiny_model):
    photos, pairs = scan([class_folders]), scan([pair_folder])
    labels = tell_sources(photos, evaluated_models(translator(sketch={"method": "canny", "high": 0.4})))
    assert "canny" in labels and "high=0.4" in labels and "at 32 px" in labels
    assert tell_sources(pairs, evaluated_models(translator())) == " What is shown is the source of each pair."
    assert tell_sources(photos, evaluated_models(tiny_model())) == ""


class TestRefusal:
    def test_a_paired_model_needs_pairs(self, translator, class_folders):
        with pytest.raises(PincelError, match=r"paired is measured on pairs, and .*apple0\.jpg has no partner"):
            check_sources(scan([class_folders]), evaluated_models(translator("paired")))

    def test_pairs_and_single_photos_do_not_mix(self, translator, class_folders, pair_folder):
        with pytest.raises(PincelError, match="has no partner; make a folder of pairs"):
            check_sources(scan([class_folders, pair_folder]), evaluated_models(translator()))

    def test_hed_sketches_cannot_be_drawn_here_but_given(self, translator, class_folders, pair_folder):
        models = evaluated_models(translator(sketch={"method": "hed"}))
        with pytest.raises(PincelError, match="--transform hed"):
            check_sources(scan([class_folders]), models)
        check_sources(scan([pair_folder]), models)

    def test_a_style_of_another_time_is_one_sentence(self, translator, class_folders):
        models = evaluated_models(translator(sketch={"method": "crayon", "wax": 3}))
        with pytest.raises(PincelError, match=r"cannot draw \(crayon \(wax=3\)\)"):
            check_sources(scan([class_folders]), models)

    def test_a_card_without_a_style_means_the_standard_one(self, translator):
        assert style_of_card(load_model(translator()).card) == SketchStyle()


def test_a_model_that_takes_a_picture_for_none_of_its_classes_is_told_nothing(make_labelled_model, class_folders):
    (file, *_) = scan([class_folders])
    found = {}
    for least in (-9.0, 9.0):
        models = evaluated_models(make_labelled_model(least_logit=least))
        _, painted = paint_view(read_photo(file), file, make_protocol("letterbox", 32), models, "auto")
        found[least] = painted.labels["labelled"]
    assert found[-9.0] in ("night", "sunrise", "grass")
    assert found[9.0] == "unknown"
