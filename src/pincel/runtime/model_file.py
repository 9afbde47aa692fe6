"""Load a model: one .onnx file that carries its own card."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime
from pydantic import ValidationError

from pincel.errors import ModelError, join
from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard, unpack_hashes

__all__ = ["Model", "embedded_models", "load_model", "require_task"]


@dataclass(frozen=True)
class Model:
    """A loaded model; safe to use from several threads.

    Attributes:
        card: what the file says of itself.
        path: the file.
        session: onnxruntime's session.
    """

    card: ModelCard
    path: Path
    session: onnxruntime.InferenceSession

    def run(self, source: np.ndarray, label: int | None = None) -> np.ndarray:
        """Paint.

        Args:
            source: float32 (N, C, H, W) in -1..1; H and W are any size.
            label: number of the class in the card's ``classes``; None: unknown, or the model takes none.

        Returns:
            float32 (N, C', H, W) in -1..1.
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
            raise ModelError(f"model '{self.card.name}' does not know the label '{label}'; known: {join(classes)}")
        return classes.index(label)

    def _output(self, name: str, source: np.ndarray, label: int | None) -> np.ndarray:
        """One of the file's outputs by its name."""
        feeds: dict[str, np.ndarray] = {self.session.get_inputs()[0].name: np.ascontiguousarray(source, np.float32)}
        if self.card.classes:
            number = len(self.card.classes) if label is None else label
            feeds["label"] = np.full(len(source), number, np.int64)
        return np.asarray(self.session.run([name], feeds)[0])

    @cached_property
    def training_hashes(self) -> np.ndarray:
        """uint64 difference hashes of the pictures it was trained on; empty when the file does not say."""
        return unpack_hashes(self.session.get_modelmeta().custom_metadata_map.get(HASHES_KEY, ""))


def embedded_models() -> dict[str, Path]:
    """Name -> file of the models that come with Pincel."""
    folder = Path(str(resources.files("pincel"))) / "weights"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def load_model(model: str | Path | Model = "default", *, threads: int | None = None) -> Model:
    """A model by its embedded name or by path; a loaded model is given back as it is.

    Args:
        model: ``default``, another name of `embedded_models`, a path, or a `Model`.
        threads: of onnxruntime; as many as there are processors by default.

    Raises:
        ModelError: no such model, not an .onnx file, or not one of Pincel's.
    """
    if isinstance(model, Model):
        return model
    embedded = embedded_models()
    path = embedded.get(str(model), Path(model))
    if not path.is_file():
        raise ModelError(f"there is no model '{model}'; embedded: {join(embedded)}; or give the path of an .onnx file")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception:  # onnxruntime has no common base class for its errors
        raise ModelError(f"{path} is not a model that onnxruntime can load; is it a whole .onnx file?") from None
    text = session.get_modelmeta().custom_metadata_map.get(CARD_KEY)
    if text is None:
        raise ModelError(f"{path} was not made by Pincel (no model card inside); `pincel export` makes such files")
    try:
        card = ModelCard.model_validate_json(text)
    except ValidationError:
        raise ModelError(f"the model card inside {path} cannot be read; export the model again") from None
    named = {output.name for output in session.get_outputs()}
    wanted = ["painted", *(["label_logits"] if card.tells_label else []), *(["bins"] if card.bins else [])]
    missing = next((name for name in wanted if name not in named), None)
    if missing:
        raise ModelError(f"{path} has no output '{missing}', though its card says so; export the model again")
    return Model(card, path, session)


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
