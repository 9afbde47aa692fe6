"""What a training came to, in plain words: headline, findings, and what to keep in mind."""

from __future__ import annotations

from pincel.text import counted
from pincel.training.losses.table import title_of
from pincel.training.report.figures import short_epoch
from pincel.training.report.history import History, Point, shares
from pincel.training.report.table import number, percent

__all__ = ["MONITORS", "duration", "findings", "headline", "notes"]

MONITORS = {
    "ciede2000": "CIEDE2000",
    "loss": "mean absolute error of a and b",
    "loss_g": "validation loss of the generator",
}
OVERFIT, SLOW_DATA = 0.15, 0.2


def headline(history: History) -> str:
    """The one sentence that counts: is it finished, and which epoch is the best?"""
    best, last = history.best, history.points[-1] if history.points else None
    end, planned = short_epoch(history.end[1]), short_epoch(history.planned_epochs)
    if best is None:
        return f"Epoch {end} of {planned}, and no validation yet."
    at = short_epoch(best.epoch)
    if not history.finished and not history.stopped_early:
        return f"Not finished: epoch {end} of {planned}. The best so far is epoch {at}."
    if history.stopped_early:
        return f"Stopped early at epoch {end} of {planned}; the best is epoch {at}."
    if len(history.points) == 1:
        return f"{counted(round(history.end[1], 1), 'epoch')} with one validation, at the end."
    if best.step == 0:
        return f"Epoch {end} of {planned}: no epoch was better than what the training started from."
    if best == last:
        return f"The last epoch, {at}, is the best: longer training may still help."
    return f"Epoch {at} of {planned} is the best."


def findings(history: History) -> list[str]:
    """Sentences under the headline, most important first."""
    best = history.best
    lines = [] if best is None else [_quality(history, best), *_decomposition(history, best), *_gap(best)]
    return [*lines, *_discriminator(history), *_rates(history), *_time(history)]


def notes(history: History) -> list[str]:
    """What a reader must know to read the figures rightly."""
    lines = []
    best, last = history.best, history.points[-1] if history.points else None
    if best is not None and best != last and history.recipe.validation.keep == "last":
        lines.append(
            f"pincel export takes the last weights of this run, as its recipe says; those of epoch "
            f"{short_epoch(best.epoch)} come with --weights best."
        )
    if len(history.points) == 1:
        lines.append("One validation shows no trend; a smaller validation.every gives more of them.")
    if history.points and not any("loss_g" in point.val for point in history.points):
        lines.append(
            "This run was made before validations measured the losses of generator and discriminator: their "
            "validation curves and the gap are missing, and the shares are those of the training."
        )
    if history.boundaries():
        lines.append("The phases may weigh their losses differently: compare the generator's loss inside a phase only.")
    if history.plan[-1].adversarial and history.plan[-1].adversarial_kind == "hinge" and history.adversarial:
        lines.append(
            "The generator's hinge loss is the negated verdict and can fall below 0, so shares are taken of absolute "
            "values, and a gap in percent says little where the loss is near 0."
        )
    if best is not None and "loss_d" not in best.train and history.adversarial:
        lines.append(f"Epoch {short_epoch(best.epoch)}, the best, lies before the discriminator took part.")
    if history.interruptions:
        lines.append(f"It was interrupted {_times(len(history.interruptions))} and went on from its last saved state.")
    return lines


def duration(seconds: float) -> str:
    """Time as people say it.

    >>> duration(4380), duration(150), duration(42)
    ('1 h 13 min', '2 min 30 s', '42 s')
    """
    if seconds >= 3600:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _quality(history: History, best: Point) -> str:
    first, pictures = history.points[0], history.recipe.validation.pictures
    pictures = min(pictures, history.facts.get("validation_pictures", pictures))
    text = (
        f"On {counted(pictures, 'validation photo')} the painted colours are CIEDE2000 {best.val['ciede2000']:.2f} "
        "from the real ones"
    )
    if best != first:
        text += f" at the best epoch (epoch {short_epoch(first.epoch)}: {first.val['ciede2000']:.2f})"
    return f"{text}, and {best.val['colourfulness_ratio']:.2f} times as colourful."


def _decomposition(history: History, best: Point) -> list[str]:
    parts = best.parts(history.parts)
    if not parts:
        return []
    where, total = ("validation", best.val["loss_g"]) if "loss_g" in best.val else ("training", best.train["loss_g"])
    text = f"The generator's {where} loss there is {number(total)}"
    if len(parts) == 1:
        return [f"{text}, all of it {title_of(next(iter(parts)))}."]
    listed = ", ".join(f"{percent(share)} {title_of(name)}" for name, share in shares(parts).items())
    return [f"{text}: {listed}."]


def _gap(best: Point) -> list[str]:
    if best.gap is None:
        return []
    size = percent(abs(best.gap))
    if best.gap > OVERFIT:
        return [f"Its validation loss is {size} above its training loss: it has begun to learn its photos by heart."]
    if best.gap < -OVERFIT:
        return [
            f"Its validation loss is {size} below its training loss: training sees augmented crops, and its "
            "weights are not averaged."
        ]
    side = "above" if best.gap > 0 else "below"
    return [f"Its validation loss is {size} {side} its training loss: no sign of learning by heart."]


def _discriminator(history: History) -> list[str]:
    known = [point for point in history.points if {"d_real", "d_fake"} <= point.train.keys()]
    if known:
        values = known[-1].val if "d_real" in known[-1].val else known[-1].train
    else:
        rows = [row for row in history.steps if {"d_real", "d_fake"} <= row.keys()]
        if not rows:
            return []
        values = rows[-1]
    real, fake = values["d_real"], values["d_fake"]
    text = f"At the end the discriminator calls real photos real with {real:.2f} and painted ones with {fake:.2f}: "
    if real - fake < 0.05:
        return [text + "it cannot tell them apart."]
    if real > 0.9 and fake < 0.1:
        return [text + "it has won, and teaches the generator little; weaken it or weigh it less."]
    return [text + "it sees a difference, and neither side has won."]


def _rates(history: History) -> list[str]:
    steps_down = history.reductions()
    if not steps_down:
        return []
    epochs = ", ".join(short_epoch(epoch) for epoch, _ in steps_down)
    return [f"The learning rate was stepped down {_times(len(steps_down))} (epoch {epochs})."]


def _time(history: History) -> list[str]:
    speed, waited = history.pictures_per_second, history.wait_share
    if not speed or waited is None:
        return []
    text = f"Training steps took {duration(history.seconds)} at {speed:.3g} pictures a second"
    if waited > SLOW_DATA:
        mend = ": raise data.workers" if history.facts.get("views", "loader") == "loader" else ", made on the device"
        return [f"{text}; {percent(waited)} of it went into waiting for data{mend}."]
    return [f"{text}."]


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
