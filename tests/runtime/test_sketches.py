import numpy as np
import pytest
from PIL import Image

from pincel.imaging.edges import SketchStyle, draw_at
from pincel.imaging.read import read
from pincel.runtime.folder import Output
from pincel.runtime.jobs import find_jobs
from pincel.runtime.sketches import sketch_all


@pytest.fixture
def photos(tmp_path, smooth_photo):
    """Folder ``photos``: a JPEG of 90 x 60 px and a PNG of one name, and a 16-bit TIFF in a class folder."""
    (tmp_path / "photos" / "rose").mkdir(parents=True)
    Image.fromarray(smooth_photo(1, 60, 90)).save(tmp_path / "photos" / "a.jpg")
    Image.fromarray(smooth_photo(2, 60, 90)).save(tmp_path / "photos" / "a.png")
    Image.fromarray(smooth_photo(3, 60, 90)[..., 0].astype(np.uint16) * 257).save(tmp_path / "photos/rose/b.tif")
    return tmp_path / "photos"


def run(photos, out, output=None, **options):
    done = sketch_all(find_jobs([photos]).jobs, out, SketchStyle(), output=output or Output("png"), **options)
    return sorted(done, key=lambda one: str(one.source))


def test_photos_of_one_name_keep_their_suffix_and_nobody_overwrites_another(photos, tmp_path):
    results = run(photos, tmp_path / "out")
    assert [result.output.relative_to(tmp_path / "out").as_posix() for result in results] == [
        "a.jpg.png",
        "a.png",
        "rose/b.png",
    ]
    for result in results:
        expected = draw_at(read_8_bit(result.source), SketchStyle())
        assert np.array_equal(read(result.output).pixels, expected)


def read_8_bit(path):
    rgb = read(path).rgb()
    return (rgb >> 8).astype(np.uint8) if rgb.dtype == np.uint16 else rgb


def test_side_by_side_is_photo_and_sketch_of_one_depth(photos, tmp_path):
    for result in run(photos, tmp_path / "out", Output("png", side_by_side=True)):
        both, photo = read(result.output), read(result.source)
        assert both.pixels.dtype == photo.pixels.dtype
        assert both.width == 2 * photo.width
        assert np.array_equal(both.rgb()[:, : photo.width], photo.rgb())
        sketch = both.rgb()[:, photo.width :]
        assert {0, int(np.iinfo(sketch.dtype).max)} == set(np.unique(sketch).tolist())


def test_hed_asks_the_edge_function_of_every_photo(photos, tmp_path):
    seen = []

    def edges(rgb):
        seen.append(rgb.shape)
        return np.zeros(rgb.shape[:2], np.float32)

    done = list(
        sketch_all(
            find_jobs([photos]).jobs,
            tmp_path / "out",
            SketchStyle(method="hed"),
            size=30,
            edge_function=edges,
            output=Output("png"),
        )
    )
    assert [result.status for result in done] == ["painted"] * 3
    assert seen == [(20, 30, 3)] * 3
    assert all((read(result.output).pixels == 255).all() for result in done)
