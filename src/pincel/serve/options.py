"""The options of a request: query parameters, or fields of the form; the same as the command line's."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pincel.explain.options import ExplainOptions
from pincel.options import Options, options_of
from pincel.runtime.paint_options import PaintOptions
from pincel.serve.catalogue import LABELS
from pincel.serve.problems import Problem, options_sentence
from pincel.tasks import Colorize, Sketch

__all__ = ["ColorizeOptions", "ExplainQuery", "LabelsQuery", "PictureOptions", "TranslateOptions", "with_fields"]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class PictureOptions(_Options):
    """What painting a picture may be told, and how the answer shall be."""

    model: str = ""
    label: str | None = Field(
        None,
        max_length=200,
        description="what is to be seen, for a model with labels; `auto` lets it tell, `unknown` tells it nothing",
    )
    working_size: int | None = Field(None, ge=16, le=4096, description="long side in pixels that the network sees")
    side_by_side: bool = Field(False, description="put what was given to the left")
    format: Literal["jpeg", "png", "tiff", "webp", "bmp"] | None = Field(
        None, description="file format of the answer; the picture's own by default"
    )
    quality: int = Field(95, ge=1, le=100, description="of JPEG and WebP")
    page: int = Field(1, ge=1, le=100_000, description="which picture of a file with several (TIFF)")

    def painting(self) -> PaintOptions:
        """Those of painting itself."""
        return PaintOptions(**self.model_dump(include={field.name for field in dataclasses.fields(PaintOptions)}))


class ColorizeOptions(PictureOptions):
    """The options of `pincel colorize`."""

    model: str = Field(
        Colorize.model, max_length=200, description="name of a model for the task colorize; see `/models`"
    )
    saturation: float = Field(
        1.0, ge=0, le=4, allow_inf_nan=False, description="strength of colour; 1 is as the model paints"
    )


class TranslateOptions(PictureOptions):
    """The options of `pincel draw` and `pincel translate`."""

    model: str = Field(Sketch.model, max_length=200, description="name of a model that `draws`; see `/models`")


def _field(kind: type[Options], name: str, **more: Any) -> Any:
    """A field that stands for an option of an options object: its default, range and meaning."""
    one = next(one for one in options_of(kind) if one.name == name)
    return Field(one.default, description=one.text, ge=one.low, le=one.high, **more)


class ExplainQuery(_Options):
    """What is explained, and how."""

    model: str | None = Field(
        None, max_length=200, description="name of a run or a model; the first of `why` in `/models` by default"
    )
    method: str = Field("saliency", max_length=200, description="one of `why.methods` of `/models`")
    label: str | None = _field(ExplainOptions, "label", max_length=200)

    def options(self) -> ExplainOptions:
        """As `pincel.explain` takes them."""
        return ExplainOptions(methods=(self.method,), label=self.label)


class LabelsQuery(_Options):
    """Which model paints with each of its labels."""

    model: str | None = Field(
        None, max_length=200, description="name of a run or of a model with labels; runs come first"
    )

    def options(self) -> ExplainOptions:
        """As `pincel.explain` takes them."""
        return ExplainOptions(methods=(LABELS,))


T = TypeVar("T", bound=BaseModel)


def with_fields(options: T, fields: dict[str, str]) -> T:
    """The options of the query, and over them those of the form; empty fields are none.

    Raises:
        Problem: an option that does not exist or fit (422).
    """
    given = {name: value for name, value in fields.items() if value != ""}
    if not given:
        return options
    try:
        return type(options).model_validate({**options.model_dump(exclude_unset=True), **given})
    except ValidationError as error:
        raise Problem(422, options_sentence(error.errors(), list(type(options).model_fields))) from None
