"""Every switch by which a library that Pincel uses sends word of its use to somebody: all off, in one place."""

from __future__ import annotations

import os
import sys

__all__ = ["SWITCHES", "silence"]

# most libraries read theirs when they are imported; the processes that Pincel starts inherit them
SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, through which timm loads
    "DISABLE_TELEMETRY": "1",  # its older name
    "RAY_USAGE_STATS_ENABLED": "0",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",  # FastAPI would report each request to a collector named by the environment
    "DO_NOT_TRACK": "1",  # whoever keeps to donottrack.sh
}


def silence() -> None:
    """Turn them off, whatever they were before, for this process and those that it starts."""
    os.environ.update(SWITCHES)
    if "onnxruntime" in sys.modules:  # a program imported it before pincel
        sys.modules["onnxruntime"].disable_telemetry_events()
