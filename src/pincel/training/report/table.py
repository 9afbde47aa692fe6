"""The colorization paper's Table 1 ("Descomposición de Pérdidas y Generalización"), filled from a run."""

from __future__ import annotations

from dataclasses import dataclass

from pincel.pages.tables import MISSING
from pincel.training.losses.table import ADVERSARIAL, title_of
from pincel.training.report.figures import short_epoch
from pincel.training.report.history import History, Point, shares

__all__ = ["PaperRow", "paper_table"]

Cell = tuple[str, str]
"""Value; share, gap in percent or a note."""


@dataclass(frozen=True)
class PaperRow:
    """One line: the run's best and last epoch, and what the paper prints, quoted."""

    name: str
    best: Cell
    last: Cell
    paper: Cell


def paper_table(history: History) -> list[PaperRow]:
    """The table's rows in the paper's order, the epoch in front; figures that a run does not have are dashes."""
    best, last = history.best, history.points[-1] if history.points else None
    mine = [_column(history, point) for point in (best, last)]
    others = [name for name in history.parts if name != ADVERSARIAL]
    target = "L1 loss" if others == ["l1"] else f"Loss against the target ({', '.join(map(title_of, others))})"
    quoted: dict[str, Cell] = {
        "Epoch": ("16", ""),
        "Validation loss G": ("6.366", ""),
        target: ("5.160", "81.1 %"),
        "GAN loss": ("1.206", "18.9 %"),
        "Training loss G": ("6.624", ""),
        "Gap, training to validation": ("0.257", "3.89 %"),
        "Training D / validation D": ("0.516 / 0.679", ""),
        "Learning rate G / D": ("0.0002 / 0.0002", ""),
    }
    return [PaperRow(name, mine[0][place], mine[1][place], paper) for place, (name, paper) in enumerate(quoted.items())]


def _column(history: History, point: Point | None) -> list[Cell]:
    """The eight cells of one epoch; the losses' parts are the validation's."""
    if point is None:
        return [(MISSING, "")] * 8
    train, val = point.train, point.val
    parts = {name: val[name] for name in history.parts if name in val} if "loss_g" in val else {}
    share = shares(parts)
    against = [name for name in parts if name != ADVERSARIAL]
    target = (number(sum(parts[name] for name in against)), percent(sum(share[name] for name in against)))
    gan = (number(parts.get(ADVERSARIAL)), percent(share.get(ADVERSARIAL)))
    rates = _rates(history, point)
    difference = None if point.gap is None else val["loss_g"] - train["loss_g"]
    return [
        (short_epoch(point.epoch), ""),
        (number(val.get("loss_g")), ""),
        target if against else (MISSING, ""),
        gan,
        (number(train.get("loss_g")), ""),
        (number(difference), percent(point.gap, signed=True)),
        (f"{number(train.get('loss_d'))} / {number(val.get('loss_d'))}", ""),
        (f"{rate(rates.get('lr'))} / {rate(rates.get('lr_d') if 'loss_d' in train else None)}", ""),
    ]


def _rates(history: History, point: Point) -> dict[str, float]:
    """The learning rates of the last logged steps before a validation."""
    rows = [row for row in history.steps if row["step"] <= point.step]
    return rows[-1] if rows else {}


def number(value: float | None) -> str:
    """Four figures that count, a real minus sign, a dash for what is unknown.

    >>> number(-0.25781), number(6.366), number(None)
    ('−0.2578', '6.366', '–')
    """
    return MISSING if value is None else f"{value:#.4g}".rstrip(".").replace("-", "−")


def rate(value: float | None) -> str:
    """A learning rate.

    >>> rate(0.0002), rate(0.000003125), rate(0.0)
    ('0.0002', '3.13e-6', '0')
    """
    return MISSING if value is None else f"{value:.3g}".replace("e-0", "e-")


def percent(share: float | None, signed: bool = False) -> str:
    """A share of 1 in percent with one decimal; two where it has a sign.

    >>> percent(0.8106), percent(-0.03889, signed=True)
    ('81.1 %', '−3.89 %')
    """
    if share is None:
        return ""
    return (f"{100 * share:+.2f} %" if signed else f"{100 * share:.1f} %").replace("-", "−")
