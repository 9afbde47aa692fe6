"""What /openapi.json says, and whether the server keeps to it whatever is sent (schemathesis)."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
checks = schemathesis.checks
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]


@pytest.fixture(scope="module")
def operations(server):
    """``POST /api/v1/colorize`` -> schemathesis's operation."""
    found = schemathesis.openapi.from_url(server.url + "/openapi.json").get_all_operations()
    return {operation.ok().label: operation.ok() for operation in found}


POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
PAINTING = [f"POST /api/v1/{path}" for path in ("colorize", "translate", "explain", "labels")]
LOOKING = ["GET /api/v1/models", "GET /api/v1/progress/{name}", "DELETE /api/v1/requests/{name}"]


@pytest.mark.parametrize(
    ("label", "mode"),
    [(label, POSITIVE) for label in PAINTING + LOOKING] + [(label, NEGATIVE) for label in PAINTING],
)
def test_the_server_keeps_to_its_schema_whatever_is_sent(operations, label, mode):
    strategy = operations[label].as_strategy(generation_mode=mode)

    @settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def every(case):
        case.call_and_validate(checks=CHECKS, timeout=30)

    every()


def test_the_schema_names_every_option_answer_and_problem(server):
    schema = httpx.get(server.url + "/openapi.json").json()
    assert set(schema["paths"]) == {
        f"/api/v1/{path}"
        for path in (
            "health",
            "models",
            "models/{name}/file",
            "colorize",
            "translate",
            "explain",
            "labels",
            "progress/{name}",
            "requests/{name}",
        )
    }
    colorize = schema["paths"]["/api/v1/colorize"]["post"]
    assert {one["name"] for one in colorize["parameters"]} == {
        "model",
        "label",
        "saturation",
        "working_size",
        "side_by_side",
        "format",
        "page",
        "quality",
        "X-Request-ID",
    }
    assert set(colorize["responses"]) == {"200", "400", "401", "408", "409", "413", "422", "429", "503"}
    assert set(colorize["responses"]["422"]["content"]) == {"application/problem+json"}
    assert set(colorize["requestBody"]["content"]) == {"application/octet-stream", "multipart/form-data"}
    assert "image/jpeg" in colorize["responses"]["200"]["content"]
    assert "application/json" not in colorize["responses"]["200"]["content"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]
