from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from typer.testing import CliRunner

from pincel.cli.options import OutputOptions, with_options
from pincel.evaluation.options import EvaluateOptions, SaturateOptions
from pincel.explain.options import ExplainOptions
from pincel.imaging.read import PictureLimits
from pincel.options import Options, option, options_of
from pincel.runtime.folder import Output
from pincel.study.options import DistilOptions, GridOptions, SearchOptions
from pincel.training.options import TrainingOptions


def test_the_formats_are_those_that_can_be_written():
    from pincel.imaging.write import FORMATS

    (known,) = (one.choices for one in options_of(OutputOptions) if one.name == "format")
    assert set(known) <= set(FORMATS)


@pytest.mark.parametrize(("megapixels", "pixels"), [(250, 250_000_000), (0.001, 1000), (1.2345678, 1_234_568)])
def test_megapixels_become_whole_pixels(megapixels, pixels):
    made = OutputOptions(quality=90, max_pixels=megapixels).output()
    assert made == Output(None, 90, False, False, PictureLimits(pixels))


def test_a_format_goes_by_its_name():
    options = OutputOptions(format="webp", quality=55, side_by_side=True, overwrite=True, max_pixels=1, max_memory=0.5)
    assert options.output() == Output("webp", 55, True, True, PictureLimits(1_000_000, 500_000_000))


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


@dataclass(frozen=True, kw_only=True)
class Brush(Options):
    width: int | None = option(None, "In pixels.", low=1, high=64)
    hair: Literal["soft", "stiff"] = option("soft", "What it is made of.")
    pressure: float = option(0.5, "Of the hand.", low=0)
    colors: Sequence[str] = option((), "On it.")
    layers: Sequence[str] = option((), "Of paint.")
    wet: bool = option(True, "Or dry.")
    old: bool = option(False, "Or new.")
    kept_in: Path | None = option(None, "A box.")


@pytest.fixture
def typed():
    """``typed(kind, *arguments)`` -> the options object that a command gets, or what it says when it gets none."""

    def run(kind, *arguments):
        app, seen = typer.Typer(), []

        @app.command()
        @with_options(kind, {"layers": ("--layer",)}, commas=("colors", "methods", "between"))
        def command(options: kind, last: Annotated[str, typer.Option()] = "") -> None:
            seen.append(options)

        result = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200", "TERM": "dumb"})
        return seen[0] if seen else result.output

    return run


@pytest.mark.parametrize(
    "kind",
    [
        Brush,
        DistilOptions,
        EvaluateOptions,
        ExplainOptions,
        GridOptions,
        SaturateOptions,
        SearchOptions,
        TrainingOptions,
    ],
)
def test_what_is_not_typed_is_what_python_is_not_told(typed, kind):
    assert typed(kind) == kind()


def test_what_is_typed_reaches_the_object(typed):
    arguments = (
        "--width",
        3,
        "--hair",
        "stiff",
        "--colors",
        "red, blue,",
        "--layer",
        "a,b",
        "--layer",
        "c",
        "--no-wet",
    )
    found = typed(Brush, *arguments, "--old", "--kept-in", "box", "--last", "x")
    expected = Brush(
        width=3, hair="stiff", colors=("red", "blue"), layers=("a,b", "c"), wet=False, old=True, kept_in=Path("box")
    )
    assert found == expected
    assert type(found.hair) is str


def test_the_help_says_what_the_object_says(typed):
    text = " ".join(typed(Brush, "--help").split())
    for part in ("1<=x<=64", "In pixels.", "soft|stiff", "[default: soft]", "[default: 0.5]", "--wet", "--no-wet"):
        assert part in text
    assert "--no-old" not in text
    assert text.index("--kept-in") < text.index("--last")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--width", 65), "--width"), (("--hair", "no"), "--hair"), (("--pressure", -1), "--pressure")],
)
def test_what_cannot_be_is_refused_by_the_name_of_the_option(typed, arguments, word):
    assert f"Invalid value for '{word}'" in typed(Brush, *arguments)
