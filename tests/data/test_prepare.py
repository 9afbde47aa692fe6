import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.data import prepare as prepare_module
from pincel.data.cache import build_cache
from pincel.data.manifest import read_manifest
from pincel.data.prepare import prepare
from pincel.data.scan import read_photo, scan
from pincel.errors import PincelError
from pincel.imaging.resize import letterbox
from pincel.imaging.write import OutputError


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and the time it was written."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: data for name, (data, _) in contents(folder).items()}


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "prepared"


@pytest.fixture
def wide(tmp_path, smooth_photo) -> Path:
    """One folder with one photo of 96 x 48."""
    root = tmp_path / "wide"
    root.mkdir()
    Image.fromarray(smooth_photo(1, 48, 96)).save(root / "a.png")
    return root


def test_pairs_are_numbered_over_the_sorted_set_and_by_class(class_folders, out):
    done = prepare([class_folders], out, size=32)
    assert (done.pairs, done.made, done.removed, done.failures) == (24, 24, 0, {})
    assert done.classes == {1: "apple", 2: "boat", 3: "cloud"}
    numbers = [f"{n:05d}_{1 + (n - 1) // 8}" for n in range(1, 25)]
    for side in ("color", "gray"):
        assert sorted(path.name for path in (out / side).iterdir()) == [f"{side}_{number}.jpg" for number in numbers]
    assert [row["source"] for row in rows(out)][7:9] == ["photos/apple/apple7.jpg", "photos/boat/boat0.jpg"]


def test_a_photo_keeps_its_aspect_in_a_black_square(wide, out):
    prepare([wide], out, size=32)
    square = np.asarray(Image.open(out / "color" / "color_00001_1.jpg"))
    assert square.shape == (32, 32, 3)
    assert square[:7].max() <= 2  # 96 x 48 -> 32 x 16, 8 rows of black above and below; JPEG blurs the edge a little
    assert square[25:].max() <= 2
    by_pillow = np.asarray(Image.open(wide / "a.png").resize((32, 16), Image.Resampling.BOX), np.float64)
    assert np.abs(square[8:24] - by_pillow).mean() < 2


def test_the_gray_side_is_8_bit_rec_601_luma_of_the_colour_side(class_folders, out):
    prepare([class_folders], out, size=32)
    for path in sorted((out / "color").iterdir())[::5]:
        gray = Image.open(out / "gray" / path.name.replace("color", "gray"))
        assert gray.mode == "L"
        luma = np.asarray(Image.open(path), np.float64) @ (0.299, 0.587, 0.114)
        assert np.abs(luma - np.asarray(gray)).mean() < 1


def test_the_manifest_tells_source_size_scale_box_and_hash(wide, out):
    prepare([wide], out, size=32)
    (row,) = rows(out)
    assert row == {
        "number": "1",
        "class_number": "1",
        "class": "wide",
        "source": "wide/a.png",
        "color": "color/color_00001_1.jpg",
        "gray": "gray/gray_00001_1.jpg",
        "width": "96",
        "height": "48",
        "scale": "0.333333",
        "left": "0",
        "top": "8",
        "box_width": "32",
        "box_height": "16",
        "source_hash": hashlib.blake2b((wide / "a.png").read_bytes(), digest_size=8).hexdigest(),
        "color_bytes": str((out / row["color"]).stat().st_size),
        "gray_bytes": str((out / row["gray"]).stat().st_size),
    }
    assert json.loads((out / "classes.json").read_text()) == {
        "format": "pincel-prepared",
        "size": 32,
        "quality": 95,
        "classes": {"1": "wide"},
        "folders": {"wide": str(wide)},
        "unreadable": {},
    }


def test_small_photos_are_enlarged_and_narrow_ones_keep_a_pixel(tmp_path, out, smooth_photo):
    root = tmp_path / "odd"
    root.mkdir()
    Image.fromarray(smooth_photo(1, 10, 20)).save(root / "a.png")
    Image.fromarray(smooth_photo(2, 300, 2)).save(root / "b.png")
    prepare([root], out, size=64)
    boxes = [(r["left"], r["top"], r["box_width"], r["box_height"]) for r in rows(out)]
    assert boxes == [("0", "16", "64", "32"), ("31", "0", "1", "64")]


def test_quality_is_that_of_the_jpegs(class_folders, tmp_path):
    for quality in (30, 98):
        prepare([class_folders], tmp_path / str(quality), size=32, quality=quality)
    small, big = (sum(map(len, bytes_of(tmp_path / name / "color").values())) for name in ("30", "98"))
    assert small < 0.7 * big


def test_an_edge_between_red_and_blue_stays_sharp(tmp_path, out):
    root = tmp_path / "edge"
    root.mkdir()
    rgb = np.zeros((33, 33, 3), np.uint8)
    rgb[:, :17, 0], rgb[:, 17:, 2] = 200, 200  # an odd column: halved colour planes would mix both sides
    Image.fromarray(rgb).save(root / "a.png")
    prepare([root], out, size=33)
    painted = np.asarray(Image.open(out / "color" / "color_00001_1.jpg"), np.int16)
    assert np.abs(painted[8:24, 15:19] - rgb[8:24, 15:19]).max() < 25


def test_the_second_run_changes_nothing_and_decodes_nothing(class_folders, out, monkeypatch):
    prepare([class_folders], out, size=32)
    before = contents(out)
    monkeypatch.setattr(prepare_module, "read_photo", lambda *_: pytest.fail("decoded again"))
    again = prepare([class_folders], out, size=32)
    assert (again.pairs, again.made, again.removed) == (24, 0, 0)
    assert "nothing new" in again.lines()[0]
    assert contents(out) == before


def test_the_number_of_workers_changes_nothing(class_folders, tmp_path):
    for workers in (1, 4):
        prepare([class_folders], tmp_path / str(workers), size=32, workers=workers)
    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "4")


def test_a_stopped_run_goes_on_and_ends_as_one_that_never_stopped(class_folders, tmp_path, out):
    def stop(done, total):
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([class_folders], out, size=32, on_progress=stop)
    assert len(list((out / "gray").iterdir())) == 10
    with pytest.raises(PincelError, match="not prepared to its end"):
        scan([out])
    assert prepare([class_folders], out, size=32).made == 14
    prepare([class_folders], tmp_path / "other", size=32)
    assert bytes_of(out) == bytes_of(tmp_path / "other")


def test_a_line_torn_by_a_power_cut_and_a_half_written_file_are_made_again(class_folders, tmp_path, out):
    prepare([class_folders], out, size=32)
    good = bytes_of(out)
    lines = (out / "manifest.csv").read_bytes().splitlines(keepends=True)
    (out / "manifest.unfinished.csv").write_bytes(b"".join(lines[:9]) + lines[9][:20] + b"\0\0")
    (out / "manifest.csv").unlink()
    (out / "gray" / ".gray_00009_2.jpg.tmp77").write_bytes(b"half")
    assert prepare([class_folders], out, size=32).made == 16
    assert bytes_of(out) == good


@pytest.mark.parametrize(
    "harm",
    [
        lambda out: (out / "color" / "color_00003_1.jpg").unlink(),
        lambda out: (out / "gray" / "gray_00003_1.jpg").write_bytes(b"cut off"),
    ],
    ids=["deleted", "changed"],
)
def test_a_lost_or_changed_pair_is_made_again_and_no_other(class_folders, out, harm):
    prepare([class_folders], out, size=32)
    good = bytes_of(out)
    harm(out)
    assert prepare([class_folders], out, size=32).made == 1
    assert bytes_of(out) == good


def test_a_changed_source_makes_its_pair_anew(class_folders, out, smooth_photo):
    prepare([class_folders], out, size=32)
    before = bytes_of(out)
    Image.fromarray(smooth_photo(999)).save(class_folders / "boat" / "boat0.jpg")
    assert prepare([class_folders], out, size=32).made == 1
    after = bytes_of(out)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"color/color_00009_2.jpg", "gray/gray_00009_2.jpg", "manifest.csv"}


def test_a_renamed_source_is_known_by_its_new_name(class_folders, out):
    prepare([class_folders], out, size=32)
    (class_folders / "boat" / "boat7.jpg").rename(class_folders / "boat" / "boat8 new.jpg")
    assert prepare([class_folders], out, size=32).made == 1
    assert rows(out)[15]["source"] == "photos/boat/boat8 new.jpg"


def test_a_picture_less_moves_the_numbers_and_leaves_nothing_behind(class_folders, tmp_path, out):
    prepare([class_folders], out, size=32)
    (class_folders / "apple" / "apple7.jpg").unlink()
    done = prepare([class_folders], out, size=32)
    # 16 pairs of boats and clouds move one down; 00008_1, 00016_2 -> 00016_3 and 00024_3 are freed, two files each
    assert (done.pairs, done.made, done.removed) == (23, 16, 6)
    prepare([class_folders], tmp_path / "other", size=32)
    assert bytes_of(out) == bytes_of(tmp_path / "other")


def test_unreadable_files_are_left_out_and_keep_their_numbers(class_folders, out, smooth_photo):
    broken = class_folders / "apple" / "apple3.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    done = prepare([class_folders], out, size=32)
    assert (done.pairs, list(done.failures)) == (23, ["photos/apple/apple3.jpg"])
    assert "apple3.jpg" in done.failures["photos/apple/apple3.jpg"]
    assert not (out / "color" / "color_00004_1.jpg").exists()
    before = contents(out)
    assert prepare([class_folders], out, size=32).failures == done.failures
    assert contents(out) == before
    Image.fromarray(smooth_photo(5)).save(broken)
    assert prepare([class_folders], out, size=32).made == 1
    assert (out / "color" / "color_00004_1.jpg").exists()


def test_when_nothing_can_be_read_nothing_is_written(tmp_path, out):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(PincelError, match=r"none of the 1 pictures can be read; the first: .*a\.jpg"):
        prepare([tmp_path / "bad"], out)
    assert not out.exists()


def test_formats_suffixes_and_names_of_all_kinds_come_through(tmp_path, out, smooth_photo):
    root = tmp_path / "Fotos, äußerst gemischt"
    for name in ("one", "花 と 木", "a, b"):
        (root / name).mkdir(parents=True)
    deep = (smooth_photo(1, 32, 32).astype(np.uint16) * 257)[..., 0]
    Image.fromarray(smooth_photo(2, 32, 32)).save(root / "one" / "png named.jpg", "PNG")
    Image.fromarray(deep).save(root / "花 と 木" / "sixteen bit.PNG")
    Image.fromarray(np.dstack([smooth_photo(3, 32, 32), np.full((32, 32), 9, np.uint8)])).save(root / "a, b" / "α.webp")
    done = prepare([root], out, size=32)
    assert done.classes == {1: "a, b", 2: "one", 3: "花 と 木"}
    files = scan([out])
    assert [(file.label, file.key.rsplit("/")[-1]) for file in files] == [
        ("a, b", "α.webp"),
        ("one", "png named.jpg"),
        ("花 と 木", "sixteen bit.PNG"),
    ]
    assert np.abs(read_photo(files[1]).astype(int) - smooth_photo(2, 32, 32)).mean() < 2
    assert np.abs(read_photo(files[2])[..., 0].astype(int) - smooth_photo(1, 32, 32)[..., 0]).mean() < 2


def test_an_upright_photo_comes_from_a_turned_file(tmp_path, out, smooth_photo):
    root = tmp_path / "turned"
    root.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(smooth_photo(1, 20, 40)).save(root / "a.jpg", exif=exif)
    prepare([root], out, size=32)
    (row,) = rows(out)
    assert (row["width"], row["height"], row["box_width"], row["box_height"]) == ("20", "40", "16", "32")


def test_several_folders_share_classes_of_one_name(tmp_path, out, smooth_photo):
    for number, place in enumerate(("one/cat", "two/cat", "two/dog")):
        (tmp_path / place).mkdir(parents=True)
        Image.fromarray(smooth_photo(number)).save(tmp_path / place / "a.jpg")
    assert prepare([tmp_path / "one", tmp_path / "two"], out).classes == {1: "cat", 2: "dog"}
    assert [row["class_number"] for row in rows(out)] == ["1", "1", "2"]


def test_training_gets_the_photo_without_its_padding_and_the_squares_back(class_folders, out, cache_folder):
    """The cache cuts the padding away; a letterbox of the same size puts the very same square together again."""
    prepare([class_folders], out, size=32)
    cache = build_cache(scan([out]), 32)
    assert len(cache) == 24
    for i, row in enumerate(read_manifest(out)):
        assert cache[i].shape == (row.box.height, row.box.width, 3)
        square, box = letterbox(cache[i], 32)
        stored = np.asarray(Image.open(out / row.name("color")))
        mask = row.box.mask(32)
        assert box == row.box
        np.testing.assert_array_equal(square[mask], stored[mask])


def test_a_prepared_folder_can_be_prepared_smaller(class_folders, tmp_path, out):
    prepare([class_folders], out, size=64)
    prepare([out], tmp_path / "small", size=32)
    boxes = [(int(row["box_width"]), int(row["box_height"])) for row in rows(tmp_path / "small")]
    assert all(max(box) == 32 for box in boxes)
    assert [row["source"] for row in rows(tmp_path / "small")] == [row["source"] for row in rows(out)]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"size": 64}, "--size 32 --quality 95, not 64 and 95"), ({"quality": 80}, "not 32 and 80")],
)
def test_other_settings_need_another_folder(class_folders, out, change, message):
    prepare([class_folders], out, size=32)
    before = contents(out)
    with pytest.raises(PincelError, match=message):
        prepare([class_folders], out, **{"size": 32, **change})
    assert contents(out) == before


def test_another_data_set_needs_another_folder(class_folders, wide, out):
    prepare([class_folders], out, size=32)
    with pytest.raises(PincelError, match="was prepared from photos"):
        prepare([wide], out, size=32)
    assert len(rows(out)) == 24


def test_a_folder_with_other_files_is_left_alone(class_folders, out):
    (out / "color").mkdir(parents=True)
    (out / "color" / "color_00099_1.jpg").write_bytes(b"mine")
    with pytest.raises(PincelError, match="holds other files"):
        prepare([class_folders], out)
    assert list(bytes_of(out)) == ["color/color_00099_1.jpg"]


def test_the_result_may_not_lie_among_the_sources_nor_be_a_file(class_folders, tmp_path):
    with pytest.raises(PincelError, match="lies in the data folder"):
        prepare([class_folders], class_folders / "prepared")
    (tmp_path / "file").write_text("x")
    with pytest.raises(PincelError, match="is a file"):
        prepare([class_folders], tmp_path / "file")


def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(class_folders, out, monkeypatch):
    real, calls = prepare_module.write_atomically, []

    def full(path, data):
        calls.append(path)
        if len(calls) > 12:
            raise OSError(28, "No space left on device")
        real(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(prepare_module, "write_atomically", full)
        with pytest.raises(OutputError, match="the disk is full"):
            prepare([class_folders], out, size=32)
    assert prepare([class_folders], out, size=32).made == 24 - 5  # 2 lists and 5 pairs had been written


def test_progress_counts_every_picture_once(class_folders, out):
    calls = []
    prepare([class_folders], out, size=32, on_progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i, 24) for i in range(1, 25)]
