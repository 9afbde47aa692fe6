"""What it means to measure models of a task: which figures, beside which baseline, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pincel.errors import pick
from pincel.evaluation.scores import METRICS, rows_with
from pincel.metrics.table import Metric
from pincel.tasks import TASKS, Colorize, Task

__all__ = ["COLORIZING", "GREY", "IDENTITY", "RATIOS", "EvaluatedTask", "evaluated_task"]

GREY, IDENTITY = "grey", "identity"  # row names of the baselines

RATIOS = {"ciede2000": "ciede2000_ratio", "lite0_distance": "lite0_ratio"}  # figure -> its ratio to the baseline's


@dataclass(frozen=True)
class EvaluatedTask:
    """How models of one task are measured and spoken of.

    Attributes:
        name: see `pincel.tasks`.
        command: that paints.
        protocol: by default; see `pincel.evaluation.protocols`.
        baseline: row name of what painting must beat. baseline_meaning: what it is.
        metrics: the figures of the quality table, in order.
        leading: figures (keys of `RATIOS`) that pictures are ranked by; the first one that was measured counts.
        class_metric: a further figure in the table of classes.
        ranges: of the data, for JSON. range_text: in words.
        shown: a word for what the model is given. shown_many: of several. thing: what is painted. photo: one picture.
        than: what the headline compares with. untouched, source: the same as one picture, in two ways.
        near: what a picture should be close to. spread: over the table of spreads.
        class_note, picture_note, gallery_note: under the headings of the page; ``{metric}`` is the leading figure.
    """

    name: str
    command: str
    protocol: str
    baseline: str
    baseline_meaning: str
    metrics: Mapping[str, Metric]
    leading: tuple[str, ...]
    class_metric: str
    ranges: Mapping[str, list[float]]
    range_text: str
    shown: str
    shown_many: str
    thing: str
    photo: str
    than: str
    untouched: str
    source: str
    near: str
    spread: str
    class_note: str
    picture_note: str
    gallery_note: str

    @property
    def translates(self) -> bool:
        """Whether whole pictures are painted from others; otherwise colour from lightness."""
        return not TASKS[self.name].keeps_lightness


COLORIZING = EvaluatedTask(
    name=Colorize.name,
    command=Colorize.commands[0],
    protocol="letterbox",
    baseline=GREY,
    baseline_meaning="the photo's own lightness, a = b = 0",
    metrics=METRICS,
    leading=("ciede2000",),
    class_metric="ab_psnr",
    ranges={"rgb_range": [0, 255], "ab_range": [-110, 110]},
    range_text="8-bit sRGB in 0..255; Lab a and b in −110..110",
    shown=Colorize.shown,
    shown_many=Colorize.shown_many,
    thing="colours",
    photo=Colorize.painted,
    than="grey",
    untouched="the uncoloured photo",
    source="the grey photo",
    near="the real colours",
    spread="As the colorization papers print it: mean ± standard deviation over photos, and below that the worst and "
    "the best photo.",
    class_note="The upright line marks grey: dots to its left are closer to the real colours than no colour at all.",
    picture_note="How far each photo is from its real colours, left grey and painted.",
    gallery_note="distance to the real colours when grey → when painted",
)


def _translating(task: Task) -> EvaluatedTask:
    shown, photo = task.shown, task.painted
    return EvaluatedTask(
        name=task.name,
        command=task.commands[0],
        protocol="square",
        baseline=IDENTITY,
        baseline_meaning=f"the {shown} itself, shown as a picture",
        metrics={name: _worded(metric, photo) for name, metric in TRANSLATED.items()},
        leading=("lite0_distance", "ciede2000"),
        class_metric="ssim",
        ranges={"rgb_range": [0, 255], "mse_range": [0, 1], "residual_range": [0, 1]},
        range_text="8-bit sRGB; PSNR and SSIM in 0..255, MSE and residual deviation in 0..1",
        shown=shown,
        shown_many=task.shown_many,
        thing=f"{photo}s",
        photo=photo,
        than=f"the {shown}",
        untouched=f"the {shown} itself",
        source=f"the {shown}",
        near=f"the real {photo}",
        spread=f"Mean ± standard deviation over {photo}s, and below that the worst and the best {photo}. A {shown} "
        f"does not tell every pixel: a believable {photo} that is not the real one scores low here too.",
        class_note=f"The upright line marks the {shown}: dots to its left are closer to the real {photo} than the "
        f"{shown} itself.",
        picture_note=f"How far the {shown} and the painted {photo} are from the real one, by {{metric}}.",
        gallery_note=f"distance to the real {photo}, of the {shown} → of the painted {photo}",
    )


def _worded(metric: Metric, photo: str) -> Metric:
    texts = {name: getattr(metric, name).replace("photo", photo) for name in ("group", "better", "meaning")}
    return replace(metric, **texts)


TRANSLATED: dict[str, Metric] = {
    **rows_with(
        "picture",
        {
            "ciede2000": {
                "ciede2000_ratio": Metric(
                    "CIEDE2000 over identity",
                    group="Colour",
                    title="over identity",
                    decimals=3,
                    better="less",
                    meaning="Mean CIEDE2000 over the identity baseline's: under 1 is closer than what was given.",
                ),
                "colourfulness_ratio": replace(METRICS["colourfulness_ratio"], group="Colour", title="vividness"),
            }
        },
    ),
    "lite0_distance": Metric(
        "Lite0 distance",
        group="Perception",
        title="Lite0",
        decimals=3,
        better="less",
        meaning="Squared distance of EfficientNet-Lite0's normalised features at strides 4 to 32, of squares of 128 "
        "px; built like LPIPS, without learned weights: 0 is equal, 8 has no feature in common.",
    ),
    "lite0_ratio": Metric(
        "Lite0 distance over identity",
        group="Perception",
        title="over identity",
        decimals=3,
        better="less",
        meaning="Mean Lite0 distance over the identity baseline's: under 1 is closer than what was given.",
    ),
    **{name: replace(METRICS[name], decimals=1) for name in ("frechet_lite1", "frechet_lite0")},
    **{name: replace(METRICS[name], decimals=2) for name in ("mmd_lite1", "mmd_lite0")},
}


def evaluated_task(task: str) -> EvaluatedTask:
    """How models of a task are measured.

    Raises:
        PincelError: unknown task.
    """
    found = pick(TASKS, task, "task")
    return replace(COLORIZING, name=task) if found.keeps_lightness else _translating(found)
