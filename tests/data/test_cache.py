import os

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from pincel.data import cache as cache_module
from pincel.data.cache import GREY_CHROMA, build_cache, default_cache_folder
from pincel.data.duplicates import signature
from pincel.data.scan import scan
from pincel.errors import PincelError
from pincel.files import MARK

pytestmark = pytest.mark.usefixtures("cache_folder")


@pytest.fixture
def mixed(tmp_path, smooth_photo):
    """PNGs of several shapes, one grey, one broken file and one text that pretends."""
    root = tmp_path / "mixed"
    root.mkdir()
    Image.fromarray(smooth_photo(1, 40, 60)).save(root / "a_wide.png")
    Image.fromarray(smooth_photo(2, 20, 16)).save(root / "b_small.png")
    Image.fromarray(smooth_photo(3, 30, 200)).save(root / "c_panorama.png")
    Image.fromarray(smooth_photo(4, 48, 48)[..., 0]).save(root / "d_grey.png")
    (root / "e_broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    (root / "f_text.png").write_text("not a picture")
    return root


def test_each_picture_comes_back_with_its_short_side_at_the_wanted_size(mixed):
    cache = build_cache(scan([mixed]), 32)
    assert [cache[i].shape for i in range(len(cache))] == [(32, 48, 3), (20, 16, 3), (30, 60, 3), (32, 32, 3)]
    assert all(cache[i].dtype == np.uint8 for i in range(len(cache)))


def test_a_picture_that_is_small_already_keeps_every_pixel(mixed, smooth_photo):
    cache = build_cache(scan([mixed]), 32)
    np.testing.assert_array_equal(cache[1], smooth_photo(2, 20, 16))


def test_a_panorama_is_cut_to_two_to_one_in_the_middle(mixed, smooth_photo):
    cache = build_cache(scan([mixed]), 32)
    np.testing.assert_array_equal(cache[2], smooth_photo(3, 30, 200)[:, 70:130])


def test_unreadable_files_are_left_out_and_named_with_a_reason(mixed):
    cache = build_cache(scan([mixed]), 32)
    assert [file.key for file in cache.files] == [
        "mixed/a_wide.png",
        "mixed/b_small.png",
        "mixed/c_panorama.png",
        "mixed/d_grey.png",
    ]
    assert sorted(cache.failures) == ["mixed/e_broken.jpg", "mixed/f_text.png"]
    assert "e_broken.jpg" in cache.failures["mixed/e_broken.jpg"]


def test_the_second_opening_decodes_nothing_and_gives_the_same(mixed, monkeypatch):
    first = build_cache(scan([mixed]), 32)
    monkeypatch.setattr(cache_module, "_prepare", lambda path, side: pytest.fail("decoded again"))
    second = build_cache(scan([mixed]), 32)
    assert second.files == first.files
    assert second.failures == first.failures
    for i in range(len(first)):
        np.testing.assert_array_equal(second[i], first[i])
    for name in ("hashes", "thumbnails", "chroma"):
        np.testing.assert_array_equal(getattr(second, name), getattr(first, name))


def test_a_changed_file_another_side_or_one_picture_more_make_a_new_cache(class_folders, smooth_photo, cache_folder):
    build_cache(scan([class_folders]), 32)
    changed = class_folders / "apple" / "apple0.jpg"
    Image.fromarray(smooth_photo(999)).save(changed)
    after = build_cache(scan([class_folders]), 32)
    assert np.abs(after[0].mean((0, 1)) - smooth_photo(999).mean((0, 1))).max() < 3
    build_cache(scan([class_folders]), 33)
    changed.unlink()
    build_cache(scan([class_folders]), 32)
    assert len(list(cache_folder.iterdir())) == 4


def test_signatures_belong_to_their_pictures(class_folders):
    cache = build_cache(scan([class_folders]), 32, workers=4)
    for i in (0, 7, 23):
        sign = signature(cache[i])
        assert int(cache.hashes[i]) == sign.hash
        np.testing.assert_array_equal(cache.thumbnails[i], sign.thumbnail)


def test_chroma_is_the_98th_percentile_of_every_other_pixel(mixed):
    cache = build_cache(scan([mixed]), 32)
    lab = rgb2lab(cache[0][::2, ::2])  # scikit-image as the independent reference
    assert cache.chroma[0] == pytest.approx(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 98), abs=0.3)
    assert cache.chroma[3] < 0.5 < GREY_CHROMA < cache.chroma[0]


def test_the_number_of_threads_changes_nothing(class_folders, tmp_path):
    files = scan([class_folders])
    one = build_cache(files, 32, folder=tmp_path / "one", workers=1)
    four = build_cache(files, 32, folder=tmp_path / "four", workers=4)
    np.testing.assert_array_equal(one.pixels, four.pixels)


def test_progress_counts_every_file_once(mixed):
    calls = []
    build_cache(scan([mixed]), 32, on_progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i, 6) for i in range(1, 7)]


def test_an_interrupted_build_leaves_nothing_behind(mixed, cache_folder):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_cache(scan([mixed]), 32, on_progress=stop)
    assert list(cache_folder.iterdir()) == []
    assert len(build_cache(scan([mixed]), 32)) == 4


def test_two_programs_may_make_the_same_cache_at_once(mixed, cache_folder):
    files = scan([mixed])

    def somebody_else_is_faster(done, total):
        if done == total:
            with pytest.MonkeyPatch.context() as other_process:
                other_process.setattr(cache_module.os, "getpid", lambda: 12345)
                build_cache(files, 32)

    assert len(build_cache(files, 32, on_progress=somebody_else_is_faster)) == 4
    assert len(list(cache_folder.iterdir())) == 1


def test_a_set_without_any_readable_picture_is_an_empty_cache(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"no")
    cache = build_cache(scan([tmp_path / "bad"]), 32)
    assert len(cache) == 0
    assert list(cache.failures) == ["bad/a.jpg"]


def test_the_cache_lies_where_the_environment_says(cache_folder, monkeypatch, tmp_path):
    assert default_cache_folder() == cache_folder
    monkeypatch.delenv("PINCEL_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / ".cache" / "pincel"


def test_a_cache_that_cannot_be_written_says_how_to_have_another(class_folders, tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(PincelError, match=r"cannot be kept in .*home.cache \(Not a directory\); name .* PINCEL_CACHE"):
        build_cache(scan([class_folders]), 32, folder=tmp_path / "home" / "cache")


def test_what_a_killed_build_left_is_removed(class_folders, tmp_path):
    left = tmp_path / "cache" / f".abc.{MARK}.tmp{os.getpid()}"
    left.mkdir(parents=True)
    build_cache(scan([class_folders]), 32, folder=tmp_path / "cache")
    assert not left.exists()
