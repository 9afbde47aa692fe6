import json
import os

import pytest

from pincel.runtime import finished
from pincel.runtime.finished import INDEX, Finished

OPTIONS = {"model": "abc", "saturation": 1.0}


@pytest.fixture
def photo(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"photo")
    return tmp_path / "a.jpg"


@pytest.fixture
def result(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"painted")
    return tmp_path / "out" / "a.jpg"


def index(result, options=OPTIONS, is_default=True) -> Finished:
    return Finished(result.parent, options, is_default)


def test_what_was_made_of_this_photo_in_this_way_is_done(photo, result):
    index(result).add(photo, result)
    assert index(result).standing(photo, result) == "done"
    result.unlink()
    assert index(result).standing(photo, result) == "missing"


def test_equal_size_and_time_spare_the_digest(photo, result, monkeypatch):
    index(result).add(photo, result)
    monkeypatch.setattr(finished, "digest_of", lambda path: pytest.fail("the photo was read"))
    assert index(result).standing(photo, result) == "done"


def test_a_photo_that_was_touched_but_not_changed_is_the_same(photo, result):
    index(result).add(photo, result)
    os.utime(photo, (1, 1))
    assert index(result).standing(photo, result) == "done"


def test_a_result_of_another_photo_is_foreign(photo, result):
    index(result).add(photo, result)
    photo.write_bytes(b"other")
    os.utime(photo, (1, 1))
    assert index(result).standing(photo, result) == "foreign"


def test_a_result_of_other_options_is_made_again_unless_somebody_changed_it(photo, result):
    index(result).add(photo, result)
    other = index(result, {**OPTIONS, "saturation": 0.5}, is_default=False)
    assert other.standing(photo, result) == "outdated"
    result.write_bytes(b"painted and retouched")
    assert other.standing(photo, result) == "foreign"
    assert index(result).standing(photo, result) == "done"


def test_results_without_a_line_count_as_done_where_no_option_was_changed(photo, result):
    old = index(result)
    assert (old.standing(photo, result), old.without_line) == ("done", 1)
    assert index(result, is_default=False).standing(photo, result) == "foreign"


def test_a_result_whose_line_a_kill_prevented_counts_in_a_folder_of_the_same_options(photo, result):
    changed = index(result, {"saturation": 0.5}, is_default=False)
    other = result.with_name("b.jpg")
    other.write_bytes(b"painted")
    changed.add(photo, other)
    assert index(result, {"saturation": 0.5}, is_default=False).standing(photo, result) == "done"


@pytest.mark.parametrize(
    "content", [b"not json\n", b'{"another": "program"}\n', b"[1]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"]
)
def test_a_foreign_or_damaged_index_is_set_aside_with_a_sentence(result, content):
    path = result.parent / INDEX
    path.write_bytes(content)
    first = index(result)
    assert first.set_aside == f"{path} is damaged or of another program; it was set aside as {INDEX}.old1"
    assert path.with_name(f"{INDEX}.old1").read_bytes() == content
    assert index(result).set_aside == ""


def test_a_line_that_a_kill_cut_off_costs_only_itself(photo, result):
    index(result).add(photo, result)
    path = result.parent / INDEX
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert index(result).standing(photo, result) == "done"
    index(result).add(photo, result)
    assert [json.loads(line)["result"] for line in path.read_text().splitlines()] == ["a.jpg", "a.jpg"]


def test_a_folder_in_the_place_of_the_index_is_set_aside(photo, result):
    (result.parent / INDEX).mkdir()
    made = index(result)
    assert made.set_aside
    made.add(photo, result)
    assert index(result).standing(photo, result) == "done"
