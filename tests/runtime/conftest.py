"""A Hub that models are fetched from and sent to."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_standin import hub

__all__ = ["hub"]  # a fixture
