"""Options that several commands share, those of options objects, and what is made of them."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pincel.memory import MAX_PIXELS
from pincel.options import Option, Options, option, options_of

if TYPE_CHECKING:
    from pincel.runtime.folder import Output

__all__ = ["OVERWRITE", "Label", "Out", "OutputOptions", "Pictures", "WorkingSize", "finite", "with_options"]


def finite(value: float | None) -> float | None:
    """Callback of options that are numbers: ``nan`` passes every limit, and nothing can be done infinitely often."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no finite number")
    return value


Pictures = Annotated[list[str], typer.Argument(help="Pictures, folders of pictures, or globs.", metavar="PICTURE...")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the results; a file when there is one picture.")]
Label = Annotated[
    str | None,
    typer.Option(help="What is to be seen, for a model with labels; auto lets it tell, unknown tells nothing."),
]
WorkingSize = Annotated[int | None, typer.Option(min=16, max=4096, help="Long side in pixels that the network sees.")]
OVERWRITE = {"overwrite": ("--overwrite/--skip-existing",)}  # of `OutputOptions`, as `with_options` takes it


@dataclass(frozen=True, kw_only=True)
class OutputOptions(Options):
    """What every command that makes pictures of pictures may be told of its results."""

    side_by_side: bool = option(False, "Put what was given to the left.")
    pages: str | None = option(None, "Pages of files with several, as 2 or 1,3-5; all by default.")
    format: Literal["jpeg", "png", "tiff", "webp", "bmp"] | None = option(
        None, "File format of the results; the picture's own by default."
    )
    quality: int = option(95, "Of JPEG and WebP.", low=1, high=100)
    overwrite: bool = option(False, "Paint again what is in OUT already, or go on after it.")
    max_pixels: float = option(MAX_PIXELS / 1e6, "Refuse pictures of more megapixels than this.", low=0.001)
    max_memory: float | None = option(
        None, "Refuse what takes more GB of memory; half of what is free by default.", low=0.01
    )
    json: bool = option(False, "One JSON object a picture on stdout, no progress.")

    def output(self) -> Output:
        """How results are written."""
        from pincel.imaging.read import PictureLimits
        from pincel.runtime.folder import Output

        memory = None if self.max_memory is None else round(self.max_memory * 1e9)
        limits = PictureLimits(round(self.max_pixels * 1e6), memory)
        return Output(self.format, self.quality, self.side_by_side, self.overwrite, limits)


def with_options(
    kind: type[Options], flags: Mapping[str, tuple[str, ...]] | None = None, commas: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: the command's parameter ``options`` becomes the options of an options object, in its place.

    Args:
        kind: the options object that the command is given.
        flags: of fields whose options are not named as they are.
        commas: fields whose values come in one, separated by commas; others that may have several are repeated.
    """
    known = {one.name: one for one in options_of(kind)}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            values = {name: _value(given.pop(name), one) for name, one in known.items()}
            command(options=kind(**values), **given)

        made = [_parameter(one, (flags or {}).get(one.name), one.name in commas) for one in known.values()]
        own = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in own
            for each in (made if parameter.name == "options" else [parameter])
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _parameter(one: Option, flags: tuple[str, ...] | None, commas: bool) -> inspect.Parameter:
    kind, default = one.kind, one.default
    name = one.name.replace("_", "-")
    if one.choices:
        kind = StrEnum(one.name, {choice: choice for choice in one.choices})
        default = default and kind(default)  # type: ignore[operator]
    if one.many:
        kind, default = (str, "") if commas else (list[kind], None)
    if kind is bool:
        flags = flags or ((f"--{name}/--no-{name}" if default else f"--{name}"),)
    callback = finite if kind is float else None
    parameter = typer.Option(*(flags or ()), help=one.text, min=one.low, max=one.high, callback=callback)
    hint = Annotated[kind | None if default is None else kind, parameter]
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _value(given: Any, one: Option) -> Any:
    """What was typed, as the options object has it."""
    if isinstance(given, Enum):
        return given.value
    if one.many and isinstance(given, str):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return tuple(given or ()) if one.many else given
