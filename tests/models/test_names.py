import subprocess
import sys
from pathlib import Path

import pytest

import pincel.models
from pincel.models.discriminators.base import Discriminator
from pincel.models.generators.base import Generator
from pincel.models.names import DISCRIMINATORS, GENERATORS, class_of

FAMILIES = {"generators": (GENERATORS, Generator), "discriminators": (DISCRIMINATORS, Discriminator)}


@pytest.mark.parametrize("folder", FAMILIES)
def test_every_row_names_a_class_of_its_family_in_a_file_of_its_own(folder):
    table, family = FAMILIES[folder]
    for name, row in table.items():
        assert issubclass(class_of(row), family)
        assert row.startswith(f"pincel.models.{folder}.{name}:")


@pytest.mark.parametrize("folder", FAMILIES)
def test_no_network_is_without_a_row(folder):
    table, family = FAMILIES[folder]
    files = (Path(pincel.models.__file__).parent / folder).glob("*.py")
    written = {path.stem for path in files if f"({family.__name__})" in path.read_text()}
    assert written <= set(table)


def test_the_names_are_read_without_torch():
    code = "import sys, pincel.models.names; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
