import pytest

from pincel.pages.tables import interval, number


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (12.345, 2, "12.35"),
        (-3.0, 1, "−3.0"),
        (-0.004, 2, "0.00"),
        (0.0, 1, "0.0"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (float("inf"), 2, "–"),
    ],
)
def test_numbers_for_readers(value, decimals, text):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.25, 1.0, "0.25–1.00"),
        (-0.5, 1.0, "−0.50 to 1.00"),
        (-0.001, 0.5, "0.00–0.50"),
        (None, 1.0, ""),
        (1.0, None, ""),
    ],
)
def test_an_interval_never_puts_a_sign_beside_its_dash(low, high, text):
    assert interval(low, high, 2) == text
