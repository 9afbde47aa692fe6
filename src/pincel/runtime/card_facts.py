"""A model card in words: headings and texts for a person to read, on the command line and on a page."""

from __future__ import annotations

from typing import Any

from pincel.runtime.card import ModelCard
from pincel.runtime.sketches import style_text
from pincel.tasks import TASKS

__all__ = ["card_facts", "quality_facts", "saturation_text"]


def card_facts(card: ModelCard) -> dict[str, str]:
    """Heading -> text, most telling first; empty ones left out. The recipe and the quality are not among them."""
    facts = {
        "task": card.task,
        "description": card.description,
        "labels": _labels(card),
        "size": f"{card.parameters / 1e6:.2f} M parameters, {card.macs_128 / 1e9:.3f} GMACs executed at 128 px",
        "working size": _working_size(card),
        "saturation": saturation_text(card) if TASKS[card.task].keeps_lightness else "",
        "bins": f"how likely each of {len(card.bins)} colours is, at every fourth pixel" if card.bins else "",
        "sketches": style_text(card.sketch) if card.sketch else "",
        "trained on": f"{card.training_pictures} pictures: {card.data}",
        "data licence": card.data_licence,
        "split": card.split_digest,
        "training": _pairs(card.training),
        "parity": f"largest difference to torch: {_pairs(card.parity)}" if card.parity else "",
        "int8": _pairs(card.quantization),
        "made with": _pairs(card.versions) + (f" on {card.created}" if card.created else ""),
    }
    return {heading: text for heading, text in facts.items() if text}


def quality_facts(card: ModelCard) -> dict[str, str]:
    """What was measured -> the figures; empty when nothing was."""
    return {name: _pairs(value) if isinstance(value, dict) else str(value) for name, value in card.quality.items()}


def saturation_text(card: ModelCard) -> str:
    """How strong a model colours, and what it is told to be of a class."""
    each = ", ".join(f"{label} {factor:g}" for label, factor in card.class_saturation.items())
    found = f" ({_pairs(card.saturation_found)})" if card.saturation_found else ""
    return f"{card.saturation:g}{f'; and of what is told to be {each}' if each else ''}{found}"


def _working_size(card: ModelCard) -> str:
    cost = f" ({card.macs_working / 1e9:.3f} GMACs for a square)" if card.macs_working else ""
    text = f"long side {card.working_size} px{cost}, sizes padded to multiples of {card.size_multiple}"
    if not TASKS[card.task].keeps_lightness:
        return text
    bars = ", black bars left out" if card.leaves_bars else ""
    return f"{text}; small pictures enlarged {card.largest_enlargement:g} times at most{bars}"


def _labels(card: ModelCard) -> str:
    if not card.classes:
        return "none; the model takes no label" if TASKS[card.task].keeps_lightness else ""
    if not card.tells_label:
        return ", ".join(card.classes)
    none = "" if card.least_logit is None else f", or none of these (logits below {card.least_logit:g})"
    return f"{', '.join(card.classes)}; it tells them by itself{none}"


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )
