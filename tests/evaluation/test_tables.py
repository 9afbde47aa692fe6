"""Means, ratios of means and gaps, by hand."""

import pytest

from pincel.evaluation.sets import SetFigures, SetRow
from pincel.evaluation.tables import Bootstrap, PictureScores, Spread, quality_rows, rows_by_label, spreads


def picture(key: str, label: str, grey: float, painted: float, color: float, real: float) -> PictureScores:
    scores = {
        "grey": {"ciede2000": grey, "colourfulness": 0.0},
        "m": {"ciede2000": painted, "colourfulness": color},
        "other": {"ciede2000": grey / 2, "colourfulness": real},
    }
    return PictureScores(key, label, 8, 8, real, scores)


PICTURES = [picture("a", "x", 10, 9, 20, 40), picture("b", "x", 2, 3, 10, 20), picture("c", "y", 6, 3, 30, 0)]


def test_rows_come_in_order_with_their_roles():
    rows = quality_rows(PICTURES, "m", Bootstrap())
    assert [(row.name, row.role, row.n) for row in rows] == [
        ("grey", "baseline", 3),
        ("other", "reference", 3),
        ("m", "candidate", 3),
    ]


def test_ratios_are_of_means_and_not_means_of_ratios():
    figures = {row.name: row.figures for row in quality_rows(PICTURES, "m", Bootstrap())}
    assert figures["m"]["ciede2000"].value == pytest.approx(15 / 3)
    assert figures["m"]["ciede2000_ratio"].value == pytest.approx(15 / 18)
    assert figures["m"]["colourfulness_ratio"].value == pytest.approx(60 / 60)
    assert figures["m"]["colourfulness_gap"].value == pytest.approx(0)
    assert figures["grey"]["colourfulness_gap"].value == pytest.approx(-20)
    other = figures["other"]["ciede2000_ratio"]
    assert (other.value, other.low, other.high) == pytest.approx((0.5, 0.5, 0.5))  # paired: half of grey everywhere


def test_classes_are_measured_apart():
    tables = rows_by_label(PICTURES, "m", Bootstrap())
    assert list(tables) == ["x", "y"]
    assert tables["x"][-1].figures["ciede2000_ratio"].value == pytest.approx(12 / 12)
    assert tables["y"][-1].figures["ciede2000_ratio"].value == pytest.approx(3 / 6)


def test_intervals_follow_the_settings():
    narrow, wide = (
        quality_rows(PICTURES, "m", Bootstrap(level=level))[-1].figures["ciede2000"] for level in (0.2, 0.95)
    )
    assert wide.low < narrow.low <= narrow.high < wide.high
    assert wide != quality_rows(PICTURES, "m", Bootstrap(resamples=3, seed=5))[-1].figures["ciede2000"]


def test_a_ratio_without_a_real_colour_below_is_not_a_number():
    (row,) = [r for r in rows_by_label(PICTURES, "m", Bootstrap())["y"] if r.name == "m"]
    assert row.figures["colourfulness_ratio"].value != row.figures["colourfulness_ratio"].value


def test_figures_of_the_set_join_their_rows_without_an_interval():
    rows = {
        name: SetRow(distance, distance / 10, 0.5) for name, distance in (("grey", 9.0), ("other", 5.0), ("m", 2.0))
    }
    table = quality_rows(PICTURES, "m", Bootstrap(), SetFigures(3, 128, 100, 2, {"lite0": rows}, "no weights"))
    assert [row.figures["frechet_lite0"].value for row in table] == [9, 5, 2]
    assert [row.figures["mmd_lite0"].value for row in table] == [0.9, 0.5, 0.2]
    assert all(row.figures["mmd_lite0"].low != row.figures["mmd_lite0"].low for row in table)  # not a number
    assert "frechet_lite0" not in quality_rows(PICTURES, "m", Bootstrap())[0].figures


def test_a_spread_is_mean_sample_deviation_and_both_ends():
    pictures = [
        PictureScores(f"{psnr}", "x", 8, 8, 1.0, {"m": {"psnr": psnr, "ciede2000": 1.0}}) for psnr in (20.0, 30.0, 25.0)
    ]
    assert spreads(pictures, "m") == {"psnr": Spread(25, 5, 20, 30)}
    assert spreads(pictures[:1], "m")["psnr"].std != spreads(pictures[:1], "m")["psnr"].std  # not a number


def test_at_equal_colourfulness_the_ratio_is_of_means_and_the_worst_tenth_of_sums():
    greys, errors = [10.0] * 19 + [4.0], [8.0] * 18 + [25.0, 7.0]
    pictures = [
        PictureScores(
            str(i), "x", 8, 8, 40.0, {
                "grey": {"ciede2000": grey, "colourfulness": 0.0},
                "m": {"ciede2000": 1.0, "ciede2000_at": error, "colourfulness": 10.0, "patchiness": 0.3},
            }, real_patchiness=0.6,
        )
        for i, (grey, error) in enumerate(zip(greys, errors, strict=True))
    ]  # fmt: skip
    figures = quality_rows(pictures, "m", Bootstrap())[-1].figures
    assert figures["ciede2000_ratio_at"].value == pytest.approx(sum(errors) / sum(greys))
    assert figures["ciede2000_worst_at"].value == pytest.approx((25 + 7) / (10 + 4))  # 2 of 20
    assert figures["patchiness"].value == pytest.approx(0.5)
    assert "ciede2000_ratio_at" not in quality_rows(pictures, "m", Bootstrap())[0].figures
