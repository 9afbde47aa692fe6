"""Errors as problem+json (RFC 9457), with the sentences of the command line; never a traceback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from pincel.errors import PictureError, PincelError, join
from pincel.serve.worker import Cancelled, WorkerFailed
from pincel.serve.workers import TookTooLong

__all__ = ["MEDIA_TYPE", "Problem", "ProblemBody", "add_problems", "documented", "options_sentence", "problem_of"]

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """What went wrong, and how to mend it."""

    type: str = "about:blank"
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="one sentence: what is wrong and how to mend it")


class Problem(PincelError):
    """An error with its HTTP status and further headers."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.headers = status, dict(headers or {})

    def response(self) -> JSONResponse:
        """The answer."""
        body = ProblemBody(title=HTTPStatus(self.status).phrase, status=self.status, detail=str(self))
        return JSONResponse(body.model_dump(), self.status, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: PincelError) -> Problem:
    """The status that fits an expected failure."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, TookTooLong):
        option = "--decode-seconds" if error.stage == "decode" else "--paint-seconds"
        sentence = f"the picture took longer than {error.seconds:g} seconds to {error.stage}; send a smaller one, or "
        return Problem(422, f"{sentence}start the server with a larger {option}")
    if isinstance(error, WorkerFailed):
        return Problem(503, str(error), {"Retry-After": "1"})
    if isinstance(error, Cancelled):
        return Problem(409, str(error))
    return Problem(422, error.elsewhere if isinstance(error, PictureError) else str(error))


def add_problems(app: FastAPI) -> None:
    """Make every error of an application one of these."""

    @app.exception_handler(PincelError)
    async def expected(_request: Request, error: PincelError) -> JSONResponse:
        return problem_of(error).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return Problem(422, options_sentence(error.errors())).response()

    @app.exception_handler(HTTPException)
    async def by_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if "GET" in (allowed := headers.get("Allow", "").split(", ")):
            headers["Allow"] = ", ".join(sorted({*allowed, "HEAD"}))
        detail = {
            404: f"there is nothing at {request.url.path[:200]}; see /docs",
            405: f"{request.url.path[:200]} takes {headers.get('Allow')} only; see /docs",
        }.get(error.status_code, str(error.detail))
        return Problem(error.status_code, detail, headers).response()

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, _error: Exception) -> JSONResponse:
        return Problem(500, "something went wrong in the server; its log says what").response()


def options_sentence(errors: Sequence[Any], known: Sequence[str] = ()) -> str:
    """What pydantic found wrong with options, the first of it, as one sentence."""
    first = errors[0]
    name = str(first["loc"][-1])
    if first["type"] == "extra_forbidden":
        return f"there is no option '{name}'" + (f"; known: {join(known)}" if known else "; see /docs")
    wrong = first["msg"][:1].lower() + first["msg"][1:]
    return f"option '{name}' cannot be '{str(first['input'])[:60]}': {wrong}"


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of these statuses, for OpenAPI."""
    words = {
        400: "the request is malformed",
        401: "the server was started with a token",
        404: "there is no such thing",
        408: "the upload stood still",
        409: "cancelled, or the request's name is in use",
        413: "the body is larger than the server takes",
        422: "a picture that cannot be read, or an option that does not fit",
        429: "all places are taken; `Retry-After` says when to come again",
        503: "a worker failed; send it again",
    }
    schema = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
    return {status: {"description": words[status], "content": {MEDIA_TYPE: schema}} for status in statuses}
