"""What a recipe says of the squares that a network is shown; without torch, so that a recipe is read at once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["ASPECTS", "AugmentRecipe", "FilmRecipe", "Fit", "Views"]

Fit = Literal["letterbox", "square"]
Views = Literal["auto", "loader", "device"]  # where training views are made
ASPECTS = (0.9, 1.11)  # width over height of crops


class FilmRecipe(BaseModel):
    """Photos of today shown as old film would have left them (`pincel.data.film`); their colours stay the target.

    Losses in sRGB look at the painted and at the true colours under that same lightness, for a painted photo keeps the
    lightness that it came with. Which grey a photo has that is not on plates blind to red, ``data.grey_share`` says.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    share: float = Field(default=0.0, ge=0, le=1, description="share of the pictures that is on old film; 0 is off")
    red_blind: float = Field(
        default=0.2, ge=0, le=1, description="of these, on plates that see less of red than the eye, down to nothing"
    )
    gamma: float = Field(default=0.3, ge=0, le=2, description="largest relative change of the gamma, either way")
    gain: float = Field(default=0.12, ge=0, lt=1, description="largest relative change of the contrast, either way")
    lift: float = Field(default=0.06, ge=0, le=0.5, description="largest change of all lightness, either way, in 0..1")
    halved: float = Field(default=0.06, ge=0, le=1, description="of these, at half of the resolution")
    soft: float = Field(default=0.09, ge=0, le=1, description="of these, out of focus by a pixel")
    grainy: float = Field(default=0.3, ge=0, le=1, description="of these, with grain")
    grain: float = Field(
        default=0.05, ge=0, le=0.5, description="largest standard deviation of the grain in middle grey, in 0..1"
    )

    @model_validator(mode="before")
    @classmethod
    def _a_mapping(cls, content: Any) -> Any:
        if not isinstance(content, dict | FilmRecipe):
            raise ValueError("give a mapping, as {share: 0.5}")
        return content


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
    film: FilmRecipe = Field(default=FilmRecipe(), description="old film: changes what is shown alone; for colorize")
