"""`pincel data explore`, `pincel data prepare`, `pincel data split`, `pincel data pairs`, `pincel data check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pincel.cli.sketch import EdgeSize, StyleSettings, Weights, edges_of

if TYPE_CHECKING:
    from pincel.data.pair_origins import Origin

__all__ = ["app"]

Folders = Annotated[
    list[Path], typer.Argument(help="Folder of class folders, or of photos; may be several.", metavar="FOLDER...")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Files at once; the number of processors by default.")]

app = typer.Typer(help="Look at folders of photos, and prepare them for training.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Look at folders of photos before anything is learnt from them, and prepare them for training."""


@app.command()
def explore(
    folders: Folders,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    workers: Workers = None,
) -> None:
    """Report what is in a folder of photos: classes, sizes, colours, grey photos, duplicates, damaged files."""
    from pincel.cli.progress import counter
    from pincel.data.exploration.write import exploration_lines, report_exploration

    found = report_exploration(folders, out, workers=workers, counter=counter)
    for line in exploration_lines(found):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}; dataset.csv has a row a file, dataset.json the summary.")
    raise typer.Exit(1 if found.total.unreadable else 0)


@app.command()
def prepare(
    folders: Folders,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pairs: a new one, or the one to go on with.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Side of the squares in pixels.")] = 128,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of the JPEGs.")] = 95,
    workers: Workers = None,
) -> None:
    """Make aligned pairs of one size, colour and grey: aspect kept, black padding, and a manifest."""
    from pincel.cli.progress import counter
    from pincel.data.prepare import prepare as prepare_pairs

    with counter("preparing") as on_progress:
        result = prepare_pairs(folders, out, size=size, quality=quality, workers=workers, on_progress=on_progress)
    _end(result.lines(), result.failures)


@app.command()
def split(
    folders: Folders,
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV file to write.")],
    random: Annotated[
        bool, typer.Option("--random", help="Deal every photo alone, near-duplicates too, as the papers do.")
    ] = False,
    grey: Annotated[bool, typer.Option("--grey/--no-grey", help="Deal grey photos too; they teach no colour.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the shuffle.")] = 0,
    like: Annotated[
        list[str] | None,
        typer.Option(help="Deal as in this split instead; may be repeated, the first that knows a photo decides."),
    ] = None,
) -> None:
    """Deal the photos to train, val and test (80/10/10 in every class) and keep that in a file for data.split."""
    from pincel.cli.progress import counter
    from pincel.data.cache import CACHE_SIDE, build_cache
    from pincel.data.scan import scan
    from pincel.data.split import join_splits, read_split, split_cache, write_split
    from pincel.errors import PincelError

    if like and (random or grey or seed):
        raise PincelError("--like deals as the splits it names; leave --random, --grey and --seed away")
    known = [read_split(name) for name in like or []]
    with counter("decoding") as on_progress:
        cache = build_cache(scan(folders), CACHE_SIDE, on_progress=on_progress)
    if known:
        dealt = join_splits(cache, known)
    else:
        dealt = split_cache(cache, exclude_grey=not grey, keep_duplicates_together=not random, seed=seed)
    write_split(dealt, out)
    counts = {side: len(dealt.keys(side)) for side in ("train", "val", "test", "excluded")}
    _end([f"{out}: " + ", ".join(f"{count} {side}" for side, count in counts.items() if count)], cache.failures)


class Direction(StrEnum):
    """Which half of an A|B picture is the source."""

    AtoB = "AtoB"
    BtoA = "BtoA"


class TransformName(StrEnum):
    """What makes a source out of a photo."""

    canny = "canny"
    xdog = "xdog"
    hed = "hed"
    grey = "grey"


@app.command()
def pairs(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="A|B pictures or photos, and folders of them.", metavar="[INPUT]..."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the pairs: a new one, or the one to go on with.")
    ] = Path("pairs"),
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="The inputs are A|B pictures.")] = False,
    direction: Annotated[
        Direction, typer.Option(help="Of A|B pictures: from the left half to the right, or the other way.")
    ] = Direction.AtoB,
    source: Annotated[Path | None, typer.Option(help="Folder of what the network is shown.")] = None,
    target: Annotated[Path | None, typer.Option(help="Folder of what it should paint, of the same names.")] = None,
    transform: Annotated[
        TransformName | None, typer.Option(help="The inputs are photos; make what the network is shown like this.")
    ] = None,
    size: EdgeSize = 256,
    style: StyleSettings = None,
    weights: Weights = None,
    workers: Workers = None,
) -> None:
    """Make a folder of pairs (source/ and target/) of A|B pictures, of two folders, or of photos and a transform."""
    from pincel.cli.progress import counter
    from pincel.data.make_pairs import make_pairs

    origin = _origin(inputs or [], side_by_side, direction, source, target, transform, size, style, weights)
    workers = 1 if transform == TransformName.hed else workers
    with counter("making pairs") as on_progress:
        result = make_pairs(origin, out, workers=workers, on_progress=on_progress)
    _end(result.lines(), result.failures)


@app.command()
def check(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Folder of pairs, the two folders of pairs, or a folder of A|B pictures.", metavar="FOLDER..."
        ),
    ],
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="The pictures are A|B.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, no progress.")] = False,
    workers: Workers = None,
) -> None:
    """Look pairs through: orphans, different sizes, empty and unreadable files, doubles. Exit code 1: to mend."""
    import json

    from pincel.cli.progress import counter
    from pincel.data.check_pairs import check_pairs

    with counter("looking") as on_progress:
        found = check_pairs(folders, side_by_side=side_by_side, workers=workers, on_progress=on_progress)
    for line in [json.dumps(found.as_json(), indent=2)] if as_json else found.lines():
        typer.echo(line)
    raise typer.Exit(1 if found.findings else 0)


def _end(lines: Iterable[str], failures: Mapping[str, str]) -> NoReturn:
    """Say what was made and what could not be."""
    for line in lines:
        typer.echo(line)
    for reason in failures.values():
        typer.echo(f"pincel: {reason}", err=True)
    raise typer.Exit(1 if failures else 0)


def _origin(
    inputs: list[Path],
    side_by_side: bool,
    direction: Direction,
    source: Path | None,
    target: Path | None,
    transform: TransformName | None,
    size: int,
    style: list[str] | None,
    weights: Path | None,
) -> Origin:
    """What the options say: one of three ways, and what belongs to it."""
    from pincel.data.pair_origins import Halves, Transform, TwoFolders
    from pincel.errors import PincelError
    from pincel.imaging.edges import style_of

    if sum((side_by_side, bool(source or target), bool(transform))) != 1:
        raise PincelError(
            "give one of: --side-by-side (A|B pictures), --source and --target (two folders), --transform"
        )
    if (style or weights) and transform in (None, TransformName.grey):
        raise PincelError("--style and --weights are for --transform canny, xdog or hed")
    if source or target:
        if not (source and target) or inputs:
            raise PincelError("two folders are named by --source DIR and --target DIR, with no other input")
        return TwoFolders(source, target)
    if not inputs:
        raise PincelError("name the pictures, or folders of them")
    if side_by_side:
        return Halves(inputs, direction.value)
    if transform is None or transform == TransformName.grey:
        return Transform(inputs)
    drawn = style_of(transform.value, style or [])
    return Transform(inputs, drawn, size or None, edges_of(transform.value, weights), weights)
