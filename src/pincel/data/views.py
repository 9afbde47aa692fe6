"""What a recipe says of the squares that a network is shown; without torch, so that a recipe is read at once."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AugmentRecipe", "Fit"]

Fit = Literal["letterbox", "square"]


class AugmentRecipe(BaseModel):
    """What may happen to a training picture. Every change has its switch; 0 or false is off."""

    model_config = ConfigDict(extra="forbid")

    flip: bool = Field(default=True, description="mirror half of the pictures")
    flip_vertical: bool = Field(default=False, description="turn half of the pictures upside down")
    quarter_turns: float = Field(
        default=0.0, ge=0, le=1, description="share turned by 90, 180 or 270 degrees, as photos come that nobody turned"
    )
    rotation: float = Field(default=0.0, ge=0, le=180, description="largest turn either way, in degrees")
    zoom: float = Field(default=0.0, ge=0, lt=1, description="largest relative change of scale of the whole square")
    min_scale: float = Field(
        default=0.5, gt=0, le=1, description="smallest share of the area that a nearly square crop keeps, where it fits"
    )
    letterbox: float = Field(
        default=0.25, ge=0, le=1, description="share shown whole, in a black square, instead of cropped"
    )
    brightness: float = Field(default=0.1, ge=0, lt=1, description="largest relative change")
    contrast: float = Field(default=0.1, ge=0, lt=1, description="largest relative change")
