"""A model card as lines for a person to read."""

from __future__ import annotations

from pincel.runtime.card_facts import card_facts, quality_facts
from pincel.runtime.model_file import Model

__all__ = ["card_text"]


def card_text(model: Model) -> str:
    """Facts first, recipe last; empty fields left out."""
    card = model.card
    facts = card_facts(card) | {"file": f"{model.path} ({model.path.stat().st_size / 2**20:.2f} MiB)"}
    lines = [card.name]
    lines += [f"  {name:<14}{value}" for name, value in facts.items()]
    quality = quality_facts(card)
    if quality:
        lines.append("  quality")
        lines += [f"    {name}: {value}" for name, value in quality.items()]
    if card.recipe:
        lines += ["  recipe", *(f"    {line}" for line in card.recipe.rstrip().splitlines())]
    return "\n".join(lines)
