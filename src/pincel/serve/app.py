"""The application: API, page, examples."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import ClientDisconnect

from pincel import __version__
from pincel.serve.answers import BINARY, MEDIA_TYPES
from pincel.serve.api import House, open_router, router
from pincel.serve.browser_runtime import find_runtime
from pincel.serve.catalogue import EXAMPLES, STATIC, Catalogue
from pincel.serve.desk import Desk
from pincel.serve.explaining import ExplainWork
from pincel.serve.gate import Gate
from pincel.serve.guard import Guard
from pincel.serve.painting import PaintWork
from pincel.serve.problems import ProblemBody, add_problems
from pincel.serve.settings import Settings
from pincel.serve.uploads import Intake
from pincel.serve.worker import Work
from pincel.serve.workers import WorkerPool
from pincel.tasks import TASKS

__all__ = ["create_app"]

CLOSED_REQUEST = 499  # nginx's number for a client that hung up; nobody reads it


def create_app(settings: Settings, catalogue: Catalogue, *, painting: Work | None = None) -> Guard:
    """The application; its workers live as long as its lifespan.

    Args:
        settings: limits, token, workers, names.
        catalogue: what is offered.
        painting: what painting workers do; `PaintWork` by default.

    Raises:
        PincelError: a setting that cannot be.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        cores, first = os.cpu_count() or 1, {task.model for task in TASKS.values()}
        ready = tuple(offer.path for name, offer in catalogue.models.items() if name in first)
        painters = WorkerPool(painting or PaintWork(ready, cores), settings.workers, cores)
        explainers = WorkerPool(ExplainWork(), 1, cores) if catalogue.why_not is None else None
        desk, intake = Desk(settings.limits.places), Intake(settings.limits)
        app.state.house = house = House(settings, catalogue, desk, intake, painters, explainers)
        try:
            painters.start()
            app.openapi()  # is kept; nobody need wait for it
            if explainers is not None and catalogue.runs:  # who gives a run wants it explained; others wait for imports
                explainers.start()
            yield
        finally:
            house.stop()
            for pool in house.pools():
                pool.close()

    app = FastAPI(
        title="Pincel",
        version=__version__,
        description="Colour black-and-white photos, make photos of drawings, see why. Nothing is kept on disk.",
        lifespan=lifespan,
        docs_url=None,  # stock Swagger needs inline scripts; /docs is our own
        redoc_url=None,
        redirect_slashes=False,  # would name the server as a proxy calls it
    )
    add_problems(app)
    packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *MEDIA_TYPES.values(), BINARY)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5, exclude_content_types=packed)

    @app.exception_handler(ClientDisconnect)
    async def hung_up(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=CLOSED_REQUEST)

    app.include_router(open_router)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    if runtime := find_runtime():
        app.mount("/runtime", StaticFiles(directory=runtime.folder), name="runtime")
    app.mount("/examples", StaticFiles(directory=EXAMPLES), name="examples")

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html")

    _document(app, needs_token=settings.token is not None)
    return Guard(app, Gate.of(settings), settings.limits.requests)


def _document(app: FastAPI, *, needs_token: bool) -> None:
    """Bring what `documented` refers to into the schema, and leave out what this server does not ask for."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        parts = schema.setdefault("components", {})
        parts.setdefault("schemas", {})["ProblemBody"] = ProblemBody.model_json_schema()
        if not needs_token:
            parts.pop("securitySchemes", None)
            for path in schema["paths"].values():
                for operation in path.values():
                    operation.pop("security", None)
        return schema

    app.openapi = openapi
