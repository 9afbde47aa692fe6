import pytest

from pincel.cli.options import Format, output_of
from pincel.imaging.read import PictureLimits
from pincel.runtime.folder import Output


def test_the_formats_are_those_that_can_be_written():
    from pincel.imaging.write import FORMATS

    assert {one.value for one in Format} <= set(FORMATS)


@pytest.mark.parametrize(("megapixels", "pixels"), [(250, 250_000_000), (0.001, 1000), (1.2345678, 1_234_568)])
def test_megapixels_become_whole_pixels(megapixels, pixels):
    assert output_of(None, 90, False, False, megapixels) == Output(None, 90, False, False, PictureLimits(pixels))


def test_a_format_goes_by_its_name():
    assert output_of(Format.webp, 55, True, True, 1, 0.5) == Output(
        "webp", 55, True, True, PictureLimits(1_000_000, 500_000_000)
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "colorize-lite", "--minutes"),
        ("train", "colorize-lite", "--epochs"),
        ("distil", "teacher", "--student", "colorize-lite", "--out", "x", "--features"),
        ("prune", "run", "--out", "x", "--ratio"),
        ("saturate", "default", "--out", "x.onnx", "--share"),
        ("study", "grid", "colorize-lite", "--minutes"),
        ("colorize", "a.jpg", "--saturation"),
        ("colorize", "a.jpg", "--max-pixels"),
    ],
)
def test_numbers_that_are_none_or_infinite_are_refused(refusal, arguments, value):
    assert f"'{arguments[-1]}'" in refusal(*arguments, value)
