import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "benchmarks" / "campaigns" / "hostile.py"
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "hostile"


def test_mutated_pictures_are_read_and_written_again_or_refused_and_nothing_reaches_stderr(tmp_path):
    command = [sys.executable, CAMPAIGN, "--files", "500", "--seed", "7", "--no-paint", "--keep", tmp_path / "found"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "found").exists()


@pytest.mark.data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile files are not beside the project")
def test_the_files_that_once_ended_a_run_no_longer_do():
    sys.path.insert(0, str(CAMPAIGN.parent))
    import hostile

    for path in sorted(SHARED.glob("*.[jpt]*")):
        if path.name != "jp2huge.jp2":
            assert hostile.try_one(path.read_bytes(), None) in ("painted", "refused"), path.name
