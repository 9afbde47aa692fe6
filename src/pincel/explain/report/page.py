"""The HTML page of `pincel explain`: pictures side by side, each figure with its reading, all inside one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pincel.explain.classes import ClassChanges
from pincel.explain.explain import ExplainedPicture, Explanation
from pincel.explain.picture_maps import PictureMap
from pincel.explain.report.figures import curves_figure, matrix_figure, ranking_figure
from pincel.explain.report.pictures import (
    enlarge,
    field_picture,
    heat,
    outline,
    overlay,
    verdict_picture,
)
from pincel.explain.report.summary import MapSummary, summarise
from pincel.explain.report.words import SIDES, TITLES, check_line, reading, share_line
from pincel.pages.figures import themed
from pincel.pages.tables import MISSING, number
from pincel.pages.template import fill_page, jpeg_uri

__all__ = ["Group", "groups_of", "render_explanation"]

ALONE = ("saliency", "smoothgrad", "integrated")  # fine maps are shown by themselves, coarse ones over the picture


@dataclass(frozen=True)
class Group:
    """Pictures of one method: (file name, caption, further line, uint8 (H, W, 3)) each, and the maps they show."""

    method: str
    pictures: list[tuple[str, str, str, np.ndarray]]
    maps: list[PictureMap]


def render_explanation(explanation: Explanation, content: dict[str, Any]) -> str:
    """The page as text.

    Args:
        explanation: what is said.
        content: the same as JSON values (`pincel.explain.report.write.as_json`).
    """
    return fill_page(
        "pincel.explain.report",
        content=content,
        facts=_facts(explanation),
        summary=_summary(explanation),
        pictures=[_picture(explanation, picture) for picture in explanation.pictures],
        classes=_classes(explanation.classes),
        ramp=_ramp(),
    )


def groups_of(explanation: Explanation, picture: ExplainedPicture) -> list[Group]:
    """The pictures that a report shows of one explained picture, method by method."""
    view, found = picture.view, []
    for method in explanation.methods:
        maps = [one for one in picture.maps if one.method == method]
        shown = []
        for one in maps:
            top = explanation.scales[one.scale]
            drawn = heat(one.values, top) if method in ALONE else overlay(view.shown, one.values, top)
            shown.append((_slug(one), one.caption, share_line(one), drawn))
        if method == "labels":
            for painting in picture.paintings:
                own = painting.label == (picture.label or "unknown")
                line = "used here" if own else f"CIEDE2000 {painting.ciede2000:.1f}, chroma {painting.chroma:.0f}"
                shown.append((f"label-{painting.label}", painting.label, line, painting.rgb))
        if method == "receptive" and picture.field is not None:
            height, width = picture.field.theoretical
            line = f"reachable: {width} x {height} px; half of the effect within {picture.field.half} px, 95 % within "
            line += f"{picture.field.most} px"
            shown.append(("receptive-field", "one output pixel", line, field_picture(view.shown, picture.field)))
        if method == "discriminator" and picture.verdicts is not None:
            seen = picture.verdicts
            sides = {"painted": (seen.painted, picture.painted)}
            if seen.real is not None and picture.real is not None:
                sides["real"] = (seen.real, picture.real)
            top = _verdict_top(explanation)
            for name, (logits, rgb) in sides.items():
                line = (
                    f"mean verdict {number(float(logits.mean()), 2)}, {float((logits > 0).mean()):.0%} taken for real"
                )
                shown.append((f"verdicts-{name}", name, line, verdict_picture(rgb, logits, seen, top)))
        if shown:
            found.append(Group(method, shown, maps))
    return found


def _picture(explanation: Explanation, picture: ExplainedPicture) -> dict[str, Any]:
    view = picture.view
    first = [
        ("given", "", _uri(view.rgb)),
        ("shown to the network", f"{view.rgb.shape[1]} x {view.rgb.shape[0]} px", _uri(view.shown)),
        ("painted", f"told: {picture.label}" if picture.label else "", _uri(picture.painted)),
        ("subject", picture.how, _uri(outline(view.shown, picture.subject))),
    ]
    if picture.real is not None and picture.real is not view.rgb:
        first.insert(3, ("should be painted", "", _uri(picture.real)))
    groups = []
    for group in groups_of(explanation, picture):
        note = ""
        if group.method == "discriminator" and picture.verdicts:
            side, top = picture.verdicts.receptive_field, _verdict_top(explanation)
            note = f"Each verdict sees {side} x {side} px, by its layers. Full colour is a logit of ±{top:.2f}."
        images = [(caption, line, _uri(rgb)) for _, caption, line, rgb in group.pictures]
        checked = any(one.checks for one in group.maps)
        groups.append(
            {
                "title": TITLES[group.method],
                "reading": reading(group.method, explanation.explained),
                "images": [] if checked else images,
                "scales": [_scale(explanation, group.maps, one) for one in dict.fromkeys(m.scale for m in group.maps)],
                "checked": [(image, _checks(one)) for image, one in zip(images, group.maps, strict=True) if one.checks]
                if checked
                else [],
                "note": note,
            }
        )
    scalar = f"{picture.scalar.title}: {number(picture.value, 2)} {picture.scalar.unit}"
    return {"name": view.path.name, "scalar": scalar, "first": first, "groups": groups}


def _summary(explanation: Explanation) -> dict[str, Any] | None:
    """The table of all maps."""
    maps = summarise(explanation)
    if not maps:
        return None

    def row(one: MapSummary) -> dict[str, Any]:
        interval = f"{number(one.interval[0], 2)}\u2009\u2013\u2009{number(one.interval[1], 2)}" if one.interval else ""
        return {
            "title": one.title,
            "mass": MISSING if one.mass is None else f"{one.mass:.0%}",
            "area": "" if one.area is None else f"of {one.area:.0%}",
            "times": number(one.times, 2),
            "interval": interval,
            "edges": number(one.edges, 2),
            "order": f"{one.checked - one.failed['order']} of {one.checked}",
            "infidelity": MISSING if one.infidelity is None else f"{one.infidelity:.0%}",
            "sensitivity": number(one.sensitivity, 2),
            "untrained": number(one.untrained, 2),
            "believed": f"{one.believed} of {one.checked}",
            "fails": one.believed < one.checked,
        }

    return {"rows": [row(one) for one in maps], "checked": any(one.checked for one in maps)}


def _scale(explanation: Explanation, maps: list[PictureMap], scale: str) -> dict[str, str]:
    one = next(one for one in maps if one.scale == scale)
    name = scale.removeprefix("gradcam ") + ", " if scale.startswith("gradcam") else ""
    return {"top": _top(explanation.scales[scale]), "unit": name + one.unit}


def _top(value: float) -> str:
    """Three digits, never as a power of ten where that can be.

    >>> _top(2184.3), _top(0.01234)
    ('2,180', '0.0123')
    """
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"


def _checks(one: PictureMap) -> dict[str, Any]:
    checks = one.checks
    assert checks is not None
    return {
        "line": check_line(checks),
        "failures": list(checks.failures.values()),
        **themed(lambda theme: curves_figure(checks, one.asked_unit, theme), f"Deletion and insertion, {one.title}"),
    }


def _classes(changes: ClassChanges | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    ranked, unknown = changes.influences(), {one.label: one for one in changes.influences("unknown")}
    shifts = np.nanmean(np.where(np.eye(len(changes.classes), dtype=bool)[..., None], np.nan, changes.shifts()), axis=0)
    rows = []
    for one in ranked:
        a, b = shifts[changes.classes.index(one.label)]
        other = unknown[one.label]
        rows.append(
            {
                "label": one.label,
                "mean": number(one.mean, 2),
                "range": f"{one.low:.2f}\u2009–\u2009{one.high:.2f}",
                "unknown": number(other.mean, 2),
                "unknown_range": f"{other.low:.2f}\u2009–\u2009{other.high:.2f}",
                "shift": f"{number(float(a), 1)}, {number(float(b), 1)}",
                "n": one.n,
            }
        )
    return {
        "rows": rows,
        "n": len(changes.keys),
        "side": SIDES[changes.side],
        "size": changes.size,
        "failed": changes.failed,
        "matrix": themed(lambda theme: matrix_figure(changes, theme), "True class against given label"),
        "ranking": themed(lambda theme: ranking_figure(changes, theme), "How much each label changes other classes"),
    }


def _facts(explanation: Explanation) -> dict[str, str]:
    explained = explanation.explained
    first = next((p for p in explanation.pictures), None)
    facts = {"Model": explained.name, "Task": explained.task.name}
    if explained.classes:
        facts["Labels"] = ", ".join(explained.classes)
    if first is not None:
        facts["Explained"] = f"{first.scalar.title}, {first.scalar.unit}"
    if explanation.pictures:
        facts["Pictures"] = str(len(explanation.pictures))
    return facts


def _verdict_top(explanation: Explanation) -> float:
    """Full colour of verdicts, the same for all pictures."""
    every = [p.verdicts for p in explanation.pictures if p.verdicts is not None]
    logits = [np.abs(one).max() for seen in every for one in (seen.painted, seen.real) if one is not None]
    return float(max(logits, default=1.0)) or 1.0


def _slug(one: PictureMap) -> str:
    words = "".join(c if c.isalnum() else "-" for c in f"{one.method}-{one.caption}".lower())
    return "-".join(part for part in words.split("-") if part)


def _ramp() -> str:
    """The colour scale as a CSS gradient."""
    colors = heat(np.linspace(0, 1, 12)[None], 1.0)[0]
    return "linear-gradient(90deg, " + ", ".join(f"rgb({r} {g} {b})" for r, g, b in colors) + ")"


def _uri(rgb: np.ndarray) -> str:
    return jpeg_uri(enlarge(rgb)[0], 85)
