import pytest
from PIL import Image

from pincel.data.check_pairs import check_pairs
from pincel.errors import PincelError


@pytest.fixture
def pictures(tmp_path):
    """``pictures({"source/a.png": (8, 6), ...})`` -> the folder ``set`` with pictures of these sizes."""

    def make(sizes):
        for name, size in sizes.items():
            path = tmp_path / "set" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", size, (200, 10, 10)).save(path)
        return tmp_path / "set"

    return make


def test_sound_pairs_have_nothing_to_mend(pictures):
    folder = pictures({"source/rose/a.png": (8, 6), "target/rose/a.jpg": (8, 6)})
    found = check_pairs([folder])
    assert (found.layout, found.pairs, found.findings) == ("source and target", 1, ())
    assert found.lines() == [f"{folder} (source and target): 1 sound pair; nothing to mend"]


def test_every_kind_of_fault_is_named_once(pictures):
    folder = pictures(
        {
            "source/good.png": (8, 6),
            "target/good.png": (8, 6),
            "source/alone.png": (8, 6),
            "target/lonely.png": (8, 6),
            "source/size.png": (8, 6),
            "target/size.png": (8, 7),
            "source/twice.png": (8, 6),
            "source/twice.jpg": (8, 6),
            "target/twice.png": (8, 6),
            "target/empty.png": (8, 6),
            "target/torn.jpg": (8, 6),
            "source/torn.jpg": (300, 300),
        }
    )
    (folder / "source" / "empty.png").touch()
    torn = folder / "source" / "torn.jpg"
    torn.write_bytes(torn.read_bytes()[:700])
    found = check_pairs([folder])
    assert [(finding.kind, finding.path.removeprefix(f"{folder}/")) for finding in found.findings] == [
        ("orphan", "source/alone.png"),
        ("orphan", "target/lonely.png"),
        ("double", "source/twice.jpg"),
        ("empty", "source/empty.png"),
        ("unreadable", "source/torn.jpg"),
        ("size", "source/size.png"),
    ]
    assert found.pairs == 1
    assert found.lines()[0].endswith(
        "1 sound pair; to mend: 2 without a partner, 1 of a name that is there twice, 1 empty, 1 not readable, "
        "1 of different sizes"
    )
    assert found.lines()[-1].endswith("size.png is 8 x 6 px, " + f"{folder}/target/size.png 8 x 7 px")


def test_a_rotated_photo_has_the_size_that_is_seen(pictures):
    folder = pictures({"source/a.png": (6, 8), "target/b.png": (1, 1)})
    (folder / "target" / "b.png").unlink()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 6)).save(folder / "target" / "a.jpg", exif=exif)
    assert check_pairs([folder]).findings == ()


def test_color_and_gray_two_folders_and_side_by_side_are_known_too(pictures):
    folder = pictures({"color/color_1.jpg": (8, 6), "gray/gray_1.jpg": (8, 6), "gray/gray_2.jpg": (8, 6)})
    found = check_pairs([folder])
    assert found.layout == "color and gray"
    assert [finding.kind for finding in found.findings] == ["orphan"]
    pictures({"a/x.png": (8, 6), "b/x.jpg": (8, 6), "a/odd.png": (7, 6), "b/odd.png": (7, 6)})
    found = check_pairs([folder / "a", folder / "b"])
    assert (found.layout, found.pairs, found.findings) == ("two folders", 2, ())
    found = check_pairs([folder / "a"], side_by_side=True)
    assert (found.layout, found.pairs) == ("side by side", 1)
    assert [(finding.kind, finding.message.split(" is ", 1)[1]) for finding in found.findings] == [
        ("width", "7 px wide: an odd width is not two pictures side by side")
    ]


def test_folders_of_no_known_layout_are_one_sentence(pictures, tmp_path):
    folder = pictures({"a/x.png": (8, 6)})
    for folders, message in (
        ([folder], "holds neither source/ and target/ nor color/ and gray/"),
        ([tmp_path / "nowhere"], "does not exist or is not a folder"),
        ([folder] * 3, "there are neither"),
    ):
        with pytest.raises(PincelError, match=message):
            check_pairs(folders)
    (tmp_path / "void" / "source").mkdir(parents=True)
    (tmp_path / "void" / "target").mkdir()
    with pytest.raises(PincelError, match="there are no pictures in"):
        check_pairs([tmp_path / "void"])
