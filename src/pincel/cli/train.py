"""`pincel train`, `pincel export`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.training.options import TrainingOptions

if TYPE_CHECKING:
    from pincel.training.recipe import Recipe

__all__ = ["export", "say_saved", "train"]


@with_options(TrainingOptions)
def train(
    recipe: Annotated[str, typer.Argument(help="Name of a shipped recipe, or a YAML file.")],
    options: TrainingOptions,
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Changes to the recipe, as data.size=64.", metavar="[KEY=VALUE]...")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", "-d", help="Folder of class folders of photos; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run in OUT stopped.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved recipe and stop.")] = False,
) -> None:
    """Train a recipe on your pictures. Everything it needs later is in the run's folder."""
    check_names(folders=data)
    from pincel.errors import PincelError
    from pincel.training.phases import kept_by_phases
    from pincel.training.recipe import load_recipe

    overrides = overrides or []
    if out is None and not dry_run:
        raise PincelError("where should the run go? name a folder with --out")
    resolved = load_recipe(recipe, overrides, unread=resume)
    for line in kept_by_phases(resolved, [] if resume else overrides):
        typer.echo(f"pincel: {line}", err=True)
    if out is None or dry_run:
        from pincel.training.networks import check_networks

        check_networks(resolved)
        typer.echo("# Each phase below says everything itself: in a file made of this, change it there.")
        typer.echo(resolved.to_yaml(), nl=False)
        return
    from pincel.training.loop import train as run_training
    from pincel.training.run import Run

    if resume and Run(out).begun:
        _name_ignored(resolved, out, overrides, fixed=bool(options.minutes or options.epochs))
    try:
        run = run_training(resolved, data or [], out, replace(options, resume=resume))
    except KeyboardInterrupt:
        say_saved(recipe, out)
        raise
    typer.echo(f"The run is in {run.folder}; next: pincel export {run.folder} -o model.onnx")


def say_saved(recipe: str, out: Path) -> None:
    """After Ctrl-C: how to go on, when there is something to go on with."""
    if (out / "checkpoint.ckpt").is_file():
        typer.echo(f"pincel: saved; go on with: pincel train {recipe} --out {out} --resume", err=True)


def _name_ignored(recipe: Recipe, out: Path, overrides: list[str], *, fixed: bool) -> None:
    """A resumed run keeps its own recipe and its steps: say what was asked for and differs."""
    from pincel.training.run import Run

    own, asked = (whole.model_dump(mode="json") for whole in (Run.open(out).recipe(), recipe))
    keys = [override.partition("=")[0] for override in overrides]
    ignored = [key for key in keys if _value(own, key) != _value(asked, key)]
    for key in ignored:
        typer.echo(f"pincel: {key} stays {_value(own, key)}: {out} goes on with its own recipe", err=True)
    if fixed:
        typer.echo(
            f"pincel: {out} keeps the steps that were planned when it began; for more, start another run from it "
            f"afterwards, with generator.weights={out / 'last.safetensors'}",
            err=True,
        )


def _value(recipe: Any, key: str) -> Any:
    """What stands at ``data.size`` or ``phases.0.epochs``; None where there is no such thing."""
    for name in key.split("."):
        try:
            recipe = recipe[int(name)] if isinstance(recipe, list) else recipe[name]
        except (LookupError, TypeError, ValueError):
            return None
    return recipe


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .onnx file to write.")],
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Store weights in half the space; arithmetic stays float32.")
    ] = False,
    weights: Annotated[
        str | None, typer.Option(help="last or best, of every run; as its recipe says by default.")
    ] = None,
    average: Annotated[
        list[Path] | None,
        typer.Option(
            help="A further run of the same network; the mean of the weights is written. Named twice, it counts twice."
        ),
    ] = None,
    card: Annotated[Path | None, typer.Option(help="YAML file with further fields of the model card.")] = None,
) -> None:
    """Write a run's network as one .onnx file that carries its own card and paints without torch."""
    check_names(runs=[run, *(average or [])])
    from pincel.export import export_run
    from pincel.export.card_file import read_card_fields
    from pincel.runtime.model_file import load_model
    from pincel.training.run import Run
    from pincel.training.words import said_of_gain

    path = export_run(run, out, fp16=fp16, which=weights, average=average or [], card=read_card_fields(card))
    if Run(run).begun and (gain := said_of_gain(Run(run))):
        typer.echo(f"pincel: {gain}", err=True)
    task = load_model(path).task
    words = f"{path.stat().st_size / 2**20:.2f} MiB; next: pincel {task.commands[0]} {task.asks} --model"
    typer.echo(f"{path}: {words} {path}")
