import numpy as np
import pytest
from PIL import Image

from pincel.data.duplicates import difference_hash
from pincel.errors import PincelError
from pincel.evaluation.options import SaturateOptions
from pincel.evaluation.saturate import saturate
from pincel.imaging.color import from_float, lab_to_rgb
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import paint

PAINTED = {"night": (0, -44), "sunrise": (55, 22), "grass": (-44, 33)}  # Lab, of the labelled model
REAL = {"night": 0.5, "sunrise": 0.8, "grass": 0.6}  # share of it that the photos have


def flat(ab, light=55, height=16, width=24):
    return from_float(lab_to_rgb(np.full((height, width), light, np.float32), np.full((height, width, 2), ab, "f4")))


def write(path, rgb):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path)


@pytest.fixture
def photos(tmp_path):
    for label, ab in PAINTED.items():
        for number, light in enumerate((50, 55, 60)):
            write(tmp_path / "photos" / label / f"{number}.png", flat(np.multiply(ab, REAL[label]), light))
    return tmp_path / "photos"


@pytest.mark.parametrize("goal", ["psnr", "ciede2000"])
def test_each_class_gets_the_factor_that_comes_closest(photos, make_labelled_model, tmp_path, goal):
    result = saturate(make_labelled_model(), tmp_path / "calm.onnx", [photos], SaturateOptions(goal=goal))
    assert load_model(tmp_path / "calm.onnx").card == result.card
    assert result.card.class_saturation == pytest.approx(REAL, abs=0.051)
    for one in result.strengths:
        assert (one.pictures, one.gain_before) == (3, 1)
        assert one.value > one.value_before + 3 if goal == "psnr" else one.value < 1 < one.value_before


def test_the_new_file_paints_so(photos, make_labelled_model, tmp_path):
    saturate(make_labelled_model(), tmp_path / "calm.onnx", [photos])
    real = flat(np.multiply(PAINTED["night"], REAL["night"]))
    painted = paint(Picture(real), load_model(tmp_path / "calm.onnx"), PaintOptions("night")).pixels
    assert np.abs(painted.astype(int) - real).max() <= 3
    assert (
        np.abs(
            paint(Picture(real), load_model(make_labelled_model()), PaintOptions("night")).pixels.astype(int) - real
        ).max()
        > 20
    )


def test_a_model_without_labels_gets_one_factor(make_model, tmp_path):
    for number in range(2):
        write(tmp_path / "photos" / f"{number}.png", flat((12, 12)))
    path = make_model(a=20 / 110, b=20 / 110, saturation=1.5)
    result = saturate(path, tmp_path / "calm.onnx", [tmp_path / "photos"])
    assert result.card.saturation == pytest.approx(0.6, abs=0.051)
    assert (result.card.class_saturation, result.strengths[0].gain_before) == ({}, 1.5)


def test_colourfulness_reaches_the_wished_share(photos, make_labelled_model, tmp_path):
    equal = saturate(make_labelled_model(), tmp_path / "equal.onnx", [photos], SaturateOptions(goal="colourfulness"))
    assert equal.card.class_saturation == pytest.approx(REAL, abs=0.051)
    vivid = saturate(
        make_labelled_model(), tmp_path / "vivid.onnx", [photos], SaturateOptions(goal="colourfulness", share=1.3)
    )
    for one in vivid.strengths:
        assert one.gain > REAL[one.label]
        assert one.value == pytest.approx(1.3, abs=0.07)


def test_what_is_told_no_class_is_painted_as_before(photos, make_labelled_model, tmp_path):
    before = make_labelled_model(saturation=0.8)
    card = saturate(before, tmp_path / "calm.onnx", [photos]).card
    assert card.gain(None) == card.saturation == 0.8
    assert card.gain("night") == pytest.approx(0.5, abs=0.051)


def test_figures_of_the_model_as_it_was_are_dropped_and_its_hashes_kept(tiny_model, tmp_path):
    write(tmp_path / "photos" / "a.png", flat((10, 10)))
    path = tiny_model(ab=(20, 20), hashes=[3, 5], quality={"old": 1}, description="mine")
    saturate(path, tmp_path / "new" / "calm.onnx", [tmp_path / "photos"])
    model = load_model(tmp_path / "new" / "calm.onnx")
    assert (model.card.name, model.card.description, model.card.quality) == ("calm", "mine", {})
    assert model.training_hashes.tolist() == [3, 5]


def test_the_factors_of_another_model_are_taken_without_photos(photos, make_labelled_model, tmp_path):
    calm = saturate(make_labelled_model(), tmp_path / "calm.onnx", [photos])
    other = saturate(make_labelled_model("other"), tmp_path / "other-calm.onnx", like=tmp_path / "calm.onnx")
    assert other.card.class_saturation == calm.card.class_saturation
    assert not other.strengths
    facts = {"goal": "psnr", "photos": 9, "split": "none"}
    assert calm.card.saturation_found == facts
    assert other.card.saturation_found == facts | {"like": "calm"}


def test_grey_photos_count_only_when_asked(photos, make_labelled_model, tmp_path):
    for number in range(20):
        write(photos / "night" / f"grey{number}.png", flat((0, 0), 40 + number))
    counts = {}
    for asked in (False, True):
        result = saturate(make_labelled_model(), tmp_path / "calm.onnx", [photos], SaturateOptions(grey_photos=asked))
        counts[asked] = {one.label: (one.pictures, one.gain) for one in result.strengths}
    assert counts[False]["night"][0] == 3
    assert counts[True]["night"] == (23, 0)  # equal pictures have 100 dB


def test_only_the_validation_side_of_a_split_is_looked_at(photos, make_labelled_model, tmp_path):
    lines = ["picture,group,side"]
    for number, side in enumerate(("train", "val", "test")):
        lines.append(f"photos/night/{number}.png,{number},{side}")
    (tmp_path / "split.csv").write_text("\n".join(lines) + "\n")
    result = saturate(
        make_labelled_model(), tmp_path / "calm.onnx", [photos], SaturateOptions(split=tmp_path / "split.csv")
    )
    assert [(one.label, one.pictures) for one in result.strengths] == [("night", 1)]


def test_photos_that_cannot_be_read_are_told(photos, make_labelled_model, tmp_path):
    (photos / "night" / "0.png").write_bytes(b"no")
    (photos / "harbour").mkdir()
    write(photos / "harbour" / "0.png", flat((9, 9)))
    result = saturate(make_labelled_model(), tmp_path / "calm.onnx", [photos])
    assert list(result.skipped) == ["photos/night/0.png"]
    assert any("1 photo is of no class" in note for note in result.notes)
    assert "fewer than 10 photos were looked at of: grass, night, sunrise; their strength is rough" in result.notes


class TestRefused:
    @pytest.fixture
    def refused(self, photos, make_labelled_model, tmp_path):
        def run(model=None, folders=(photos,), **options):
            with pytest.raises(PincelError) as refusal:
                saturate(model or make_labelled_model(), tmp_path / "calm.onnx", folders, **options)
            assert not (tmp_path / "calm.onnx").exists()
            return str(refusal.value)

        return run

    def test_photos_that_it_was_trained_on(self, refused, tiny_model, tmp_path):
        rgb = flat((10, 10)) + np.arange(24, dtype=np.uint8)[None, :, None]
        write(tmp_path / "mine" / "a.png", rgb)
        path = tiny_model(hashes=[difference_hash(rgb)])
        assert "is surer of it than of new photos" in refused(path, [tmp_path / "mine"])

    def test_models_that_do_not_colour(self, refused, make_translator):
        assert "is for the task sketch" in refused(make_translator("sketch"))

    def test_no_photos_of_its_classes(self, refused, tmp_path):
        write(tmp_path / "others" / "harbour" / "a.png", flat((10, 10)))
        assert "in a folder of its classes: grass, night, sunrise" in refused(folders=[tmp_path / "others"])

    def test_no_photos_at_all(self, refused, tmp_path):
        assert "give --data FOLDER, or --like MODEL" in refused(folders=[])
        write(tmp_path / "grey" / "night" / "a.png", flat((0, 0)))
        assert "1 is grey" in refused(folders=[tmp_path / "grey"])

    def test_a_twin_with_other_classes(self, refused, make_model):
        assert "has other classes (none)" in refused(folders=[], like=make_model())

    def test_unknown_goals(self, refused):
        with pytest.raises(PincelError, match="unknown goal 'beauty'"):
            SaturateOptions(goal="beauty")
