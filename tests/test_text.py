import pytest

from pincel.text import counted


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 steps"),
        (1, "1 step"),
        (1.0, "1 step"),
        (1.004, "1 step"),  # what is read as one is one
        (0.25, "0.25 steps"),
        (5.552, "5.6 steps"),
        (9.97, "10 steps"),
        (18.12, "18 steps"),
        (1234.5, "1,234 steps"),
    ],
)
def test_a_number_and_its_noun(count, text):
    assert counted(count, "step") == text


def test_a_noun_with_a_plural_of_its_own():
    assert [counted(count, "class", "classes") for count in (1, 8)] == ["1 class", "8 classes"]
