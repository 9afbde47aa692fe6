import pytest
import yaml


def test_dry_run_prints_the_students_recipe_with_its_teacher(pincel_main):
    result = pincel_main(
        "distil", "default", "--student", "colorize-lite", "--output", "0.3", "data.size=64", "--dry-run"
    )
    assert result.returncode == 0, result.stderr
    recipe = yaml.safe_load(result.stdout)
    assert (recipe["distillation"]["teacher"], recipe["distillation"]["output"]) == ("default", 0.3)
    assert recipe["data"]["size"] == 64
    assert "data.size does not change all" in result.stderr  # said as `pincel train` says it


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("default",), "who shall learn? name the student's recipe with --student"),
        (("default", "--student", "colorize-lite"), "where should the run go?"),
        (("default", "--student", "colorize-lite", "--minutes", "1", "--epochs", "1"), "give --minutes or --epochs"),
        (("nobody", "--student", "colorize-lite", "--data", "photos", "--out", "run"), "nobody"),
        (("default", "--student", "colorize-light", "--out", "run"), "recipe 'colorize-light' does not exist"),
        (("default", "--student", "light", "generator.options={encoder: x}", "--dry-run"), "encoder is one of lite0"),
    ],
)
def test_mistakes_get_one_sentence(refusal, arguments, message):
    assert message in refusal("distil", *arguments)


@pytest.mark.slow
def test_a_student_of_an_embedded_model_is_an_ordinary_run(pincel_main, quick, class_folders, cache_folder, tmp_path):
    options = ("--student", "colorize-lite", "--data", "photos", "--out", "run", "--epochs", "0.3")
    result = pincel_main("distil", "default", *quick, *options)
    assert result.returncode == 0, result.stderr
    assert "next: pincel export run" in result.stdout
    assert (tmp_path / "run" / "last.safetensors").is_file()
