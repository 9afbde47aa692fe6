import subprocess
import sys


def test_help_names_every_command(pincel_command):
    text = pincel_command("--help").stdout
    for command in (
        "colorize",
        "demo",
        "models",
        "recipes",
        "list",
        "train",
        "export",
        "--version",
        "--show-completion",
    ):
        assert command in text


def test_help_loads_nothing_heavy():
    heavy = ("numpy", "torch", "cv2", "onnxruntime", "pydantic", "PIL", "yaml")
    code = (
        "import sys; sys.argv = ['pincel', '--help']\n"
        "from pincel.cli import main\n"
        "try: main()\n"
        f"finally: print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr == "[]\n"


def test_painting_never_imports_torch(make_model):
    code = (
        "import sys, numpy, pincel; "
        f"pincel.colorize(numpy.zeros((40, 40), numpy.uint8), {str(make_model())!r}); "
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_command_that_does_not_exist_is_exit_code_2(pincel_command):
    assert pincel_command("colourise").returncode == 2
