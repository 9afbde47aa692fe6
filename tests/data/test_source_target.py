import pytest

from pincel.data.source_target import is_source_target, partners
from pincel.errors import PincelError


@pytest.fixture
def pairs(tmp_path):
    """``pairs("source/a.png", ...)`` -> the folder ``set`` with these files."""

    def make(*names):
        for name in ("source/", "target/", *names):
            path = tmp_path / "set" / name
            (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                path.write_bytes(b"x")
        return tmp_path / "set"

    return make


def test_partners_have_one_name_below_both_folders_but_for_the_suffix(pairs):
    folder = pairs("source/b.png", "target/b.JPG", "source/rose/a.1.png", "target/rose/a.1.tif", "target/.a.png")
    assert partners(folder) == [
        ("b", folder / "source/b.png", folder / "target/b.JPG"),
        ("rose/a.1", folder / "source/rose/a.1.png", folder / "target/rose/a.1.tif"),
    ]


def test_only_source_and_target_and_texts_make_a_pair_folder(pairs):
    folder = pairs("source/a.png", "target/a.png", "pairs.json", ".hidden/x.png")
    assert is_source_target(folder)
    assert not is_source_target(folder / "source")
    assert not is_source_target(pairs("more/x.txt"))


def test_a_picture_beside_the_two_folders_makes_it_a_class_folder(pairs):
    assert not is_source_target(pairs("a.png"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("source/a.png", "target/a.png", "source/b.png"), "set/source/b.png has no partner in .*set/target; complete"),
        (("target/a.png", "target/b.png"), "set/target/a.png has no partner in .*set/source \\(nor have 1 more\\)"),
        (("source/a.png", "source/a.jpg", "target/a.png"), "source/a.jpg and .*source/a.png have the same name"),
        ((), "no pictures in .*set/source"),
    ],
)
def test_what_does_not_match_is_named(pairs, names, message):
    with pytest.raises(PincelError, match=message):
        partners(pairs(*names))


def test_orphans_come_with_the_command_that_lists_them_all(pairs):
    with pytest.raises(PincelError, match="pincel data check .*set"):
        partners(pairs("source/a.png"))
