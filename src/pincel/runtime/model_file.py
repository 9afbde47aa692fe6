"""Load a model: one .onnx file that carries its own card."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime

from pincel.errors import ModelError, did_you_mean, join
from pincel.runtime.card import ModelCard
from pincel.runtime.hub import fetch, is_hub
from pincel.runtime.tryout import check_output, read_metadata, session_options, try_out, why_not_run
from pincel.tasks import TASKS, Task

__all__ = ["Model", "embedded_models", "find_model", "load_model", "require_task"]


@dataclass(frozen=True)
class Model:
    """A loaded model; safe to use from several threads.

    Attributes:
        card: what the file says of itself.
        path: the file.
        session: onnxruntime's session.
        training_hashes: uint64 difference hashes of the pictures it was trained on; empty when the file does not say.
    """

    card: ModelCard
    path: Path
    session: onnxruntime.InferenceSession
    training_hashes: np.ndarray

    @property
    def task(self) -> Task:
        """What it is shown and what it paints."""
        return TASKS[self.card.task]

    def run(self, source: np.ndarray, label: int | np.ndarray | None = None) -> np.ndarray:
        """Paint.

        Args:
            source: float32 (N, C, H, W) in -1..1; H and W are any size.
            label: number of the class in the card's ``classes``, or one a picture; None: unknown, or the model takes
                none.

        Returns:
            float32 (N, C', H, W) in -1..1.

        Raises:
            ModelError: it cannot be run, or gives something else than it should.
        """
        return self._output("painted", source, label)

    def classify(self, source: np.ndarray) -> np.ndarray:
        """float32 (N, C, H, W) in -1..1 -> float32 (N, classes): how strongly it looks like each class, as logits.

        Raises:
            ModelError: the model cannot tell.
        """
        self.require_classifier()
        return self._output("label_logits", source, None)

    def bins(self, source: np.ndarray, label: int | None = None) -> np.ndarray:
        """How likely each colour of the card's ``bins`` is, as logits.

        Args:
            source: float32 (N, C, H, W) in -1..1.
            label: as of `run`.

        Returns:
            float32 (N, K, H/4, W/4), sides rounded up.

        Raises:
            ModelError: the model does not tell.
        """
        if not self.card.bins:
            raise ModelError(f"model '{self.card.name}' does not tell how likely other colours are")
        return self._output("bins", source, label)

    def require_classifier(self) -> None:
        """Raise a `ModelError` when the model cannot tell the label of a picture."""
        if not self.card.tells_label:
            known = f"; give one of: {join(self.card.classes)}" if self.card.classes else ""
            raise ModelError(f"model '{self.card.name}' cannot tell the label of a picture by itself{known}")

    def label_number(self, label: str) -> int:
        """The number of a label by its name.

        Raises:
            ModelError: the model takes no labels, or not this one.
        """
        classes = self.card.classes
        if not classes:
            fitting = [name for name in embedded_models() if load_model(name).card.classes]
            raise ModelError(
                f"model '{self.card.name}' takes no label; "
                f"{f'models that do: {join(fitting)}' if fitting else 'leave --label away'}"
            )
        if label not in classes:
            near = did_you_mean(label, classes)
            raise ModelError(
                f"model '{self.card.name}' does not know the label '{label}'{near}; known: {join(classes)}"
            )
        return classes.index(label)

    def _output(self, name: str, source: np.ndarray, label: int | np.ndarray | None) -> np.ndarray:
        """One of the file's outputs by its name."""
        feeds: dict[str, np.ndarray] = {self._input: np.ascontiguousarray(source, np.float32)}
        if self.card.classes:
            number = len(self.card.classes) if label is None else label
            feeds["label"] = np.broadcast_to(np.asarray(number, np.int64), len(source)).copy()
        count, _, height, width = source.shape
        try:
            return check_output(self.card, name, self.session.run([name], feeds)[0], count, height, width)
        except ValueError as error:
            reason = str(error)
        except Exception as error:  # onnxruntime has no common base class for its errors
            reason = why_not_run(error)
        raise ModelError(f"model '{self.card.name}' fails at {width} x {height} px: {reason}")

    @property
    def _input(self) -> str:
        return next(one.name for one in self.session.get_inputs() if one.name != "label")


def embedded_models() -> dict[str, Path]:
    """Name -> file of the models that come with Pincel."""
    folder = Path(str(resources.files("pincel"))) / "weights"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def find_model(model: str | Path) -> Path:
    """The file of a model, by its embedded name, by path, or as ``hf:owner/name@revision`` (see `pincel.runtime.hub`).

    Raises:
        ModelError: there is no such file.
    """
    if is_hub(model):
        return fetch(str(model))
    embedded = embedded_models()
    path = embedded.get(str(model), Path(model))
    try:
        there = path.is_file()
    except OSError:  # a name that is longer than any
        there = False
    if not there:
        near = did_you_mean(str(model), embedded)
        raise ModelError(
            f"there is no model '{model}'{near}; embedded: {join(embedded)}; or give the path of an .onnx file"
        )
    return path


def load_model(model: str | Path | Model = "default", *, threads: int | None = None) -> Model:
    """A model by its name or by path; a loaded model is given back as it is.

    Args:
        model: ``default``, another name of `embedded_models`, a path, ``hf:owner/name@revision``, or a `Model`.
        threads: of onnxruntime; as many as there are processors by default.

    Raises:
        ModelError: no such model, not an .onnx file, or not one of Pincel's.
    """
    if isinstance(model, Model):
        return model
    path = find_model(model)
    given = path not in embedded_models().values()
    if given:
        try_out(path)
    options = session_options(threads or os.cpu_count() or 1, bounded=given)
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        card, hashes = read_metadata(session)
    except Exception as error:  # as above
        raise ModelError(f"{path} is not one of Pincel's models: {why_not_run(error)}") from None
    return Model(card, path, session, hashes)


def require_task(model: Model, *tasks: str) -> Model:
    """The model, when it does one of ``tasks``.

    Raises:
        ModelError: it does something else; the message names models that fit.
    """
    if model.card.task in tasks:
        return model
    fitting = [name for name in embedded_models() if load_model(name).card.task in tasks]
    raise ModelError(
        f"model '{model.card.name}' is for the task {model.card.task}, not {' or '.join(tasks)}; "
        f"models that fit: {join(fitting) or 'none is embedded'}"
    )
