"""The training report's HTML page: findings, figures, sample strip and the paper's table, all inside one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pincel.pages.canvas import DARK, LIGHT
from pincel.pages.figures import themed
from pincel.pages.tables import MISSING
from pincel.pages.template import fill_page, jpeg_uri
from pincel.training.losses.table import title_of
from pincel.training.report.figures import draw_all, short_epoch
from pincel.training.report.findings import MONITORS, duration
from pincel.training.report.history import History, Point, gap, shares
from pincel.training.report.samples import Strip, sample_strip
from pincel.training.report.table import number, paper_table, percent

__all__ = ["render_training"]

SECTIONS = {
    "losses": ("generator-loss", "gap"),
    "shares": ("decomposition",),
    "quality": ("ciede2000", "colourfulness"),
    "balance": ("discriminator-loss", "verdicts"),
    "pace": ("learning-rates", "speed"),
}
CAPTIONS = {
    "generator-loss": "The generator's loss. Thin: as training went, means over up to 20 steps.",
    "discriminator-loss": "The discriminator's loss. Broken line: what it costs to call everything undecided.",
    "decomposition": "Shares of the generator's loss, a column a validation.",
    "gap": "How far the validation lies above the training, in percent of the training loss.",
    "verdicts": "Mean verdict over all patches, as a probability (the sigmoid of the logits).",
    "ciede2000": "Distance of the painted colours to the real ones; lower is better.",
    "colourfulness": "Mean colourfulness of the painted photos over that of the real ones.",
    "learning-rates": "Learning rates of the generator's parts and of the discriminator.",
    "speed": "Training speed, validations left out.",
}


def render_training(history: History, content: Mapping[str, Any]) -> str:
    """The page as text.

    Args:
        history: the run.
        content: the same as JSON values (`pincel.training.report.write.as_json`).
    """
    figures = _figures(history)
    strip = sample_strip(history, photos=4, columns=6)
    whole = sample_strip(history, photos=1)
    return fill_page(
        "pincel.training.report",
        content=content,
        history=history,
        facts=_facts(history),
        figures={name: [figures[f] for f in members if f in figures] for name, members in SECTIONS.items()},
        parts=_parts(history),
        strip=None if strip is None else _strip(history, strip),
        whole=None if whole is None or len(whole.points) < 3 else _strip(history, whole),
        table=paper_table(history),
        epoch=short_epoch,
        percent=percent,
        plateau=any(phase.optimizer.schedule == "plateau" for phase in history.plan),
        monitor=MONITORS[history.monitor],
        validated=min(history.recipe.validation.pictures, history.facts.get("validation_pictures", 0)),
        recipe=history.recipe.to_yaml(),
    )


def _figures(history: History) -> dict[str, dict[str, str]]:
    drawn = {theme: draw_all(history, theme) for theme in (LIGHT, DARK)}
    return {name: themed(lambda theme, name=name: drawn[theme][name], CAPTIONS[name]) for name in drawn[LIGHT]}


def _facts(history: History) -> dict[str, str]:
    recipe, facts = history.recipe, history.facts
    networks = recipe.generator.name
    if any(phase.adversarial for phase in history.plan):
        networks += f" + {recipe.discriminator.name}"
    step, epoch = history.end
    known = {
        "Networks": networks,
        "Photos": f"{facts['training_pictures']:,}, {facts['validation_pictures']:,} to validate",
        "Size": f"{recipe.data.size} px, batches of {history.plan[0].batch * history.world}",
        "Epochs": f"{short_epoch(epoch)} of {short_epoch(history.planned_epochs)}",
        "Steps": f"{step:,} of {history.plan[-1].end:,}",
        "Training time": duration(history.seconds),
    }
    if len(history.plan) > 1:
        known["Phases"] = f"{len(history.boundaries()) + 1} of {len(history.plan)}"
    return known


def _parts(history: History) -> list[dict[str, Any]]:
    """Columns of the decomposition: best and last epoch, training and validation, value and share of each part."""
    best, last = history.best, history.points[-1] if history.points else None
    points = [] if best is None else [("best", best)]
    if last is not None and last != best:
        points.append(("last", last))
    return [
        {"title": f"{title} epoch, {short_epoch(point.epoch)}", **_decomposed(history, point)}
        for title, point in points
    ]


def _decomposed(history: History, point: Point) -> dict[str, Any]:
    sides = []
    for values in (point.train, point.val):
        parts = {name: values[name] for name in history.parts if name in values} if "loss_g" in values else {}
        share = shares(parts)
        sides.append([(number(parts.get(name)), percent(share.get(name))) for name in history.parts])
        sides[-1].append((number(values.get("loss_g")), ""))
    gaps = [
        percent(gap(point.train[name], point.val[name]), signed=True)
        if name in point.train and name in point.val
        else MISSING
        for name in (*history.parts, "loss_g")
    ]
    return {
        "lines": list(zip([*map(title_of, history.parts), "generator loss"], sides[0], sides[1], gaps, strict=True))
    }


def _strip(history: History, strip: Strip) -> dict[str, Any]:
    best = history.best
    columns = [("grey", False, strip.grey)]
    for point, painted in zip(strip.points, strip.painted, strict=True):
        columns.append((f"epoch {short_epoch(point.epoch)}", point == best, painted))
    columns.append(("real", False, strip.real))
    return {
        "heads": [(title, is_best) for title, is_best, _ in columns],
        "rows": [[jpeg_uri(pictures[photo]) for _, _, pictures in columns] for photo in range(len(strip.grey))],
    }
