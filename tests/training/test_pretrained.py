import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import pincel
from pincel.data.pairs import Pair
from pincel.data.split import Split
from pincel.errors import PincelError, RecipeError
from pincel.imaging.read import read
from pincel.imaging.resize import middle_square
from pincel.metrics.lite import LiteFeatures
from pincel.models.generators.base import Generator
from pincel.models.generators.lite_unet import LiteUNet
from pincel.models.generators.query_unet import QueryUNet
from pincel.models.generators.stage_unet import StageUNet
from pincel.models.generators.vgg16_unet import VGG16UNet
from pincel.runtime.model_file import load_model
from pincel.tasks import Colorize
from pincel.training.pretrained import hashes_behind, load_encoder, load_start, origin_behind
from pincel.training.recipe_parts import GeneratorRecipe
from pincel.training.run import Run


@pytest.fixture
def generator() -> LiteUNet:
    torch.manual_seed(0)
    return LiteUNet(decoder_channels=(8, 8, 8, 8)).eval()


def copy_of(state) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in state.items()}


def test_none_keeps_the_random_start(generator):
    before = copy_of(generator.state_dict())
    load_encoder(generator, "none")
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


@torch.no_grad()
def test_imagenet_gives_the_encoder_the_features_of_the_measuring_network(generator):
    decoder = copy_of(generator.decoder.state_dict())
    load_encoder(generator, "imagenet")
    x = torch.rand(1, 3, 64, 64)
    mine, reference = generator.encoder(x), LiteFeatures().encoder(x)
    for a, b in zip(mine[1:], reference, strict=True):  # the encoder also gives stride 2
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    assert all(torch.equal(value, decoder[name]) for name, value in generator.decoder.state_dict().items())


def test_a_file_is_loaded_as_it_is(generator, tmp_path):
    torch.manual_seed(9)
    other = LiteUNet(decoder_channels=(8, 8, 8, 8))
    path = tmp_path / "encoder.safetensors"
    save_file(other.encoder.state_dict(), path)
    load_encoder(generator, str(path))
    wanted = other.encoder.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in generator.encoder.state_dict().items())


def test_a_missing_file_is_named(generator):
    with pytest.raises(RecipeError, match=r"encoder_weights.*nowhere.safetensors does not exist"):
        load_encoder(generator, "nowhere.safetensors")


@pytest.mark.parametrize("content", [b"", b"no weights at all", None])
def test_a_file_that_does_not_fit_is_explained(generator, tmp_path, content):
    path = tmp_path / "odd.safetensors"
    if content is None:
        save_file({"conv_stem.weight": torch.zeros(1)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(PincelError, match=r"encoder_weights.*odd.safetensors (does not fit|cannot be read)") as caught:
        load_encoder(generator, str(path))
    assert "\n" not in str(caught.value)


def test_a_whole_earlier_generator_is_loaded_instead_of_an_encoder(generator, tmp_path):
    torch.manual_seed(9)
    other = LiteUNet(decoder_channels=(8, 8, 8, 8)).state_dict()
    path = tmp_path / "last.safetensors"
    save_file(other, path)
    load_start(generator, GeneratorRecipe(weights=str(path), encoder_weights="imagenet"))
    assert all(torch.equal(value, other[name]) for name, value in generator.state_dict().items())


def test_without_an_earlier_generator_the_encoder_is_loaded(generator):
    before = copy_of(generator.state_dict())
    load_start(generator, GeneratorRecipe(encoder_weights="none"))
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    load_start(generator, GeneratorRecipe(encoder_weights="imagenet"))
    changed = {name.split(".")[0] for name, value in generator.state_dict().items() if not value.equal(before[name])}
    assert changed == {"encoder"}


@pytest.mark.parametrize("widths", [None, (16, 8, 8, 8)])
def test_earlier_weights_that_are_missing_or_of_another_width_are_named(generator, tmp_path, widths):
    path = tmp_path / "last.safetensors"
    if widths:
        save_file(LiteUNet(decoder_channels=widths).state_dict(), path)
    with pytest.raises(PincelError, match=r"'generator.weights': .*last.safetensors does not"):
        load_start(generator, GeneratorRecipe(weights=str(path)))


def test_a_network_without_an_encoder_says_so_and_needs_no_weights_by_itself():
    network = StageUNet(stages="4k4s2 4k4s2")
    with pytest.raises(RecipeError, match=r"StageUNet has no encoder; use none"):
        load_encoder(network, "imagenet")
    load_encoder(network, None)


class Plain(Generator):
    def __init__(self):
        super().__init__(1, 2, 0)
        self.encoder = nn.Conv2d(3, 8, 3)


def test_a_network_that_names_no_imagenet_weights_has_none():
    with pytest.raises(PincelError, match="no ImageNet weights for Plain"):
        load_encoder(Plain(), "imagenet")


def test_what_the_recipe_leaves_open_is_the_networks_own(generator):
    plain = Plain()
    before, drawn = copy_of(plain.state_dict()), copy_of(generator.encoder.state_dict())
    load_encoder(plain, None)
    assert all(torch.equal(value, before[name]) for name, value in plain.state_dict().items())
    load_encoder(generator, None)
    frozen = LiteFeatures().encoder.state_dict()
    assert torch.equal(generator.encoder.conv_stem.weight, frozen["conv_stem.weight"])
    assert not torch.equal(generator.encoder.conv_stem.weight, drawn["conv_stem.weight"])


def test_the_encoder_of_query_unet_gets_the_weights_of_lite2():
    network = QueryUNet(widths=(32, 24, 16, 16, 8), depths=(1, 1), query_width=16)
    load_encoder(network, "imagenet")
    frozen = LiteFeatures("lite2").encoder.state_dict()
    assert all(torch.equal(value, frozen[name]) for name, value in network.encoder.state_dict().items())


def test_an_encoder_of_another_shape_is_refused(generator):
    generator.encoder = nn.Conv2d(3, 8, 3)
    with pytest.raises(PincelError, match="do not fit"):
        load_encoder(generator, "imagenet")


class TestConditionalFromUnconditional:
    @torch.no_grad()
    def test_paints_as_before_with_every_label_until_it_has_learnt(self, generator, tmp_path):
        path = tmp_path / "last.safetensors"
        save_file(generator.state_dict(), path)
        labelled = LiteUNet(classes=3, decoder_channels=(8, 8, 8, 8)).eval()
        load_start(labelled, GeneratorRecipe(weights=str(path), conditional=True))
        source = torch.rand(1, 1, 32, 64) * 2 - 1
        for label in (None, *torch.arange(4)[:, None]):
            assert torch.equal(labelled(source, label), generator(source))

    def test_a_conditional_start_keeps_its_labels(self, tmp_path):
        first = LiteUNet(classes=3, decoder_channels=(8, 8, 8, 8))
        with torch.no_grad():
            first.labels[0].vectors.weight.normal_()
        path = tmp_path / "last.safetensors"
        save_file(first.state_dict(), path)
        second = LiteUNet(classes=3, decoder_channels=(8, 8, 8, 8))
        load_start(second, GeneratorRecipe(weights=str(path)))
        assert torch.equal(second.labels[0].vectors.weight, first.labels[0].vectors.weight)

    def test_a_start_with_other_classes_does_not_fit(self, tmp_path):
        path = tmp_path / "last.safetensors"
        save_file(LiteUNet(classes=3, decoder_channels=(8, 8, 8, 8)).state_dict(), path)
        with pytest.raises(PincelError, match=r"'generator.weights': .*last.safetensors does not fit"):
            load_start(LiteUNet(classes=4, decoder_channels=(8, 8, 8, 8)), GeneratorRecipe(weights=str(path)))

    @torch.no_grad()
    def test_an_unconditional_generator_leaves_the_labels_of_its_start_aside(self, generator, tmp_path):
        labelled, path = LiteUNet(classes=3, decoder_channels=(8, 8, 8, 8)).eval(), tmp_path / "last.safetensors"
        save_file(labelled.state_dict(), path)
        load_start(generator, GeneratorRecipe(weights=str(path)))
        source = torch.rand(1, 1, 32, 64) * 2 - 1
        assert torch.equal(labelled(source), generator(source))


class TestFromAModelFile:
    """What an embedded model or an exported one brings along; `test_model_start` has the arithmetic."""

    @pytest.fixture
    def examples(self) -> list[Pair]:
        source = torch.rand(8, 1, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
        return [Pair(source, source, torch.zeros(8, dtype=torch.int64), source)]

    @torch.no_grad()
    def test_the_embedded_default_goes_on_painting_as_it_does(self, examples):
        generator = QueryUNet(classes=2, certainty=1.0)
        load_start(generator, GeneratorRecipe(name="query_unet", weights="default"), ["a", "b"], examples)
        source = torch.from_numpy(Colorize.encode(middle_square(read(pincel.example("rocket")).rgb(), 96)))[None]
        wanted = load_model("default").run(source.numpy())
        torch.testing.assert_close(generator(source).numpy(), wanted, rtol=1e-3, atol=1e-3)
        assert wanted.std() > 0.01

    def test_labels_are_kept_where_the_classes_have_the_same_names_and_learnt_anew_elsewhere(self, examples):
        classes = load_model("classes").card.classes
        for names, kept in ((classes, True), ([*classes[:-1], "zebra"], False)):
            generator = LiteUNet(classes=len(names))
            load_start(generator, GeneratorRecipe(weights="classes"), names, examples)
            assert bool(generator.labels[0].vectors.weight.any()) is kept

    def test_a_model_of_another_network_does_not_fit(self, generator, examples):
        with pytest.raises(
            PincelError, match="recipe key 'generator.weights': classes does not fit: (size mismatch|Missing key)"
        ):
            load_start(generator, GeneratorRecipe(weights="classes"), [], examples)
        with pytest.raises(PincelError, match="'generator.weights': sketch does not fit: "):
            load_start(LiteUNet(), GeneratorRecipe(weights="sketch"), [], examples)

    def test_a_model_of_another_kind_is_refused_and_it_is_told_how_to_start_from_it(self, generator, examples):
        with pytest.raises(
            PincelError,
            match=r"default is a query_unet, not a lite_unet; give generator.name=query_unet "
            r"generator.options='\{\"certainty\": 1.0\}'",
        ):
            load_start(generator, GeneratorRecipe(weights="default"), [], examples)

    def test_a_file_without_our_weights_is_told_by_the_first_that_is_missing(self, make_model, examples):
        path = str(make_model())
        with pytest.raises(
            PincelError, match=r"'generator.weights': .*tiny.onnx does not fit: it has no context.0.bias"
        ):
            load_start(LiteUNet(), GeneratorRecipe(weights=path), [], examples)

    def test_a_missing_file_is_named(self, generator):
        with pytest.raises(PincelError, match="there is no model 'nowhere.onnx'"):
            load_start(generator, GeneratorRecipe(weights="nowhere.onnx"), [], [])

    def test_its_training_pictures_count_as_seen(self):
        model = load_model("default")
        assert hashes_behind("default") == {f"{int(value):016x}" for value in model.training_hashes}
        assert len(hashes_behind("default")) > 10_000


@pytest.fixture(scope="module")
def features() -> dict[str, torch.Tensor]:
    torch.manual_seed(4)
    state = VGG16UNet().encoder.state_dict()
    return {f"features.{name}": torch.randn_like(value).half() * 0.01 for name, value in state.items()}


class TestVGG16:
    """A file with the shapes of VGG16 and known values stands for the real weights."""

    @pytest.fixture
    def hed(self, features, tmp_path) -> str:
        path = tmp_path / "hed.safetensors"
        save_file({**features, "dsn1.weight": torch.zeros(1, 64, 1, 1), "fuse.bias": torch.zeros(1)}, path)
        return str(path)

    def test_the_edge_detectors_file_fills_the_encoder_and_leaves_its_side_outputs(self, features, hed):
        generator = VGG16UNet(classes=8)
        load_encoder(generator, hed)
        for name, value in generator.encoder.state_dict().items():
            assert torch.equal(value, features[f"features.{name}"].float())

    @torch.no_grad()
    def test_the_edge_detector_sees_blue_green_red_in_255_minus_the_mean(self, hed):
        generator = VGG16UNet()
        load_encoder(generator, hed)
        black_and_white = torch.tensor([-1.0, 1.0]).reshape(1, 1, 1, 2)
        seen = generator.adapter(black_and_white)[0, :, 0]
        mean = torch.tensor([104.00699, 116.66877, 122.67892])
        torch.testing.assert_close(seen, torch.stack([-mean, 255 - mean], dim=1))

    @torch.no_grad()
    def test_any_other_file_sees_normalised_red_green_blue(self, features, tmp_path):
        path = tmp_path / "vgg16.safetensors"
        save_file({**features, "classifier.0.bias": torch.zeros(2)}, path)
        generator = VGG16UNet()
        load_encoder(generator, str(path))
        seen = generator.adapter(torch.ones(1, 1, 1, 1))[0, :, 0, 0]
        torch.testing.assert_close(
            seen, (1 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
        )

    def test_labels_start_near_zero_and_the_papers_plain_start_is_a_switch(self, hed):
        generator, plain = VGG16UNet(classes=8), VGG16UNet(classes=8, plain_adapter=True)
        load_encoder(generator, hed)
        load_encoder(plain, hed)
        assert 0.005 < generator.adapter.weight[:, 1:].std() < 0.04
        assert generator.adapter.weight[:, 0].min() == 127.5
        assert plain.adapter.weight.abs().max() < 0.2

    def test_weights_that_cannot_be_had_name_the_place_to_put_them(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))

        def offline(*args, **kwargs):
            raise OSError("no route to host")

        monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
        with pytest.raises(PincelError, match=r"vgg16-397923af.pth.*no route to host.*encoder_weights=FILE"):
            load_encoder(VGG16UNet(), "imagenet")


def test_a_start_brings_the_pictures_that_its_run_has_seen(tmp_path):
    for name, hashes in (("base", ["a" * 16, "b" * 16]), ("alone", None)):
        (tmp_path / name).mkdir()
        if hashes:
            (tmp_path / name / "facts.json").write_text(json.dumps({"training_hashes": hashes}))
    (tmp_path / "alone" / "pruning.json").write_text(json.dumps({"of": str(tmp_path / "base")}))
    assert hashes_behind(None) == set()
    assert hashes_behind(str(tmp_path / "base" / "last.safetensors")) == {"a" * 16, "b" * 16}
    assert hashes_behind(str(tmp_path / "alone" / "start.safetensors")) == {"a" * 16, "b" * 16}  # a pruned run's
    assert hashes_behind(str(tmp_path / "weights.safetensors")) == set()


class TestOrigin:
    """What a fine-tuned model owes to what it started from."""

    def test_of_an_embedded_model_is_its_cards(self):
        card = load_model("default").card
        assert card.data_licence
        assert origin_behind("default") == {"name": "default", "data": card.data, "data_licence": card.data_licence}

    def test_of_a_run_that_itself_started_from_something_goes_on(self, tmp_path, tiny_recipe):
        run = Run(tmp_path / "first")
        start = {"name": "default", "data": "photos", "data_licence": "research only"}
        run.begin(tiny_recipe(), Split({}, {}), {"folders": ["/mine"], "start": start})
        assert origin_behind(str(run.weights("last"))) == {
            "name": "first",
            "data": "mine; started from default: photos",
            "data_licence": "started from default: research only",
        }

    def test_of_nothing_and_of_a_lonely_file_is_nothing(self, tmp_path):
        assert origin_behind(None) == origin_behind(str(tmp_path / "lonely.safetensors")) == {}
