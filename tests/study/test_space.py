import pytest

from pincel.errors import RecipeError
from pincel.study.space import Axis, Candidate, Misfit, Space, default_axes, read_axes, sample
from pincel.training.recipe import load_recipe


def test_axes_are_read_from_words_and_from_a_file(tmp_path):
    file = tmp_path / "axes.yaml"
    file.write_text("depth: [3, 4]\nlr: {low: 1.0e-4, high: 1.0e-3}\nstride: [2, 2-4-4-2]\n")
    assert read_axes(["norm=batch,none", "dropout=0,0.5", "weight_decay=1e-4,0", "skips=true"], file) == [
        Axis("depth", (3, 4)),
        Axis("lr", (), 1e-4, 1e-3),
        Axis("stride", (2, "2-4-4-2")),
        Axis("norm", ("batch", "none")),
        Axis("dropout", (0, 0.5)),
        Axis("weight_decay", (1e-4, 0)),
        Axis("skips", (True,)),
    ]
    assert read_axes(["lr=1e-4..1e-3", "width=8..64"]) == [Axis("lr", (), 1e-4, 1e-3), Axis("width", (), 8, 64)]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["depth"], "is not of the form key=a,b,c"),
        (["depth="], "is not of the form key=a,b,c"),
        (["lr=1e-3..1e-4"], "a range is of two numbers, the smaller first"),
        (["depth=3", "depth=4"], "axis 'depth' is given twice"),
        (["depth=[3"], "is not valid YAML"),
    ],
)
def test_wrong_axes_are_named(texts, message):
    with pytest.raises(RecipeError, match=message):
        read_axes(texts)


@pytest.mark.parametrize("content", ["- depth", "depth: [[1]]", "depth: []", "a: [", "depth: {low: 1}"])
def test_a_file_that_holds_no_axes_is_refused(tmp_path, content):
    file = tmp_path / "axes.yaml"
    file.write_text(content)
    with pytest.raises(RecipeError):
        read_axes([], file)


@pytest.mark.parametrize(
    ("recipe", "axis", "message"),
    [
        ("pix2pix-flowers-64", "depht=3", "axis 'depht' is unknown; known: batch, depth, "),
        ("pix2pix-flowers-64", "data.size=32,64", "changes what is measured"),
        ("colorize-lite", "depth=3,4", "for the generator stage_unet, not lite_unet"),
        ("colorize-lite", "losses.l1=1,2", "no effect in phase 0, which has its own; vary phases.0.losses.l1"),
        ("colorize-lite", "batch=4,8", "no effect in phase 2, which has its own; vary phases.2.batch"),
        ("colorize-lite", "lr=1e-3,2e-3", "no effect in phase 1, which has its own; vary phases.1.optimizer.lr"),
    ],
)
def test_an_axis_that_means_nothing_is_refused(recipe, axis, message):
    with pytest.raises(RecipeError, match=message):
        Space(recipe, [], read_axes([axis]))


def test_an_axis_reaches_the_phases_that_do_not_say_otherwise():
    space = Space("colorize-lite", [], read_axes(["weight_decay=0,0.1"]))
    made = [candidate.recipe for candidate in space.grid()[0]]
    assert [[phase.optimizer.weight_decay for phase in recipe.phases] for recipe in made] == [[0] * 5, [0.1] * 5]


def test_a_change_that_no_phase_of_the_candidates_would_see_is_refused():
    with pytest.raises(RecipeError, match="'optimizer.final_lr' reaches no phase.* phases.0.optimizer.final_lr=0.5"):
        Space("colorize-lite", ["optimizer.final_lr=0.5"], read_axes(["weight_decay=0,0.1"]))


def test_an_axis_of_the_critic_is_a_misfit_where_no_phase_has_one():
    space = Space("colorize-lite", [], read_axes(["phases.4.adversarial=0,0.02", "discriminator_width=8"]))
    (fitting,), (misfit,) = space.grid()
    assert (fitting.recipe.phases[4].adversarial, fitting.recipe.discriminator.width) == (0.02, 8)
    assert "'discriminator.width' reaches no phase: none has a critic" in misfit.reason


def test_an_axis_of_an_old_key_varies_the_key_of_today():
    (axis,) = read_axes(["losses.adversarial_kind=bce,hinge"])
    assert axis.recipe_key == "discriminator.adversarial_kind"
    candidates, _ = Space("pix2pix-flowers-64", [], [axis]).grid()
    assert [candidate.recipe.discriminator.adversarial_kind for candidate in candidates] == ["bce", "hinge"]


def test_the_seed_may_vary_only_where_the_split_does_not():
    Space("pix2pix-flowers-64", [], read_axes(["seed=0,1"]))
    with pytest.raises(RecipeError, match="would also change the split"):
        Space("pix2pix-flowers-64", ["data.split=null"], read_axes(["seed=0,1"]))


def test_every_wish_of_the_paper_reaches_its_place_in_the_recipe():
    axes = "depth=3 width=16 kernel=8 stride=2 norm=group upsampling=resize dropout=0.2 weight_decay=1e-4 lambda=50"
    axes += " discriminator_norm=spectral lr=1e-3 batch=8"
    space = Space("pix2pix-flowers-64", [], read_axes(axes.split()))
    ((made,), misfits) = space.grid()
    assert misfits == []
    options = {"stages": "16k8s2 32k8s2 64k8s2", "norm": "group", "upsampling": "resize", "dropout": 0.2}
    assert made.recipe.generator.options == options
    assert (made.recipe.optimizer.lr, made.recipe.optimizer.weight_decay) == (1e-3, 1e-4)
    assert (made.recipe.losses.l1, made.recipe.data.batch) == (50, 8)
    assert made.recipe.discriminator.norm == "spectral"
    assert made.name == (
        "depth3_width16_kernel8_stride2_norm-group_upsampling-resize_dropout0.2_weight_decay0.0001_lambda50_"
        "discriminator_norm-spectral_lr0.001_batch8"
    )


def test_what_does_not_fit_is_listed_with_its_reason_and_equal_recipes_once():
    space = Space("pix2pix-flowers-64", [], read_axes(["depth=1,6", "kernel=3,4,4-8-8-4", "stride=2,2-4-4-2"]))
    fitting, misfits = space.grid()
    reasons = {misfit.name: misfit.reason for misfit in misfits}
    assert [candidate.name for candidate in fitting] == [
        "depth1_kernel4_stride2",
        "depth6_kernel4_stride2",
        "depth6_kernel4-8-8-4_stride2",
    ]
    assert "kernel - stride must be even" in reasons["depth1_kernel3_stride2"]
    assert "do not fit pictures of 64 px" in reasons["depth6_kernel4_stride2-4-4-2"]
    assert reasons["depth1_kernel4-8-8-4_stride2"] == "the same recipe as depth1_kernel4_stride2"
    assert len(fitting) + len(misfits) == 12


def test_the_recipe_itself_is_known_among_the_combinations():
    space = Space("pix2pix-flowers-64", [], read_axes(["depth=5,6", "norm=batch,none"]))
    assert [candidate.name for candidate in space.grid()[0] if candidate.own] == ["depth6_norm-batch"]


def test_nothing_that_fits_is_an_error_with_the_first_reason():
    with pytest.raises(RecipeError, match="none of the 1 combinations fits; the first: stage '64k3s2'"):
        Space("pix2pix-flowers-64", [], read_axes(["kernel=3"])).grid()


def test_a_grid_has_no_ranges_but_a_search_takes_a_value_out_of_one():
    space = Space("pix2pix-flowers-64", [], read_axes(["lr=1e-4..1e-3"]))
    with pytest.raises(RecipeError, match="is a range, which only `study search` can use"):
        space.grid()
    made = space.candidate({"lr": 0.00025})
    assert isinstance(made, Candidate)
    assert (made.name, made.recipe.optimizer.lr) == ("lr0.00025", 0.00025)


def test_a_wrong_value_is_a_misfit_that_names_the_key():
    made = Space("pix2pix-flowers-64", [], read_axes(["batch=0"])).candidate({"batch": 0})
    assert isinstance(made, Misfit)
    assert "recipe key 'data.batch': 0 is not allowed" in made.reason


def test_the_default_axes_are_the_papers_around_the_recipe():
    axes = {axis.key: axis.values for axis in default_axes(load_recipe("pix2pix-flowers-64"))}
    assert list(axes) == ["depth", "width", "kernel", "stride", "norm", "upsampling"]
    assert (axes["depth"], axes["width"]) == ((4, 6), (16, 32, 64))
    with pytest.raises(RecipeError, match="no default axes for the generator lite_unet"):
        default_axes(load_recipe("colorize-lite"))


def test_a_sample_is_seeded_in_order_and_grows():
    space = Space("pix2pix-flowers-64", [], read_axes(["width=1,2,3,4,5,6,7,8"]))
    all_of_them = space.grid()[0]
    three, five = (sample(all_of_them, count, seed=1) for count in (3, 5))
    assert [c.name for c in three if c in five] == [c.name for c in three]
    assert five == [c for c in all_of_them if c in five]
    assert sample(all_of_them, 3, seed=2) != three
    assert sample(all_of_them, 99) == all_of_them
