from concurrent.futures import ThreadPoolExecutor

import pytest

from pincel.errors import PincelError
from pincel.training.begin import new_run


def test_several_devices_may_begin_a_run_at_once(tmp_path):
    with ThreadPoolExecutor(8) as devices:
        for number in range(50):
            for begun in devices.map(new_run, [tmp_path / "runs" / f"{number}"] * 8):
                assert not begun.folder.exists()  # until all that belongs in it is there
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PincelError, match=r"the run cannot be written to .*deeper"):
        new_run(tmp_path / "file" / "deeper")
