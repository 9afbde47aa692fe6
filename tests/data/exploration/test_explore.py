import shutil

import numpy as np
import pytest
from PIL import Image

from pincel.data.exploration.explore import explore
from pincel.data.exploration.findings import findings, headline
from pincel.errors import PincelError


@pytest.fixture
def messy(class_folders, smooth_photo):
    """3 classes of 8 photos, and: a copy in another class, a smaller version, a grey photo, a cut file, odd names."""
    root = class_folders
    shutil.copy(root / "apple" / "apple0.jpg", root / "boat" / "again.jpg")
    with Image.open(root / "cloud" / "cloud1.jpg") as image:
        image.resize((30, 28)).save(root / "cloud" / "small.png")
        image.convert("L").convert("RGB").save(root / "cloud" / "grey.jpg", format="PNG")
    (root / "boat" / "cut.jpg").write_bytes((root / "boat" / "boat0.jpg").read_bytes()[:300])
    (root / "два слова").mkdir()
    Image.fromarray(smooth_photo(999)).save(root / "два слова" / "雪 <i>.png")
    (root / "empty").mkdir()
    return root


def texts(found):
    return [finding.text for finding in findings(found)]


def test_every_kind_of_trouble_is_counted(messy):
    found = explore([messy])
    total = found.total
    assert (total.files, total.unreadable, total.mislabelled, total.copies) == (29, 1, 1, 1)
    assert total.grey == 1
    assert {name: part.files for name, part in found.by_class.items()} == {
        "apple": 8, "boat": 10, "cloud": 10, "empty": 0, "два слова": 1
    }  # fmt: skip
    assert found.copies == {"photos/boat/again.jpg": "photos/apple/apple0.jpg"}
    keys = [fact.file.key for fact in found.facts]
    groups = {frozenset(keys[i].removeprefix("photos/") for i in group) for group in found.near_duplicates()}
    assert frozenset({"apple/apple0.jpg", "boat/again.jpg"}) in groups
    assert any({"cloud/cloud1.jpg", "cloud/small.png"} <= group for group in groups)
    assert [len(group) for group in found.across_classes()] == [2]


def test_findings_say_it_in_words_and_the_worst_first(messy):
    said = texts(explore([messy]))
    assert "1 file is damaged or no picture: nothing can be learnt from it." in said
    assert "1 file is not what the name says: 1 PNG named .jpg." in said
    assert "1 photo is in two classes at once: the same bytes under two labels." in said
    assert "1 photo is grey: it teaches no colour." in said
    assert "1 class folder is empty: empty." in said
    assert "1 class has one photo or none that can be read: два слова." in said
    levels = [finding.level for finding in findings(explore([messy]))]
    assert levels == sorted(levels, key=("mend", "know", "good").index)
    assert headline(explore([messy])) == "29 photos in 4 classes; 27 of them teach colour."


def test_a_tidy_set_is_told_so(class_folders):
    said = texts(explore([class_folders]))
    for text in ("Every file can be read.", "No file is there twice.", "No photo is grey."):
        assert text in said
    assert "No two photos are nearly the same." in said
    assert headline(explore([class_folders])) == "24 photos in 3 classes; all of them teach colour."


def test_a_folder_without_classes_is_one_class(class_folders):
    found = explore([class_folders / "apple"])
    assert list(found.by_class) == ["apple"]
    assert headline(found) == "8 photos; all of them teach colour."
    assert not any("class" in text for text in texts(found))


def test_photos_beside_the_class_folders_are_mentioned(class_folders):
    shutil.move(class_folders / "apple" / "apple0.jpg", class_folders / "loose.jpg")
    found = explore([class_folders])
    assert found.by_class["photos"].files == 1
    assert "1 photo lies beside the class folders." in texts(found)


def test_classes_of_two_data_sets_are_kept_apart(class_folders, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(class_folders / "apple", other / "apple")
    found = explore([class_folders, other])
    assert {"photos/apple", "other/apple"} <= set(found.by_class)
    assert found.total.copies == 8


def test_one_thread_and_many_find_the_same(messy):
    one, many = explore([messy], workers=1), explore([messy], workers=4)
    assert [fact.file.key for fact in one.facts] == [fact.file.key for fact in many.facts]
    assert one.groups == many.groups
    assert one.by_class == many.by_class
    for name, plane in one.ab_planes.items():
        np.testing.assert_allclose(plane, many.ab_planes[name])
        assert plane.sum() == pytest.approx(1, abs=1e-5)


def test_progress_is_told_in_stages(class_folders):
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def counter(what):
        seen.append(what)
        yield lambda done, total: seen.append((done, total))

    explore([class_folders], counter=counter)
    assert seen == ["reading", *((done, 24) for done in range(1, 25)), "comparing"]


def test_ctrl_c_ends_the_reading_at_once(class_folders, monkeypatch):
    import pincel.data.exploration.explore as module

    read = []
    real = module.examine
    monkeypatch.setattr(module, "examine", lambda file: (read.append(file), real(file))[1])

    def stop(done, total):
        raise KeyboardInterrupt

    from contextlib import nullcontext

    with pytest.raises(KeyboardInterrupt):
        explore([class_folders], workers=1, counter=lambda what: nullcontext(stop))
    assert len(read) < 24


def test_a_folder_of_nothing_but_broken_files_is_one_sentence(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"no")
    with pytest.raises(PincelError, match=r"none of the 1 pictures can be read; .*a\.jpg"):
        explore([tmp_path / "photos"])
