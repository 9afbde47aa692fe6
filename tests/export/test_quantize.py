import numpy as np
import onnx
import pytest
from skimage.metrics import peak_signal_noise_ratio

from pincel.data.cache import cached_view
from pincel.data.duplicates import difference_hash
from pincel.data.scan import read_photo
from pincel.errors import PincelError
from pincel.export.calibration import choose
from pincel.export.quantize import _losses, quantize
from pincel.imaging.picture import Picture
from pincel.runtime.card import HASHES_KEY, pack_hashes
from pincel.runtime.model_file import load_model
from pincel.runtime.painter import paint


def test_the_result_is_an_ordinary_model_with_its_card_and_hashes(class_folders, convolving_model, tmp_path):
    path = convolving_model(description="mine", quality={"old": 1}, parity={"64x64": 1e-6})
    result = quantize(path, [class_folders], tmp_path / "new" / "small.onnx")
    model = load_model(tmp_path / "new" / "small.onnx")
    assert model.card == result.card
    assert (model.card.name, model.card.description) == ("small", "mine")
    assert not model.card.quality  # those figures were another file's
    assert not model.card.parity
    assert model.training_hashes.tolist() == [3, 5]
    facts = model.card.quantization
    assert facts["made_from"] == "u"
    assert (facts["calibration_pictures"], facts["measured_pictures"]) == (19, 5)
    assert (facts["int8_convolutions"], facts["float_convolutions"]) == (3, 3)
    assert result.size < 0.6 * path.stat().st_size


def test_the_name_in_a_card_chooses_no_folder(class_folders, convolving_model, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = quantize(convolving_model(name="../elsewhere"), [class_folders], pictures=4, measured=2)
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["elsewhere-int8.onnx"]
    assert result.card.name == "elsewhere-int8"


def test_quality_before_and_after_is_that_of_the_paintings(class_folders, convolving_model, tmp_path):
    path = convolving_model()
    facts = quantize(path, [class_folders], tmp_path / "small.onnx").card.quantization
    for name, file in (("float", path), ("int8", tmp_path / "small.onnx")):
        model = load_model(file)
        photos = [read_photo(picture) for picture in choose(model, [class_folders], None, 128, 100).measured]
        psnrs = [peak_signal_noise_ratio(photo, paint(Picture(photo), model).pixels) for photo in photos]
        assert facts[f"psnr_{name}"] == pytest.approx(np.mean(psnrs), abs=0.01)
    assert abs(facts["ciede2000_int8"] - facts["ciede2000_float"]) < 1


def test_a_model_with_labels_keeps_them(class_folders, convolving_model, tmp_path):
    quantize(convolving_model(labels=True), [class_folders], tmp_path / "small.onnx")
    model = load_model(tmp_path / "small.onnx")
    source = np.zeros((1, 1, 32, 32), np.float32)
    assert np.abs(model.run(source, 0) - model.run(source, 1)).mean() > 0.01


def test_a_sketch_model_is_measured_without_colour_difference(class_folders, convolving_model, tmp_path):
    path = convolving_model(task="sketch", sketch={"method": "xdog"})
    facts = quantize(path, [class_folders], tmp_path / "small.onnx").card.quantization
    assert "psnr_int8" in facts
    assert "ciede2000_int8" not in facts


def test_progress_reaches_its_end(class_folders, convolving_model, tmp_path):
    seen = []
    quantize(convolving_model(), [class_folders], tmp_path / "s.onnx", on_progress=lambda *step: seen.append(step))
    assert seen[-1] == (43, 43)  # 19 painted, 19 calibrated, 5 measured
    assert [done for done, _ in seen] == list(range(1, 44))


def test_unreadable_pictures_are_skipped_and_told(class_folders, convolving_model, tmp_path):
    (class_folders / "apple" / "apple1.jpg").write_bytes(b"no")
    result = quantize(convolving_model(), [class_folders], tmp_path / "small.onnx")
    assert list(result.skipped) == ["photos/apple/apple1.jpg"]
    assert result.card.quantization["calibration_pictures"] == 18


class TestRefused:
    @pytest.fixture
    def attempt(self, class_folders, tmp_path):
        def run(model, out=tmp_path / "out.onnx", folders=(class_folders,)):
            with pytest.raises(PincelError) as refusal:
                quantize(model, list(folders), out)
            assert not (tmp_path / "out.onnx").exists()
            return str(refusal.value)

        return run

    def test_what_computes_in_8_bits_already(self, attempt, class_folders, convolving_model, tmp_path):
        quantize(convolving_model(), [class_folders], tmp_path / "small.onnx")
        assert "computes in 8 bits already" in attempt(tmp_path / "small.onnx")

    def test_a_file_that_is_not_pincel_s(self, attempt, convolving_model):
        path = convolving_model()
        model = onnx.load(path)
        del model.metadata_props[:]
        onnx.save(model, path)
        assert "is not one of Pincel's models" in attempt(path)

    def test_a_run_folder(self, attempt, tmp_path):
        (tmp_path / "run").mkdir()
        assert "export it first: pincel export" in attempt(tmp_path / "run")

    def test_output_names_that_cannot_be(self, attempt, convolving_model, tmp_path):
        path = convolving_model()
        assert "end it in .onnx" in attempt(path, tmp_path / "small.pb")
        assert "is the model itself" in attempt(path, path)
        (tmp_path / "file").write_text("")
        assert "cannot be written" in attempt(path, tmp_path / "file" / "small.onnx")

    def test_folders_without_readable_pictures(self, attempt, convolving_model, tmp_path):
        empty = tmp_path / "empty"
        empty.mkdir()
        assert "no pictures in" in attempt(convolving_model(), folders=[empty])
        (empty / "a.jpg").write_bytes(b"no")
        (empty / "b.jpg").write_bytes(b"no")
        assert "none of the" in attempt(convolving_model(), folders=[empty])

    def test_a_network_with_nothing_to_quantise(self, attempt, make_model):
        assert "no convolution between" in attempt(make_model())


def test_a_warning_where_int8_costs_too_much():
    facts = {"measured_pictures": 9, "psnr_float": 24.0, "psnr_int8": 23.7, "ciede2000_float": 9, "ciede2000_int8": 9.2}
    (note,) = _losses(facts)
    assert "0.30 dB of PSNR here" in note
    assert not _losses(facts | {"psnr_int8": 23.9})
    assert "0.40 of CIEDE2000" in _losses(facts | {"psnr_int8": 24, "ciede2000_int8": 9.4})[0]
    assert not _losses({"measured_pictures": 9, "psnr_float": 24.0, "psnr_int8": 23.9})  # of whole pictures


def test_measured_pictures_that_were_trained_on_are_named(class_folders, convolving_model, tmp_path):
    path = convolving_model()
    measured = choose(load_model(path), [class_folders], None, 128, 100).measured
    seen = [difference_hash(cached_view(read_photo(file), 160)) for file in measured[:2]]
    model = onnx.load(path)
    next(entry for entry in model.metadata_props if entry.key == HASHES_KEY).value = pack_hashes(np.array(seen, "u8"))
    onnx.save(model, path)
    result = quantize(path, [class_folders], tmp_path / "small.onnx")
    assert result.card.quantization["measured_trained_on"] == 2
    assert any(note.startswith("2 of the 5 measured pictures were trained on") for note in result.notes)
    assert not any(
        "trained on" in note for note in quantize(convolving_model("v"), [class_folders], tmp_path / "v8.onnx").notes
    )
