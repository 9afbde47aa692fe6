"""Train a recipe: the loop, from data folders to a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from rich.console import Console

from pincel.data.pairs import Pair, PairDataset, PositionSampler, pair_loader
from pincel.errors import PincelError
from pincel.imaging.color import rgb_to_lab
from pincel.text import counted
from pincel.training.begin import open_run, own_folders, require_same_pictures, require_same_teacher
from pincel.training.budget import plan_within
from pincel.training.checkpoint import load_checkpoint, save_checkpoint, save_weights
from pincel.training.dataset import TrainingData, load_training_data
from pincel.training.interrupt import StopRequest
from pincel.training.learner import Learner
from pincel.training.log import TrainingLog
from pincel.training.losses.color import ChromaRebalance
from pincel.training.outputs import SMALL_SIDE, EpochOutputs, KeptOutputs, chosen_places, shrink, wants_full
from pincel.training.plan import PlannedPhase, follow_plateau, plan_to_facts
from pincel.training.pretrained import hashes_behind, model_behind, origin_behind
from pincel.training.recipe import Recipe
from pincel.training.run import Run
from pincel.training.teacher import Teacher, load_teacher, teacher_path
from pincel.training.validate import losses_of, paint_all, pictures_of, validate, write_samples
from pincel.training.words import said_of_end, said_of_gain

__all__ = ["train"]

CHECKPOINT_SECONDS = 300
FAILURES_NAMED = 5  # unreadable pictures, one by one
EXAMPLES = 512  # pairs whose statistics a start from a model file takes
SAID = ("loss", "ciede2000", "colourfulness_ratio", "loss_g", "loss_d")  # of a validation, on the console


def train(
    recipe: Recipe,
    folders: Sequence[Path],
    out: Path,
    *,
    minutes: float | None = None,
    epochs: float | None = None,
    resume: bool = False,
    devices: int | str = "auto",
    accelerator: str = "auto",
    console: Console | None = None,
    on_validation: Callable[[], None] | None = None,
    began: float | None = None,
) -> Run:
    """Train and keep everything in ``out``.

    Args:
        recipe: the experiment. Ignored in favour of the run's own when resuming.
        folders: data sets. Those of the run when resuming and empty.
        out: folder of the run; must be new unless ``resume``.
        minutes: time budget, from ``began`` to the end: the steps it allows are measured once, stored, and kept on
            resume.
        epochs: passes over the data, instead of the recipe's.
        resume: go on where the run stopped, exactly.
        devices: how many, or ``auto``.
        accelerator: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        console: where progress is shown.
        on_validation: called after every validation, when its row and the state are written; what it raises ends the
            training, and ``resume`` can go on from there.
        began: when the work began, by `time.perf_counter`; now when None.

    Returns:
        The run; its weights are exported by `pincel.export`.

    Raises:
        PincelError: unusable data, or ``out`` exists already.
        KeyboardInterrupt: stopped by Ctrl-C after the state was saved.
    """
    began = time.perf_counter() if began is None else began
    console = console or Console(stderr=True)
    run, resume, fresh = open_run(out, resume, folders, console)
    if resume:
        recipe = run.recipe()
        folders = folders or own_folders(run)
    elif recipe.distillation is not None:
        found = recipe.distillation.model_copy(update={"teacher": teacher_path(recipe.distillation.teacher)})
        recipe = recipe.model_copy(update={"distillation": found})
    fabric = Fabric(accelerator=accelerator, devices=devices, precision=recipe.precision)
    fabric.launch()
    data = _load(recipe, folders, run.split() if resume else None, console)
    recipe = data.recipe or recipe
    _name_left_out(data, console)
    adversarial = any(phase.adversarial for phase in recipe.phases)
    rebalance = _rebalance(recipe, data)
    teacher = load_teacher(recipe, data.classes, fabric.device)
    examples = _examples(recipe, data) if fresh else []
    learner = Learner(recipe, fabric, adversarial, rebalance, data.classes, fresh, teacher, examples)
    progress = {"step": 0, "best": float("inf"), "best_step": 0, "stale": 0, "stopped_early": False}
    progress |= {"plateau_stale": 0, "plateau_factor": 1.0}
    if resume:
        require_same_pictures(run, data)
        require_same_teacher(run, teacher)
        plan = run.plan()
    else:
        recipe, plan = plan_within(recipe, data, learner, minutes, epochs, console, began)
        run.begin(recipe, data.split, _facts(recipe, folders, data, plan, teacher))
    if fresh:
        save_checkpoint(run, fabric, learner, progress)
    else:
        progress = load_checkpoint(run, fabric, learner, plan[-1].end)
        learner.plateau_factor = progress["plateau_factor"]
        if progress["stopped_early"] or progress["step"] == plan[-1].end:
            console.print(
                said_of_end(run, progress["step"], plan[-1].end), markup=False, highlight=False, soft_wrap=True
            )
    console.print(
        f"{counted(len(data.train), 'picture')} to learn from, {len(data.val)} to validate on; "
        f"{counted(plan[-1].end, 'step')} in {counted(len(plan), 'phase')}",
        highlight=False,
    )
    with TrainingLog(run, console, plan[-1].end, progress["step"], fabric.is_global_zero) as log, StopRequest() as stop:
        if recipe.generator.weights is not None and progress["best"] == float("inf"):  # `best` is never worse than that
            learner.train(plan[0])
            _validate(recipe, run, fabric, data, learner, plan[0], progress, log)
            save_checkpoint(run, fabric, learner, progress)
        for number, phase in enumerate(plan):
            if progress["step"] < phase.end and not progress["stopped_early"]:
                _train_phase(recipe, run, fabric, data, learner, number, phase, progress, log, stop, on_validation)
        log.say(said_of_gain(run))
    return run


def _train_phase(
    recipe: Recipe,
    run: Run,
    fabric: Fabric,
    data: TrainingData,
    learner: Learner,
    number: int,
    phase: PlannedPhase,
    progress: dict[str, Any],
    log: TrainingLog,
    stop: StopRequest,
    on_validation: Callable[[], None] | None,
) -> None:
    """The loop itself: the rest of one phase from ``progress["step"]`` on."""
    global_batch = phase.batch * fabric.world_size
    seen = phase.pictures_before + (progress["step"] - phase.start) * global_batch
    loader = _loader(recipe, fabric, data.pairs(recipe, "train", phase.size), phase, phase.end - progress["step"], seen)
    learner.train(phase)
    saved_at = waiting_since = time.perf_counter()
    log.restart_clock()
    for batch in loader:
        wait_seconds = time.perf_counter() - waiting_since
        parts = learner.step(Pair(*batch), phase, progress["step"])
        progress["step"] += 1
        epochs_before, seen = seen / len(data.train), seen + global_batch
        log.epoch = seen / len(data.train)
        rates = learner.rates()
        log.step(progress["step"], parts, pictures=global_batch, wait_seconds=wait_seconds, phase=number, rates=rates)

        every = recipe.validation.every
        stopping, due = _any_device(fabric, stop.requested, time.perf_counter() - saved_at > CHECKPOINT_SECONDS)
        if log.epoch // every > epochs_before // every or progress["step"] == phase.end:
            log.flush(progress["step"], number, rates)
            _validate(recipe, run, fabric, data, learner, phase, progress, log)
            save_checkpoint(run, fabric, learner, progress)
            if on_validation is not None:
                on_validation()
            log.restart_clock()
            saved_at = time.perf_counter()
        elif stopping or due:
            log.require_numbers(progress["step"])
            save_checkpoint(run, fabric, learner, progress)
            saved_at = time.perf_counter()
        if stopping:
            log.flush(progress["step"], number, rates)
            raise KeyboardInterrupt
        if progress["stopped_early"]:
            return
        waiting_since = time.perf_counter()


def _any_device(fabric: Fabric, *flags: bool) -> list[bool]:
    """Each flag: whether any device raised it. All devices must save, and stop, at the same step."""
    if fabric.world_size == 1:
        return list(flags)
    raised = fabric.all_reduce(torch.tensor(flags, dtype=torch.float32, device=fabric.device), reduce_op="sum")
    return [bool(count) for count in raised]  # type: ignore[union-attr]


def _validate(
    recipe: Recipe,
    run: Run,
    fabric: Fabric,
    data: TrainingData,
    learner: Learner,
    phase: PlannedPhase,
    progress: dict[str, Any],
    log: TrainingLog,
) -> None:
    """Measure, keep the weights, remember the best, decide whether to stop early."""
    pairs = data.pairs(recipe, "val", recipe.data.size, recipe.validation.pictures)
    painter = learner.painter()
    scores = validate(painter, pairs, fabric.device, batch=phase.batch, losses=losses_of(learner, phase))
    score = scores[recipe.validation.monitor]
    better = score < progress["best"]
    progress["stale"] = 0 if better else progress["stale"] + 1
    if better:
        progress |= {"best": score, "best_step": progress["step"]}
    if phase.optimizer.schedule == "plateau":
        follow_plateau(progress, better, phase.optimizer.plateau_patience)
        learner.plateau_factor = progress["plateau_factor"]
    patience = recipe.validation.patience
    progress["stopped_early"] = bool(patience and progress["stale"] >= patience)
    if fabric.is_global_zero:
        save_weights(run, "last", painter)
        if better:
            save_weights(run, "best", painter)
        sheet = run.samples / f"step-{progress['step']:06d}.png"
        write_samples(painter, pairs, recipe.validation.samples, fabric.device, sheet)
        if recipe.validation.outputs and progress["step"]:  # comparisons go by epochs of learning
            _keep_outputs(run, data, data.pairs(recipe, "val", recipe.data.size), learner, phase, log.epoch, progress)
        log.row("validation", progress["step"], scores | {"best": progress["best"]})
        numbers = "  ".join(f"{name} {scores[name]:.4g}" for name in SAID if name in scores)
        where = f"epoch {log.epoch:.1f}, step {progress['step']}" if progress["step"] else "what it starts from"
        log.say(f"{where}: {numbers}{'  (best)' if better else ''}")
    learner.train(phase)


def _keep_outputs(
    run: Run,
    data: TrainingData,
    pairs: PairDataset,
    learner: Learner,
    phase: PlannedPhase,
    epoch: float,
    progress: dict[str, Any],
) -> None:
    """What is painted of the whole validation side, for comparisons."""
    kept = KeptOutputs(run.folder / "outputs")
    if not kept.begun:
        kept.write_pictures(pictures_of(pairs, [data.cache.files[i].key for i in data.val]))
    painted = paint_all(learner.painter(), pairs, learner.fabric.device, phase.batch)
    chosen = painted[chosen_places(len(painted))]
    full = painted if wants_full(epoch) else None
    kept.write_epoch(EpochOutputs(epoch, progress["step"], shrink(painted, SMALL_SIDE), chosen, full))


def _loader(recipe: Recipe, fabric: Fabric, pairs: PairDataset, phase: PlannedPhase, steps: int, seen: int):
    sampler = PositionSampler(len(pairs), phase.batch, steps, seen, recipe.seed, fabric.global_rank, fabric.world_size)
    loader = pair_loader(pairs, sampler, recipe.data.workers)
    return fabric.setup_dataloaders(loader, use_distributed_sampler=False)


def _examples(recipe: Recipe, data: TrainingData) -> list[Pair]:
    """A few hundred training pairs, when the recipe starts from a model file."""
    if model_behind(recipe.generator.weights) is None:
        return []
    pairs = data.pairs(recipe, "train", recipe.phases[0].size)
    steps = max(1, EXAMPLES // recipe.data.batch)
    return [Pair(*batch) for batch in pair_loader(pairs, PositionSampler(len(pairs), recipe.data.batch, steps), 0)]


def _load(recipe: Recipe, folders: Sequence[Path], split: Any, console: Console) -> TrainingData:
    if not folders:
        raise PincelError("no data folder given; name one with --data")
    with console.status("looking at the pictures ...") as status:
        return load_training_data(
            recipe,
            folders,
            split=split,
            on_progress=lambda done, total: status.update(f"decoding pictures: {done} of {total}"),
        )


def _name_left_out(data: TrainingData, console: Console) -> None:
    """Say by which split, and which pictures cannot be learnt from."""
    if data.note:
        console.print(data.note, markup=False, highlight=False, soft_wrap=True)
    failures = data.cache.failures | (data.sources.failures if data.sources is not None else {})
    for why in list(failures.values())[:FAILURES_NAMED]:
        console.print(f"left out: {why}", markup=False, highlight=False, soft_wrap=True)
    if len(failures) > FAILURES_NAMED:
        console.print(f"left out: {len(failures) - FAILURES_NAMED} more; 'pincel data explore' names them all")


def _rebalance(recipe: Recipe, data: TrainingData) -> ChromaRebalance | None:
    """Colour statistics over at most 2,000 training pictures, when any phase asks for rebalancing."""
    strengths = {phase.losses.chroma_rebalance for phase in recipe.phases} - {0.0}
    if not strengths:
        return None
    if len(strengths) > 1:
        raise PincelError("recipe key 'losses.chroma_rebalance' must be the same in every phase that has it")
    chosen = data.train[:: max(1, len(data.train) // 2000)]
    histogram = sum(ChromaRebalance.count(rgb_to_lab(data.cache[i][::2, ::2])[..., 1:].reshape(-1, 2)) for i in chosen)
    return ChromaRebalance(np.asarray(histogram), strengths.pop())


def _facts(
    recipe: Recipe,
    folders: Sequence[Path],
    data: TrainingData,
    plan: Sequence[PlannedPhase],
    teacher: Teacher | None,
) -> dict[str, Any]:
    hashes = {f"{int(h):016x}" for h in data.cache.hashes[data.train]}
    hashes |= set(teacher.hashes) if teacher else set()  # through its teacher a student has learnt from those too
    hashes |= hashes_behind(recipe.generator.weights)
    return {
        "folders": [str(Path(folder).resolve()) for folder in folders],
        "classes": data.classes,
        "split": recipe.data.split or "made from the seed",
        "split_digest": data.split.digest,
        "training_pictures": len(data.train),
        "validation_pictures": len(data.val),
        "pairs": data.sources is not None,
        "plan": plan_to_facts(plan),
        "training_hashes": sorted(hashes),
        "start": origin_behind(recipe.generator.weights),
        **({"teacher": teacher.facts()} if teacher else {}),
    }
