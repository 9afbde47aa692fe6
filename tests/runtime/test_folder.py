import threading

import numpy as np
import pytest
import tifffile
from PIL import Image

import pincel
from pincel.errors import PincelError
from pincel.imaging.read import read
from pincel.imaging.write import OutputError, write_encoded
from pincel.runtime.folder import Output, paint_all
from pincel.runtime.jobs import find_jobs
from pincel.runtime.painter import Painting


def save(path, value=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((20, 30), value, np.uint8)).save(path)
    return path


def red(picture):
    return Painting(np.dstack([np.full(picture.pixels.shape[:2], 200, np.uint8), picture.rgb()[..., 1:]]))


@pytest.fixture
def scans(tmp_path):
    for name in ("a.jpg", "deep/b.png", "deep/er/c.tif", ".hidden/d.jpg", "e.webp"):
        save(tmp_path / "scans" / name)
    (tmp_path / "scans" / "notes.txt").write_text("not a picture")
    return tmp_path / "scans"


class TestFindJobs:
    def test_folders_are_searched_recursively_and_keep_their_paths(self, scans):
        names = [job.name.as_posix() for job in find_jobs([scans]).jobs]
        assert names == ["a.jpg", "deep/b.png", "deep/er/c.tif", "e.webp"]

    def test_files_globs_and_folders_mix_and_every_picture_comes_once(self, scans):
        jobs = find_jobs([scans / "a.jpg", str(scans / "**" / "*.png"), scans]).jobs
        assert sorted(job.source.name for job in jobs) == ["a.jpg", "b.png", "c.tif", "e.webp"]

    def test_files_of_one_name_keep_what_tells_them_apart(self, tmp_path):
        files = [save(tmp_path / "x" / "1.jpg"), save(tmp_path / "y" / "1.jpg"), save(tmp_path / "z" / "2.jpg")]
        assert [job.name.as_posix() for job in find_jobs(files).jobs] == ["x/1.jpg", "y/1.jpg", "2.jpg"]

    def test_what_does_not_exist_is_named(self, tmp_path):
        with pytest.raises(PincelError, match=r"no.jpg does not exist"):
            find_jobs([tmp_path / "no.jpg"])
        with pytest.raises(PincelError, match="no file matches"):
            find_jobs([str(tmp_path / "*.jpg")])

    def test_a_folder_without_pictures_is_an_error(self, tmp_path):
        with pytest.raises(PincelError, match="no picture"):
            find_jobs([tmp_path])


class TestPaintAll:
    def test_every_picture_is_painted_in_its_own_format(self, scans, tmp_path):
        done = list(paint_all(find_jobs([scans]).jobs, tmp_path / "out", red))
        assert {d.status for d in done} == {"painted"}
        for name, file_format in (
            ("a.jpg", "JPEG"),
            ("deep/b.png", "PNG"),
            ("deep/er/c.tif", "TIFF"),
            ("e.webp", "WEBP"),
        ):
            picture = read(tmp_path / "out" / name)
            assert picture.format == file_format
            assert abs(int(picture.pixels[5, 5, 0]) - 200) < 5

    def test_a_bad_picture_does_not_end_the_rest(self, scans, tmp_path):
        (scans / "bad.jpg").write_bytes(b"no")
        done = list(paint_all(find_jobs([scans]).jobs, tmp_path / "out", red))
        failed = [d for d in done if d.status == "failed"]
        assert len(done) == 5
        assert [d.source.name for d in failed] == ["bad.jpg"]
        assert "not a picture" in failed[0].error

    def test_a_second_run_goes_on_where_the_first_stopped(self, scans, tmp_path):
        out = tmp_path / "out"
        jobs = find_jobs([scans]).jobs
        list(paint_all(jobs[:2], out, red))
        before = (out / "a.jpg").stat().st_mtime_ns
        statuses = {d.source.name: d.status for d in paint_all(jobs, out, red)}
        assert statuses == {"a.jpg": "skipped", "b.png": "skipped", "c.tif": "painted", "e.webp": "painted"}
        assert (out / "a.jpg").stat().st_mtime_ns == before
        again = list(paint_all(jobs, out, red, Output(overwrite=True)))
        assert {d.status for d in again} == {"painted"}

    def test_one_picture_may_name_its_result(self, scans, tmp_path):
        list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "new" / "red.png", red))
        assert read(tmp_path / "new" / "red.png").format == "PNG"

    def test_format_and_side_by_side(self, scans, tmp_path):
        list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "out", red, Output("png", side_by_side=True)))
        pixels = read(tmp_path / "out" / "a.png").pixels
        assert pixels.shape == (20, 60, 3)
        assert (pixels[:, :30] == 100).all()
        assert (pixels[:, 30:, 0] == 200).all()

    def test_one_name_in_two_formats_gives_two_results_in_a_third(self, tmp_path):
        (
            save(tmp_path / "scans" / "a.jpg", 10),
            save(tmp_path / "scans" / "a.png", 20),
            save(tmp_path / "scans" / "b.jpg"),
        )
        done = list(paint_all(find_jobs([tmp_path / "scans"]).jobs, tmp_path / "out", red, Output("png")))
        assert sorted(d.output.name for d in done) == ["a.jpg.png", "a.png", "b.png"]
        assert [int(read(tmp_path / "out" / name).pixels[0, 0, 1]) for name in ("a.jpg.png", "a.png")] == [10, 20]

    def test_what_can_only_be_read_is_written_in_a_format_of_its_own_name(self, tmp_path):
        picture = save(tmp_path / "scan.gif")
        for status in ("painted", "skipped"):
            (done,) = paint_all(find_jobs([picture]).jobs, tmp_path / "out", red)
            assert (done.status, done.output) == (status, tmp_path / "out" / "scan.jpg")
        assert read(done.output).format == "JPEG"

    def test_a_result_in_a_format_that_can_only_be_read_is_refused(self, scans, tmp_path):
        with pytest.raises(PincelError, match=r"new.gif cannot be written: results are JPEG, .* not .gif"):
            list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "new.gif", red))
        assert not (tmp_path / "new.gif").exists()

    def test_a_result_of_another_format_than_asked_for_is_refused(self, scans, tmp_path):
        with pytest.raises(PincelError, match=r"-o .*new.png and --format jpeg contradict each other"):
            list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "new.png", red, Output("jpeg")))
        list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "new.jpeg", red, Output("jpeg")))
        assert (tmp_path / "new.jpeg").is_file()

    def test_a_picture_too_large_for_the_format_fails_alone(self, tmp_path):
        Image.new("L", (16_384, 1)).save(tmp_path / "long.png")
        save(tmp_path / "short.png")
        jobs = find_jobs([tmp_path / "long.png", tmp_path / "short.png"]).jobs
        done = {d.source.name: d for d in paint_all(jobs, tmp_path / "out", red, Output("webp"))}
        assert (done["long.png"].status, done["short.png"].status) == ("failed", "painted")
        assert "long.webp cannot be written: a WEBP file has at most 16383 px a side" in done["long.png"].error
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".pincel.jsonl", "short.webp"]

    def test_a_result_never_overwrites_its_source(self, scans):
        before = (scans / "a.jpg").read_bytes()
        done = list(paint_all(find_jobs([scans / "a.jpg"]).jobs, scans, red, Output(overwrite=True)))
        assert done[0].status == "failed"
        assert "overwritten" in done[0].error
        assert (scans / "a.jpg").read_bytes() == before

    def test_a_target_that_cannot_be_written_is_told_before_anything_is_painted(self, scans, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="cannot be written"):
            list(paint_all(find_jobs([scans]).jobs, tmp_path / "file" / "out", red))

    def test_a_disk_that_fills_up_ends_the_run_and_keeps_what_is_whole(self, scans, tmp_path, monkeypatch):
        from pincel.runtime import folder

        calls = []

        def full_after_two(make, path):
            calls.append(path)
            if len(calls) > 2:
                raise OutputError(f"{path} cannot be written: the disk is full")
            return write_encoded(make, path)

        monkeypatch.setattr(folder, "write_encoded", full_after_two)
        done = []
        with pytest.raises(OutputError, match="disk is full"):
            done.extend(paint_all(find_jobs([scans]).jobs, tmp_path / "out", red, workers=1))
        assert len([p for p in (tmp_path / "out").rglob("[!.]*") if p.is_file()]) == 2

    def test_closing_the_iterator_leaves_only_whole_files(self, scans, tmp_path):
        for i in range(20):
            save(scans / f"many{i}.png")
        started = threading.Event()

        def slow(picture):
            started.set()
            return red(picture)

        results = paint_all(find_jobs([scans]).jobs, tmp_path / "out", slow, workers=2)
        next(results)
        results.close()
        files = [p for p in (tmp_path / "out").rglob("[!.]*") if p.is_file()]
        assert started.is_set()
        assert all(read(p).width == 30 for p in files)
        assert not [p for p in (tmp_path / "out").rglob("*") if ".tmp" in p.name]

    def test_big_pictures_are_painted_one_at_a_time(self, scans, tmp_path, monkeypatch):
        from pincel.runtime import folder

        monkeypatch.setattr(folder, "BIG_PIXELS", 100)
        inside, most = [], []

        def count(picture):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.02)
            inside.pop()
            return red(picture)

        list(paint_all(find_jobs([scans]).jobs, tmp_path / "out", count, workers=4))
        assert max(most) == 1


class TestKept:
    """Pictures in colour among grey ones."""

    @pytest.fixture
    def mixed(self, tmp_path):
        save(tmp_path / "in" / "grey.jpg")
        pixels = read(pincel.example("coffee")).pixels[:120, :160]
        Image.fromarray(pixels).save(tmp_path / "in" / "colour.jpg", quality=97)
        Image.fromarray(pixels).quantize().save(tmp_path / "in" / "colour.gif")
        return tmp_path / "in"

    def test_they_are_copied_byte_for_byte_and_counted(self, mixed, tmp_path):
        done = list(paint_all(find_jobs([mixed]).jobs, tmp_path / "out", red, Output(keep_color=True)))
        assert sorted((d.source.name, d.status) for d in done) == [
            ("colour.gif", "kept"),
            ("colour.jpg", "kept"),
            ("grey.jpg", "painted"),
        ]
        for name in ("colour.gif", "colour.jpg"):
            assert (tmp_path / "out" / name).read_bytes() == (mixed / name).read_bytes()

    @pytest.mark.parametrize("file_format", [None, "png"])
    def test_a_second_run_finds_them_there(self, mixed, tmp_path, file_format):
        output = Output(file_format, keep_color=True)
        for statuses in (["kept", "kept", "painted"], ["skipped"] * 3):
            done = list(paint_all(find_jobs([mixed]).jobs, tmp_path / "out", red, output))
            assert sorted(d.status for d in done) == statuses
        assert len(list((tmp_path / "out").glob("[!.]*"))) == 3

    def test_a_file_that_was_named_gets_what_the_picture_shows(self, mixed, tmp_path):
        jobs = find_jobs([mixed / "colour.jpg"]).jobs
        (done,) = paint_all(jobs, tmp_path / "new.png", red, Output(keep_color=True))
        assert done.status == "kept"
        assert read(tmp_path / "new.png").format == "PNG"
        assert (read(tmp_path / "new.png").pixels == read(mixed / "colour.jpg").pixels).all()


class TestAlbums:
    @pytest.fixture
    def album(self, tmp_path):
        with tifffile.TiffWriter(tmp_path / "album.tif") as file:
            for value in (10, 20, 30):
                file.write(np.full((20, 30), value, np.uint8), photometric="minisblack", metadata=None)
        return tmp_path / "album.tif"

    def test_each_page_becomes_a_file_and_counts(self, album, tmp_path):
        done = list(paint_all(find_jobs([album]).jobs, tmp_path / "out", red))
        assert sorted((d.page, d.status) for d in done) == [(1, "painted"), (2, "painted"), (3, "painted")]
        for page, value in ((1, 10), (2, 20), (3, 30)):
            assert int(read(tmp_path / "out" / f"album-{page}.tif").pixels[0, 0, 1]) == value

    def test_one_tiff_takes_all_pages(self, album, tmp_path):
        for status in ("painted", "skipped"):
            done = list(paint_all(find_jobs([album]).jobs, tmp_path / "new.tif", red))
            assert [d.status for d in done] == [status] * 3
        assert read(tmp_path / "new.tif").pages == 3
        assert [int(read(tmp_path / "new.tif", page=page).pixels[0, 0, 1]) for page in (1, 2, 3)] == [10, 20, 30]

    def test_an_album_never_overwrites_itself_and_a_page_that_fails_does_not_end_the_rest(self, album, tmp_path):
        before = album.read_bytes()
        done = list(paint_all(find_jobs([album]).jobs, album, red, Output(overwrite=True)))
        assert [d.status for d in done] == ["failed"] * 3
        assert album.read_bytes() == before

        def broken(picture):
            if picture.pixels[0, 0] == 20:
                raise RuntimeError("something new")
            return red(picture)

        done = list(paint_all(find_jobs([album]).jobs, tmp_path / "new.tif", broken))
        assert [d.status for d in done] == ["painted", "failed", "painted"]
        assert read(tmp_path / "new.tif").pages == 2
        again = list(paint_all(find_jobs([album]).jobs, tmp_path / "new.tif", red))
        assert [d.status for d in again] == ["painted"] * 3  # a page was missing
        assert read(tmp_path / "new.tif").pages == 3

    def test_another_file_has_room_for_one(self, album, tmp_path):
        with pytest.raises(PincelError, match=r"album.tif has 3 pages, and .*new.jpg has room for one; .*--pages N"):
            list(paint_all(find_jobs([album]).jobs, tmp_path / "new.jpg", red))
        (done,) = paint_all(find_jobs([album], pages="2").jobs, tmp_path / "new.jpg", red)
        assert (done.status, done.page) == ("painted", 2)
        assert not (tmp_path / "new.tif").exists()


class TestOthersResults:
    def test_a_result_of_another_photo_is_left_and_named(self, scans, tmp_path):
        list(paint_all(find_jobs([scans / "a.jpg"]).jobs, tmp_path / "out", red))
        before = (tmp_path / "out" / "a.jpg").read_bytes()
        other = save(tmp_path / "other" / "a.jpg", 30)
        (done,) = paint_all(find_jobs([other]).jobs, tmp_path / "out", red)
        assert done.status == "left"
        assert "is there already and was not made so of" in done.error
        assert (tmp_path / "out" / "a.jpg").read_bytes() == before

    def test_a_result_of_other_options_is_made_again(self, scans, tmp_path):
        jobs = find_jobs([scans / "a.jpg"]).jobs
        for options, status in (({"x": 1}, "painted"), ({"x": 1}, "skipped"), ({"x": 2}, "painted")):
            (done,) = paint_all(jobs, tmp_path / "out", red, Output(made_with=options, is_default=False))
            assert done.status == status


def test_names_of_255_bytes_work_and_longer_results_fail_alone(tmp_path):
    save(tmp_path / "in" / ("x" * 251 + ".jpg"))
    save(tmp_path / "in" / ("y" * 251 + ".gif"))
    save(tmp_path / "in" / ("y" * 251 + ".png"))
    save(tmp_path / "in" / "z.jpg")
    results = paint_all(find_jobs([tmp_path / "in"]).jobs, tmp_path / "out", red)
    results = paint_all(find_jobs([tmp_path / "in"]).jobs, tmp_path / "out", red)
    done = {d.source.name[0] + d.source.suffix: d for d in results}
    assert {name: d.status for name, d in done.items()} == {
        "x.jpg": "painted",
        "y.gif": "failed",
        "y.png": "painted",
        "z.jpg": "painted",
    }
    assert "cannot be written: " in done["y.gif"].error


def test_an_exception_of_any_kind_is_one_picture_s_failure(scans, tmp_path):
    def broken(picture):
        if picture.format == "PNG":
            raise RuntimeError("something new")
        return red(picture)

    done = list(paint_all(find_jobs([scans]).jobs, tmp_path / "out", broken))
    failed = [d for d in done if d.status == "failed"]
    assert len(done) == 4
    message = f"{scans / 'deep' / 'b.png'} could not be painted (RuntimeError: something new)"
    assert [d.error for d in failed] == [message]


def test_results_in_the_folder_itself_are_not_painted_again(tmp_path):
    save(tmp_path / "a.jpg")
    for statuses in (["painted"], ["skipped"], ["skipped"]):
        done = list(paint_all(find_jobs([tmp_path], tmp_path).jobs, tmp_path, red, Output("png")))
        assert [d.status for d in done] == statuses
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["a.jpg", "a.png"]


def test_hidden_files_of_others_in_the_output_folder_stay(scans, tmp_path):
    theirs = [tmp_path / "out" / name for name in (".notes.tmp4000001", ".b.jpg.tmp3999999")]
    theirs[0].parent.mkdir()
    for path in theirs:
        path.write_text("precious")
    list(paint_all(find_jobs([scans]).jobs, tmp_path / "out", red))
    assert all(path.read_text() == "precious" for path in theirs)


def test_colours_that_cannot_be_seen_are_none(tmp_path):
    """A grey picture whose transparent part hides red."""
    pixels = np.repeat(np.tile(np.arange(60, dtype=np.uint8) * 4, (40, 1))[..., None], 4, 2)
    pixels[..., 3] = 255
    pixels[:10] = (255, 0, 0, 0)
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    (done,) = paint_all(find_jobs([tmp_path / "in"]).jobs, tmp_path / "out", red, Output(keep_color=True))
    assert done.status == "painted"


def test_a_result_that_cannot_be_written_fails_alone(scans, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "deep").touch()  # where a folder should be; a test that runs as root may write anywhere
    done = {d.source.name: d for d in paint_all(find_jobs([scans]).jobs, tmp_path / "out", red)}
    assert {name: d.status for name, d in done.items()} == {
        "a.jpg": "painted",
        "b.png": "failed",
        "c.tif": "failed",
        "e.webp": "painted",
    }
    assert "cannot be written" in done["b.png"].error
