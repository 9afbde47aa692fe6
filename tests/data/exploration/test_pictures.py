import shutil

import pytest
from PIL import Image

from pincel.data.exploration.explore import explore
from pincel.data.exploration.pictures import choose, thumbnails


@pytest.fixture
def found(class_folders):
    shutil.copy(class_folders / "apple" / "apple0.jpg", class_folders / "boat" / "copy.jpg")
    shutil.copy(class_folders / "apple" / "apple1.jpg", class_folders / "apple" / "copy.jpg")
    (class_folders / "cloud" / "broken.jpg").write_bytes(b"no")
    for i in range(30):
        Image.new("L", (20, 20 + i), 8 * i).save(class_folders / "cloud" / f"grey{i}.png")
    return explore([class_folders])


def test_examples_come_from_their_class_can_be_read_and_are_the_same_every_time(found):
    examples = choose(found).examples
    assert set(examples) == {"apple", "boat", "cloud"}
    for name, shown in examples.items():
        assert len(shown) == len(set(shown)) == 7
        assert all(found.classes[index] == name and not found.facts[index].error for index in shown)
    assert choose(found) == choose(found)
    assert choose(found, seed=1).examples != examples


def test_grey_photos_are_shown_from_the_least_to_the_most_colourful_but_not_all(found):
    grey = choose(found).grey
    assert len(grey) == 24 < found.total.grey
    chroma = [found.facts[index].high_chroma for index in grey]
    assert chroma == sorted(chroma)


def test_groups_across_classes_have_a_title_of_their_own(found):
    sheets = choose(found).sheets
    (across,) = sheets["In more than one class"]
    assert (across.classes, across.count) == (["apple", "boat"], 2)
    assert any(sheet.classes == ["apple"] for sheet in sheets["Largest groups"])


def test_a_photo_that_is_gone_meanwhile_is_left_out(found, class_folders):
    index = next(i for i, fact in enumerate(found.facts) if fact.file.key == "photos/boat/boat1.jpg")
    (class_folders / "boat" / "boat1.jpg").unlink()
    made = thumbnails(found, [0, index])
    assert list(made) == [0]
    assert made[0].ndim == 3
    assert min(made[0].shape[:2]) <= 112
