from typer.testing import CliRunner

from pincel.cli.app import app
from pincel.serve.browser_runtime import PUBLISHED


def test_what_is_there_is_not_fetched_again_and_where_it_is_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCEL_WEB", str(tmp_path))
    for name in PUBLISHED:
        (tmp_path / name).touch()
    done = CliRunner().invoke(app, ["web"])
    assert done.exit_code == 0
    assert done.stdout == f"{tmp_path}: `pincel serve` and `pincel site` paint in the browser now\n"
