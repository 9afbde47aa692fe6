import pytest
import yaml

from pincel.errors import RecipeError
from pincel.training.phases import kept_by_phases, let_follow, make_whole, place_in_phases
from pincel.training.recipe import Recipe, load_recipe

CRITIC = "phases.4.adversarial=0.02"


def test_a_phases_optimizer_is_laid_over_the_recipes_and_its_losses_are_its_own():
    recipe = Recipe.model_validate(
        {
            "data": {"size": 64, "batch": 8},
            "losses": {"l1": 3},
            "optimizer": {"lr": 0.25, "weight_decay": 0.5, "betas": [0.5, 0.9]},
            "phases": [
                {"epochs": 1},
                {"epochs": 1, "size": 48, "batch": 4, "losses": {"psnr": 2}, "optimizer": {"lr": 0.5}},
                {"epochs": 1, "size": None, "batch": None, "losses": None, "optimizer": None},
            ],
        }
    )
    first, second, third = recipe.phases
    assert (first.size, first.batch, first.losses, first.optimizer) == (64, 8, recipe.losses, recipe.optimizer)
    assert third == first
    assert (second.size, second.batch, second.losses.psnr, second.losses.l1) == (48, 4, 2, 0)
    assert second.optimizer == recipe.optimizer.model_copy(update={"lr": 0.5})


def test_a_recipe_without_phases_has_one_that_is_whole():
    (phase,) = Recipe().phases
    assert (phase.epochs, phase.size, phase.batch, phase.losses.smooth_l1) == (10, 128, 32, 1)


@pytest.mark.parametrize("phases", [None, 3, [], [3], [None]])
def test_what_is_no_phase_is_left_for_the_check_to_name(phases):
    assert make_whole({"phases": phases})["phases"] == phases


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"optimizer": {"lr": 0}}, "optimizer.lr"),
        ({"losses": None}, "losses"),
        ({"data": 3}, "data"),
        ({"phases": [{"epochs": 1, "optimizer": 3}]}, "phases.0.optimizer"),
        ({"phases": [{"epochs": 1}, {"epochs": 1, "losses": []}]}, "phases.1.losses"),
    ],
)
def test_what_is_wrong_in_a_recipe_is_named_where_it_stands(tmp_path, content, key):
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(RecipeError, match=f"recipe key '{key}': "):
        load_recipe(tmp_path / "r.yaml")


def test_a_date_in_a_mapping_of_options_is_no_crash():
    with pytest.raises(RecipeError):
        load_recipe("colorize-lite", ["optimizer={lr: 2020-01-01}"])
    load_recipe("colorize-lite", ["generator.options={decoder_channels: 2020-01-01}"])


@pytest.mark.parametrize("key", ["optimizer.weight_decay=0", "optimizer={weight_decay: 0}"])
def test_a_change_of_the_optimizer_reaches_every_phase_that_does_not_say_otherwise(key):
    recipe = load_recipe("colorize-lite", [key])
    assert [phase.optimizer.weight_decay for phase in recipe.phases] == [0] * 5


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["optimizer.final_lr=0.5"],
            "recipe key 'optimizer.final_lr' reaches no phase: phases 0, 1, 2, 3, 4 have their own final_lr; change "
            "phases.0.optimizer.final_lr=0.5, and likewise phases 1, 2, 3, 4",
        ),
        (
            ["phases=[{epochs: 1, batch: 4}]", "data.batch=8"],
            "recipe key 'data.batch' reaches no phase: phase 0 has its own batch; change phases.0.batch=8",
        ),
        (
            ["phases=[{epochs: 1, losses: {l1: 1}}]", "losses={psnr: 1}"],
            "recipe key 'losses.psnr' reaches no phase: phase 0 has its own losses; change phases.0.losses.psnr=1",
        ),
        (
            ["discriminator.width=8"],
            "recipe key 'discriminator.width' reaches no phase: none has a critic; give one a weight, as "
            "phases.4.adversarial=0.02",
        ),
    ],
)
def test_a_change_that_reaches_no_phase_is_refused_with_what_would(overrides, said):
    with pytest.raises(RecipeError) as caught:
        load_recipe("colorize-lite", overrides)
    assert str(caught.value) == said
    load_recipe("colorize-lite", overrides, unread=True)


def test_what_is_read_beside_the_phases_may_change_though_all_have_their_own():
    load_recipe("colorize-lite", ["phases=[{epochs: 1, size: 64}]", "data.size=96"])
    load_recipe("colorize-lite", ["discriminator.width=8", CRITIC])


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["data.batch=8"],
            ["data.batch does not change all: phases 2, 3, 4 have their own batch; add phases.2.batch=8"],
        ),
        (
            ["data.batch=8", "phases.2.batch=8", "phases.4.batch=8"],
            ["data.batch does not change all: phase 3 has its own batch; add phases.3.batch=8"],
        ),
        (["data.batch=8", *(f"phases.{i}.batch=9" for i in (2, 3, 4))], []),
        (
            ["optimizer.lr=0.1", "data.workers=0", "phases.1.optimizer={lr: 1}"],
            ["optimizer.lr does not change all: phases 2, 3, 4 have their own lr; add phases.2.optimizer.lr=0.1"],
        ),
        (
            ["losses.l1=1"],
            ["losses.l1 does not change all: phases 0, 3, 4 have their own losses; add phases.0.losses.l1=1"],
        ),
        (["optimizer.weight_decay=0", "data.cache_side=99"], []),
    ],
)
def test_a_change_that_some_phases_do_not_see_is_told_with_how_to_reach_them(overrides, said):
    assert list(kept_by_phases(load_recipe("colorize-lite", overrides), overrides)) == said


def test_a_recipe_that_was_written_whole_can_be_changed_like_the_one_it_came_from(tmp_path):
    path, changes = tmp_path / "whole.yaml", ["optimizer.weight_decay=0", "data.batch=4", "losses.l1=3"]
    path.write_text(load_recipe("colorize-lite").to_yaml())
    assert load_recipe(path, changes) == load_recipe("colorize-lite", changes)
    assert load_recipe(path, ["data={size: 48}"]).phases[1].size == 48


def test_only_what_repeats_the_recipe_follows_its_change():
    phases = [{"batch": 8, "optimizer": {"lr": 1, "betas": [0.9, 0.999], "warmup": 0.5}}, {"batch": 9}]
    content = {"data": {"batch": 8}, "optimizer": {"lr": 1}, "phases": phases}
    let_follow(content, "optimizer.betas")
    let_follow(content, "data.batch")
    assert content["phases"] == [{"batch": None, "optimizer": {"lr": 1, "warmup": 0.5}}, {"batch": 9}]
    let_follow(content, "optimizer")
    assert content["phases"][0] == {"batch": None, "optimizer": {"warmup": 0.5}}


@pytest.mark.parametrize(
    ("key", "place", "numbers"),
    [
        ("data.batch", "batch", [2, 3, 4]),
        ("losses.l1", "losses.l1", [0, 3, 4]),
        ("optimizer.lr", "optimizer.lr", [1, 2, 3, 4]),
        ("optimizer.betas.0", "optimizer.betas.0", []),
        ("data.workers", "", []),
    ],
)
def test_where_phases_say_something_else_than_the_recipe_is_known(key, place, numbers):
    assert place_in_phases(load_recipe("colorize-lite"), key) == (place, numbers)


def test_the_written_recipe_says_what_happens_in_every_phase():
    written = yaml.safe_load(load_recipe("colorize-lite", ["optimizer.weight_decay=0"]).to_yaml())["phases"]
    assert [phase["optimizer"]["weight_decay"] for phase in written] == [0] * 5
    assert [(phase["size"], phase["batch"]) for phase in written] == [
        (96, 32),
        (128, 32),
        (192, 16),
        (192, 16),
        (160, 24),
    ]
    assert [phase["losses"]["cie94"] for phase in written] == [0, 1, 1, 0, 0]
