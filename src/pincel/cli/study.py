"""`pincel study grid`, `pincel study search`, `pincel study report`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.study.options import GridOptions, SearchOptions

if TYPE_CHECKING:
    from pincel.study.grid import Plan
    from pincel.study.record import Study, Trial

__all__ = ["app"]

app = typer.Typer(
    help="Train many variants of a recipe; what does each cost, and how well does it paint?", no_args_is_help=True
)

RecipeName = Annotated[str, typer.Argument(help="Name of a shipped recipe, or a YAML file.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Changes to the recipe that hold for all trials, as data.size=64.", metavar="[KEY=VALUE]..."),
]
Axes = Annotated[
    list[str] | None,
    typer.Option("--axis", "-a", help="What is varied, as width=16,32,64; may be repeated.", metavar="KEY=A,B,..."),
]
AxesFile = Annotated[Path | None, typer.Option("--axes", help="YAML file of axes, as 'width: [16, 32, 64]'.")]
Data = Annotated[
    list[Path] | None, typer.Option("--data", "-d", help="Folder of class folders of photos; may be repeated.")
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the study.")]


@app.command()
@with_options(GridOptions, {"sample": ("--sample", "--limit")})
def grid(
    recipe: RecipeName,
    options: GridOptions,
    overrides: Overrides = None,
    axes: Axes = None,
    axes_file: AxesFile = None,
    data: Data = None,
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what each candidate costs and stop.")] = False,
) -> None:
    """Train all combinations of a recipe's choices for the same budget. Run it again to go on."""
    _check(recipe, overrides, data)
    from pincel.pages.write import command_line
    from pincel.study.grid import begin_study, classes_in, plan_grid, run_grid
    from pincel.study.space import Space, read_axes

    space = Space(recipe, overrides or [], read_axes(axes or [], axes_file))
    plan = plan_grid(space, options, classes_in(space.recipe, data or []))
    _show(plan, space.recipe.data.size)
    if dry_run:
        return
    study = begin_study(space, data or [], _required(out), "grid", options, command_line())
    _work(study, lambda: run_grid(study, plan, options, on_trial=_say(study)))


@app.command()
@with_options(SearchOptions)
def search(
    recipe: RecipeName,
    options: SearchOptions,
    overrides: Overrides = None,
    axes: Axes = None,
    axes_file: AxesFile = None,
    data: Data = None,
    out: Out = None,
) -> None:
    """Let Optuna look for networks that paint well and cost little. Run it again to go on, or with more --trials."""
    _check(recipe, overrides, data)
    from pincel.pages.write import command_line
    from pincel.study.grid import begin_study, classes_in
    from pincel.study.search import run_search
    from pincel.study.space import Space, read_axes

    space = Space(recipe, overrides or [], read_axes(axes or [], axes_file))
    study = begin_study(space, data or [], _required(out), "search", options, command_line())
    classes = classes_in(space.recipe, data or [])

    def work() -> None:
        if why := run_search(study, space, options, classes=classes, on_trial=_say(study)):
            typer.echo(f"pincel: {why}", err=True)

    _work(study, work)


@app.command()
def report(
    study: Annotated[Path, typer.Argument(help="Folder of a study; it may still be running.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report; the study's own.")] = None,
    quality: Annotated[str | None, typer.Option(help="What decides; as the study says by default.")] = None,
) -> None:
    """Write a study's report: Pareto figures, table, which choice matters how much, failed trials."""
    from pincel.study.record import Study

    opened = Study.open(study)
    from pincel.study.report.words import study_lines
    from pincel.study.report.write import write_study

    content = write_study(opened, out or study, judged_by=quality)
    for line in study_lines(content):
        typer.echo(line)
    typer.echo(f"The report is in {(out or study) / 'index.html'}, the trials in {(out or study) / 'study.csv'}.")


def _check(recipe: str, overrides: list[str] | None, data: list[Path] | None) -> None:
    from pincel.training.recipe import load_recipe

    check_names(folders=data)
    load_recipe(recipe, overrides or [])


def _work(study: Study, work: Callable[[], None]) -> None:
    """Do it; whatever happens, report what there is. Exit code 1 when a trial failed, 2 when all did."""
    from pincel.study.record import DONE, FAILED
    from pincel.study.report.words import study_lines
    from pincel.study.report.write import write_study

    try:
        work()
    except KeyboardInterrupt:
        over = sum(trial.is_over for trial in study.trials)
        typer.echo(f"pincel: {over} trials are finished and kept; the same command goes on from there", err=True)
        raise
    for line in study_lines(write_study(study, study.folder)):
        typer.echo(line)
    typer.echo(f"The report is in {study.folder / 'index.html'}, the trials in {study.folder / 'study.csv'}.")
    failed = study.with_status(FAILED)
    for trial in failed:
        typer.echo(f"pincel: {trial.name} failed: {trial.reason}", err=True)
    raise typer.Exit((1 if study.with_status(DONE) else 2) if failed else 0)


def _show(plan: Plan, size: int) -> None:
    """The candidates with their cost, and the combinations that cannot be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    keys = list(next((c.choices for c in plan.candidates if c.choices), {}))
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    for key in keys:
        table.add_column(key)
    for title in ("param., M", "MACs, M"):
        table.add_column(title, justify="right")
    for candidate, (parameters, macs) in zip(plan.candidates, plan.costs, strict=True):
        own = ["the recipe as it is", *[""] * (len(keys) - 1)] if keys and not candidate.choices else []
        cells = own or [str(candidate.choices[key]) for key in keys]
        table.add_row(*cells, f"{parameters / 1e6:.3f}", f"{macs / 1e6:.2f}")
    console = Console()
    console.print(table, soft_wrap=True)
    chosen = sum(bool(candidate.choices) for candidate in plan.candidates)
    some = f"{chosen} of {plan.of} combinations" if chosen < plan.of else f"{chosen} combination{'s' * (chosen != 1)}"
    console.print(f"{some}; MACs as executed for one picture of {size} px", highlight=False)
    if plan.misfits:
        console.print(f"{len(plan.misfits)} cannot be trained:", highlight=False)
        for misfit in plan.misfits:
            console.print(f"  {misfit.name}: {misfit.reason}", highlight=False, soft_wrap=True)


def _say(study: Study) -> Callable[[Trial, int, int], None]:
    """One line before each trial and one after it, on stderr."""
    from pincel.study.report.words import trial_line

    def say(trial: Trial, number: int, count: int) -> None:
        typer.echo(trial_line(study, trial, number, count), err=True)

    return say


def _required(out: Path | None) -> Path:
    from pincel.errors import PincelError

    if out is None:
        raise PincelError("where should the study go? name a folder with --out")
    return out
