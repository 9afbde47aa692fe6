import numpy as np
import pytest

from pincel.pages.canvas import DARK, LIGHT
from pincel.training.report.figures import draw_all
from pincel.training.report.history import read_history
from pincel.training.run import Run


@pytest.fixture
def draw(write_run):
    def make(rows, theme=LIGHT, **options):
        return draw_all(read_history(Run.open(write_run(rows, **options))), theme)

    return make


def line(figure, label) -> np.ndarray:
    """The points of the curve with this label, (n, 2)."""
    (found,) = [part for part in figure.axes[0].get_lines() if part.get_label() == label]
    return np.asarray(found.get_xydata())


def test_an_adversarial_run_has_every_figure(draw, paper_rows):
    figures = draw(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])
    assert list(figures) == [
        "generator-loss", "discriminator-loss", "decomposition", "gap", "verdicts", "ciede2000", "colourfulness",
        "learning-rates", "speed",
    ]  # fmt: skip


def test_curves_are_the_logged_values(draw, paper_rows):
    figures = draw(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])
    assert line(figures["generator-loss"], "training").tolist() == [[1, 9.0], [2, 6.624], [3, 6.0]]
    assert line(figures["generator-loss"], "validation").tolist() == [[1, 8.0], [2, 6.366], [3, 6.6]]
    assert line(figures["discriminator-loss"], "validation").tolist() == [[1, 0.69], [2, 0.679], [3, 0.7]]
    assert line(figures["gap"], "gap")[1, 1] == pytest.approx(-3.89, abs=0.01)
    assert line(figures["learning-rates"], "generator")[:, 1] == pytest.approx([2, 2, 1])  # x 10^-4
    assert figures["learning-rates"].axes[0].get_ylabel() == "learning rate, ×10⁻⁴"
    for figure in figures.values():
        assert line(figure, "best: epoch 2")[:, 0].tolist() == [2, 2]


def test_shares_fill_a_hundred_percent(draw, paper_rows):
    bars = draw(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])["decomposition"].axes[0].containers
    heights = {container.get_label(): [bar.get_height() for bar in container] for container in bars}
    assert heights["L1"][1] == pytest.approx(81.06, abs=0.01)
    assert heights["adversarial"][1] == pytest.approx(18.94, abs=0.01)
    assert np.sum(list(heights.values()), axis=0) == pytest.approx(100)


def test_a_run_that_has_just_begun_shows_what_it_has(draw, step_row):
    figures = draw([step_row(20, loss_g=1.0, l1=1.0)])
    assert list(figures) == ["generator-loss", "learning-rates", "speed"]


def test_curves_are_not_drawn_across_phases(draw, step_row, validation_row):
    rows = [step_row(20, loss_g=1.0, l1=1), validation_row(20, 9.0, loss_g=1.0, l1=1)]
    rows += [step_row(30, loss_g=5.0, l1=5, phase=1), validation_row(30, 8.0, loss_g=5.0, l1=5)]
    figures = draw(rows, phases=[{"epochs": 2}, {"epochs": 1}])
    assert np.isnan(line(figures["generator-loss"], "validation")[:, 1]).tolist() == [False, True, False]


def test_the_discriminators_curves_begin_with_its_phase(draw, step_row, validation_row):
    critic = {"loss_d": 0.6, "d_real": 0.6, "d_fake": 0.4}
    rows = [step_row(20, loss_g=1, l1=1), validation_row(20, 9.0, loss_g=1, l1=1)]
    rows += [step_row(30, loss_g=1, l1=1, phase=1, **critic), validation_row(30, 8.0, loss_g=1, l1=1, **critic)]
    figures = draw(rows, phases=[{"epochs": 2}, {"epochs": 1, "adversarial": 1}])
    assert figures["verdicts"].axes[0].get_xlim()[0] == 2
    assert figures["ciede2000"].axes[0].get_xlim()[0] == 0


def test_colours_follow_the_theme(draw, paper_rows):
    (figure, *_) = draw(paper_rows, DARK, phases=[{"epochs": 3, "adversarial": 1}]).values()
    assert DARK.candidate in {part.get_color() for part in figure.axes[0].get_lines()}


def test_a_stepped_rate_is_drawn_as_steps_and_a_decay_as_a_curve(draw, step_row):
    rows = [step_row(20 * n, loss_g=1, lr=1e-3 if n < 4 else 5e-4, lr_encoder=1e-3 / n) for n in range(1, 8)]
    (axes,) = draw(rows, phases=[{"epochs": 14}])["learning-rates"].axes
    styles = {curve.get_label(): curve.get_drawstyle() for curve in axes.get_lines()}
    assert styles == {"generator": "steps-pre", "its encoder": "default"}


@pytest.fixture
def tuned(step_row, validation_row):
    """Rows of two epochs of a training that went on from a model whose validation they begin with."""
    critic = {"d_real": 0.6, "d_fake": 0.4, "loss_d": 0.6}
    rows = [validation_row(0, 9.0, loss_g=2.0, l1=1.5, adversarial=0.5, **critic)]
    for step, score in ((10, 8.0), (20, 7.0)):
        parts = {"loss_g": 1.0, "l1": 0.8, "adversarial": 0.2, "lr": 1e-3}
        rows += [step_row(step, **parts, **critic), validation_row(step, score, **parts, **critic)]
    return rows


def test_the_start_is_in_every_figure_of_the_validations(draw, tuned):
    figures = draw(tuned, phases=[{"epochs": 2, "adversarial": 1}])
    starts = {"generator-loss": 2.0, "discriminator-loss": 0.6, "ciede2000": 9.0, "colourfulness": 0.6, "verdicts": 0.6}
    for name, value in starts.items():
        assert line(figures[name], "start").tolist() == [[0, value]], name
    for name, figure in figures.items():
        assert figure.axes[0].get_xlim()[0] == pytest.approx(-0.08), name  # its whole mark is seen
    assert [bar.get_height() for bar in figures["decomposition"].axes[0].containers[0]] == [75, 80, 80]
    spans = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in figures["decomposition"].axes[0].containers[0]]
    assert np.array(spans) == pytest.approx(np.array([[-0.08, -0.02], [0, 1], [1, 2]]))


def test_a_start_that_was_never_beaten_is_marked_as_the_best(draw, tuned):
    figures = draw([tuned[0] | {"ciede2000": 5.0}, *tuned[1:]], phases=[{"epochs": 2, "adversarial": 1}])
    for figure in figures.values():
        assert line(figure, "best: epoch 0")[:, 0].tolist() == [0, 0]


def test_a_run_of_which_only_the_start_is_known_shows_it(draw, tuned):
    figures = draw(tuned[:1], phases=[{"epochs": 2, "adversarial": 1}])
    assert list(figures) == ["ciede2000", "colourfulness"]
    assert line(figures["ciede2000"], "start").tolist() == [[0, 9.0]]


def test_without_a_start_the_axis_begins_at_epoch_0(draw, tuned):
    for figure in draw(tuned[1:], phases=[{"epochs": 2, "adversarial": 1}]).values():
        assert figure.axes[0].get_xlim()[0] == 0
        assert "start" not in figure.axes[0].get_legend_handles_labels()[1]
