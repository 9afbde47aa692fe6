"""Where a training begins or goes on: its folder, its data, its teacher, its plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console

from pincel.data.pairs import Pair, PositionSampler, pair_loader
from pincel.errors import PincelError
from pincel.files import reason
from pincel.imaging.color import rgb_to_lab
from pincel.text import counted
from pincel.training.accelerator import open_fabric
from pincel.training.budget import plan_within
from pincel.training.checkpoint import load_checkpoint, save_checkpoint
from pincel.training.dataset import TrainingData, load_training_data
from pincel.training.learner import Learner
from pincel.training.log import TrainingLog
from pincel.training.losses.color import ChromaRebalance
from pincel.training.networks import check_networks
from pincel.training.options import TrainingOptions
from pincel.training.plan import PlannedPhase, plan_to_facts
from pincel.training.pretrained import hashes_behind, model_behind, origin_behind
from pincel.training.progress import Progress
from pincel.training.quick import quicken
from pincel.training.recipe import Recipe
from pincel.training.run import Run
from pincel.training.session import Session
from pincel.training.teacher import Teacher, load_teacher, teacher_path
from pincel.training.view_place import free_bytes, place_views
from pincel.training.words import said_of_end

__all__ = ["new_run", "open_session"]

FAILURES_NAMED = 5  # unreadable pictures, one by one
EXAMPLES = 512  # pairs whose statistics a start from a model file takes


def open_session(recipe: Recipe, folders: Sequence[Path], out: Path, options: TrainingOptions) -> Session:
    """Everything that a training needs, at its beginning or where it stopped.

    Arguments as for `pincel.training.loop.train`.

    Raises:
        PincelError: unusable data, ``out`` exists already, or there is nothing to resume.
    """
    console = options.console
    say = partial(console.print, markup=False, highlight=False, soft_wrap=True)
    run = Run(out)
    fresh, resume = run.is_empty, options.resume
    if resume and fresh and (run.begun or folders):
        say(f"{out} has learnt nothing yet: it begins from its start")
        resume = run.begun
    if resume:
        run = Run.open(out)
        recipe, folders = run.recipe(), folders or _own_folders(run)
    else:
        run, recipe = new_run(out), _with_absolute_teacher(recipe)
    if fresh:
        check_networks(recipe)
    fabric = open_fabric(options.accelerator, options.devices, recipe.precision)
    fabric.launch()
    console.quiet = not fabric.is_global_zero  # of several devices one speaks
    if line := quicken(fabric.device):
        say(line)
    data = _load(recipe, folders, run if resume else None, console)
    recipe = data.recipe
    rebalance = _rebalance(recipe, data)
    teacher = load_teacher(recipe, data.classes, fabric.device)
    learner = Learner(recipe, fabric, rebalance, data.classes, fresh, teacher, _examples(data) if fresh else ())
    asked = run.facts().get("views", "loader") if resume else recipe.data.views  # as it was, for the same bits
    data, line = place_views(data, asked, fabric.device, free_bytes(fabric))
    if line:
        say(line)
    if resume:
        _require_the_same(run, data, teacher)
        plan = run.plan()
    else:
        recipe, plan = plan_within(learner, data, options)
        run.begin(recipe, data.split, _facts(folders, data, plan, teacher))
    steps = plan[-1].end
    if fresh:
        progress = Progress.none()
        save_checkpoint(run, learner, progress)
    else:
        progress = load_checkpoint(run, learner, steps)
        if progress.stopped_early or progress.step == steps:
            say(said_of_end(run, progress.step, steps))
    say(
        f"{counted(len(data.train), 'picture')} to learn from, {len(data.val)} to validate on; "
        f"{counted(steps, 'step')} in {counted(len(plan), 'phase')}"
    )
    log = TrainingLog(run, console, steps, progress.step, fabric.is_global_zero)
    return Session(recipe, run, fabric, data, learner, plan, progress, log, options.on_validation)


def new_run(out: Path) -> Run:
    """A run that is to begin; of its files there may only be those that it begins with, of one that was killed too.

    Raises:
        PincelError: something else is there already.
    """
    run = Run(out)
    if not run.is_empty:
        raise PincelError(f"{out} exists already; choose another --out, or add --resume to go on with it")
    try:
        if not out.exists():  # it is made with all that belongs in it, or not at all: only tried here
            out.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=out.parent):  # of its own name, for several devices try at once
                pass
    except OSError as error:
        raise PincelError(f"the run cannot be written to {out}: {reason(error)}") from None
    return run


def _own_folders(run: Run) -> list[Path]:
    """The data folders that a run was begun with."""
    folders = [Path(folder) for folder in run.facts()["folders"]]
    for folder in folders:
        if not folder.is_dir():
            raise PincelError(
                f"{run.folder} learns from {folder}, which is gone; name the place where it is now with --data, under "
                f"its old name {folder.name}: pictures are known by it"
            )
    return folders


def _with_absolute_teacher(recipe: Recipe) -> Recipe:
    if recipe.distillation is None:
        return recipe
    found = recipe.distillation.model_copy(update={"teacher": teacher_path(recipe.distillation.teacher)})
    return recipe.model_copy(update={"distillation": found})


def _load(recipe: Recipe, folders: Sequence[Path], resumed: Run | None, console: Console) -> TrainingData:
    """The pictures; says by which split, and which cannot be learnt from."""
    if not folders:
        raise PincelError("no data folder given; name one with --data")
    with console.status("looking at the pictures ...") as status:
        data = load_training_data(
            recipe,
            folders,
            split=resumed.split() if resumed else None,
            on_progress=lambda done, total: status.update(f"decoding pictures: {done} of {total}"),
        )
    failures = data.cache.failures | (data.sources.failures if data.sources is not None else {})
    lines = [data.note] if data.note else []
    lines += [f"left out: {why}" for why in list(failures.values())[:FAILURES_NAMED]]
    if len(failures) > FAILURES_NAMED:
        lines.append(f"left out: {len(failures) - FAILURES_NAMED} more; 'pincel data explore' names them all")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return data


def _require_the_same(run: Run, data: TrainingData, teacher: Teacher | None) -> None:
    """Refuse data sets that have lost or gained training pictures since the run was begun, and another teacher."""
    begun = run.facts()["training_pictures"]
    if len(data.train) != begun:
        raise PincelError(
            f"{run.folder} was begun with {begun} training pictures and now there are {len(data.train)}; "
            "put the data folders back as they were, or start a new run"
        )
    if teacher is not None and teacher.digest != run.facts()["teacher"]["digest"]:
        raise PincelError(
            f"the teacher {teacher.name} has changed since {run.folder} was begun; put it back, or start a new run"
        )


def _examples(data: TrainingData) -> list[Pair]:
    """A few hundred training pairs, when the recipe starts from a model file."""
    recipe = data.recipe
    if model_behind(recipe.generator.weights) is None:
        return []
    pairs = data.pairs("train", recipe.phases[0].size)
    steps = max(1, EXAMPLES // recipe.data.batch)
    return [Pair(*batch) for batch in pair_loader(pairs, PositionSampler(data.passes, recipe.data.batch, steps), 0)]


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
    folders: Sequence[Path], data: TrainingData, plan: Sequence[PlannedPhase], teacher: Teacher | None
) -> dict[str, Any]:
    weights, encoder = data.recipe.generator.weights, data.recipe.generator.encoder_weights or ""
    hashes = {f"{int(h):016x}" for h in data.cache.hashes[data.train]} | hashes_behind(weights)
    hashes |= hashes_behind(encoder) if weights is None and encoder.endswith(".safetensors") else set()
    hashes |= set(teacher.hashes) if teacher else set()  # through its teacher a student has learnt from those too
    return {
        "folders": [str(Path(folder).resolve()) for folder in folders],
        "classes": data.classes,
        "split": data.recipe.data.split or "made from the seed",
        "split_digest": data.split.digest,
        "training_pictures": len(data.train),
        "pictures_a_pass": len(data.passes),
        "validation_pictures": len(data.val),
        "pairs": data.sources is not None,
        "views": "loader" if data.photos is None else "device",
        "plan": plan_to_facts(plan),
        "training_hashes": sorted(hashes),
        "start": origin_behind(weights),
        **({"teacher": {"name": teacher.name, "digest": teacher.digest}} if teacher else {}),
    }
