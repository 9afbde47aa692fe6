"""What the report says in words: headline, findings, a reading of each method, and what cannot be concluded."""

from __future__ import annotations

import numpy as np

from pincel.explain.explain import ExplainedPicture, Explanation, PictureMap
from pincel.explain.faithfulness import Checks

__all__ = ["READINGS", "check_line", "explanation_lines", "findings", "headline", "notes", "share_line"]

READINGS = {
    "saliency": "How much the sum of a, and of b, over the painting changes when this one pixel gets lighter. "
    "Bright specks are pixels the network is sensitive to at this very picture; they tend to be noisy.",
    "smoothgrad": "The same slope, averaged over 16 noisy copies: what stays is less accidental.",
    "integrated": "How much each pixel contributes to the difference between this painting and that of an even grey of "
    "the same mean, in 16 steps.",
    "gradcam": "Where the channels of one layer that raise the number are active. It shows places of that layer's "
    "size only, and only what raises the number.",
    "occlusion": "How much the number changes when a square of 8 px is covered by the picture's mean grey. It needs no "
    "gradients, and covering may itself look odd to the network.",
    "labels": "The same picture, told to be something else. The number is the mean CIEDE2000 to the painting with the "
    "label used here; about 1 is just visible, 10 is another colour.",
    "receptive": "Which pixels can reach the middle output pixel of what is asked about (box), and which do: the "
    "fourth root of the gradient's length, so that faint ways show.",
    "discriminator": "The verdict on each patch: blue is taken for real, red for painted. The box is the whole patch "
    "that the least believed verdict saw.",
}


def headline(explanation: Explanation) -> str:
    """The report's title."""
    name = explanation.explained.name
    if explanation.classes is not None and not explanation.pictures:
        return f"What the label changes in {name}"
    return f"What {name} looks at{' and what its label changes' if explanation.explained.classes else ''}"


def findings(explanation: Explanation) -> list[str]:
    """The most important sentences, each with its figures."""
    lines = []
    for scale in dict.fromkeys(m.scale for p in explanation.pictures for m in p.maps if m.method == "gradcam"):
        shares = [
            m.share for p in explanation.pictures for m in p.maps if m.scale == scale and np.isfinite(m.share.mass)
        ]
        if shares:
            mass, area = (float(np.mean([getattr(s, name) for s in shares])) for name in ("mass", "area"))
            what = f"{mass / area:.1f} times an even map" if area else "no subject"
            lines.append(
                f"Grad-CAM at {scale.removeprefix('gradcam ')} puts {mass:.0%} of its mass on the subject, that is "
                f"{area:.0%} of the picture, {what}{_over(len(shares))}."
            )
    if explanation.classes is not None:
        ranked = explanation.classes.influences()
        best, least = ranked[0], ranked[-1]
        lines.append(
            f"Told to pictures of other classes, “{best.label}” changes their colours most (mean CIEDE2000 "
            f"{best.mean:.1f}, 95 % interval {best.low:.1f} to {best.high:.1f}), “{least.label}” least "
            f"({least.mean:.1f}, {least.low:.1f} to {least.high:.1f}), over {len(explanation.classes.keys):,} pictures "
            f"of the {explanation.classes.side} side."
        )
    checked = [m for p in explanation.pictures for m in p.maps if m.checks is not None]
    if checked:
        failed = [m for m in checked if m.checks and m.checks.failures]
        lines.append(
            f"{len(checked) - len(failed)} of {len(checked)} checked maps pass all checks"
            + (f"; {len(failed)} must not be relied on, each says why." if failed else ".")
        )
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
    if maps and not any(m.checks for m in maps):
        lines.append("The maps were not checked; --verify says which of them can be believed.")
    if any(m.method == "gradcam" for m in maps):
        hows = ", ".join(dict.fromkeys(p.how for p in explanation.pictures))
        lines.append(f"The subject is {hows}; Grad-CAM has no checks of its own here.")
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
        return "empty: nothing of this layer raises the number"
    return f"{one.share.mass:.0%} on the subject ({one.share.area:.0%} of the picture)"


def check_line(checks: Checks) -> str:
    """The figures of the checks of one map."""
    best = max(checks.chance_gains)
    parts = [
        f"order gain {checks.response.gain:.2g} (best of random: {best:.2g})",
        f"sensitivity {checks.sensitivity:.2g}",
        f"rank correlation with shuffled weights {checks.untrained:.2f}".replace("-", "−"),
    ]
    if checks.infidelity is not None:
        parts.insert(1, f"infidelity {checks.infidelity:.2g}")
    return ", ".join(parts)


def explanation_lines(explanation: Explanation) -> list[str]:
    """The report for a terminal."""
    lines = [_picture_line(picture) for picture in explanation.pictures]
    return [*lines, *findings(explanation), *(f"pincel: {failure}" for failure in explanation.failed)]


def _picture_line(picture: ExplainedPicture) -> str:
    told = f", told {picture.label}" if picture.label else ""
    if picture.scalar is None or picture.value is None:
        return f"{picture.view.path.name}{told}"
    return f"{picture.view.path.name}{told}: {picture.scalar.title} {picture.value:.2f} {picture.scalar.unit}"


def _over(count: int) -> str:
    return f" (mean of {count} pictures)" if count > 1 else ""
