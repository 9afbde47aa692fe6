import json


def test_two_runs_are_compared_and_the_key_figures_are_said(pincel_main, compared_run, tmp_path):
    compared_run("base"), compared_run("small", shifts=[6, 4, 1])
    result = pincel_main("compare", "base", "small", "-o", "report", "--no-cost")
    assert result.returncode == 0, result.stderr
    assert "small and base agree with SSIM 1.0000" in result.stdout
    assert "report/index.html" in result.stdout
    content = json.loads((tmp_path / "report" / "comparison.json").read_text())
    assert content["command"] == "pincel compare base small -o report --no-cost"
    assert content["runs"][1]["vs_baseline"]["mse"]["per_epoch"][0] > 0


def test_mistakes_get_one_sentence(pincel_main, compared_run, tmp_path):
    compared_run("base"), compared_run("other", facts={"split_digest": "cd34"})
    for arguments, message in (
        (("base", "other"), "base and other cannot be compared, they differ in split: ab12 and cd34"),
        (("base",), "at least two runs"),
        (("base", "base"), "is given twice"),
        (("base", "nowhere"), "nowhere is not a run"),
    ):
        result = pincel_main("compare", *arguments, "-o", "report")
        assert result.returncode == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "report").exists()
