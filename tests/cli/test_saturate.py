import pytest
from PIL import Image

from pincel.runtime.model_file import load_model


@pytest.fixture
def nights(tmp_path, smooth_photo):
    (tmp_path / "nights" / "night").mkdir(parents=True)
    for number in range(3):
        Image.fromarray(smooth_photo(number)).save(tmp_path / "nights" / "night" / f"{number}.png")


def test_it_tells_what_it_found_and_the_new_model_paints(pincel_main, nights, make_labelled_model, tmp_path):
    model = make_labelled_model()
    result = pincel_main("saturate", model, "-d", "nights", "-o", "calm.onnx")
    assert result.returncode == 0, result.stderr
    assert "night: saturation 1 -> " in result.stdout
    assert "PSNR, dB" in result.stdout
    assert "on 3 photos" in result.stdout
    factor = load_model(tmp_path / "calm.onnx").card.class_saturation["night"]
    assert f"and of what is told to be night {factor:g}" in pincel_main("models", "show", "calm.onnx").stdout
    painted = pincel_main("colorize", "nights/night/0.png", "-m", "calm.onnx", "--label", "night", "-o", "painted.png")
    assert painted.returncode == 0, painted.stderr
    assert pincel_main("saturate", model, "--like", "calm.onnx", "-o", "twin.onnx").returncode == 0
    assert load_model(tmp_path / "twin.onnx").card.class_saturation == {"night": factor}


def test_mistakes_get_one_sentence(refusal, nights, make_labelled_model):
    model = make_labelled_model()
    assert "give --data FOLDER, or --like MODEL" in refusal("saturate", model, "-o", "x.onnx")
    assert "leave out --data" in refusal("saturate", model, "--like", model, "-d", "nights", "-o", "x.onnx")
    assert "leave out --goal and --limit" in refusal(
        "saturate", model, "--like", model, "--goal", "psnr", "--limit", "2", "-o", "x.onnx"
    )
    assert "end it in .onnx" in refusal("saturate", model, "-d", "nights", "-o", "x.png")
    assert "is the model itself" in refusal("saturate", model, "-d", "nights", "-o", model)
    assert "there is no model 'nope'" in refusal("saturate", "nope", "-d", "nights", "-o", "x.onnx")
