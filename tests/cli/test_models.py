import json


def test_embedded_and_given_models_are_listed(pincel_main, make_model):
    result = pincel_main("models", "--file", make_model("mine", data="my photos"))
    assert result.returncode == 0
    assert "default" in result.stdout
    assert "my photos" in result.stdout


def test_show_prints_the_card(pincel_main, make_model):
    path = make_model("mine", data="my photos", data_licence="CC0", recipe="task: colorize\n", quality={"n": 12})
    text = pincel_main("models", "show", path).stdout
    for part in ("mine", "my photos", "CC0", "task: colorize", "n: 12", "colorize"):
        assert part in text
    card = json.loads(pincel_main("models", "show", path, "--json").stdout)
    assert card["data_licence"] == "CC0"


def test_a_card_with_square_brackets_is_printed_as_it_is(pincel_main, make_model):
    path = make_model("mine", recipe="phases: [bold]\n")
    assert "phases: [bold]" in pincel_main("models", "show", path).stdout
