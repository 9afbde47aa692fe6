"""Figures against directly computed ones; which pictures are measured, refused and skipped."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import skimage.color
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pincel.data.cache import build_cache
from pincel.data.scan import scan
from pincel.data.split import Split
from pincel.errors import ModelError, PincelError
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.report import write_report
from pincel.imaging.resize import letterbox

quiet = partial(EvaluateOptions, set_metrics=False)  # those are in test_sets


def grey_by_scikit_image(rgb: np.ndarray) -> np.ndarray:
    lab = skimage.color.rgb2lab(rgb)
    lab[..., 1:] = 0
    return np.rint(skimage.color.lab2rgb(lab) * 255).astype(np.uint8)


def values(evaluation, name: str) -> dict[str, float]:
    return {metric: figure.value for metric, figure in evaluation.row(name).figures.items()}


@pytest.fixture
def trained_photos(class_folders, cache_folder):
    """The photos' folder, and their hashes as training takes them, by key."""
    cache = build_cache(scan([class_folders]), 40)
    return class_folders, dict(zip([file.key for file in cache.files], map(int, cache.hashes), strict=True))


RECIPE_40 = "data: {cache_side: 40}"  # what `trained_photos` was cached with


class TestFigures:
    def test_the_grey_baseline_is_what_scikit_image_makes_of_it(self, tiny_model, class_folders):
        found = values(evaluate(tiny_model(), [class_folders], quiet(protocol="letterbox", size=64)), "grey")
        rows = []
        for file in scan([class_folders]):
            real, box = letterbox(np.asarray(Image.open(file.path)), 64)
            grey, mask = grey_by_scikit_image(real), box.mask(64)
            lab, real_lab = skimage.color.rgb2lab(grey), skimage.color.rgb2lab(real)
            _, similarity = structural_similarity(real, grey, win_size=7, data_range=255, channel_axis=2, full=True)
            rows.append(
                {
                    "psnr_whole": peak_signal_noise_ratio(real, grey, data_range=255),
                    "ssim_whole": structural_similarity(real, grey, win_size=7, data_range=255, channel_axis=2),
                    "psnr": peak_signal_noise_ratio(real[mask], grey[mask], data_range=255),
                    "ssim": similarity[mask].mean(),
                    "ab_psnr": 10 * np.log10(220**2 / np.square(lab - real_lab)[mask][:, 1:].mean()),
                    "ciede2000": skimage.color.deltaE_ciede2000(lab, real_lab)[mask].mean(),
                }
            )
        for metric in rows[0]:
            assert found[metric] == pytest.approx(np.mean([row[metric] for row in rows]), rel=2e-3), (
                metric
            )  # two programs' Lab
        assert found["colourfulness"] < 0.2
        assert found["ciede2000_ratio"] == 1

    def test_a_model_that_paints_nothing_is_the_grey_baseline(self, tiny_model, class_folders):
        evaluation = evaluate(tiny_model(), [class_folders], quiet(size=64))
        assert values(evaluation, "tiny") == values(evaluation, "grey")
        ratio = evaluation.row("tiny").figures["ciede2000_ratio"]
        assert (ratio.low, ratio.high) == (1, 1)

    @pytest.mark.parametrize("protocol", ["letterbox", "photo"])
    def test_a_model_that_knows_the_colour_is_all_but_perfect(self, tiny_model, one_colour_photos, protocol):
        found = values(
            evaluate(tiny_model(ab=(-30, 30)), [one_colour_photos], quiet(protocol=protocol, size=64)), "tiny"
        )
        assert found["ciede2000"] < 0.8  # 8-bit rounding
        assert found["ciede2000_ratio"] < 0.05
        assert found["colourfulness_ratio"] == pytest.approx(1, abs=0.03)
        assert found["colourfulness_gap"] == pytest.approx(0, abs=1)
        assert found["psnr"] > 40
        assert found["ab_psnr"] > 45

    def test_too_little_and_too_much_colour_is_told_apart(self, tiny_model, one_colour_photos):
        pale, vivid = tiny_model(ab=(-15, 15), file="pale.onnx"), tiny_model(ab=(-38, 38), file="vivid.onnx")
        evaluation = evaluate(pale, [one_colour_photos], quiet(protocol="photo"), others=[vivid])
        assert values(evaluation, "pale")["colourfulness_ratio"] < 0.6 < 1.1
        assert values(evaluation, "vivid")["colourfulness_ratio"] > 1.1
        assert values(evaluation, "pale")["colourfulness_gap"] < 0 < values(evaluation, "vivid")["colourfulness_gap"]

    def test_black_bars_stay_out_of_everything_but_the_whole_square(self, tiny_model, tmp_path, smooth_photo):
        (tmp_path / "wide").mkdir()
        photo = smooth_photo(3, 24, 64)
        Image.fromarray(photo).save(tmp_path / "wide" / "photo.png")
        found = values(evaluate(tiny_model(ab=(40, 0)), [tmp_path / "wide"], quiet(size=64)), "tiny")
        assert found["psnr_whole"] == pytest.approx(found["psnr"] + 10 * np.log10(64 / 24))
        same = values(evaluate(tiny_model(ab=(40, 0)), [tmp_path / "wide"], quiet(protocol="photo", size=64)), "tiny")
        for metric in ("ciede2000", "ab_psnr", "colourfulness"):
            assert found[metric] == pytest.approx(same[metric], rel=1e-3)
        assert "psnr_whole" not in same

    def test_classes_are_the_folders_and_add_up(self, tiny_model, one_colour_photos):
        evaluation = evaluate(tiny_model(), [one_colour_photos], quiet(protocol="photo"))
        parts = {label: rows[-1] for label, rows in evaluation.rows_by_label.items()}
        assert {label: row.n for label, row in parts.items()} == {"elm": 2, "oak": 4}
        mean = (2 * parts["elm"].figures["psnr"].value + 4 * parts["oak"].figures["psnr"].value) / 6
        assert mean == pytest.approx(values(evaluation, "tiny")["psnr"])

    def test_every_figure_lies_inside_its_interval(self, tiny_model, class_folders):
        evaluation = evaluate(tiny_model(ab=(10, 20)), [class_folders], quiet(size=32))
        for row in evaluation.rows:
            for metric, figure in row.figures.items():
                assert figure.low <= figure.value + 1e-9 and figure.value <= figure.high + 1e-9, metric

    def test_the_same_call_gives_the_same_figures_with_any_number_of_workers(self, tiny_model, class_folders):
        model = tiny_model(ab=(10, 20), slope=(0.2, -0.1))
        one, three = (evaluate(model, [class_folders], quiet(size=32), workers=workers) for workers in (1, 3))
        assert one.rows == three.rows
        assert one.measured.pictures == three.measured.pictures


class TestRefusal:
    def test_pictures_that_were_trained_on_are_refused_by_number_and_first_name(self, tiny_model, trained_photos):
        folder, hashes = trained_photos
        known = [hashes["photos/boat/boat2.jpg"], hashes["photos/cloud/cloud0.jpg"]]
        with pytest.raises(PincelError, match=r"2 of 24 pictures were trained on .*boat2\.jpg.*--allow-trained"):
            evaluate(tiny_model(hashes=known, recipe=RECIPE_40), [folder], quiet())

    def test_nothing_else_is_refused(self, tiny_model, trained_photos):
        folder, hashes = trained_photos
        known = [hashes["photos/boat/boat2.jpg"]]
        (folder / "boat" / "boat2.jpg").unlink()
        assert evaluate(tiny_model(hashes=known, recipe=RECIPE_40), [folder], quiet(size=32)).n == 23

    def test_a_copy_under_another_name_is_refused_too(self, tiny_model, trained_photos, tmp_path):
        folder, hashes = trained_photos
        (tmp_path / "mine").mkdir()
        shutil.copy(folder / "boat" / "boat2.jpg", tmp_path / "mine" / "holiday.jpg")
        with pytest.raises(PincelError, match=r"holiday\.jpg"):
            evaluate(tiny_model(hashes=list(hashes.values()), recipe=RECIPE_40), [tmp_path / "mine"], quiet())

    def test_a_reference_models_training_pictures_are_refused_too(self, tiny_model, trained_photos):
        folder, hashes = trained_photos
        other = tiny_model(hashes=list(hashes.values())[:3], recipe=RECIPE_40, file="other.onnx")
        with pytest.raises(PincelError, match="3 of 24 pictures were trained on .*'other'"):
            evaluate(tiny_model(), [folder], quiet(), others=[other])

    def test_on_request_they_are_measured_and_the_result_says_so(self, tiny_model, trained_photos):
        folder, hashes = trained_photos
        model = tiny_model(hashes=list(hashes.values())[:5], recipe=RECIPE_40)
        evaluation = evaluate(model, [folder], quiet(allow_trained=True, size=32))
        assert evaluation.n == 24
        assert sum(picture.trained_by == "tiny" for picture in evaluation.measured.pictures) == 5
        assert any("5 of these 24 pictures were trained on" in note for note in evaluation.notes)

    def test_a_model_that_does_not_name_its_training_pictures_is_noted(self, tiny_model, class_folders):
        notes = evaluate(tiny_model(), [class_folders], quiet(size=32)).notes
        assert any("does not say which pictures it was trained on" in note for note in notes)


class TestSides:
    @pytest.fixture
    def split(self, class_folders):
        """boat1..7 to train, boat0 excluded, apples to val, clouds 0..5 to test; clouds 6 and 7 are unknown."""
        sides = {f"photos/boat/boat{i}.jpg": "train" if i else "excluded" for i in range(8)}
        sides |= {f"photos/apple/apple{i}.jpg": "val" for i in range(8)}
        sides |= {f"photos/cloud/cloud{i}.jpg": "test" for i in range(6)}
        return Split(sides, dict.fromkeys(sides, 0))

    @pytest.fixture
    def written(self, tmp_path):
        """``written(split)`` -> its file."""

        def write(split: Split) -> Path:
            (tmp_path / "given.csv").write_text(split.to_csv())
            return tmp_path / "given.csv"

        return write

    def test_a_given_split_decides_alone(self, tiny_model, class_folders, split, written):
        evaluation = evaluate(tiny_model(), [class_folders], quiet(split=written(split), size=32))
        assert {picture.key for picture in evaluation.measured.pictures} == set(split.keys("test"))
        assert evaluation.selection.left_out == {"excluded": 1, "train": 7, "unknown": 2, "val": 8}
        assert evaluation.split_digest == split.digest

    def test_what_nearly_repeats_training_pictures_is_told_or_left_out(self, tiny_model, class_folders, split, written):
        groups = {key: number for number, key in enumerate(split.sides)}
        groups["photos/cloud/cloud3.jpg"] = groups["photos/boat/boat1.jpg"]
        split = Split(split.sides, groups)
        assert "1 of these pictures nearly repeat" in " ".join(
            evaluate(tiny_model(), [class_folders], quiet(split=written(split), size=32)).notes
        )
        safe = evaluate(tiny_model(), [class_folders], quiet(split=written(split), size=32, near_duplicates=False))
        kept = {picture.key for picture in safe.measured.pictures}
        assert kept == {*split.keys("test")} - {"photos/cloud/cloud3.jpg"}
        assert safe.selection.left_out["near-duplicate"] == 1
        assert not any("nearly repeat" in note for note in safe.notes)

    def test_the_models_own_split_is_found_and_unknown_pictures_join(self, tiny_model, class_folders, split, tmp_path):
        (tmp_path / "split.csv").write_text(split.to_csv())
        model = tiny_model(recipe=f"data: {{split: {tmp_path / 'split.csv'}}}", split_digest=split.digest)
        evaluation = evaluate(model, [class_folders], quiet(size=32))
        assert (evaluation.n, evaluation.selection.foreign) == (8, 2)
        assert evaluation.selection.left_out == {"excluded": 1, "train": 7, "val": 8}
        assert not any("changed" in note for note in evaluation.notes)

    def test_a_split_that_changed_since_training_is_noted(self, tiny_model, class_folders, split, tmp_path):
        (tmp_path / "split.csv").write_text(split.to_csv())
        model = tiny_model(recipe=f"data: {{split: {tmp_path / 'split.csv'}}}", split_digest="0123456789abcdef")
        notes = evaluate(model, [class_folders], quiet(size=32)).notes
        assert any("has changed since training" in note for note in notes)

    def test_the_shipped_split_is_found_by_its_name(self, tiny_model, class_folders):
        evaluation = evaluate(tiny_model(recipe="data: {split: photos}"), [class_folders], quiet(size=32))
        assert evaluation.split == "photos"
        assert evaluation.selection.foreign == evaluation.n == 24

    def test_another_side_can_be_asked_for(self, tiny_model, class_folders, split, written):
        evaluation = evaluate(tiny_model(), [class_folders], quiet(split=written(split), side="val", size=32))
        assert set(evaluation.rows_by_label) == {"apple"}

    def test_a_limit_is_spread_over_the_set(self, tiny_model, class_folders):
        evaluation = evaluate(tiny_model(), [class_folders], quiet(limit=6, size=32))
        assert evaluation.n == 6
        assert set(evaluation.rows_by_label) == {"apple", "boat", "cloud"}
        assert evaluation.selection.left_out == {"limit": 18}

    def test_a_run_brings_its_own_split(self, tiny_model, class_folders, split, tmp_path, monkeypatch):
        run = tmp_path / "run"
        run.mkdir()
        (run / "split.csv").write_text(split.to_csv())
        exported = tiny_model(name="run")
        monkeypatch.setattr("pincel.export.export_run", lambda folder, out: Path(shutil.copy(exported, out)))
        evaluation = evaluate(run, [class_folders], quiet(size=32))
        assert evaluation.n == 8
        assert evaluation.models[0].source == run


class TestBadInput:
    def test_unreadable_pictures_are_skipped_and_listed(self, tiny_model, class_folders):
        (class_folders / "boat" / "boat0.jpg").write_bytes(b"")
        (class_folders / "boat" / "boat1.jpg").write_bytes(b"no picture at all")
        whole = (class_folders / "boat" / "boat2.jpg").read_bytes()
        (class_folders / "boat" / "boat2.jpg").write_bytes(whole[: len(whole) // 3])
        evaluation = evaluate(tiny_model(), [class_folders], quiet(size=32))
        assert evaluation.n == 21
        assert sorted(evaluation.measured.skipped) == [f"photos/boat/boat{i}.jpg" for i in range(3)]
        assert "0 bytes" in evaluation.measured.skipped["photos/boat/boat0.jpg"]

    def test_pictures_too_small_to_compare_are_skipped(self, tiny_model, class_folders, smooth_photo):
        Image.fromarray(smooth_photo(0, 200, 12)).save(class_folders / "boat" / "thin.png")
        skipped = evaluate(tiny_model(), [class_folders], quiet(protocol="photo", size=32)).measured.skipped
        assert list(skipped) == ["photos/boat/thin.png"]
        assert "too few to compare" in skipped["photos/boat/thin.png"]

    def test_grey_photos_are_left_out_and_counted(self, tiny_model, class_folders, smooth_photo):
        Image.fromarray(smooth_photo(5)[..., 0]).save(class_folders / "boat" / "grey.png")
        evaluation = evaluate(tiny_model(), [class_folders], quiet(size=32))
        assert evaluation.measured.grey_photos == ["photos/boat/grey.png"]
        assert evaluation.n == 24

    def test_grey_photos_count_when_asked_for(self, tiny_model, class_folders, smooth_photo):
        grey = Image.fromarray(smooth_photo(5)[..., 0])
        grey.save(class_folders / "boat" / "grey.png")
        evaluation = evaluate(tiny_model(), [class_folders], quiet(size=32, grey_photos=True))
        assert (evaluation.n, evaluation.measured.grey_photos) == (25, [])
        scores = next(picture.scores for picture in evaluation.measured.pictures if picture.key.endswith("grey.png"))
        assert scores["grey"]["psnr"] == 100  # the baseline is the photo itself
        assert any("without colour" in note for note in evaluation.notes)

    def test_the_report_of_grey_photos_alone_says_no_false_ratio(self, tiny_model, tmp_path, smooth_photo):
        (tmp_path / "old").mkdir()
        Image.fromarray(smooth_photo(5)[..., 0]).save(tmp_path / "old" / "grey.png")
        evaluation = evaluate(tiny_model(), [tmp_path / "old"], quiet(grey_photos=True, set_metrics=False))
        assert not np.isfinite(evaluation.row("tiny").figures["ciede2000_ratio"].value)
        write_report(evaluation, tmp_path / "report")
        json.loads((tmp_path / "report" / "metrics.json").read_text(), parse_constant=pytest.fail)

    def test_16_bit_pictures_are_measured_as_8_bit(self, tiny_model, tmp_path, smooth_photo):
        import cv2

        (tmp_path / "deep").mkdir()
        (tmp_path / "flat").mkdir()
        rgb = smooth_photo(9)
        cv2.imwrite(str(tmp_path / "deep" / "a.png"), rgb[..., ::-1].astype(np.uint16) * 257)
        Image.fromarray(rgb).save(tmp_path / "flat" / "a.png")
        deep, flat = (evaluate(tiny_model(), [tmp_path / name], quiet(protocol="photo")) for name in ("deep", "flat"))
        assert values(deep, "tiny") == values(flat, "tiny")

    def test_an_empty_folder_is_an_error(self, tiny_model, tmp_path):
        (tmp_path / "empty").mkdir()
        with pytest.raises(PincelError, match="no pictures in"):
            evaluate(tiny_model(), [tmp_path / "empty"], quiet())

    def test_a_folder_of_nothing_readable_is_an_error_that_tells_why(self, tiny_model, tmp_path):
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "a.jpg").write_bytes(b"")
        with pytest.raises(PincelError, match=r"1 of 1 pictures cannot be measured.*0 bytes"):
            evaluate(tiny_model(), [tmp_path / "broken"], quiet())

    def test_a_folder_of_grey_photos_is_an_error(self, tiny_model, tmp_path, smooth_photo):
        (tmp_path / "old").mkdir()
        Image.fromarray(smooth_photo(5)[..., 0]).save(tmp_path / "old" / "grey.png")
        with pytest.raises(PincelError, match="all 1 pictures are grey"):
            evaluate(tiny_model(), [tmp_path / "old"], quiet())

    def test_a_reference_of_another_task_is_an_error_before_any_picture_is_read(
        self, tiny_model, translator, class_folders
    ):
        other = translator("sketch", file="drawer.onnx")
        with pytest.raises(ModelError, match="'drawer' is for the task sketch, not colorize"):
            evaluate(
                tiny_model(),
                [class_folders],
                quiet(),
                others=[other],
                on_progress=lambda done, total: pytest.fail("read"),
            )

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"protocol": "full"}, "unknown protocol 'full'; known: letterbox, photo, square"),
            ({"size": 3}, "16 or more"),
            ({"side": "excluded"}, "known: test, train, val"),
            ({"limit": 0}, "limit 0 is too small"),
            ({"split": "nowhere"}, "split 'nowhere'"),
        ],
    )
    def test_a_wrong_wish_is_one_sentence(self, tiny_model, class_folders, arguments, sentence):
        with pytest.raises(PincelError, match=sentence):
            evaluate(tiny_model(), [class_folders], quiet(**arguments))

    def test_a_split_without_these_pictures_is_an_error_that_counts_them(self, tiny_model, class_folders):
        with pytest.raises(PincelError, match=r"none of the 24 pictures is on the test side .*24 unknown"):
            evaluate(tiny_model(), [class_folders], quiet(split="photos"))

    def test_progress_is_told_picture_by_picture_and_a_stop_passes_through(self, tiny_model, class_folders):
        seen = []
        evaluate(tiny_model(), [class_folders], quiet(size=32), on_progress=lambda *step: seen.append(step))
        assert seen == [(done, 24) for done in range(1, 25)]

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            evaluate(tiny_model(), [class_folders], quiet(size=32), on_progress=stop)
