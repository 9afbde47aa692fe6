"""Train a recipe: the loop, and what a validation brings."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

from pincel.training.begin import open_session
from pincel.training.checkpoint import save_checkpoint, save_weights
from pincel.training.interrupt import StopRequest
from pincel.training.options import TrainingOptions
from pincel.training.outputs import SMALL_SIDE, EpochOutputs, KeptOutputs, chosen_places, shrink, wants_full
from pincel.training.plan import PlannedPhase
from pincel.training.recipe import Recipe
from pincel.training.run import Run
from pincel.training.session import Session
from pincel.training.step_errors import explained_errors
from pincel.training.validate import losses_of, paint_all, pictures_of, validate, write_samples
from pincel.training.words import said_of_first_step, said_of_gain

__all__ = ["train"]

CHECKPOINT_SECONDS = 300
CONSOLE_FIGURES = ("loss", "ciede2000", "colourfulness_ratio", "loss_g", "loss_d")  # of a validation, on the console


def train(recipe: Recipe, folders: Sequence[Path], out: Path, options: TrainingOptions | None = None) -> Run:
    """Train and keep everything in ``out``.

    Args:
        recipe: the experiment. Ignored in favour of the run's own when resuming.
        folders: data sets. Those of the run when resuming and empty.
        out: folder of the run; must be new unless it is resumed.
        options: how long and where.

    Returns:
        The run; its weights are exported by `pincel.export`.

    Raises:
        PincelError: unusable data, or ``out`` exists already.
        KeyboardInterrupt: stopped by Ctrl-C after the state was saved.
    """
    session = open_session(recipe, folders, out, options or TrainingOptions())
    progress = session.progress
    with session.log as log, StopRequest() as stop:
        if session.recipe.generator.weights is not None and progress.best == math.inf:  # never worse than its start
            with explained_errors(0, session.plan[0]):
                _validate(session, session.plan[0])
            save_checkpoint(session.run, session.learner, progress)
        for number, phase in enumerate(session.plan):
            if progress.step < phase.end and not progress.stopped_early:
                with explained_errors(number, phase, session.run.weights("last")):
                    _train_phase(session, number, stop)
        log.say(said_of_gain(session.run))
    return session.run


def _train_phase(session: Session, number: int, stop: StopRequest) -> None:
    """The loop itself: the rest of a phase, from where the training is."""
    phase, learner, progress, log = session.plan[number], session.learner, session.progress, session.log
    every, epoch, begun = session.recipe.validation.every, session.epoch(phase), progress.step
    learner.train(phase, progress.plateau_factor)
    log.restart_clock()
    saved_at = time.perf_counter()
    for pair in log.waiting(session.batches(phase)):
        parts = learner.step(pair, phase, progress.step)
        if progress.step == begun:
            log.say_once(said_of_first_step(phase, learner.first_seconds.get((phase.size, phase.batch), 0.0)))
        progress.step += 1
        before, epoch = epoch, session.epoch(phase)
        pictures = len(pair.source) * session.fabric.world_size
        log.step(progress.step, parts, epoch=epoch, phase=number, pictures=pictures, rates=learner.rates())

        stopping, due = session.any_device(stop.requested, time.perf_counter() - saved_at > CHECKPOINT_SECONDS)
        if epoch // every > before // every or progress.step == phase.end:
            log.flush()
            _validate(session, phase)
            save_checkpoint(session.run, learner, progress)
            session.on_validation()
            log.restart_clock()
            saved_at = time.perf_counter()
        elif stopping or due:
            log.require_numbers()
            save_checkpoint(session.run, learner, progress)
            saved_at = time.perf_counter()
        if stopping:
            log.flush()
            raise KeyboardInterrupt
        if progress.stopped_early:
            return


def _validate(session: Session, phase: PlannedPhase) -> None:
    """Measure, keep the weights, remember the best, decide whether to stop early."""
    run, learner, progress, log = session.run, session.learner, session.progress, session.log
    wanted, device, painter = session.recipe.validation, session.fabric.device, learner.painter()
    pairs = session.looked_at
    scores = validate(painter, pairs, device, batch=phase.batch, losses=losses_of(learner, phase))
    optimizer = phase.optimizer
    plateau_patience = optimizer.plateau_patience if optimizer.schedule == "plateau" else None
    better = progress.note(scores[wanted.monitor], wanted.patience, plateau_patience)
    if session.fabric.is_global_zero:
        for which in ("last", "best") if better else ("last",):
            save_weights(run, which, painter)
        write_samples(painter, pairs, wanted.samples, device, run.samples / f"step-{progress.step:06d}.png")
        if wanted.outputs and progress.step:  # comparisons go by epochs of learning
            _keep_outputs(session, phase)
        log.row("validation", progress.step, scores | {"best": progress.best})
        numbers = "  ".join(f"{name} {scores[name]:.4g}" for name in CONSOLE_FIGURES if name in scores)
        where = f"epoch {log.epoch:.1f}, step {progress.step}" if progress.step else "what it starts from"
        log.say(f"{where}: {numbers}{'  (best)' if better else ''}")
    learner.train(phase, progress.plateau_factor)


def _keep_outputs(session: Session, phase: PlannedPhase) -> None:
    """What is painted of the whole validation side, for comparisons."""
    data, learner, epoch = session.data, session.learner, session.epoch(phase)
    pairs, kept = session.whole_side, KeptOutputs(session.run.folder / "outputs")
    if not kept.begun:
        kept.write_pictures(pictures_of(pairs, [data.cache.files[i].key for i in data.val]))
    painted = paint_all(learner.painter(), pairs, session.fabric.device, phase.batch)
    chosen, full = painted[chosen_places(len(painted))], painted if wants_full(epoch) else None
    kept.write_epoch(EpochOutputs(epoch, session.progress.step, shrink(painted, SMALL_SIDE), chosen, full))
