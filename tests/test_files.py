import os
import subprocess
import sys
from pathlib import Path

import pytest

from pincel.files import MARK, is_leftover, reason, write_atomically


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


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def write_elsewhere(tmp_path):
    """``write_elsewhere("name")``: another process writes a file there."""

    def make(name: str) -> None:
        code = "import sys; from pathlib import Path; from pincel.files import write_atomically as write"
        subprocess.run([sys.executable, "-c", f"{code}; write(Path(sys.argv[1]), b'new')", tmp_path / name], check=True)

    return make


def test_what_a_killed_process_left_half_written_is_removed_at_the_next_write_into_its_folder(
    tmp_path, gone, write_elsewhere
):
    (tmp_path / f".a.{MARK}.tmp{gone}").write_bytes(b"half")
    (tmp_path / f".folder.{MARK}.tmp{gone}").mkdir()
    (tmp_path / f".folder.{MARK}.tmp{gone}" / "part").write_bytes(b"half")
    living = {f".b.{MARK}.tmp{os.getpid()}", f".c.{MARK}.tmp{os.getppid()}"}
    others = {
        f".theirs.tmp{gone}",
        f".theirs.pincel-other.tmp{gone}",
        ".hidden",
        "a.tmp",
        ".a.tmp",
        ".tmp12",
        f"a.tmpx{gone}",
        f"photo.tmp{gone}",
        f".photo.{MARK}.tmp{gone}.jpg",
    }
    for name in living | others:
        (tmp_path / name).touch()
    write_elsewhere("b")
    assert {path.name for path in tmp_path.iterdir()} == living | others | {"b"}


def test_a_temporary_name_with_our_own_number_is_of_a_process_before_us(gone):
    assert is_leftover(f".a.{MARK}.tmp{os.getpid()}")
    assert is_leftover(f".a.{MARK}.tmp{gone}")
    assert is_leftover(f".a.{MARK}.tmp" + "9" * 30)
    assert not is_leftover(f".a.{MARK}.tmp{os.getppid()}")
