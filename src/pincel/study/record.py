"""`study.json`: what a study is, and how far each of its trials is. Written whole after every change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pincel.documents import parse_json, parse_yaml
from pincel.errors import PincelError, join
from pincel.files import write_atomically
from pincel.pages.write import finite, json_text
from pincel.study.space import Axis, Misfit, Value
from pincel.text import counted
from pincel.training.recipe import Recipe

__all__ = [
    "DONE",
    "FAILED",
    "PRUNED",
    "RUNNING",
    "WAITING",
    "Budget",
    "Study",
    "Trial",
    "axes_to_json",
    "resolved",
]

WAITING, RUNNING, DONE, FAILED, PRUNED = "waiting", "running", "done", "failed", "pruned"


@dataclass(frozen=True)
class Budget:
    """What each trial may use: minutes, or passes over the photos, or (neither) what its recipe says."""

    minutes: float | None = None
    epochs: float | None = None

    def __str__(self) -> str:
        if self.minutes is not None:
            return f"{self.minutes:g} min each"
        return "the recipe's epochs" if self.epochs is None else f"{counted(self.epochs, 'epoch')} each"


@dataclass
class Trial:
    """One candidate and what is known of it.

    Attributes:
        name: of its run in ``trials/``.
        choices: axis -> value; empty for the recipe as it is where the axes do not hold it.
        own: whether it is the recipe as it is.
        parameters, macs: of the generator, for one picture of the recipe's size, as executed.
        status: ``waiting``, ``running`` (also: interrupted), ``done``, ``failed`` or ``pruned``.
        reason: why it failed or was pruned, one sentence.
        attempts: times that its training was begun and neither ended nor was stopped by Ctrl-C.
        epochs, steps, seconds: trained; seconds are of the training steps.
        n: validation pictures measured.
        quality: figure -> ``{"value", "low", "high"}``; the ends are None where there is no interval.
        curve: ``[share of the budget, mean absolute error]`` of every validation while training.
        latency_p50, latency_p95: seconds a picture in onnxruntime on ``threads`` threads.
        peak_memory: bytes of a process that paints once. file_size: of the .onnx file in bytes.
    """

    name: str
    choices: dict[str, Value]
    parameters: int
    macs: int
    own: bool = False
    status: str = WAITING
    reason: str = ""
    attempts: int = 0
    epochs: float | None = None
    steps: int | None = None
    seconds: float | None = None
    n: int | None = None
    quality: dict[str, dict[str, float | None]] = field(default_factory=dict)
    curve: list[list[float]] = field(default_factory=list)
    latency_p50: float | None = None
    latency_p95: float | None = None
    threads: int | None = None
    peak_memory: int | None = None
    file_size: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.status in (DONE, FAILED, PRUNED)

    def figure(self, name: str) -> float:
        """A figure's value; not a number where it is not known."""
        value = self.quality.get(name, {}).get("value")
        return math.nan if value is None else float(value)


@dataclass
class Study:
    """A folder of trials.

    Attributes:
        folder: of the study.
        kind: ``grid`` or ``search``.
        recipe: name or file, and what was changed in it. recipe_yaml: resolved.
        size: side of the pictures in pixels.
        folders: data.
        budget: of every trial.
        axes: what is varied, as JSON.
        judged_by: the figure of quality that decides.
        pictures: validation pictures that are measured; all when None.
        trials: in the order of their training.
        misfits: combinations that cannot be.
        baseline: figures of the input shown as it is.
        command: last command line.
        processor: where latencies were measured.
    """

    folder: Path
    kind: str
    recipe: str
    recipe_yaml: str
    task: str
    size: int
    folders: list[str]
    budget: Budget
    axes: dict[str, Any]
    judged_by: str
    pictures: int | None = None
    trials: list[Trial] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    baseline: dict[str, dict[str, float | None]] = field(default_factory=dict)
    command: str = ""
    processor: str = ""

    @property
    def file(self) -> Path:
        """Where all this is kept."""
        return self.folder / "study.json"

    def run_folder(self, trial: Trial) -> Path:
        """The trial's ordinary run."""
        return self.folder / "trials" / trial.name

    def model_file(self, trial: Trial) -> Path:
        """The trial's exported network."""
        return self.folder / "models" / f"{trial.name}.onnx"

    def strip_file(self, trial: Trial | None, what: str = "") -> Path:
        """A PNG of a few validation pictures as the trial painted them, or (None) ``source`` or ``target``."""
        return self.folder / "pictures" / (f"{trial.name}.png" if trial else f"_{what}.png")

    def trial(self, name: str) -> Trial | None:
        """A trial by its name."""
        return next((trial for trial in self.trials if trial.name == name), None)

    def with_status(self, *statuses: str) -> list[Trial]:
        """The trials that have one of these."""
        return [trial for trial in self.trials if trial.status in statuses]

    def save(self) -> None:
        """Write ``study.json``.

        Raises:
            PincelError: the folder cannot be written.
        """
        content = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "folder"}
        content |= {
            "budget": asdict(self.budget),
            "trials": [asdict(trial) for trial in self.trials],
            "misfits": [asdict(misfit) for misfit in self.misfits],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, json_text(finite(content)).encode())
        except OSError as error:
            raise PincelError(f"{self.file} cannot be written: {error.strerror}; choose another --out") from None

    @classmethod
    def open(cls, folder: Path) -> Study:
        """A study that was begun.

        Raises:
            PincelError: the folder holds none, or its file is damaged.
        """
        path = folder / "study.json"
        if not path.is_file():
            raise PincelError(f"{folder} is not a study (no study.json inside); `pincel study grid` makes one")
        try:
            content = parse_json(path.read_bytes())
            content["budget"] = Budget(**content["budget"])
            content["trials"] = [Trial(**trial) for trial in content["trials"]]
            content["misfits"] = [Misfit(**misfit) for misfit in content["misfits"]]
            return cls(folder, **content)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise PincelError(f"{path} is damaged ({error}); put a copy back, or begin in another folder") from None

    @classmethod
    def begin(cls, wanted: Study) -> Study:
        """The study of a folder: a new one as ``wanted``, or the one that is there, when it is the same.

        Raises:
            PincelError: the folder holds another study, or something else.
        """
        folder = wanted.folder
        if not (folder / "study.json").is_file():
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise PincelError(f"{folder} exists already and is no study; choose another --out")
            return wanted
        found = cls.open(folder)
        for name, what in SAME.items():
            if _comparable(found, name) != _comparable(wanted, name):
                said = f" ({getattr(found, name)})" if name in ("kind", "budget", "pictures") else ""
                raise PincelError(f"{folder} holds a study with {what}{said}; choose another --out")
        same = found.axes.keys() == wanted.axes.keys() if found.kind == "grid" else found.axes == wanted.axes
        if not same:
            raise PincelError(f"{folder} holds a study of other axes ({join(found.axes)}); choose another --out")
        found.axes, found.command, found.judged_by = wanted.axes, wanted.command, wanted.judged_by
        return found


SAME = {
    "kind": "another purpose",
    "recipe_yaml": "another recipe",
    "folders": "other data",
    "budget": "another budget",
    "pictures": "another number of --pictures",
}


def _comparable(study: Study, name: str) -> Any:
    """What is compared; of recipes the values, so that keys that are new with their defaults change nothing."""
    value = getattr(study, name)
    return Recipe.model_validate(parse_yaml(value)) if name == "recipe_yaml" else value


def resolved(folders: Sequence[Path]) -> list[str]:
    """Data folders, so that they are found from anywhere."""
    return [str(Path(folder).resolve()) for folder in folders]


def axes_to_json(axes: Sequence[Axis]) -> dict[str, Any]:
    """Axes by key, as `pincel.study.space.read_axes` reads them."""
    return {axis.key: axis.to_json() for axis in axes}
