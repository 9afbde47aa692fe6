import subprocess
import sys
from pathlib import Path

import pytest

KILLS = Path(__file__).parents[2] / "benchmarks" / "campaigns" / "kills.py"


@pytest.mark.slow
def test_commands_that_are_killed_leave_nothing_half_written_and_end_well_when_they_run_again():
    ended = subprocess.run(
        [sys.executable, KILLS, "--kills", "8", "--seed", "3"], capture_output=True, text=True, timeout=250, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    killed = [line.split(" | ") for line in ended.stdout.splitlines() if line.startswith("| ")][2:]
    assert all(kills != "0" for _, kills, *_ in killed)
