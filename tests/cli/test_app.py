import statistics
import subprocess
import sys
import time


def test_help_names_every_command(pincel_command):
    text = pincel_command("--help").stdout
    for command in ("colorize", "demo", "models", "train", "export", "report", "evaluate"):
        assert command in text


def test_help_is_quick_and_loads_nothing_heavy():
    heavy = ("numpy", "torch", "cv2", "onnxruntime", "pydantic")
    code = f"import sys; from pincel.cli.app import app; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pincel", "--help"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - begin)
    assert statistics.median(seconds) < 0.6  # 0.21 s alone; other tests may run beside it


def test_painting_never_imports_torch(make_model):
    code = (
        "import sys, numpy, pincel; "
        f"pincel.colorize(numpy.zeros((40, 40), numpy.uint8), {str(make_model())!r}); "
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_command_that_does_not_exist_is_exit_code_2(pincel_command):
    assert pincel_command("colourise").returncode == 2
