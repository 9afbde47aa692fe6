import json
import pickle

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pincel.errors import PictureError
from pincel.serve.problems import MEDIA_TYPE, Problem, documented, options_sentence, problem_of
from pincel.serve.worker import Cancelled, WorkerFailed
from pincel.serve.workers import TookTooLong


def test_an_answer_is_problem_json_with_the_sentence():
    answer = Problem(429, "come again", {"Retry-After": "3"}).response()
    assert (answer.status_code, answer.media_type, answer.headers["retry-after"]) == (429, MEDIA_TYPE, "3")
    assert json.loads(bytes(answer.body)) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "come again",
    }


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (PictureError("it is cut off"), 422, False),
        (WorkerFailed("it died"), 503, True),
        (Cancelled("nobody waits"), 409, False),
        (TookTooLong("decode", 30), 422, False),
        (TookTooLong("paint", 120), 422, False),
        (Problem(413, "too large"), 413, False),
    ],
)
def test_every_expected_failure_has_its_status(error, status, again):
    problem = problem_of(error)
    assert problem.status == status
    assert ("Retry-After" in problem.headers) == again


def test_a_client_is_not_told_what_only_the_server_can_mend():
    error = pickle.loads(pickle.dumps(PictureError("a.heic: pip install it in /home/me", "a.heic is not read here")))
    assert str(problem_of(error)) == "a.heic is not read here"
    assert str(error) == "a.heic: pip install it in /home/me"


def test_a_stage_that_took_too_long_names_the_option():
    assert "to decode; send a smaller one, or start the server with a larger --decode-seconds" in str(
        problem_of(TookTooLong("decode", 30))
    )
    assert "120 seconds to paint" in str(problem_of(TookTooLong("paint", 120)))


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")
    quality: int = Field(95, ge=1, le=100)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"quality": 300}, "option 'quality' cannot be '300': input should be less than or equal to 100"),
        ({"quallity": 3}, "there is no option 'quallity'; known: quality"),
    ],
)
def test_wrong_options_are_one_sentence(given, sentence):
    with pytest.raises(ValidationError) as found:
        Options.model_validate(given)
    assert options_sentence(found.value.errors(), ["quality"]) == sentence


def test_documented_answers_are_problems():
    for entry in documented(400, 401, 404, 408, 409, 413, 422, 429, 503).values():
        assert list(entry["content"]) == [MEDIA_TYPE]
        assert entry["description"]
