"""What the report says in words: headline, findings, a reading of each method, and what cannot be concluded."""

from __future__ import annotations

import numpy as np

from pincel.explain.explain import ExplainedPicture, Explanation
from pincel.explain.explained import Explained
from pincel.explain.faithfulness import FAILURES, Checks
from pincel.explain.picture_maps import PictureMap
from pincel.explain.report.summary import MapSummary, summarise
from pincel.pages.tables import number

__all__ = [
    "SIDES",
    "TITLES",
    "brief",
    "check_line",
    "explanation_lines",
    "findings",
    "headline",
    "notes",
    "reading",
    "share_line",
]

TITLES = {
    "saliency": "Saliency",
    "smoothgrad": "SmoothGrad",
    "integrated": "Integrated gradients",
    "gradcam": "Grad-CAM",
    "occlusion": "Occlusion",
    "labels": "Told another label",
    "receptive": "Receptive field",
    "discriminator": "The discriminator's verdicts",
}

MOST_LINES = 12  # pictures that a terminal names one by one
VISIBLE = 1.0  # CIEDE2000 below which a difference is not seen
SIDES = {"val": "validation", "test": "test"}

READINGS = {
    "saliency": "The slope of the number when this one pixel changes, at this very picture. Bright specks are pixels "
    "the network is sensitive to; such maps are noisy by nature.",
    "smoothgrad": "The same slope, averaged over 16 noisy copies of the picture: what stays is less accidental.",
    "integrated": "What each pixel contributes to the difference between this painting and that of an even picture of "
    "the same mean, in 16 steps.",
    "gradcam": "Where those channels of a layer are active that raise the number. It shows places no finer than the "
    "layer, and nothing that lowers the number.",
    "occlusion": "How much the number changes when a square of 8 px is covered by the picture's mean. It needs no "
    "gradients; covering may itself look odd to the network.",
    "labels": "The same picture, told to be something else. CIEDE2000 is the mean difference from the painting with "
    "the label used here: about 1 is just visible, 10 is another colour.",
    "receptive": "What the middle output pixel of the part that is asked about sees. Box: the pixels that can reach "
    "it. Glow: those that do (fourth root of the gradient's length, so that faint ways show).",
    "discriminator": "Its verdict on each patch: blue is taken for real, red for painted. The box is the whole patch "
    "behind the least believed verdict.",
}


def headline(explanation: Explanation) -> str:
    """The report's title."""
    name = explanation.explained.name
    if explanation.classes is not None and not explanation.pictures:
        return f"What the label changes in {name}"
    return f"What {name} looks at{' and what its label changes' if explanation.explained.classes else ''}"


def reading(method: str, explained: Explained) -> str:
    """How a method's figures are to be read."""
    if method == "saliency" and explained.task.keeps_lightness:
        return READINGS[method].replace(
            "the number when this one pixel changes",
            "a, of b, and of both together (their length) when one pixel's L changes",
        )
    return READINGS[method]


def findings(explanation: Explanation) -> list[str]:
    """The most important sentences, each with its figures."""
    maps = summarise(explanation)
    lines = [_gradcam_line(one) for one in maps if one.method == "gradcam"]
    if explanation.classes is not None:
        lines.append(_classes_line(explanation))
    checked = sum(one.checked for one in maps)
    if checked:
        believed = sum(one.believed for one in maps)
        rest = "" if believed == checked else f"; {checked - believed} must not be relied on, each says why"
        lines.append(f"{believed} of {checked} checked maps pass all checks{rest}.")
    return lines


def notes(explanation: Explanation) -> list[str]:
    """What a reader must know before believing it."""
    lines = []
    maps = [m for p in explanation.pictures for m in p.maps]
    if maps:
        lines.append(
            "A map explains one number, named above it, for one picture. It tells what the network is sensitive to, "
            "not why, and not whether that is right."
        )
        lines.append(
            "Each colour scale is the same for all pictures of this report; its top is the 99.5 % quantile of all "
            "values."
        )
        hows = " or ".join(dict.fromkeys(p.how for p in explanation.pictures))
        lines.append(f"Taken for the subject: {hows}. A share on it says something only beside its own size.")
    if maps and not any(m.checks for m in maps):
        lines.append("The maps were not checked; --verify says which of them can be believed.")
    if explanation.explained.network is None:
        lines.append("This file has no gradients to give: maps of gradients need the run it was exported from.")
    if explanation.classes is not None:
        lines.append(
            "That a label changes colours much does not say that it makes them better; pincel evaluate measures that "
            "with --label own, wrong and unknown."
        )
    if explanation.failed:
        lines.append("Left out: " + "; ".join(explanation.failed))
    return lines


def share_line(one: PictureMap) -> str:
    """How much of a map is on the subject."""
    if not np.isfinite(one.share.mass):
        return (
            "empty: nothing here raises the number" if one.method == "gradcam" else "empty: the number stays as it is"
        )
    return f"{one.share.mass:.0%} on the subject, {number(one.share.concentration, 1)} times an even map"


def check_line(checks: Checks) -> str:
    """The figures of the checks of one map."""
    parts = [f"order gain {brief(checks.response.gain)} (best of random: {brief(max(checks.chance_gains))})"]
    if checks.infidelity is not None:
        parts.append(f"unforetold by the gradient {checks.infidelity:.0%}")
    parts.append(f"sensitivity {brief(checks.sensitivity)}")
    if checks.untrained is not None:
        parts.append(f"rank correlation with shuffled weights {number(checks.untrained, 2)}")
    return ", ".join(parts)


def brief(value: float) -> str:
    """Two digits, with a true minus.

    >>> brief(-0.1234), brief(1234.5)
    ('−0.12', '1,200')
    """
    rounded = float(f"{value:.2g}")
    return (f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:g}").replace("-", "\u2212")


def explanation_lines(explanation: Explanation) -> list[str]:
    """The report for a terminal."""
    many = len(explanation.pictures) > MOST_LINES
    lines = [_picture_line(picture) for picture in explanation.pictures if not many]
    maps = summarise(explanation)
    lines += [_place_line(one) for one in maps if one.method != "gradcam"]
    lines += [_checks_line(one) for one in maps if one.checked]
    return [*lines, *findings(explanation), *(f"pincel: {failure}" for failure in explanation.failed)]


def _gradcam_line(one: MapSummary) -> str:
    if one.mass is None:
        return f"{one.title} is empty: nothing there raises the number."
    return _place_line(one)


def _place_line(one: MapSummary) -> str:
    """Where a kind of map lies."""
    if one.mass is None or one.area is None or one.times is None:
        return f"{one.title} is empty: the number stays as it is."
    spread = f" (95 % interval {one.interval[0]:.2f} to {one.interval[1]:.2f})" if one.interval else ""
    over = f", mean of {one.pictures - one.empty} pictures" if one.pictures - one.empty > 1 else ""
    empty = f"; {one.empty} maps are empty" if one.empty else ""
    return (
        f"{one.title} puts {one.mass:.0%} of its mass on the subject, that is {one.area:.0%} of the picture: "
        f"{one.times:.2f} times an even map{spread}{over}{empty}; rank correlation with edges {number(one.edges, 2)}."
    )


def _classes_line(explanation: Explanation) -> str:
    changes = explanation.classes
    assert changes is not None
    ranked = changes.influences()
    best, least = ranked[0], ranked[-1]
    unseen = " On the average picture no label makes a difference that can be seen." if best.high < VISIBLE else ""
    return (
        f"Told to pictures of other classes, “{best.label}” changes their colours most (mean CIEDE2000 "
        f"{best.mean:.2f}, 95 % interval {best.low:.2f} to {best.high:.2f}), “{least.label}” least "
        f"({least.mean:.2f}, {least.low:.2f} to {least.high:.2f}), over {len(changes.keys):,} pictures "
        f"of the {SIDES[changes.side]} side.{unseen}"
    )


def _checks_line(one: MapSummary) -> str:
    failed = [f"{FAILURES[kind]} in {count}" for kind, count in one.failed.items() if count]
    figures = [
        f"{name} {number(value, 2)}"
        for name, value in (
            ("rank correlation with shuffled weights", one.untrained),
            ("sensitivity", one.sensitivity),
            ("unforetold by the gradient", one.infidelity),
        )
        if value is not None
    ]
    why = f" ({', '.join(failed)})" if failed else ""
    return f"{one.title}: {one.believed} of {one.checked} can be believed{why}; {', '.join(figures)}"


def _picture_line(picture: ExplainedPicture) -> str:
    label = f", told {picture.label}" if picture.label else ""
    return f"{picture.view.path.name}{label}: {picture.scalar.title} {number(picture.value, 2)} {picture.scalar.unit}"
