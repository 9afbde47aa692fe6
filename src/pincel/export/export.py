"""`export_run`: the weights of a run, its card and its hashes into one .onnx file."""

from __future__ import annotations

import contextlib
import datetime
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from pincel.errors import PincelError
from pincel.export.onnx_graph import parity, store_as_float16, to_onnx
from pincel.files import write_atomically
from pincel.models.generators.base import Generator
from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard, pack_hashes
from pincel.tasks import TASKS
from pincel.training.networks import load_painter
from pincel.training.pretrained import after, origin_behind, shown_as
from pincel.training.run import Run

__all__ = ["executed_macs", "export_run", "load_painter"]

PARITY_SIZES = ((64, 64), (77, 131), (256, 192))  # none is the size the graph is traced with
TOLERANCE = {False: 1e-4, True: 2e-2}  # of ab / 110, float32 and float16 storage


def export_run(
    run: str | Path,
    out: Path,
    *,
    fp16: bool = False,
    which: str | None = None,
    average: Sequence[str | Path] = (),
    name: str | None = None,
    card: dict[str, Any] | None = None,
) -> Path:
    """Write a run's generator as a model file.

    Args:
        run: folder of the run.
        out: the .onnx file to write.
        fp16: store large weights as float16 (arithmetic stays float32).
        which: ``last`` or ``best`` weights of every run; as each one's recipe says when None.
        average: further runs of the same network: the mean of all their weights is written ("model soups", Wortsman et
            al. 2022), which often paints better than either when one run goes on from the other; a run named twice
            counts twice. Where ``run`` is told no classes, those that are give what the two networks share.
        name: of the model; the file's stem by default.
        card: further fields of the `ModelCard` (description, data, data_licence, saturation, working_size, ...).

    Raises:
        PincelError: not a run, no weights yet, runs of different networks, or the file does not agree with torch.
    """
    opened = Run.open(run)
    recipe = opened.recipe()
    others = [Run.open(other) for other in average]
    generator, facts = _mean_painter(opened, which, others), opened.facts()
    which = which or recipe.validation.keep
    channels, classes = generator.in_channels, generator.classes
    tells_label = "label_logits" in recipe.side_outputs
    model = to_onnx(generator, channels, classes, tells_label)
    if fp16:
        store_as_float16(model)
    differences = parity(model.SerializeToString(), generator, channels, PARITY_SIZES, classes)
    worst = max(differences.values())
    if not worst <= TOLERANCE[fp16]:
        raise PincelError(f"the exported file differs from torch by {worst:.2g} (allowed: {TOLERANCE[fp16]:g})")
    wished = (card or {}).get("working_size")
    working_size = wished if isinstance(wished, int) and wished > 0 else recipe.working_size or recipe.data.size
    filled = ModelCard(
        **{
            "name": name or out.stem,
            "task": recipe.task,
            "classes": facts["classes"] if classes else [],
            "tells_label": tells_label,
            "size_multiple": generator.size_multiple,
            "working_size": working_size,
            **({"largest_working_size": generator.largest_size} if generator.largest_size else {}),
            "bins": generator.bin_colors,
            **shown_as(recipe),
            "parameters": sum(p.numel() for p in generator.parameters()),
            "macs_128": executed_macs(generator, 128, 128),
            "macs_working": executed_macs(generator, working_size, working_size),
            "sketch": _sketch(opened),
            "generator": recipe.generator.model_dump(mode="json"),
            "data": ", ".join(Path(folder).name for folder in facts["folders"]),
            "training_pictures": facts["training_pictures"],
            "split_digest": facts["split_digest"],
            "recipe": recipe.to_yaml(),
            "training": _training(opened, which, others),
            "parity": differences,
            "versions": _versions(),
            "created": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            **(card or {}),
        }
    )
    filled = _with_origins(filled, (opened, *others))
    seen = {int(text, 16) for one in (opened, *others) for text in one.facts()["training_hashes"]}
    hashes = np.array(sorted(seen), np.uint64)
    for key, value in ((CARD_KEY, filled.model_dump_json()), (HASHES_KEY, pack_hashes(hashes))):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    _strip_notes(model)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, model.SerializeToString())
    except OSError as error:
        raise PincelError(f"{out} cannot be written: {error.strerror}; choose another -o") from None
    return out


def _mean_painter(run: Run, which: str | None, others: Sequence[Run]) -> Generator:
    """The run's generator with the mean of its own weights and the other runs'."""
    generator = load_painter(run, which or run.recipe().validation.keep)
    states = [generator.state_dict()]
    for other in others:
        state = load_painter(other, which or other.recipe().validation.keep).state_dict()
        if not generator.classes:
            state = {k: v for k, v in state.items() if not k.startswith(generator.label_parts)}
        if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in states[0].items()}:
            raise PincelError(f"{other.folder} has another network than {run.folder}; only equal ones can be averaged")
        states.append(state)
    generator.load_state_dict({k: torch.stack([s[k].double() for s in states]).mean(0) for k in states[0]})
    return generator


def executed_macs(generator: Generator, height: int, width: int) -> int:
    """Multiply-adds executed by convolutions and matrix products for one picture (torch's flop counter, halved)."""
    source = torch.zeros(1, generator.in_channels, height, width)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        generator.eval()(source)
    return counter.get_total_flops() // 2


def _with_origins(card: ModelCard, runs: Sequence[Run]) -> ModelCard:
    """The card with the data and the licence of what the runs started from, each once."""
    for origin in map(_origin, runs):
        if origin and f"started from {origin['name']}:" not in card.data:
            card = card.model_copy(update=after({"data": card.data, "data_licence": card.data_licence}, origin))
    return card


def _origin(run: Run) -> dict[str, str]:
    """What a run started from, as far as it can be told: runs begun before this was noted are asked anew."""
    facts = run.facts()
    with contextlib.suppress(PincelError):
        return facts["start"] if "start" in facts else origin_behind(run.recipe().generator.weights)
    return {}


def _sketch(run: Run) -> dict[str, Any]:
    """How the sketches were drawn that a run learnt from; nothing when they were given with the photos."""
    recipe = run.recipe()
    drawn = TASKS[recipe.task].draws and not run.facts().get("pairs")
    return recipe.sketch.model_dump(mode="json") if drawn else {}


def _training(run: Run, which: str, others: Sequence[Run]) -> dict[str, Any]:
    validations = list(run.rows("validation"))
    if not validations:
        return {}
    chosen = min(validations, key=lambda row: row["best"]) if which == "best" else validations[-1]
    return {
        "weights": which,
        "step": chosen["step"],
        "epochs": chosen["epoch"],
        "validation_ciede2000": chosen["ciede2000"],
        **({"averaged_with": ", ".join(other.folder.name for other in others)} if others else {}),
    }


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("pincel", "torch", "onnx", "timm")} | {"python": platform.python_version()}


def _strip_notes(model: Any) -> None:
    """Leave out torch's per-node notes (stack traces with the exporter's paths): smaller, and private."""
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]
    for tensor in model.graph.initializer:
        tensor.doc_string = ""
        del tensor.metadata_props[:]
