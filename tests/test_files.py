from pathlib import Path

import pytest

from pincel.files import reason, write_atomically


def test_a_file_is_replaced_whole(tmp_path):
    write_atomically(tmp_path / "a", b"old")
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, monkeypatch):
    write_atomically(tmp_path / "a", b"old")

    def half(self, data):
        with self.open("wb") as out:
            out.write(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a", b"new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "the disk is full"), (30, "not allowed there"), (13, "not allowed"), (20, "Not a directory")],
)
def test_a_refusal_of_the_system_says_how_to_mend_it(number, words):
    assert words in reason(OSError(number, "Not a directory"))
