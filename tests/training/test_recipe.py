import re

import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pincel.errors import RecipeError
from pincel.models.discriminators.patchgan import PatchGAN
from pincel.training.recipe import Recipe, list_recipes, load_recipe


@pytest.fixture
def write(tmp_path):
    def make(text: str):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_an_empty_recipe_is_the_defaults(write):
    assert load_recipe(write("{}")) == Recipe()


@pytest.mark.parametrize("name", list_recipes())
def test_every_shipped_recipe_loads_and_says_back_what_it_is(name, write):
    recipe = load_recipe(name)
    assert load_recipe(write(recipe.to_yaml())) == recipe


def test_the_default_recipe_is_shipped():
    assert "colorize-lite" in list_recipes()


RECIPES = st.builds(
    lambda seed, size, losses, phases, betas: {
        "seed": seed,
        "data": {"size": size, "augment": {"flip": False, "min_scale": 0.7}},
        "losses": losses,
        "optimizer": {"betas": betas, "lr": 1e-3},
        "phases": phases,
    },
    st.integers(0, 2**32 - 1),
    st.integers(48, 512),
    st.fixed_dictionaries({"l1": st.floats(0.1, 5), "perceptual": st.floats(0, 5)}),
    st.lists(
        st.fixed_dictionaries(
            {"epochs": st.floats(0.1, 100)},
            optional={
                "adversarial": st.floats(0, 1),
                "batch": st.integers(1, 64),
                "optimizer": st.fixed_dictionaries({"lr": st.floats(1e-6, 1), "clip_norm": st.none() | st.just(2.0)}),
                "losses": st.fixed_dictionaries({"smooth_l1": st.floats(0.1, 3)}),
            },
        ),
        min_size=1,
        max_size=4,
    ),
    st.tuples(st.floats(0, 0.99), st.floats(0, 0.999)).map(list),
)


@settings(max_examples=30, deadline=None)
@given(RECIPES)
def test_written_and_read_again_a_recipe_is_the_same(tmp_path_factory, content):
    recipe = Recipe.model_validate(content)
    path = tmp_path_factory.mktemp("recipes") / "r.yaml"
    path.write_text(recipe.to_yaml(), encoding="utf-8")
    assert load_recipe(path) == recipe


def test_the_written_recipe_holds_the_defaults_too():
    content = yaml.safe_load(Recipe().to_yaml())
    assert content["data"]["size"] == 128
    assert content["optimizer"]["lr"] == 1.5e-3
    assert content["phases"][0]["epochs"] == 10


@pytest.mark.parametrize(
    ("text", "key", "known"),
    [
        ("tsak: colorize", "'tsak'", "task"),
        ("data: {sise: 64}", "'data.sise'", "cache_side"),
        ("data: {augment: {shrink: 2}}", "'data.augment.shrink'", "min_scale"),
        ("phases: [{epochs: 1, optimizer: {speed: 1}}]", "'phases.0.optimizer.speed'", "encoder_lr"),
        ("phases: [{epochs: 1}, {epochs: 1, losses: {ssim: 1}}]", "'phases.1.losses.ssim'", "chroma_rebalance"),
        ("phases: [{epochs: 1, adversary: 1}]", "'phases.0.adversary'", "critic_first"),
    ],
)
def test_an_unknown_key_is_named_with_the_known_ones(write, text, key, known):
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(text))
    message = str(caught.value)
    assert key in message
    assert "unknown" in message
    assert known in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("data: {size: 8}", ["'data.size'", "8", "16"]),
        ("data: {size: large}", ["'data.size'", "'large'", "integer"]),
        ("data: {batch: 0}", ["'data.batch'", "0", "1"]),
        ("data: {grey_share: 1.5}", ["'data.grey_share'", "1.5", "less than or equal to 1"]),
        ("data: {augment: {min_scale: 0}}", ["'data.augment.min_scale'", "0", "greater than 0"]),
        ("losses: {l1: -1}", ["'losses.l1'", "-1", "0"]),
        (
            "discriminator: {adversarial_kind: wgan}",
            ["'discriminator.adversarial_kind'", "'wgan'", "'bce'", "'lsgan'", "'hinge'"],
        ),
        ("optimizer: {lr: 0}", ["'optimizer.lr'", "0", "greater than 0"]),
        ("optimizer: {lr: .nan}", ["'optimizer.lr'", "nan"]),
        ("phases: []", ["'phases'", "[]", "at least 1"]),
        ("phases: [{}]", ["'phases.0.epochs'", "required"]),
        ("phases: [{epochs: .inf}]", ["'phases.0.epochs'", "inf", "finite"]),
        ("precision: '64'", ["'precision'", "'64'", "'32-true'"]),
        ("balance: magnitude", ["'balance'", "'magnitude'", "'gradient'"]),
        ("balance: gradient\nvalidation: {monitor: loss_g}", ["monitor loss_g", "balance", "ciede2000"]),
        ("validation: {monitor: fid}", ["'validation.monitor'", "'fid'", "'ciede2000'"]),
        ("seed: -1", ["'seed'", "-1", "0"]),
        ("seed: 4294967296", ["'seed'", "4294967296", "less than"]),
        ("task: paint", ["'task'", "'paint'", "colorize"]),
        ("generator: {name: nonet}", ["'generator.name'", "'nonet'", "lite_unet"]),
        ("discriminator: {name: nod}", ["'discriminator.name'", "'nod'", "patchgan"]),
        ("discriminator: {norm: layer}", ["'discriminator.norm'", "'layer'", "batch, instance, none, spectral"]),
        ("discriminator: {options: {norm: batch}}", ["'discriminator.options'", "norm has a key of its own"]),
        (
            "discriminator: {options: {severity: 3}}",
            ["patchgan has no 'severity'; known: depth, norm, width"],
        ),
        ("generator: {options: {certanity: 1}, name: query_unet}", ["has no 'certanity' (did you mean 'certainty'?)"]),
        ("discriminator: {options: {layers: 10000}}", ["'discriminator.options'", "layers is above 8192"]),
        ("losses: {l1: 0}\nphases: [{epochs: 1}]", ["phase 0 has no loss", "smooth_l1"]),
        ("phases: [{epochs: 1}, {epochs: 1, critic_first: 0.1}]", ["phase 1 has critic_first", "adversarial"]),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_is_allowed(write, text, parts):
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(text))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == []
    assert "\n" not in message


def test_a_phase_without_any_loss_is_refused_even_when_the_recipe_has_one(write):
    text = "losses: {l1: 1}\nphases: [{epochs: 1}, {epochs: 1, losses: {l1: 0}}]"
    with pytest.raises(RecipeError, match="phase 1 has no loss"):
        load_recipe(write(text))


def test_an_adversarial_phase_needs_no_other_loss(write):
    text = "losses: {l1: 0}\nphases: [{epochs: 1, adversarial: 0.1}]"
    assert load_recipe(write(text)).phases[0].adversarial == 0.1


def test_yaml_numbers_with_an_exponent_are_numbers(write):
    assert load_recipe(write("optimizer: {lr: 1e-4}")).optimizer.lr == 1e-4  # YAML 1.1 reads this as text


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("data.size=64", lambda r: r.data.size == 64),
        ("data.augment.flip=false", lambda r: r.data.augment.flip is False),
        ("phases.1.adversarial=0.02", lambda r: r.phases[1].adversarial == 0.02 and r.phases[0].adversarial == 0),
        ("phases.-1.epochs=9", lambda r: r.phases[1].epochs == 9),
        ("phases.1={epochs: 5, batch: 3}", lambda r: (r.phases[1].epochs, r.phases[1].batch) == (5, 3)),
        ("phases.0.optimizer.lr=1e-4", lambda r: r.phases[0].optimizer.lr == 1e-4),
        ("validation.patience=null", lambda r: r.validation.patience is None),
        ("losses={l1: 2}", lambda r: (r.losses.l1, r.losses.smooth_l1) == (2, 0)),
        (
            "generator.options.decoder_channels=[8, 8, 8, 8]",
            lambda r: r.generator.options == {"decoder_channels": [8] * 4},
        ),
        ("data.split=a=b.csv", lambda r: r.data.split == "a=b.csv"),
    ],
)
def test_overrides_reach_every_part(write, override, read):
    path = write("losses: {smooth_l1: 1}\nphases: [{epochs: 1}, {epochs: 2}]\nvalidation: {patience: 3}")
    assert not read(load_recipe(path))
    assert read(load_recipe(path, [override]))


def test_later_overrides_win(write):
    assert load_recipe(write("{}"), ["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("data.size", "'data.size' is not of the form key=value"),
        ("=3", "not of the form key=value"),
        ("phases.7.epochs=1", "'phases.7.epochs' does not exist"),
        ("phases.first.epochs=1", "'phases.first.epochs' does not exist"),
        ("task.name=x", "'task.name' does not exist"),
        ("data.sise=64", "'data.sise' is unknown"),
        ("data.size=[", "not valid YAML"),
        ("data.size=big", "'data.size': 'big' is not allowed"),
        ("compile=maybe", "recipe key 'compile': 'maybe' is not allowed: input should be False, True or 'auto'"),
    ],
)
def test_a_wrong_override_is_explained(write, override, hint):
    with pytest.raises(RecipeError, match=hint.replace("[", r"\[")):
        load_recipe(write("task: colorize\nphases: [{epochs: 1}]"), [override])


def test_a_recipe_that_does_not_exist_lists_the_shipped_ones():
    with pytest.raises(RecipeError, match=r"'nosuch' does not exist; shipped recipes: .*colorize-lite"):
        load_recipe("nosuch")


@pytest.mark.parametrize(
    ("content", "hint"),
    [(b"task: [", "not valid YAML"), (b"- a\n- b\n", "key: value"), (b"", "key: value"), (b"\xff\xfe\x00", "YAML")],
)
def test_a_file_that_is_no_recipe_is_explained(tmp_path, content, hint):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=hint):
        load_recipe(path)


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(RecipeError, match="does not exist"):
        load_recipe(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["data.batch=1", "data.size=32"], "recipe: phase 1: the generator is shown one picture of 32 px at a time"),
        (
            ["generator.name=stage_unet"],
            "phase 0: stages '64k4s2 128k4s2 256k4s2 512k4s2 512k4s2 512k4s2 512k4s2 512k4s2' do not fit pictures of "
            "96 px: their strides multiply to 256, so sizes that fit are 256, 512 and other multiples; of 96 px the "
            "first 5 stages fit",
        ),
        (
            ["generator.name=stage_unet", "generator.options={stages: 64k2s4}"],
            "phase 0: stage '64k2s4': a kernel of 2 is smaller than its stride of 4",
        ),
        (
            ["phases=[{epochs: 1}, {epochs: 1, size: 64, adversarial: 0.1}]", "discriminator.depth=5"],
            "phase 1: discriminator.depth 5 leaves no patch of 64 px pictures to judge; use 4 at most",
        ),
    ],
)
def test_pictures_too_small_for_the_networks_are_refused_before_training(changes, said):
    with pytest.raises(RecipeError, match=re.escape(said)):
        load_recipe("colorize-lite", changes)


def test_what_is_left_to_the_networks_is_written_out_with_the_rest():
    read = {
        name: load_recipe(
            "colorize-lite", [f"generator.name={name}", "generator.encoder_weights=null", "data.size=256"]
        )
        for name in ("lite_unet", "query_unet", "vgg16_unet")
    }
    assert {recipe.generator.encoder_weights for recipe in read.values()} == {"imagenet"}
    paired = load_recipe("pix2pix-flowers", ["generator.encoder_weights=null", "discriminator={}"])
    assert paired.generator.encoder_weights == "none"
    assert (paired.discriminator.width, paired.discriminator.depth, paired.discriminator.norm) == (64, 3, "batch")
    assert paired.discriminator.arguments == {"width": 64, "depth": 3, "norm": "batch"}
    again = Recipe.model_validate(paired.model_dump())
    assert again == paired
    assert (
        load_recipe("pix2pix-flowers", ["generator.encoder_weights=imagenet"]).generator.encoder_weights == "imagenet"
    )


def test_a_stage_list_that_fits_may_see_a_single_picture_of_its_smallest_size():
    options = {"generator": {"name": "stage_unet", "options": {"stages": "8k4s2 8k8s4"}}}
    Recipe.model_validate({**options, "data": {"size": 16, "batch": 1}})


@pytest.mark.parametrize(("size", "depth"), [(32, 3), (64, 4), (128, 5)])
def test_the_smallest_pictures_that_are_allowed_have_a_verdict(size, depth):
    load_recipe(
        "colorize-lite", [f"phases=[{{epochs: 1, size: {size}, adversarial: 0.1}}]", f"discriminator.depth={depth}"]
    )
    verdict = PatchGAN(3, width=4, depth=depth).train()(torch.zeros(1, 1, size, size), torch.zeros(1, 2, size, size))
    assert min(verdict.shape[2:]) >= 1


def test_a_guess_of_the_class_needs_a_generator_that_is_told_classes():
    with pytest.raises(RecipeError, match=r"has classification, but generator.conditional is false"):
        load_recipe("colorize-lite", ["losses.classification=0.1", "phases=[{epochs: 1}]"])


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (["losses.colourfulness=0.3"], (0.3, 0.9)),
        (["losses.colourfulness.share=0.7"], (0, 0.7)),
        (["losses.colourfulness=0.3", "losses.colourfulness.share=0.7"], (0.3, 0.7)),
        (["losses.colourfulness={weight: 0.2, share: 0.7}", "losses.colourfulness=0.3"], (0.3, 0.7)),
        (["losses={l1: 1, colourfulness: 0.3}"], (0.3, 0.9)),
    ],
)
def test_a_plain_number_is_the_weight_of_a_loss_that_has_more_to_say(changes, wanted):
    losses = load_recipe("colorize-lite", [*changes, "phases=[{epochs: 1}]"]).losses
    assert (losses.weight("colourfulness"), losses.settings("colourfulness")["share"]) == wanted


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("losses.colourfulness.shar=1", "'losses.colourfulness.shar' is unknown .did you mean"),
        ("losses.colourfulness=-1", "'losses.colourfulness.weight': -1"),
        ("losses.colourfulness=[1]", "'losses.colourfulness': .1. is not allowed: give a weight, or a mapping"),
        ("losses.l1.share=1", "'losses.l1'"),
        ("data.size.side=1", "'data.size.side' does not exist"),
    ],
)
def test_a_wrong_setting_of_a_loss_is_named(change, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe("colorize-lite", [change])


def test_classes_spared_by_colourfulness_need_every_label():
    spared = ["losses.colourfulness.except=[person]", "phases=[{epochs: 1}]"]
    assert load_recipe("colorize-lite", spared).losses.spared() == {"colourfulness": ["person"]}
    with pytest.raises(
        RecipeError, match=r"colourfulness.except, which needs every label; set data.label_dropout to 0"
    ):
        load_recipe("colorize-classes-lite", [*spared, "data.label_dropout=0.1"])


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("data.size=100000", "'data.size': 100000 is not allowed: .* 4096"),
        ("phases.0.size=100000", "'phases.0.size': 100000 is not allowed: .* 4096"),
        ("working_size=1e9", "'working_size'"),
        ("data.batch=1000000000", "'data.batch'"),
        ("data.cache_side=100000", "'data.cache_side'"),
        ("data.workers=100000", "'data.workers'"),
        ("losses.l1=1e300", "'losses.l1'"),
        ("optimizer.lr=1e30", "'optimizer.lr'"),
        ("optimizer.betas=[0.9, 1.5]", "'optimizer.betas.1'"),
        ("phases.0.epochs=1e300", "'phases.0.epochs'"),
        ("validation.every=1e-300", "'validation.every'"),
        ("discriminator.width=1000000", "'discriminator.width'"),
        ("generator.options={decoder_channels: [1000000]}", "'generator.options': .* decoder_channels.0 is above 8192"),
        ("losses.l1=.nan", "it is nan; give a finite number"),
        ("generator.options={x: -.inf}", "'x' is -inf; give a finite number"),
        ("data.size=" + "[" * 3000, r"the value of 'data.size=\[\[\[.*\.\.\.' is not valid YAML: .* nested deeper"),
        ("data.size=" + "9" * 5000, "a number of 5,000 digits"),
        ("data.size=" + "9" * 99, "'data.size': 999.*\\.\\.\\. is not allowed"),
        (f"{'a.' * 3000}a=1", "not of the form"),
    ],
    ids=lambda text: text[:30],
)
def test_what_no_machine_could_do_is_refused_in_a_short_sentence(override, hint):
    with pytest.raises(RecipeError, match=hint) as caught:
        load_recipe("colorize-lite", [override])
    assert len(str(caught.value).replace(override, "")) < 400


def test_a_recipe_file_that_grows_when_it_is_read_is_refused(write):
    lines = ["task: colorize", "generator:", "  options:", "    k0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"    k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(RecipeError, match=r"is not valid YAML: it has more than 20,000 values"):
        load_recipe(write("\n".join(lines)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("film=0.5", "recipe key 'data.augment.film': 0.5 is not allowed: give a mapping, as {share: 0.5}"),
        (
            "film.share=1.5",
            "recipe key 'data.augment.film.share': 1.5 is not allowed: input should be less than or equal to 1",
        ),
        (
            "film.grian=0.1",
            "recipe key 'data.augment.film.grian' is unknown (did you mean 'data.augment.film.grain'?); ",
        ),
    ],
)
def test_a_film_that_cannot_be_is_one_sentence(change, said):
    with pytest.raises(RecipeError) as caught:
        load_recipe("colorize-lite", [f"data.augment.{change}"])
    assert str(caught.value).startswith(said)


def test_old_film_is_off_for_older_recipes_and_for_tasks_that_paint_whole_pictures():
    assert load_recipe("colorize-lite").data.augment.film.share == 0
    assert load_recipe("colorize-lite", ["data.augment.film={share: 0.6}"]).data.augment.film.grain == 0.05
    with pytest.raises(RecipeError, match=r"^recipe: data.augment.film is only for the task colorize; set .* to 0$"):
        load_recipe("sketch-flowers", ["data.augment.film.share=0.6"])


def test_folders_are_weighed_one_by_one():
    recipe = load_recipe("colorize-lite", ["data.weights={flowers: 0.25}", "data.weights.mine=3"])
    assert recipe.data.weights == {"flowers": 0.25, "mine": 3}
    for wrong in ("data.weights.mine=0", "data.weights.mine=101", "data.weights.mine=many"):
        with pytest.raises(RecipeError, match=r"^recipe key 'data.weights.mine': \S+ is not allowed: input should be"):
            load_recipe("colorize-lite", [wrong])
