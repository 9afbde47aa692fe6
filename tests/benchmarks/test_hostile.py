import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "campaigns"))
import hostile

VALID = hostile.seeds()
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "hostile"


@pytest.mark.parametrize("seed", range(4))
def test_mutated_pictures_are_read_and_written_again_or_refused_in_one_sentence(seed):
    chance = random.Random(seed)
    outcomes = {hostile.try_one(hostile.mutated(chance.choice(VALID), VALID, chance), None) for _ in range(100)}
    assert outcomes == {"painted", "refused"}


@pytest.mark.data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile files are not beside the project")
def test_the_files_that_once_ended_a_run_no_longer_do():
    for path in sorted(SHARED.glob("*.[jpt]*")):
        assert hostile.try_one(path.read_bytes(), None) in ("painted", "refused"), path.name
