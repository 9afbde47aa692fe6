"""A study in sentences: for the page's head and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pincel.pages import tables
from pincel.pages.tables import number
from pincel.study.measure import MEASURES
from pincel.study.record import DONE, FAILED, PRUNED, RUNNING, WAITING, Study, Trial
from pincel.study.report.rows import Result, Row
from pincel.study.space import Value
from pincel.tasks import TASKS
from pincel.text import counted

__all__ = ["findings", "headline", "interval", "macs_text", "notes", "said", "study_lines", "trial_line"]


def headline(result: Result) -> str:
    """The one sentence that counts."""
    own, fitting = result.own, result.no_worse()
    if not any(_beats_the_input(result, row) for row in result.rows):
        what = TASKS[result.study.task].caption
        return f"Too short a training: no network paints better than the {what} shown as it is"
    if own is None:
        front = [row for row in result.rows if "macs" in row.front]
        return f"{len(front)} of {len(result.rows)} networks are beaten by none, from {_span(front)}"
    if not fitting:
        return "No cheaper network paints as well as the recipe within this budget"
    ratio = own.trial.macs / fitting[0].trial.macs
    fewer = f"{number(ratio, 1)} times" if ratio >= 2 else f"{1 - 1 / ratio:.0%}"
    return f"With {fewer} fewer multiply-adds, a network paints no worse than the recipe"


def findings(result: Result) -> list[str]:
    """Sentences under the headline."""
    study, measure = result.study, MEASURES[result.judged_by]
    own, fitting = result.own, result.no_worse()
    lines = []
    if own is not None:
        lines.append(
            f"The recipe as it is: {measure.name} {_quality(result, own)} at {macs_text(own.trial.macs)} multiply-adds."
        )
    if own is not None and fitting:
        lines.append(
            f"The cheapest that is no worse than the worse end of that interval is number {fitting[0].number} "
            f"({said(fitting[0].trial.choices)}): {_quality(result, fitting[0])} at {macs_text(fitting[0].trial.macs)}."
        )
    best = (max if measure.higher_is_better else min)(result.rows, key=lambda row: row.trial.figure(result.judged_by))
    lines.append(
        f"The best figure has {_named(best)}: {_quality(result, best)} at {macs_text(best.trial.macs)} multiply-adds."
    )
    effects = result.effects.get("quality")
    if effects and effects.shares:
        axis, share = max(effects.shares.items(), key=lambda entry: entry[1])
        lines.append(
            f"Of what was varied, {axis} matters most for {measure.name}: {share:.0%} of the variance between trials; "
            f"{effects.rest:.0%} no axis explains alone."
        )
    shown = study.baseline.get(result.judged_by, {}).get("value")
    if shown is not None:
        what = TASKS[study.task].caption
        lines.append(f"The {what} shown as it is has {measure.name} {number(shown, measure.decimals)}.")
    return lines


def notes(result: Result) -> list[str]:
    """What a reader must know to read the figures rightly."""
    study = result.study
    lines = [
        "One training each: another seed gives other figures. Trust differences that are larger than the intervals, "
        "and train the winners again with another seed."
    ]
    if study.budget.minutes is not None:
        lines.append(
            "All had the same time, so that cheap networks saw more pictures. What a network could reach with "
            "unlimited time is another question. The number of steps follows from the time of the first ones: on a "
            "machine with other work, give --epochs instead."
        )
    passes = [row.trial.epochs for row in result.rows if row.trial.epochs is not None]
    if passes and min(passes) < 1:
        span = " to ".join(dict.fromkeys(f"{end:.2g}" for end in (min(passes), max(passes))))
        lines.append(f"Trained for {span} passes over the photos: less than one tells little.")
    sizes = sorted({row.trial.n for row in result.rows if row.trial.n})
    if sizes and sizes[0] < 2048:
        lines.append(
            f"Frechet-Lite0 of {sizes[0]:,} pictures is biased upwards: compare it within this study only. It has no "
            "interval, since sets drawn with replacement always lie further away."
        )
    for status, what in (
        (FAILED, "failed"),
        (PRUNED, "were stopped early"),
        (WAITING, "wait"),
        (RUNNING, "are unfinished"),
    ):
        count = len(study.with_status(status))
        if count:
            lines.append(f"{count} of {len(study.trials)} trials {what}; they are not in the figures.")
    if study.kind == "search":
        lines.append("A search tries promising choices more often, so that its main effects are a view, not a measure.")
    return lines


def _beats_the_input(result: Result, row: Row) -> bool:
    """Whether it paints better than doing nothing; true where that was not measured."""
    shown, figure = result.study.baseline.get(result.judged_by, {}).get("value"), row.trial.figure(result.judged_by)
    if shown is None:
        return True
    return figure > shown if MEASURES[result.judged_by].higher_is_better else figure < shown


def study_lines(content: Mapping[str, Any]) -> list[str]:
    """The report for a terminal."""
    lines = [content["headline"], *content["findings"]]
    return [line if line.endswith(".") else f"{line}." for line in lines]


def trial_line(study: Study, trial: Trial, number_of: int, count: int) -> str:
    """What the terminal says before and after a trial."""
    head = f"[{number_of}/{count}] {trial.name}" if number_of else trial.name
    if trial.status == DONE:
        shown = ", ".join(
            f"{MEASURES[name].name} {_value(trial, name)}" for name in dict.fromkeys([study.judged_by, "ssim"])
        )
        return f"{head}: {shown} after {counted(trial.epochs or 0, 'epoch')}"
    if trial.status in (FAILED, PRUNED):
        return f"{head}: {trial.status}: {trial.reason}"
    return f"{head}: {macs_text(trial.macs)} multiply-adds, {trial.parameters / 1e6:.2f} M parameters"


def said(choices: Mapping[str, Value]) -> str:
    """Choices in words.

    >>> said({"depth": 4, "norm": "batch"})
    'depth 4, norm batch'
    """
    return ", ".join(f"{key} {value}" for key, value in choices.items()) or "the recipe as it is"


def macs_text(macs: int) -> str:
    """Multiply-adds with a unit.

    >>> macs_text(43_780_000), macs_text(2_320_000_000)
    ('43.8 M', '2.32 G')
    """
    unit, name = (1e9, "G") if macs >= 1e9 else (1e6, "M")
    value = macs / unit
    return f"{value:.{2 if value < 10 else 1}f} {name}"


def interval(trial: Trial, measure: str) -> str:
    """The ends of a figure's interval; empty where it has none."""
    ends = trial.quality.get(measure, {})
    return tables.interval(ends.get("low"), ends.get("high"), MEASURES[measure].decimals)


def _quality(result: Result, row: Row) -> str:
    reach = interval(row.trial, result.judged_by)
    return _value(row.trial, result.judged_by) + (f" ({reach})" if reach else "")


def _value(trial: Trial, measure: str) -> str:
    return number(trial.figure(measure), MEASURES[measure].decimals)


def _named(row: Row) -> str:
    return "the recipe as it is" if row.trial.own else f"number {row.number} ({said(row.trial.choices)})"


def _span(rows: list[Row]) -> str:
    return f"{macs_text(rows[0].trial.macs)} to {macs_text(rows[-1].trial.macs)} multiply-adds" if rows else "nothing"
