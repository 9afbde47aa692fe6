"""The routes under ``/api/v1``."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from pincel import __version__
from pincel.serve.answers import MEDIA_TYPES, PictureAnswer, painted_answer
from pincel.serve.catalogue import Catalogue
from pincel.serve.desk import Desk, Ticket
from pincel.serve.explaining import ExplainOrder
from pincel.serve.forms import FIELD, Upload
from pincel.serve.options import (
    ColorizeOptions,
    ExplainQuery,
    LabelsQuery,
    PictureOptions,
    TranslateOptions,
    with_fields,
)
from pincel.serve.painting import PaintOrder
from pincel.serve.problems import Problem, documented
from pincel.serve.settings import Settings
from pincel.serve.uploads import Intake
from pincel.serve.workers import Task, WorkerPool

__all__ = ["House", "open_router", "router"]


@dataclass
class House:
    """Everything that requests share."""

    settings: Settings
    catalogue: Catalogue
    desk: Desk
    intake: Intake
    painters: WorkerPool
    explainers: WorkerPool | None = None

    @asynccontextmanager
    async def upload(self, request: Request, name: str | None) -> AsyncIterator[tuple[Ticket, Upload]]:
        """The picture of a request; it has a place as long as the block runs, and none while it is being sent.

        Raises:
            Problem, ClientDisconnect: as of `Desk.named`, `Desk.place` and `Intake.upload`.
        """
        with self.desk.named(name) as ticket:
            async with self.intake.upload(request) as upload:
                with self.desk.place():
                    yield ticket, upload

    def pools(self) -> list[WorkerPool]:
        """All workers."""
        return [pool for pool in (self.painters, self.explainers) if pool is not None]

    def stop(self) -> None:
        """Answer everybody that the server is being stopped."""
        for pool in self.pools():
            pool.stop()


async def _house(request: Request) -> House:
    return request.app.state.house


async def _check_token(
    house: Annotated[House, Depends(_house)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> None:
    token = house.settings.token
    if token is None:
        return
    if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
        raise Problem(
            401, "this server wants a token: send Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
        )


InHouse = Annotated[House, Depends(_house)]
RequestName = Annotated[
    str | None,
    Header(alias="X-Request-ID", description="a UUID of yours, for `/progress` and `DELETE /requests`"),
]
open_router = APIRouter(prefix="/api/v1", tags=["server"])
router = APIRouter(prefix="/api/v1", dependencies=[Depends(_check_token)], responses=documented(401))

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                    "description": "Options may be further fields; they count before those of the query.",
                }
            },
        },
    }
}
PICTURE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
        "headers": {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in {
                "Server-Timing": "milliseconds of wait, decode, paint, encode",
                "X-Pincel-Model": "the model that painted",
                "X-Pincel-Label": "the label it was told, found by itself with `auto`; percent-encoded",
                "X-Pincel-Size": "width x height in pixels",
                "X-Pincel-Note": "what was not done as asked, and why; percent-encoded",
                "X-Pincel-Notice": "`already-in-colour`: the photo has colours, which were not looked at",
                "X-Pincel-Pages": "how many pictures the file has, where it has several; `page` chooses one",
            }.items()
        },
    }
}
PNG_ANSWER = {200: {"description": "A PNG.", "content": {"image/png": {}}}, **documented(404)}
REFUSALS = documented(400, 408, 409, 413, 422, 429, 503)


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok"] = "ok"
    version: str
    working: int = Field(description="orders that workers are busy with")
    waiting: int = Field(description="other requests that have a place")
    sending: int = Field(description="requests whose body is on its way; they have no place yet")
    places: int


class Progress(BaseModel):
    """Where a request is."""

    state: Literal["waiting", "working", "done", "unknown"]
    position: int = Field(0, description="in the queue, from 1; 0: is being sent, or not waiting")
    stage: Literal["decode", "paint", "encode", "explain"] | None = None


@open_router.get("/health")
async def health(house: InHouse) -> Health:
    """Whether the server is there, and how busy. Needs no token."""
    working = sum(pool.busy for pool in house.pools())
    desk = house.desk
    waiting = max(0, desk.taken - working)
    return Health(
        version=__version__, working=working, waiting=waiting, sending=house.intake.sending, places=desk.places
    )


@router.get("/models", tags=["server"])
async def models(house: InHouse) -> dict[str, Any]:
    """The models, their cards, what can be explained, and the limits."""
    limits = house.settings.limits
    return {
        **house.catalogue.shown(),
        "limits": {"megabytes": limits.megabytes, "pixels": limits.pixels, "queue": limits.places},
        "token_needed": house.settings.token is not None,
    }


def _takes_a_picture(path: str, tag: str, answers: dict[int | str, dict[str, Any]]) -> Callable[..., Any]:
    """A route whose body is a picture, or a form with it."""
    responses = {**answers, **REFUSALS}
    return router.post(path, tags=[tag], response_class=Response, responses=responses, openapi_extra=PICTURE_BODY)


@_takes_a_picture("/colorize", "paint", PICTURE_ANSWER)
async def colorize(
    request: Request, house: InHouse, options: Annotated[ColorizeOptions, Query()], request_name: RequestName = None
) -> Response:
    """Colour a photo. The body is the photo, or a form with it; the answer is the coloured photo."""
    return await _paint(request, house, "colorize", options, request_name, "coloured")


@_takes_a_picture("/translate", "paint", PICTURE_ANSWER)
async def translate(
    request: Request, house: InHouse, options: Annotated[TranslateOptions, Query()], request_name: RequestName = None
) -> Response:
    """Turn a drawing into a photo, or any A into a B. The body is the picture, or a form with it."""
    return await _paint(request, house, "translate", options, request_name, "painted")


@_takes_a_picture("/explain", "explain", PNG_ANSWER)
async def explain(
    request: Request, house: InHouse, options: Annotated[ExplainQuery, Query()], request_name: RequestName = None
) -> Response:
    """What a network looks at: a heat map, transparent where it does not, to lay over the picture."""
    return await _explain(request, house, options, request_name)


@_takes_a_picture("/labels", "explain", PNG_ANSWER)
async def labels(
    request: Request, house: InHouse, options: Annotated[LabelsQuery, Query()], request_name: RequestName = None
) -> Response:
    """What the label changes: one strip of the picture painted with each label."""
    return await _explain(request, house, options, request_name)


@router.get("/progress/{name}", tags=["requests"], responses=documented(422))
async def progress(name: str, house: InHouse) -> Progress:
    """Where a request is that was sent with this ``X-Request-ID``."""
    return Progress.model_validate(house.desk.progress(name))


@router.delete("/requests/{name}", tags=["requests"], status_code=204, responses=documented(404, 422))
async def cancel(name: str, house: InHouse) -> None:
    """Cancel a request that was sent with this ``X-Request-ID``; its place is free at once."""
    house.desk.cancel(name)


async def _paint(
    request: Request, house: House, command: str, options: PictureOptions, request_name: str | None, word: str
) -> PictureAnswer:
    limits = house.settings.limits
    house.catalogue.pick(options.model, command)  # a wrong one is told before the picture is sent
    async with house.upload(request, request_name) as (ticket, upload):
        begin = time.monotonic()
        asked = with_fields(options, upload.fields)
        offer = house.catalogue.pick(asked.model, command)
        order = PaintOrder(
            offer.path,
            asked.painting(),
            asked.side_by_side,
            asked.format,
            asked.quality,
            limits.pixels,
            limits.memory_bytes,
            asked.page,
            upload.name or "the picture",
        )
        seconds = {"decode": limits.decode_seconds, None: limits.paint_seconds}
        result = await ticket.run(request, house.painters, Task(order, upload.data, seconds))
    house.desk.took(time.monotonic() - begin)
    return painted_answer(result, offer.name, upload.name, word)


async def _explain(
    request: Request, house: House, options: ExplainQuery | LabelsQuery, request_name: str | None
) -> PictureAnswer:
    limits = house.settings.limits
    if house.explainers is None:
        raise Problem(404, house.catalogue.why_not or "nothing can be explained here")
    async with house.upload(request, request_name) as (ticket, upload):
        asked = with_fields(options, upload.fields)
        wanted = asked.options()
        model = house.catalogue.pick_explained(asked.model, wanted.methods[0])
        house.explainers.start()
        order = ExplainOrder(model, wanted, limits.pixels, limits.memory_bytes)
        task = Task(order, upload.data, {None: limits.paint_seconds})
        result = await ticket.run(request, house.explainers, task)
    return PictureAnswer(result.data, "image/png", {})
