import shutil

import pytest
from PIL import Image

from pincel.runtime.model_file import load_model


@pytest.fixture
def ten_photos(tmp_path, smooth_photo):
    (tmp_path / "ten").mkdir()
    for i in range(10):
        Image.fromarray(smooth_photo(i, 64, 64)).save(tmp_path / "ten" / f"{i}.jpg", quality=95)
    return tmp_path / "ten"


@pytest.mark.slow
def test_the_embedded_model_quantises_with_ten_photos_and_paints_on(pincel_main, ten_photos, tmp_path):
    result = pincel_main("quantize", "default", "--data", "ten")
    assert result.returncode == 0, result.stderr
    assert "only 8 pictures were calibrated with" in result.stderr
    assert "PSNR, dB:" in result.stdout
    assert "CIEDE2000:" in result.stdout
    path = tmp_path / "default-int8.onnx"
    assert path.stat().st_size < 0.38 * 36.3e6  # of the float32 file
    card = load_model(path).card
    assert card.quantization["ciede2000_int8"] < card.quantization["ciede2000_float"] + 1
    painted = pincel_main("colorize", "ten/0.jpg", "--model", path, "-o", "painted.png")
    assert painted.returncode == 0, painted.stderr
    assert Image.open(tmp_path / "painted.png").size == (64, 64)
    shown = pincel_main("models", "show", path)
    assert "static int8 QDQ" in shown.stdout
    again = pincel_main("quantize", path, "--data", "ten", "-o", "again.onnx")
    assert again.returncode == 2
    assert "computes in 8 bits already" in again.stderr


def test_mistakes_get_one_sentence(pincel_main, ten_photos, make_model, tmp_path):
    (tmp_path / "empty").mkdir()
    shutil.copy(make_model(), tmp_path / "flat.onnx")
    for arguments, message in (
        (("nope", "-d", "ten"), "there is no model 'nope'"),
        (("default", "-d", "nowhere"), "data folder nowhere does not exist"),
        (("default", "-d", "empty"), "no pictures in empty"),
        (("default", "-d", "ten", "-o", "x.txt"), "end it in .onnx"),
        (("default", "-d", "ten", "--split", "nope"), "split 'nope'"),
        (("flat.onnx", "-d", "ten"), "no convolution between"),
    ):
        result = pincel_main("quantize", *arguments)
        assert result.returncode == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr
