"""What a comparison came to, in plain words: headline, findings, and what to keep in mind."""

from __future__ import annotations

from pincel.comparison.compare import Comparison
from pincel.evaluation.tables import Figure
from pincel.pages import tables
from pincel.pages.tables import number
from pincel.tasks import TASKS
from pincel.text import counted

__all__ = ["PAPER_SSIM", "comparison_lines", "epoch_name", "findings", "headline", "interval", "notes"]

PAPER_SSIM = 0.6347  # the pix2pix reduction paper, section 5: candidate against base
LEVEL_WORDS = {"falls": "falls", "rises": "rises", "level": "neither rises nor falls for sure"}


def headline(comparison: Comparison) -> str:
    """The one sentence that counts: how much cheaper, how much worse."""
    base, many = comparison.base.name, len(comparison.candidates) > 1
    if many:
        names = [candidate.name for candidate in comparison.candidates]
        return f"{', '.join(names[:-1])} and {names[-1]} against {base} after epoch {epoch_name(comparison.keys[-1])}"
    candidate = comparison.candidates[0].name
    painted = f"SSIM to the target {_against(comparison, 0, 'ssim')}"
    cheaper = _cheaper(comparison, 0)
    return f"{candidate} {cheaper}; {painted}" if cheaper else f"{candidate} against {base}: {painted}"


def findings(comparison: Comparison) -> list[str]:
    """Sentences under the headline, those of each candidate together."""
    lines = [line for place in range(len(comparison.candidates)) for line in _candidate(comparison, place)]
    unchanged = comparison.last(comparison.unchanged)
    shown = TASKS[comparison.base.recipe.task].caption
    return [
        *lines,
        f"For scale: the {shown} left as it is has SSIM {number(unchanged['ssim'].value, 3)} and MSE "
        f"{number(unchanged['mse'].value, 4)} to the target.",
    ]


def notes(comparison: Comparison) -> list[str]:
    """What a reader must know to read the figures rightly."""
    small, large = comparison.sides
    lines = [
        "Two trainings of one recipe with different seeds also paint differently; compare such a pair to see how much "
        "of a difference is chance."
    ]
    if small < large:
        lines.append(
            f"Figures of the whole set are of pictures shrunk to {small} px; chosen pictures are measured at {large} "
            f"px. SSIM depends on that size."
        )
    lengths = {contender.name: max(contender.files) for contender in comparison.contenders}
    if len(set(lengths.values())) > 1:
        kept = ", ".join(f"{name} {epoch_name(key)}" for name, key in lengths.items())
        lines.append(f"The runs are of different length (last epoch: {kept}); only common epochs are compared.")
    if len(comparison.keys) < 3:
        lines.append("Fewer than three common epochs: a regression line has no confidence interval.")
    return lines


def comparison_lines(comparison: Comparison) -> list[str]:
    """The comparison for a terminal."""
    lines = [headline(comparison), *findings(comparison), *(f"Note: {note}" for note in notes(comparison))]
    return [line if line.endswith(".") else f"{line}." for line in lines]


def epoch_name(key: int) -> str:
    """An epoch in hundredths as readers know it.

    >>> epoch_name(1000), epoch_name(250)
    ('10', '2.5')
    """
    return f"{key / 100:g}"


def interval(figure: Figure, decimals: int) -> str:
    """The ends of a figure's interval in words."""
    return tables.interval(figure.low, figure.high, decimals)


def _candidate(comparison: Comparison, place: int) -> list[str]:
    name, base = comparison.candidates[place].name, comparison.base.name
    between = comparison.against_base[place].whole
    last, mean = comparison.last(between)["ssim"], comparison.mean_over_epochs(between, "ssim")
    n, epochs = between["ssim"].shape[1], len(comparison.keys)
    divergence = comparison.divergence(place)
    apart = epoch_name(comparison.keys[divergence.place])
    also = sorted({epoch_name(comparison.keys[other]) for other in divergence.others.values()} - {apart}, key=float)
    lines = [
        f"On {n:,} pictures that neither was trained on, after epoch {epoch_name(comparison.keys[-1])}: SSIM to the "
        f"target {_against(comparison, place, 'ssim')}, MSE {_against(comparison, place, 'mse')}. "
        f"{_verdict(comparison, place)}",
        f"{name} and {base} agree with SSIM {number(last.value, 4)} ({interval(last, 4)}) at the last epoch "
        f"and {number(mean.value, 4)} ({interval(mean, 4)}) as the mean of {counted(epochs, 'epoch')}"
        f"{_quoted(comparison)}.",
        f"They differ most after epoch {apart} (SSIM {number(divergence.ssim, 4)})"
        + (f"; by MSE or residual deviation after epoch {' or '.join(also)}." if also else ", by every figure."),
        _trends(comparison, place),
    ]
    if comparison.costs:
        lines.insert(0, _cost(comparison, place))
    return lines


def _quoted(comparison: Comparison) -> str:
    """The paper's own figure, where the task is the paper's."""
    if not TASKS[comparison.base.recipe.task].draws:
        return ""
    return (
        f"; the pix2pix reduction paper prints {PAPER_SSIM} for its own pair, and does not say which of the two it is"
    )


def _cheaper(comparison: Comparison, place: int) -> str:
    """Such as "needs 62 % fewer multiply-adds than BASE"; empty where it is not known."""
    if not comparison.costs:
        return ""
    base, candidate = comparison.costs[0], comparison.costs[place + 1]
    if not base.macs or not candidate.macs:
        return ""
    if base.macs == candidate.macs:
        return f"needs as many multiply-adds as {comparison.base.name}"
    share = abs(1 - candidate.macs / base.macs)
    return f"needs {100 * share:.0f} % {'fewer' if candidate.macs < base.macs else 'more'} multiply-adds than " + (
        comparison.base.name
    )


def _cost(comparison: Comparison, place: int) -> str:
    base, candidate = comparison.costs[0], comparison.costs[place + 1]
    name = comparison.candidates[place].name
    time = f"{number(1000 * candidate.latency_p50, 1)} ms against {number(1000 * base.latency_p50, 1)} ms"
    cheaper = _cheaper(comparison, place)
    first = f"{name} {cheaper} and " if cheaper else f"{name} "
    return (
        f"{first}has {candidate.parameters / 1e6:.2f} M parameters against {base.parameters / 1e6:.2f} M; painting one "
        f"picture of {base.size} px takes {time} (median of {base.runs}, {base.threads} "
        f"thread{'s' * (base.threads > 1)})."
    )


def _against(comparison: Comparison, place: int, measure: str) -> str:
    ours, theirs = (comparison.against_target[run].whole[measure][-1].mean() for run in (place + 1, 0))
    decimals = 3 if measure == "ssim" else 4
    return f"{number(ours, decimals)} against {number(theirs, decimals)}"


def _verdict(comparison: Comparison, place: int) -> str:
    """Whether the difference in SSIM to the target is more than chance among pictures."""
    difference, name = comparison.difference(place, "ssim"), comparison.candidates[place].name
    level = f"{100 * comparison.bootstrap.level:.0f} % interval of the difference {interval(difference, 3)}"
    if difference.low <= 0 <= difference.high:
        return f"These pictures do not tell the two apart in SSIM ({level})."
    return f"{name} is {'closer' if difference.value > 0 else 'further away'} in SSIM ({level})."


def _trends(comparison: Comparison, place: int) -> str:
    """Where the residual deviation goes, as the paper asks: to the target of both, and between the two."""
    parts = []
    for run, title in ((0, comparison.base.name), (place + 1, comparison.candidates[place].name)):
        trend = comparison.trend(comparison.against_target[run].whole["residual_std"].mean(axis=1))
        parts.append(f"of {title} it {LEVEL_WORDS[trend.direction] if trend else 'has no trend'}")
    trend = comparison.trend(comparison.against_base[place].whole["residual_std"].mean(axis=1))
    parts.append(f"between the two it {LEVEL_WORDS[trend.direction] if trend else 'has no trend'}")
    return f"Residual deviation to the target over the epochs: {'; '.join(parts)}."
