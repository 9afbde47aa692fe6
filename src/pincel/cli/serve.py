"""`pincel serve`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pincel.cli.options import finite
from pincel.serve.settings import Limits

__all__ = ["serve"]


def _limit(least: float, text: str) -> Any:
    """An option that is a finite number."""
    return typer.Option(callback=finite, min=least, help=text)


def serve(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            help="Further .onnx files or hf:OWNER/NAME to offer; runs to explain.", metavar="[MODEL|RUN]..."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; by default only this machine reaches it.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8000,
    token: Annotated[
        str | None, typer.Option(envvar="PINCEL_TOKEN", help="What programs and the page must know to use it.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Name by which it may be called, as photos.example; several times for more."),
    ] = None,
    root_path: Annotated[str, typer.Option(help="Where a proxy shows it, as /pincel.")] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address or network of a proxy whose X-Forwarded-* are believed; several times for more."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that paint; the number of processors by default.")
    ] = None,
    queue: Annotated[
        int, typer.Option(min=1, help="Requests at once, waiting ones too; others are sent away.")
    ] = Limits.places,
    max_mb: Annotated[float, _limit(0.001, "Largest request in megabytes.")] = Limits.megabytes,
    max_pixels: Annotated[float, _limit(0.001, "Refuse pictures of more megapixels than this.")] = Limits.pixels / 1e6,
    max_memory: Annotated[float, _limit(0.01, "Refuse pictures that take more GB of memory.")] = Limits.memory_megabytes
    / 1e3,
    decode_seconds: Annotated[float, _limit(0.1, "Longest time to read a picture.")] = Limits.decode_seconds,
    paint_seconds: Annotated[float, _limit(0.1, "Longest time to paint a picture.")] = Limits.paint_seconds,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Open a page that colours photos and draws, and an HTTP API for programs."""
    from pincel.serve.server import serve as run_server
    from pincel.serve.settings import Settings

    limits = Limits(
        max_mb, round(max_pixels * 1e6), queue, decode_seconds, paint_seconds, memory_megabytes=max_memory * 1e3
    )
    settings = Settings(
        models=tuple(models or ()),
        host=host,
        port=port,
        token=token or None,
        workers=workers or Settings().workers,
        limits=limits,
        root_path=root_path,
        allowed_hosts=tuple(allow_host or ()),
        trusted_proxies=tuple(trusted_proxy or ()),
    )
    run_server(settings, browser=browser, say=typer.echo)
