import warnings

import pytest
import yaml

from pincel.errors import PincelWarning, RecipeError
from pincel.training.learner import Learner
from pincel.training.old_keys import plan_of_today, recipe_of_today, tell_once
from pincel.training.plan import make_plan, plan_from_facts, plan_to_facts
from pincel.training.recipe import Recipe, load_recipe

# As a run's recipe.yaml was written when a phase's parts were whole with defaults of their own, or null.
WRITTEN_BEFORE = """\
task: colorize
seed: 0
precision: 32-true
working_size: null
data:
  size: 32
  batch: 4
  split: null
  validation_kept: 1.0
  cache_side: 160
  exclude_grey: null
  fit: letterbox
  grey_share: 0.3
  label_dropout: 0.0
  mask_padding: true
  workers: 1
  augment:
    flip: true
    flip_vertical: false
    quarter_turns: 0.0
    rotation: 0.0
    zoom: 0.0
    min_scale: 0.5
    letterbox: 0.25
    brightness: 0.1
    contrast: 0.1
discriminator:
  name: patchgan
  conditional: false
  width: 64
  depth: 3
  norm: batch
  lr: 0.0002
  betas:
  - 0.5
  - 0.999
  clip_norm: null
  label_smoothing: 0.0
losses:
  l1: 100.0
  smooth_l1: 0.0
  cie94: 0.0
  delta_e: 0.0
  colourfulness: 0.0
  colourfulness_share: 0.9
  colourfulness_except: []
  psnr: 0.0
  perceptual: 0.0
  chroma_rebalance: 0.0
  bins: 0.0
  classification: 0.0
  adversarial_kind: bce
distillation: null
optimizer:
  lr: 0.0002
  encoder_lr: 0.0003
  final_lr: 0.0
  warmup: 0.0
  schedule: cosine
  plateau_patience: 5
  betas:
  - 0.9
  - 0.999
  weight_decay: 0.0
  clip_norm: 1.0
  freeze_norms: false
phases:
- epochs: 1.0
  adversarial: 0.0
  critic_first: 0.0
  size: null
  batch: null
  losses: null
  optimizer:
    lr: 0.001
    encoder_lr: 0.0003
    final_lr: 0.0
    warmup: 0.03
    schedule: cosine
    plateau_patience: 5
    betas:
    - 0.9
    - 0.999
    weight_decay: 0.01
    clip_norm: 1.0
    freeze_norms: false
- epochs: 2.0
  adversarial: 1.0
  critic_first: 0.0
  size: null
  batch: 2
  losses: null
  optimizer: null
- epochs: 2.0
  adversarial: 1.0
  critic_first: 0.0
  size: null
  batch: null
  losses:
    l1: 3.0
    smooth_l1: 0.0
    cie94: 0.0
    delta_e: 0.0
    colourfulness: 0.0
    colourfulness_share: 0.9
    colourfulness_except: []
    psnr: 0.0
    perceptual: 0.0
    chroma_rebalance: 0.0
    bins: 0.0
    classification: 0.0
    adversarial_kind: bce
  optimizer:
    lr: 0.0015
    encoder_lr: 0.1
    final_lr: 0.0
    warmup: 0.03
    schedule: cosine
    plateau_patience: 5
    betas:
    - 0.9
    - 0.999
    weight_decay: 0.01
    clip_norm: 1.0
    freeze_norms: false
"""
LINE = "losses.adversarial_kind' is now 'discriminator.adversarial_kind'"


@pytest.fixture(autouse=True)
def nothing_told_yet():
    tell_once.cache_clear()


@pytest.fixture
def old_recipe(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(WRITTEN_BEFORE)
    return path


def test_a_run_begun_before_goes_on_with_the_very_settings_it_was_begun_with(old_recipe):
    with pytest.warns(PincelWarning, match=LINE):
        recipe = load_recipe(old_recipe)
    first, second, third = recipe.phases
    assert [phase.losses.l1 for phase in recipe.phases] == [100, 100, 3]
    assert [(phase.size, phase.batch) for phase in recipe.phases] == [(32, 4), (32, 2), (32, 4)]
    assert [phase.adversarial for phase in recipe.phases] == [0, 1, 1]
    assert [phase.optimizer.weight_decay for phase in recipe.phases] == [0.01, 0, 0.01]  # not the recipe's everywhere
    assert (first.optimizer.lr, first.optimizer.warmup) == (1e-3, 0.03)
    assert (third.optimizer.lr, third.optimizer.encoder_lr) == (1.5e-3, 0.1)
    assert second.optimizer == recipe.optimizer
    assert recipe.discriminator.adversarial_kind == "bce"
    with warnings.catch_warnings(action="error"):
        assert load_recipe(old_recipe) == recipe  # the line was said once


def test_a_plan_of_before_keeps_the_kind_of_each_phase(tiny_recipe):
    recipe = tiny_recipe(phases=[{"epochs": 1, "adversarial": 1}, {"epochs": 1, "adversarial": 1}])
    before = plan_to_facts(make_plan(recipe, 24))
    for phase, kind in zip(before, ("bce", "hinge"), strict=True):
        phase["losses"]["adversarial_kind"] = kind
        del phase["adversarial_kind"]
    plan = plan_from_facts(before)
    assert [phase.adversarial_kind for phase in plan] == ["bce", "hinge"]
    assert plan[0].losses == recipe.losses


def test_the_kind_of_the_phase_is_the_one_that_is_learnt_by(tiny_recipe, fabric, random_pair):
    def loss(kind):
        recipe = tiny_recipe(discriminator={"adversarial_kind": kind}, phases=[{"epochs": 1, "adversarial": 1.0}])
        learner = Learner(recipe, fabric)
        return float(learner.step(random_pair(), make_plan(recipe, 24)[0], 0)["loss_d"])

    assert len({loss(kind) for kind in ("bce", "hinge", "lsgan")}) == 3


@pytest.mark.parametrize("plan", [[3], [{"losses": 3}], [{}]])
def test_what_is_no_plan_is_refused_as_before(plan):
    plan_of_today(plan)
    with pytest.raises(ValueError):
        plan_from_facts(plan)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"losses": {"l1": 1, "adversarial_kind": "bce"}}, "bce"),
        ({"losses": {"adversarial_kind": "bce"}, "discriminator": {"adversarial_kind": "hinge"}}, "bce"),
        ({"phases": [{"epochs": 1, "losses": {"adversarial_kind": "lsgan"}}]}, "lsgan"),
        (
            {
                "losses": {"adversarial_kind": "bce"},
                "phases": [
                    {"epochs": 1, "losses": {"adversarial_kind": "hinge"}},
                    {"epochs": 1, "adversarial": 1},
                ],
            },
            "bce",
        ),
        (
            {
                "losses": {"adversarial_kind": "bce"},
                "phases": [
                    {"epochs": 1, "adversarial": 1},
                    {"epochs": 1, "adversarial": 1, "losses": {"adversarial_kind": "lsgan"}},
                    {"epochs": 1, "losses": {"adversarial_kind": "hinge"}},
                ],
            },
            "lsgan",
        ),
    ],
)
def test_the_kind_that_the_last_adversarial_phase_had_becomes_the_discriminators(content, kind):
    moved, lines = recipe_of_today(content)
    assert moved["discriminator"]["adversarial_kind"] == kind
    assert "adversarial_kind" not in str(moved.get("losses", "")) + str(moved.get("phases", ""))
    assert len(lines) == 1


def test_a_recipe_of_today_is_read_without_a_word():
    assert recipe_of_today({"losses": {"l1": 1}, "phases": 3}) == ({"losses": {"l1": 1}, "phases": 3}, [])


@pytest.mark.parametrize(
    "change",
    [
        "losses.adversarial_kind=lsgan",
        "phases.1.losses.adversarial_kind=lsgan",
        "losses={l1: 1, adversarial_kind: lsgan}",
    ],
)
def test_an_old_key_on_the_command_line_changes_what_it_changed(old_recipe, change):
    with pytest.warns(PincelWarning, match=LINE):
        recipe = load_recipe(old_recipe, ["phases.2.losses=null", change])
    assert recipe.discriminator.adversarial_kind == "lsgan"
    assert [phase.losses == recipe.losses for phase in recipe.phases] == [True] * 3


def test_a_wrong_value_of_an_old_key_is_named_with_the_key_of_today(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("losses: {l1: 1, adversarial_kind: wgan}")
    with pytest.warns(PincelWarning), pytest.raises(RecipeError, match="'discriminator.adversarial_kind': 'wgan'"):
        load_recipe(path)


def test_the_recipe_in_a_card_of_before_is_read_too():
    assert Recipe.model_validate(yaml.safe_load(WRITTEN_BEFORE)).discriminator.adversarial_kind == "bce"


@pytest.mark.parametrize(
    ("losses", "wanted", "old"),
    [
        ({"delta_e": 0.5}, {"ciede2000": 0.5}, ["delta_e"]),
        ({"delta_e": 0.0, "l1": 1}, {"ciede2000": 0.0, "l1": 1}, []),  # says nothing
        (
            {"colourfulness": 0.5, "colourfulness_share": 0.8},
            {"colourfulness": {"weight": 0.5, "share": 0.8}},
            ["colourfulness_share"],
        ),
        (
            {"colourfulness": 0.5, "colourfulness_except": ["cat"], "colourfulness_share": 0.8},
            {"colourfulness": {"weight": 0.5, "share": 0.8, "except": ["cat"]}},
            ["colourfulness_share", "colourfulness_except"],
        ),
    ],
)
def test_losses_are_read_by_the_names_that_they_had(losses, wanted, old):
    for content, place in (({"losses": losses}, "losses"), ({"phases": [{"losses": losses}]}, "phases")):
        moved, lines = recipe_of_today(content)
        assert moved[place] == (wanted if place == "losses" else [{"losses": wanted}])
        assert [line.split("'")[1] for line in lines] == [f"losses.{name}" for name in old]
    assert plan_of_today([{"losses": losses}])[0]["losses"] == wanted


@pytest.mark.parametrize("place", ["", "phases.0."])
def test_old_names_of_losses_on_the_command_line_change_what_they_changed(place):
    changes = ["losses.delta_e=0.7", "losses.colourfulness=0.2", "losses.colourfulness_share=0.6"]
    with pytest.warns(PincelWarning, match=rf"'{place}losses.delta_e' is now '{place}losses.ciede2000'"):
        recipe = load_recipe("colorize-lite", ["phases=[{epochs: 1}]", *(place + change for change in changes)])
    losses = recipe.phases[0].losses
    assert (losses.weight("ciede2000"), losses.weight("colourfulness")) == (0.7, 0.2)
    assert losses.settings("colourfulness")["share"] == 0.6
