from pathlib import Path

import pytest

from pincel.documents import parse_json, parse_yaml, read_yaml


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


def chain(links: int, brackets: int) -> str:
    lines = [f"a{i}: &a{i} {'[' * brackets}{f'*a{i - 1}' if i else 1}{']' * brackets}" for i in range(links)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bomb(6), "more than 20,000 values"),
        (bomb(60), "more than 20,000 values"),
        ("[" + "1, " * 20_001 + "1]", "more than 20,000 values"),
        ("[" * 3000 + "]" * 3000, "nested deeper than 32"),
        ("{a: " * 3000 + "1" + "}" * 3000, "nested deeper than 32"),
        ("- " * 3000 + "1", "nested deeper than 32"),
        (chain(5, 10), "nested deeper than 32"),
        ("a: &a [*a]", "line 1 repeats itself without end"),
        ("a: 1\nb: " + "9" * 5000, "line 2 has a number of 5,000 digits"),
        ("0x" + "f" * 5000, "a number of 5,002 digits"),
        ("1" + ":1" * 5000, "a number of 10,001 digits"),
        ("a: {b: [1, .nan]}", "'a.b.1' is nan; give a finite number"),
        ("-.inf", "it is -inf; give a finite number"),
        ("1.0e+999", "it is inf"),
        ("{.nan: 1}", "is nan"),
        ("a: !!python/object:os.system {}", "line 1 has the tag"),
        ("!!int x", "has the tag"),
        ("!!bool x", "has the tag"),
        ("2024-99-99", "month must be in"),
        ("[1", "while parsing"),
        ("*a", "undefined alias"),
        ("? [1]\n: 2", "unhashable"),
        ('"\\ud800"', "surrogates"),
        (b"\xff\xfe\x00", "utf-8"),
        ("a\0b", "special characters"),
        ("#" * 1_000_001, "longer than"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_yaml_that_asks_for_too_much_or_is_none_is_a_value_error(text, why):
    with pytest.raises(ValueError, match=why):
        parse_yaml(text)


def test_yaml_that_repeats_a_little_is_read():
    assert parse_yaml("a: &a {x: [1]}\nb: *a\nc: {<<: *a, y: 2}") == {
        "a": {"x": [1]},
        "b": {"x": [1]},
        "c": {"x": [1], "y": 2},
    }
    assert parse_yaml(chain(3, 10))["a2"] == [[[[[[[[[[parse_yaml(chain(2, 10))["a1"]]]]]]]]]]]


def test_a_file_without_end_is_not_read_to_its_end():
    with pytest.raises(ValueError, match="longer than"):
        read_yaml(Path("/dev/zero"))


@pytest.mark.parametrize("text", ["[" * 200_000, "9" * 5000, "{", b"\xff"])
def test_json_that_asks_for_too_much_or_is_none_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_json(text)
