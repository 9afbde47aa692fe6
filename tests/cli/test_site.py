from typer.testing import CliRunner

from pincel.cli.app import app
from pincel.serve.browser_runtime import PUBLISHED


def test_models_may_be_named_with_commas_and_how_to_try_it_is_said(tmp_path, monkeypatch, make_model):
    monkeypatch.setenv("PINCEL_WEB", str(tmp_path))
    for name in PUBLISHED:
        (tmp_path / name).touch()
    done = CliRunner().invoke(app, ["site", str(tmp_path / "out"), "--models", f"sketch, {make_model('mine')}"])
    assert done.exit_code == 0
    out = tmp_path / "out"
    assert done.stdout == f"{out} paints with sketch, mine; try it: python -m http.server --directory {out}\n"
    assert (out / "index.html").is_file()
