"""Try a model file of others before it is trusted: once, on two tiny pictures, within bounds of time and memory.

Nothing of it is optimised for that, so that what it computes from constants alone is bounded too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Thread

import numpy as np
import onnxruntime

from pincel.errors import ModelError
from pincel.memory import default_limit
from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard, read_card, unpack_hashes
from pincel.tasks import TASKS
from pincel.text import counted, one_line

__all__ = ["SILENT", "check_output", "read_metadata", "session_options", "try_out", "why_not_run"]

SECONDS = 10.0
GRACE_SECONDS = 2.0  # for the operator at work to end, once the model was told to stop
SHAPE = (2, 20, 12)  # pictures, height, width
SILENT = 4  # onnxruntime's severity: nothing but what ends the process
OUT_OF_MEMORY = ("Available memory", "Failed to allocate", "bad_alloc", "storage size overflowed", "require more than")
LARGEST_OUTPUT = 100.0  # a network without a last tanh goes beyond 1, none so far

onnxruntime.set_default_logger_severity(SILENT)  # failures are told in our words


def try_out(path: Path) -> None:
    """Paint two tiny pictures with a file.

    Raises:
        ModelError: it is no model of Pincel's, fails, does not end in time, or asks for too much memory.
    """
    run_options = onnxruntime.RunOptions()
    run_options.log_severity_level = SILENT
    run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    reasons: list[str] = []

    def attempt() -> None:
        try:
            _attempt(path, run_options)
        except ValueError as error:
            reasons.append(str(error))
        except Exception as error:  # whatever a strange file does to onnxruntime
            reasons.append(why_not_run(error))

    thread = Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if thread.is_alive():
        run_options.terminate = True
        thread.join(GRACE_SECONDS)
        reasons.insert(0, f"it has not painted a tiny picture within {SECONDS:g} seconds")
    if reasons:
        raise ModelError(f"{path} is not one of Pincel's models: {reasons[0]}")


def session_options(threads: int, *, bounded: bool) -> onnxruntime.SessionOptions:
    """Options of a session.

    Args:
        threads: of onnxruntime.
        bounded: whether all such sessions of this process together get no more than half of the free memory.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.load_model_format", "ONNX")
    if bounded:
        _bound_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def read_metadata(session: onnxruntime.InferenceSession) -> tuple[ModelCard, np.ndarray]:
    """The card of a file and the hashes of its training pictures.

    Raises:
        ValueError: they cannot be read; the message says why.
    """
    try:
        metadata = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError:
        raise ValueError("its metadata are no text") from None
    if CARD_KEY not in metadata:
        raise ValueError("it has no model card inside; `pincel export` makes such files")
    try:
        hashes = unpack_hashes(metadata.get(HASHES_KEY, ""))
    except ValueError:
        raise ValueError("the hashes of its training pictures cannot be read") from None
    return read_card(metadata[CARD_KEY]), hashes


def check_output(card: ModelCard, name: str, output: object, pictures: int, height: int, width: int) -> np.ndarray:
    """An output, when it is what a model with such a card gives for so many pictures of such a size.

    Raises:
        ValueError: it is something else; the message says what.
    """
    shape = {
        "painted": (pictures, TASKS[card.task].target_channels, height, width),
        "label_logits": (pictures, len(card.classes)),
        "bins": (pictures, len(card.bins), -(-height // 4), -(-width // 4)),
    }[name]
    if not isinstance(output, np.ndarray) or output.dtype != np.float32:
        raise ValueError(f"its output '{name}' is no float32 array")
    if output.shape != shape:
        sizes = [" x ".join(map(str, one)) for one in (output.shape, shape)]
        raise ValueError(f"its output '{name}' has the size {sizes[0]}, not {sizes[1]}")
    if not np.isfinite(output).all():
        raise ValueError(f"its output '{name}' is not finite")
    if name == "painted" and output.size and np.abs(output).max() > LARGEST_OUTPUT:
        raise ValueError("what it paints is far out of -1 to 1")
    return output


def why_not_run(error: Exception) -> str:
    """What onnxruntime says, short and in one line."""
    text = one_line(str(error))
    if any(sign in text for sign in OUT_OF_MEMORY):
        return "it asks for more memory than it may have"
    return f"it cannot be run ({text.rpartition('Status Message: ')[2][:200]})"


def _attempt(path: Path, run_options: onnxruntime.RunOptions) -> None:
    options = session_options(1, bounded=True)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception:  # onnxruntime has no common base class for its errors
        raise ValueError("it is not a model that onnxruntime can load; is it a whole .onnx file?") from None
    card, _ = read_metadata(session)
    wanted = _wanted(session, card)
    pictures, height, width = SHAPE
    feeds: dict[str, np.ndarray] = {}
    for one in session.get_inputs():
        if one.name == "label":
            feeds["label"] = np.linspace(0, len(card.classes), pictures).astype(np.int64)  # the first, and unknown
        else:
            planes = (pictures, TASKS[card.task].source_channels, height, width)
            feeds[one.name] = np.random.default_rng(0).uniform(-1, 1, planes).astype(np.float32)
    for name, output in zip(wanted, session.run(wanted, feeds, run_options), strict=True):
        check_output(card, name, output, *SHAPE)


def _wanted(session: onnxruntime.InferenceSession, card: ModelCard) -> list[str]:
    """The outputs that the card promises; its inputs are looked at, too."""
    try:
        inputs, outputs = session.get_inputs(), {output.name for output in session.get_outputs()}
    except UnicodeDecodeError:
        raise ValueError("the names in it are no text") from None
    shown = [one for one in inputs if one.name != "label"]
    labels = [one for one in inputs if one.name == "label"]
    if len(shown) != 1:
        raise ValueError(f"it wants {counted(len(shown), 'input')}, a model of Pincel's one: the picture")
    if bool(labels) != bool(card.classes):
        has = "an" if labels else "no"
        raise ValueError(f"its card names {counted(len(card.classes), 'label')}, and it has {has} input for them")
    if card.tells_label and not card.classes:
        raise ValueError("its card says that it tells labels, and names none")
    planes, sizes = TASKS[card.task].source_channels, list(shown[0].shape)
    if shown[0].type != "tensor(float)" or any(one.type != "tensor(int64)" for one in labels):
        raise ValueError("its inputs are not float32 pictures and int64 labels")
    if len(sizes) != 4:
        raise ValueError(f"its pictures have {len(sizes)} dimensions, not 4")
    if isinstance(sizes[1], int) and sizes[1] != planes:
        raise ValueError(f"it is shown {counted(sizes[1], 'plane')}, and {card.task} has {planes}")
    if any(isinstance(side, int) for side in (sizes[0], *sizes[2:])):
        raise ValueError(f"it takes pictures of one size only ({' x '.join(map(str, sizes))})")
    wanted = ["painted", *(["label_logits"] if card.tells_label else []), *(["bins"] if card.bins else [])]
    missing = next((name for name in wanted if name not in outputs), None)
    if missing:
        raise ValueError(f"it has no output '{missing}', though its card says so; export the model again")
    return wanted


@cache
def _bound_memory() -> None:
    """Give this process's sessions one store of memory with an end; it is asked for once."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"max_mem": default_limit()}))
