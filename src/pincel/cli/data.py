"""`pincel data explore`, `pincel data prepare`, `pincel data split`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Look at folders of photos, and prepare them for training.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Look at folders of photos before anything is learnt from them, and prepare them for training."""


@app.command()
def explore(
    folders: Annotated[
        list[Path], typer.Argument(help="Folder of class folders, or of photos; may be several.", metavar="FOLDER...")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    workers: Annotated[
        int | None, typer.Option(min=1, help="Files read at once; the number of processors by default.")
    ] = None,
) -> None:
    """Report what is in a folder of photos: classes, sizes, colours, grey photos, duplicates, damaged files."""
    from pincel.cli.progress import counter
    from pincel.evaluation.exploration.write import exploration_lines, report_exploration

    found = report_exploration(folders, out, workers=workers, counter=counter)
    for line in exploration_lines(found):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}; dataset.csv has a row a file, dataset.json the summary.")
    raise typer.Exit(1 if found.total.unreadable else 0)


@app.command()
def prepare(
    folders: Annotated[
        list[Path], typer.Argument(help="Folder of class folders, or of photos; may be several.", metavar="FOLDER...")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pairs: a new one, or the one to go on with.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Side of the squares in pixels.")] = 128,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of the JPEGs.")] = 95,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Pictures at once; the number of processors by default.")
    ] = None,
) -> None:
    """Make aligned pairs of one size, colour and grey: aspect kept, black padding, and a manifest."""
    from pincel.cli.progress import counter
    from pincel.data.prepare import prepare as prepare_pairs

    with counter("preparing") as on_progress:
        result = prepare_pairs(folders, out, size=size, quality=quality, workers=workers, on_progress=on_progress)
    for line in result.lines():
        typer.echo(line)
    for reason in result.failures.values():
        typer.echo(f"pincel: {reason}", err=True)
    raise typer.Exit(1 if result.failures else 0)


@app.command()
def split(
    folders: Annotated[
        list[Path], typer.Argument(help="Folder of class folders, or of photos; may be several.", metavar="FOLDER...")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV file to write.")],
    random: Annotated[
        bool, typer.Option("--random", help="Deal every photo alone, near-duplicates too, as the papers do.")
    ] = False,
    grey: Annotated[bool, typer.Option("--grey/--no-grey", help="Deal grey photos too; they teach no colour.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the shuffle.")] = 0,
) -> None:
    """Deal the photos to train, val and test (80/10/10 in every class) and keep that in a file for data.split."""
    from pincel.cli.progress import counter
    from pincel.data.cache import CACHE_SIDE, build_cache
    from pincel.data.scan import scan
    from pincel.data.split import split_cache, write_split

    with counter("decoding") as on_progress:
        cache = build_cache(scan(folders), CACHE_SIDE, on_progress=on_progress)
    dealt = split_cache(cache, exclude_grey=not grey, keep_duplicates_together=not random, seed=seed)
    write_split(dealt, out)
    counts = {side: len(dealt.keys(side)) for side in ("train", "val", "test", "excluded")}
    typer.echo(f"{out}: " + ", ".join(f"{count} {side}" for side, count in counts.items() if count))
    for reason in cache.failures.values():
        typer.echo(f"pincel: {reason}", err=True)
    raise typer.Exit(1 if cache.failures else 0)
