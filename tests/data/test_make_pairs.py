import json
import os

import numpy as np
import pytest
from PIL import Image

from pincel.data.check_pairs import check_pairs
from pincel.data.make_pairs import make_pairs
from pincel.data.pair_origins import Halves, Transform, TwoFolders
from pincel.data.source_target import partners
from pincel.errors import PincelError
from pincel.imaging.edges import SketchStyle, draw_sketch
from pincel.imaging.read import read
from pincel.imaging.write import OutputError


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def halves(tmp_path, smooth_photo):
    """Folder ``ab`` with two A|B pictures of 40 x 30 px a side: a 16-bit PNG in a class folder and a JPEG."""
    (tmp_path / "ab" / "rose").mkdir(parents=True)
    deep = np.random.default_rng(0).integers(0, 65536, (30, 80)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "ab" / "rose" / "deep.png")
    Image.fromarray(smooth_photo(1, 30, 80)).save(tmp_path / "ab" / "a.jpg")
    return tmp_path / "ab"


def test_a_b_pictures_are_cut_in_two_without_loss(halves, tmp_path):
    for direction, sides in (("AtoB", (0, 40)), ("BtoA", (40, 0))):
        out = tmp_path / direction
        result = make_pairs(Halves([halves], direction), out)
        assert (result.pairs, result.made, result.failures) == (2, 2, {})
        for name, source, target in partners(out):
            whole = read(next(halves.glob(f"{name}.*"))).pixels
            for path, left in zip((source, target), sides, strict=True):
                assert np.array_equal(read(path).pixels, whole[:, left : left + 40])
        assert read(out / "source" / "rose" / "deep.png").pixels.dtype == np.uint16
        assert json.loads((out / "pairs.json").read_text())["direction"] == direction


def test_photos_are_copied_byte_for_byte_and_sketched_beside(class_folders, tmp_path):
    style = SketchStyle(sigma=1.5)
    result = make_pairs(Transform([class_folders], style, 256), tmp_path / "out")
    assert (result.pairs, result.made) == (24, 24)
    assert result.lines() == [f"{tmp_path / 'out'}: 24 pairs, 24 of them new"]
    pairs = partners(tmp_path / "out")
    assert pairs[0][0] == "apple/apple0"
    for name, source, target in pairs:
        photo = class_folders / f"{name}.jpg"
        assert target.read_bytes() == photo.read_bytes()
        assert source.suffix == ".png"
        assert np.array_equal(read(source).pixels, draw_sketch(read(photo).rgb(), style))
    note = json.loads((tmp_path / "out" / "pairs.json").read_text())
    assert note["how"] == "transform"
    assert note["style"] == style.model_dump()
    assert note["size"] == 256


def test_grey_and_an_edge_function_are_transforms_too(class_folders, tmp_path):
    photos = class_folders / "apple"
    make_pairs(Transform([photos]), tmp_path / "grey")
    color, grey = (read(tmp_path / "grey" / side) for side in ("target/apple0.jpg", "source/apple0.png"))
    assert np.array_equal(grey.pixels, np.asarray(Image.fromarray(color.pixels).convert("L")))
    hed = Transform([photos], SketchStyle(method="hed"), 256, lambda rgb: np.zeros(rgb.shape[:2], np.float32))
    make_pairs(hed, tmp_path / "hed")
    assert (read(tmp_path / "hed" / "source" / "apple0.png").pixels == 255).all()


def test_two_folders_are_matched_by_name_and_copied_as_they_are(class_folders, tmp_path):
    make_pairs(Transform([class_folders], SketchStyle()), tmp_path / "first")
    sides = TwoFolders(tmp_path / "first" / "source", tmp_path / "first" / "target")
    make_pairs(sides, tmp_path / "second")
    for side in ("source", "target"):
        assert files_below(tmp_path / "first" / side) == files_below(tmp_path / "second" / side)


def test_a_second_call_changes_nothing_and_makes_only_what_is_missing_or_older(class_folders, tmp_path):
    out, origin = tmp_path / "out", Transform([class_folders], SketchStyle())
    make_pairs(origin, out)
    before = {path: path.stat().st_mtime_ns for path in (out / "source").rglob("*.png")}
    assert make_pairs(origin, out).made == 0
    assert before == {path: path.stat().st_mtime_ns for path in before}
    (out / "source" / "apple" / "apple0.png").unlink()
    newer = class_folders / "boat" / "boat1.jpg"
    os.utime(newer, ns=(newer.stat().st_atime_ns, max(before.values()) + 10**9))
    (class_folders / "cloud" / "cloud2.jpg").unlink()
    result = make_pairs(origin, out)
    assert (result.pairs, result.made, result.others) == (23, 2, 1)
    assert "1 more that come from none of the inputs" in result.lines()[0]


def test_what_cannot_be_paired_is_left_out_and_named(class_folders, halves, tmp_path):
    (class_folders / "apple" / "cut.jpg").write_bytes((class_folders / "apple" / "apple0.jpg").read_bytes()[:300])
    (class_folders / "apple" / "empty.png").touch()
    Image.new("RGB", (9, 9)).save(class_folders / "apple" / "apple1.png")
    result = make_pairs(Transform([class_folders], SketchStyle()), tmp_path / "out")
    reasons = sorted(result.failures.values())
    assert len(reasons) == 3
    for reason, said in zip(reasons, ("have one name", "damaged or cut off", "is empty"), strict=True):
        assert said in reason
    Image.new("RGB", (31, 10)).save(halves / "odd.png")
    result = make_pairs(Halves([halves]), tmp_path / "out2")
    assert [reason.split("odd.png ")[1] for reason in result.failures.values()] == [
        "is 31 px wide: an odd width is not two pictures side by side"
    ]
    assert check_pairs([tmp_path / "out"]).findings == check_pairs([tmp_path / "out2"]).findings == ()


def test_orphans_and_different_sizes_of_two_folders_are_left_out(tmp_path):
    for side, sizes in (("a", {"same": 8, "other": 8, "alone": 8}), ("b", {"same": 8, "other": 9})):
        (tmp_path / side).mkdir()
        for name, size in sizes.items():
            Image.new("RGB", (size, size)).save(tmp_path / side / f"{name}.png")
    result = make_pairs(TwoFolders(tmp_path / "a", tmp_path / "b"), tmp_path / "out")
    assert (result.pairs, len(result.failures)) == (1, 2)
    assert any("alone.png has no partner" in reason for reason in result.failures.values())
    assert any("is 8 x 8 px" in reason and "9 x 9 px" in reason for reason in result.failures.values())


def test_several_folders_keep_their_names(class_folders, tmp_path):
    make_pairs(Transform([class_folders / "apple", class_folders / "boat"]), tmp_path / "out")
    assert {name.split("/")[0] for name, *_ in partners(tmp_path / "out")} == {"apple", "boat"}


def test_places_that_do_not_fit_are_refused_before_anything_is_written(class_folders, tmp_path):
    make_pairs(Transform([class_folders]), tmp_path / "out")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    for origin, out, message in (
        (Transform([class_folders], SketchStyle()), "out", r"made in another way \(transform grey, now canny\)"),
        (Transform([class_folders / "apple"]), "out", "made in another way"),
        (Transform([class_folders]), "taken", "holds other files"),
        (Transform([class_folders]), "taken/mine.txt", "is a file"),
        (Transform([class_folders]), "photos/pairs", "which is an input"),
        (Transform([tmp_path / "nowhere"]), "new", "nowhere does not exist"),
        (Transform([tmp_path / "taken"]), "new", "there are no pictures in"),
        (TwoFolders(class_folders / "apple", class_folders / "boat"), "new", "no picture in .* has a partner"),
        (TwoFolders(class_folders / "apple", tmp_path / "nowhere"), "new", "does not exist or is not a folder"),
    ):
        with pytest.raises(PincelError, match=message):
            make_pairs(origin, tmp_path / out)
    assert not (tmp_path / "new").exists()


def test_a_full_disk_ends_with_one_sentence_and_the_next_call_goes_on(class_folders, tmp_path, monkeypatch):
    from pincel.data import make_pairs as module

    write, left = module.write_atomically, [10]

    def full(path, data):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        write(path, data)

    origin = Transform([class_folders])
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_atomically", full)
        with pytest.raises(OutputError, match="the disk is full"):
            make_pairs(origin, tmp_path / "out", workers=1)
    result = make_pairs(origin, tmp_path / "out")
    assert result.pairs == 24
    assert 0 < result.made < 24
