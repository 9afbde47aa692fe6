import io
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pincel.errors import PincelError
from pincel.runtime.jobs import Job, find_jobs, name_results

GREY = np.full((20, 30), 100, np.uint8)


def save(path: Path, file_format: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(GREY).save(path, file_format)
    return path


def album(path: Path, pages: int) -> Path:
    with tifffile.TiffWriter(path) as file:
        for _ in range(pages):
            file.write(GREY, photometric="minisblack", metadata=None)
    return path


def test_content_decides_and_every_file_that_is_no_picture_is_counted_by_kind(tmp_path):
    save(tmp_path / "photo.dat", "JPEG")
    save(tmp_path / "scan.jpg")
    (tmp_path / "letter.jpg").write_bytes(b"%PDF-1.4 " + bytes(100))
    (tmp_path / "notes.txt").write_text("Aunt Jane")
    (tmp_path / "raw.tif").write_bytes(b"II*\0\x10\0\0\0CR\2\0")
    (tmp_path / "lost.jpg").write_bytes(b"")
    found = find_jobs([tmp_path])
    assert [job.source.name for job in found.jobs] == ["lost.jpg", "photo.dat", "scan.jpg"]  # an empty one fails
    assert found.passed_over == Counter({"PDF": 1, "without a picture inside": 1, "camera's raw file": 1})


def test_a_file_that_is_named_is_never_passed_over(tmp_path):
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4 " + bytes(100))
    os.mkfifo(tmp_path / "pipe")
    assert len(find_jobs([tmp_path / "letter.pdf", tmp_path / "pipe"]).jobs) == 2


def test_heic_is_passed_over_by_name_where_nothing_reads_it(tmp_path, monkeypatch):
    from pincel.runtime import jobs

    save(tmp_path / "a.jpg")
    (tmp_path / "b.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    monkeypatch.setattr(jobs, "_reads_heic", lambda: False)
    assert find_jobs([tmp_path]).passed_over == Counter({"HEIC": 1})
    monkeypatch.setattr(jobs, "_reads_heic", lambda: True)
    assert len(find_jobs([tmp_path]).jobs) == 2


def test_nothing_but_other_files_is_an_error_that_names_them(tmp_path):
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4 " + bytes(100))
    with pytest.raises(PincelError, match="there is no picture .*; there are 1 PDF"):
        find_jobs([tmp_path])


def test_results_inside_the_input_are_not_painted_again(tmp_path):
    save(tmp_path / "a.jpg"), save(tmp_path / "painted" / "a.jpg")
    assert len(find_jobs([tmp_path], tmp_path / "painted").jobs) == 1
    assert len(find_jobs([tmp_path], tmp_path).jobs) == 2
    assert len(find_jobs([tmp_path / "painted"], tmp_path / "painted" / "again").jobs) == 1


class TestPages:
    def test_each_page_is_a_job_with_a_name_of_its_own(self, tmp_path):
        found = find_jobs([album(tmp_path / "album.tif", 3)])
        assert [(job.page, job.pages) for job in found.jobs] == [(1, 3), (2, 3), (3, 3)]
        names = name_results(found.jobs, None).values()
        assert [name.name for name in names] == ["album-1.tif", "album-2.tif", "album-3.tif"]
        assert [name.name for name in name_results(found.jobs, "jpeg").values()] == [
            f"album-{n}.jpg" for n in (1, 2, 3)
        ]

    @pytest.mark.parametrize(("text", "pages"), [("2", [2]), ("1,3-4", [1, 3, 4]), (" 2 - 9 ", [2, 3, 4]), ("9", [9])])
    def test_pages_can_be_chosen(self, tmp_path, text, pages):
        """A page that is not there is a job that fails, so that it is named."""
        assert [job.page for job in find_jobs([album(tmp_path / "a.tif", 4)], pages=text).jobs] == pages

    @pytest.mark.parametrize("text", ["", "0", "a", "3-1", "1,,2", "-1"])
    def test_a_choice_that_cannot_be_understood_is_refused(self, tmp_path, text):
        with pytest.raises(PincelError, match="cannot be understood; say it as 2 or as 1,3-5"):
            find_jobs([album(tmp_path / "a.tif", 2)], pages=text)

    def test_a_photo_named_like_a_page_keeps_its_name(self, tmp_path):
        album(tmp_path / "album.tif", 2), save(tmp_path / "album-1.tif")
        names = {job.title: name.name for job, name in name_results(find_jobs([tmp_path]).jobs, None).items()}
        assert len(set(names.values())) == 3
        assert names[str(tmp_path / "album-1.tif")] == "album-1.tif"


class TestNames:
    def names(self, *names: str, file_format: str | None = None) -> list[str]:
        read_only = (".gif", ".avif", ".heic")
        jobs = [Job(Path("in") / name, Path(name), writes=Path(name).suffix not in read_only) for name in names]
        named = name_results(jobs, file_format)
        return [named[job].as_posix() for job in jobs]

    def test_formats_that_are_only_read_never_meet_a_photo_of_the_same_stem(self):
        assert self.names("i.jpg", "i.gif", "i.avif", "i.jfif") == ["i.jpg", "i.gif.*", "i.avif.*", "i.jfif.*"]
        assert self.names("i.gif", "j.heic") == ["i.*", "j.*"]

    def test_one_stem_in_three_suffixes_as_png_is_three_files(self):
        names = self.names("a.jpg", "a.png", "a.jpg.png", file_format="png")
        assert names[1:] == ["a.png", "a.jpg.png"]
        assert len(set(names)) == 3

    def test_upper_and_lower_case_are_one_file_for_some_systems(self):
        names = self.names("A.jpg", "a.jpg", "a.JPG", file_format="png")
        assert len({name.casefold() for name in names}) == 3

    @given(
        st.lists(
            st.builds(lambda stem, suffix: stem + suffix, st.sampled_from(["a", "a.jpg", "A", "a-1"]),
                      st.sampled_from([".jpg", ".JPG", ".jpeg", ".png", ".gif", ".avif", ".tif", ".jpg.png", ".dat"])),
            min_size=1, max_size=12, unique=True,
        ),
        st.sampled_from([None, "png", "jpeg", "tiff"]),
    )  # fmt: skip
    def test_no_two_results_are_one_file_whatever_the_names(self, names, file_format):
        results = self.names(*names, file_format=file_format)
        files = [
            result.replace(".*", suffix).casefold()
            for result in results
            for suffix in ([".jpg", ".png"] if result.endswith(".*") else [""])
        ]
        assert len(files) == len(set(files))


def test_many_files_are_found_without_reading_them_whole(tmp_path, monkeypatch):
    for number in range(3):
        buffer = io.BytesIO()
        Image.fromarray(GREY).save(buffer, "JPEG")
        (tmp_path / f"{number}.jpg").write_bytes(buffer.getvalue())
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("read"))
    assert len(find_jobs([tmp_path]).jobs) == 3


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_is_found(tmp_path, monkeypatch):
    save(tmp_path / "a.jpg"), save(tmp_path / "lost" / "b.jpg")
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path) == str(tmp_path / "lost"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # a test that runs as root could read everything
    found = find_jobs([tmp_path])
    assert [job.source.name for job in found.jobs] == ["a.jpg"]
    assert found.refused == [
        f"folder {tmp_path / 'lost'} cannot be read (Permission denied); change its permissions, or move it"
    ]


def test_a_folder_that_a_glob_finds_is_looked_into(tmp_path):
    save(tmp_path / "one" / "a.jpg"), save(tmp_path / "two" / "b.jpg")
    assert len(find_jobs([str(tmp_path / "*")]).jobs) == 2
