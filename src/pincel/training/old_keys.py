"""Recipes and plans that were written when some keys had other names or stood elsewhere, under the keys of today."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pincel.errors import PincelWarning

__all__ = ["key_of_today", "plan_of_today", "recipe_of_today", "tell_once"]

KIND, WITH_THE_CRITIC = "losses.adversarial_kind", "discriminator.adversarial_kind"
LOSSES = {
    "delta_e": "ciede2000",
    "colourfulness_share": "colourfulness.share",
    "colourfulness_except": "colourfulness.except",
}
OF_A_PHASE = re.compile(r"(?:phases\.-?\d{1,9}\.)?losses\.")


def key_of_today(key: str) -> str:
    """The dotted key under which a recipe says now what it said under ``key``; one that is of today stays.

    >>> key_of_today("phases.1.losses.adversarial_kind"), key_of_today("losses.l1")
    ('discriminator.adversarial_kind', 'losses.l1')
    >>> key_of_today("phases.1.losses.delta_e"), key_of_today("losses.colourfulness_share")
    ('phases.1.losses.ciede2000', 'losses.colourfulness.share')
    """
    where = OF_A_PHASE.match(key)
    if where is None:
        return key
    name = key[where.end() :]
    return WITH_THE_CRITIC if f"losses.{name}" == KIND else where.group() + LOSSES.get(name, name)


def recipe_of_today(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A recipe's mappings under the keys of today, and a line about each key that was another.

    A discriminator has one kind of loss: where adversarial phases had several, that of the last one is taken.
    """
    moved = dict(content)
    lines = _rename_losses(moved)
    kind = said = _take(moved, "adversarial_kind")
    phases = moved.get("phases")
    if isinstance(phases, list):
        moved["phases"] = phases = [dict(phase) if isinstance(phase, Mapping) else phase for phase in phases]
        for phase in filter(lambda phase: isinstance(phase, dict), phases):
            lines += _rename_losses(phase)
            own = _take(phase, "adversarial_kind") or said
            kind = own if kind is None or phase.get("adversarial") else kind
    if kind is None:
        return moved, list(dict.fromkeys(lines))
    if isinstance(moved.setdefault("discriminator", {}), Mapping):
        moved["discriminator"] = {**moved["discriminator"], "adversarial_kind": kind}
    return moved, list(dict.fromkeys([*lines, _line(KIND, WITH_THE_CRITIC)]))


def plan_of_today(phases: Sequence[Any]) -> list[Any]:
    """The phases in steps of a run's ``facts.json``, under the keys of today."""
    return [_planned(phase) if isinstance(phase, Mapping) else phase for phase in phases]


@cache
def tell_once(line: str) -> None:
    """Warn of an old key; of the same one only once in a process, however often its recipe is read."""
    warnings.warn(line, PincelWarning, stacklevel=3)


def _planned(phase: Mapping[str, Any]) -> dict[str, Any]:
    moved = dict(phase)
    _rename_losses(moved)
    kind = _take(moved, "adversarial_kind") or "hinge"
    return {"adversarial_kind": kind, **moved}


def _rename_losses(part: dict[str, Any]) -> list[str]:
    """Give the ``losses`` of a recipe or phase their names of today; a line about each of the old ones that counts."""
    losses = part.get("losses")
    if not isinstance(losses, Mapping) or not LOSSES.keys() & losses.keys():
        return []
    part["losses"] = named = {name: value for name, value in losses.items() if name not in LOSSES}
    lines = []
    for name in (name for name in LOSSES if name in losses):
        loss, _, setting = LOSSES[name].partition(".")
        said = named.get(loss, 0.0 if setting else losses[name])
        weight = said.get("weight") if isinstance(said, Mapping) else said
        if setting:
            said = {setting: losses[name], **(said if isinstance(said, Mapping) else {"weight": said})}
        named[loss] = said
        lines += [_line(f"losses.{name}", f"losses.{LOSSES[name]}")] if weight else []
    return lines


def _line(old: str, new: str) -> str:
    return f"recipe key '{old}' is now '{new}', and read as that"


def _take(part: dict[str, Any], name: str) -> Any:
    """What ``losses`` of a recipe or phase says under a name, taken out of it; None: nothing."""
    losses = part.get("losses")
    if not isinstance(losses, Mapping) or name not in losses:
        return None
    part["losses"] = {key: value for key, value in losses.items() if key != name}
    return losses[name]
