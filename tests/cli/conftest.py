"""What commands that train are given, and how commands refuse."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_standin import hub

__all__ = ["hub", "quick", "refusal", "tiny"]

TINY = (
    "data.size=32",
    "data.batch=4",
    "data.workers=0",
    "data.split=null",
    "generator.encoder_weights=none",
    "validation.pictures=3",
)


@pytest.fixture
def tiny() -> Callable[..., list[str]]:
    """``tiny(width)`` -> changes that make a shipped lite recipe train in seconds; ``width`` of all decoder stages."""

    def make(width: int = 8) -> list[str]:
        return [*TINY, f"generator.options={{decoder_channels: {[width] * 4}}}"]

    return make


@pytest.fixture
def quick() -> list[str]:
    """Changes that make a shipped lite recipe train, and its network be exported, in a second: two stages."""
    return [*TINY, "generator={name: stage_unet, encoder_weights: none, options: {stages: 8k4s2 8k4s2}}"]


@pytest.fixture
def refusal(pincel_main) -> Callable[..., str]:
    """``refusal("train", ...)`` -> the sentence on stderr of a command that can do nothing."""

    def call(*arguments: object) -> str:
        result = pincel_main(*arguments)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
        return result.stderr

    return call
