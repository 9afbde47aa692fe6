"""The page, the JSON and the figures of `pincel compare`: complete, self-contained, never half-written."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.comparison.compare import compare
from pincel.comparison.figures import lines_of, panel, whole_set
from pincel.comparison.strips import moments, sheet, side_by_side
from pincel.comparison.write import write_comparison
from pincel.errors import PincelError
from pincel.export.cost import Cost
from pincel.pages.canvas import LIGHT

COMMAND = "pincel compare base small -o report"


@pytest.fixture(scope="module")
def comparison(build_compared_run, tmp_path_factory):
    """Least alike after epoch 2; every epoch's error is known; the candidate's recipe is another."""
    folder = tmp_path_factory.mktemp("runs")
    base = build_compared_run(folder / "base", shifts=[20, 15, 10, 5], full=[2, 4])
    recipe = {"data": {"size": 16}, "generator": {"encoder_weights": "none", "options": {"decoder_channels": [8] * 4}}}
    small = build_compared_run(folder / "small", shifts=[24, 75, 12, 9], full=[2, 4], recipe=recipe)
    found = compare([base, small], cost=False)
    found.costs.append(Cost("base", 16, 8_000_000, 4 * 10**9, 9 * 10**9, 0.1, 0.2, 50, 2, 2**28, 2**26, 2**25, 60.0))
    found.costs.append(Cost("small", 16, 2_000_000, None, None, 0.025, 0.1, 50, 2, 2**27, 2**26, 2**23, None))
    return found


@pytest.fixture(scope="module")
def report(comparison, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "deep" / "report"
    write_comparison(comparison, folder, command=COMMAND)
    return folder


def test_the_page_needs_no_other_file_and_no_network(read_page, report):
    assert read_page(report).words


def test_the_page_shows_tables_figures_pictures_and_how_it_was_made(read_page, report):
    page = read_page(report)
    words = " ".join(page.words.split())
    for part in (
        "Quality after epoch 4",
        "input as it is",
        "output-size convention",
        "× 0.25",
        "all 6 pictures at 8 px, mean of 4 epochs",
        "all 6 pictures at 16 px, epoch 4",
        "Epoch 2: least alike",
        "residual variance",
        "generator.options.decoder_channels",
        COMMAND,
    ):
        assert part in words, part
    assert page.text.count("data:image/svg+xml") == 2 * (6 + 3)  # light and dark; whole set, then the chosen pictures
    assert page.text.count("data:image/jpeg") == 3 * (8 + 1)  # input, two runs at 3 moments, target; once beside


def test_every_number_is_in_the_json(report):
    content = json.loads((report / "comparison.json").read_text())
    base, small = content["runs"]
    assert (base["role"], small["role"]) == ("base", "candidate")
    assert content["epochs"] == [1, 2, 3, 4]
    assert content["full_size_epochs"] == [2, 4]
    assert content["data"]["chosen"] == ["rose/0.jpg", "rose/2.jpg", "rose/5.jpg"]
    levels = np.array([24, 75, 12, 9])
    assert small["vs_target"]["mse"]["per_epoch"] == pytest.approx(list((levels / 255) ** 2), abs=1e-7)
    assert small["vs_baseline"]["mse"]["last"]["value"] == pytest.approx((4 / 255) ** 2)
    assert small["mse_vs_baseline_by_range"] == pytest.approx({"0..1": 16 / 255**2, "-1..1": 64 / 255**2, "0..255": 16})
    assert small["least_alike"]["epoch"] == 2
    assert len(small["chosen_vs_baseline"]) == 3
    slope = np.polyfit([1, 2, 3, 4], [20, 15, 10, 5], 1)[0] / 255
    std = np.polyfit([1, 2, 3, 4], np.square(np.array([20, 15, 10, 5]) / 255), 1)[0]
    assert base["chosen_vs_target"][1]["mse"]["trend"]["slope"] == pytest.approx(std, abs=1e-9)
    assert slope < 0
    assert len(small["full_size_vs_baseline"]["ssim"]["per_epoch"]) == 2
    assert base["cost"]["macs_output_size"] == 9 * 10**9
    assert "every output element" in content["cost_rules"]["macs_output_size"]
    assert any(entry["key"].startswith("generator.options") for entry in small["recipe_differences"])


def test_every_figure_is_a_png(report):
    names = sorted(path.stem for path in (report / "figures").iterdir())
    assert names == sorted(
        ["mse", "ssim", "residual-std", "residual-variance", "intensity-gap", "by-picture", "side-by-side"]
        + [f"picture-0{number}" for number in (1, 2, 3)]
    )
    for path in (report / "figures").iterdir():
        with Image.open(path) as picture:
            picture.load()
    assert Image.open(report / "figures" / "side-by-side.png").size == (8 * 16, 3 * 16)


def test_the_same_comparison_gives_the_same_bytes(report, comparison, tmp_path):
    write_comparison(comparison, tmp_path, command=COMMAND)
    for path in (path for path in report.rglob("*") if path.is_file()):
        assert (tmp_path / path.relative_to(report)).read_bytes() == path.read_bytes(), path.name


def test_each_of_several_candidates_has_its_own_figures_and_no_name_is_run(read_page, compared_run, tmp_path):
    runs = [compared_run(name, shifts=[n, 2]) for n, name in enumerate(("a <b> & c", "b", "c"), start=4)]
    write_comparison(compare(runs, cost=False), tmp_path / "out", command="x")
    names = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"1-ssim.png", "2-ssim.png", "2-picture-03.png", "1-side-by-side.png"} <= names
    page = read_page(tmp_path / "out")
    assert "Picture by picture: b" in page.words
    assert "Picture by picture: c" in page.words
    assert "What it costs" not in page.words
    assert "a <b>" not in page.text
    assert "a &lt;b&gt; &amp; c" in page.text


def test_a_target_that_is_a_file_is_one_sentence(comparison, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(PincelError, match=r"cannot be written to .*taken"):
        write_comparison(comparison, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_figure_draws_the_points_and_the_line_through_them(comparison):
    axes = whole_set(comparison, 0, "mse", LIGHT).axes[0]
    points = {line.get_label(): line for line in axes.get_lines() if line.get_marker() in "osD"}
    assert set(points) == {"base to target", "small to target", "small to base"}
    values = np.square(np.array([20, 15, 10, 5]) / 255)
    np.testing.assert_allclose(points["base to target"].get_ydata(), values)
    ends = np.polyval(np.polyfit([1, 2, 3, 4], values, 1), [1, 4])
    assert any(
        len(line.get_ydata()) == 2 and np.allclose(line.get_ydata(), ends) and list(line.get_xdata()) == [1, 4]
        for line in axes.get_lines()
    )
    assert any(list(line.get_xdata()) == [2, 2] for line in axes.get_lines())  # where they are least alike


def test_a_panel_has_the_papers_three_charts_of_one_picture(comparison):
    figure = panel(comparison, 0, 1, LIGHT)
    assert [axes.get_ylabel() for axes in figure.axes] == ["MSE", "SSIM", "Residual deviation"]
    line = next(iter(lines_of(comparison, 0, "ssim", 1)))
    np.testing.assert_array_equal(line.values, comparison.against_target[0].chosen["ssim"][:, 1])


def test_the_moments_are_first_least_alike_and_last(comparison):
    assert [moment.title for moment in moments(comparison, 0)] == [
        "epoch 1: first",
        "epoch 2: least alike",
        "epoch 4: last",
    ]


def test_moments_that_fall_together_are_shown_once(compared_run):
    comparison = compare([compared_run("a", shifts=[9, 2]), compared_run("b", shifts=[60, 2])], cost=False)
    assert [moment.title for moment in moments(comparison, 0)] == ["epoch 1: first, least alike", "epoch 2: last"]


def test_the_sheet_shows_what_was_painted(comparison):
    pixels = np.asarray(sheet(side_by_side(comparison, 0)))
    target = comparison.pictures.chosen_target
    np.testing.assert_array_equal(pixels[16:32, -16:], target[1])
    np.testing.assert_array_equal(pixels[16:32, 4 * 16 : 5 * 16], target[1] + 75)  # the candidate after epoch 2
