"""The export contract of every generator: one traced file, right at sizes it was never traced with."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from pincel.export.onnx_graph import EXPORT_SIZE, parity, store_as_float16, to_onnx
from pincel.models.generators import build_generator
from pincel.models.names import GENERATORS

CLASSES = 3


@pytest.fixture(scope="module", params=[*sorted(GENERATORS), "stage_unet without labels"])
def exported(request, small_network, exported_network):
    """A kind of generator, its model file, and the labels that a batch of some pictures is fed with."""
    kind, _, untold = request.param.partition(" ")
    if untold:
        torch.manual_seed(0)
        generator = build_generator(kind, 1, 2, stages="16k4s2 24k8s4 32k4s2").eval()
        torch.nn.init.normal_(generator.head.weight, std=0.3)  # outputs far from 0, so that differences show
        return generator, to_onnx(generator, 1)
    return small_network(kind, 1), onnx.load(exported_network(kind))


def size_of_weights(model) -> int:
    return sum(tensor.ByteSize() for tensor in model.graph.initializer)


def labels_for(generator, count: int) -> dict[str, np.ndarray]:
    return {"label": np.arange(count) % (CLASSES + 1)} if generator.classes else {}


@pytest.mark.slow
class TestExportedGraph:
    def test_it_agrees_with_torch_at_sizes_it_was_not_traced_with(self, exported):
        generator, model = exported
        sizes = [(17, 45), (64, 64), (131, 77), (33, 256), (700, 32)]  # the last: more than 40 places a side
        assert EXPORT_SIZE[1:] not in sizes
        differences = parity(model.SerializeToString(), generator, 1, sizes, generator.classes)
        assert set(differences) == {"45x17", "64x64", "77x131", "256x33", "32x700"}
        assert max(differences.values()) < 1e-4

    def test_a_batch_is_painted_as_its_pictures_one_by_one(self, exported):
        generator, model = exported
        session = onnxruntime.InferenceSession(model.SerializeToString())
        source = np.random.default_rng(0).uniform(-1, 1, (3, 1, 50, 70)).astype(np.float32)
        feeds = {"source": source, **labels_for(generator, 3)}
        together = session.run(None, feeds)[0]
        assert together.std() > 0.02  # or else nothing here would prove anything
        for i in range(3):
            alone = session.run(None, {name: values[i : i + 1] for name, values in feeds.items()})[0]
            assert np.abs(alone - together[i]).max() < 1e-5

    def test_what_it_tells_besides_is_found_by_name(self, exported):
        generator, model = exported
        session = onnxruntime.InferenceSession(model.SerializeToString())
        names = [output.name for output in session.get_outputs()]
        assert names == ["painted", *generator.side_outputs]
        source = np.random.default_rng(0).uniform(-1, 1, (2, 1, 50, 70)).astype(np.float32)
        feeds = {"source": source, **labels_for(generator, 2)}
        for name in generator.side_outputs:
            with torch.no_grad():
                wanted = generator(*map(torch.from_numpy, feeds.values()), also=(name,))[name].numpy()
            assert np.abs(session.run([name], feeds)[0] - wanted).max() < 1e-4

    def test_float16_storage_halves_the_file_and_hardly_changes_the_picture(self, exported):
        generator, model = exported
        small = onnx.ModelProto.FromString(model.SerializeToString())
        store_as_float16(small)
        assert size_of_weights(small) < 0.56 * size_of_weights(model)
        assert 0 < max(parity(small.SerializeToString(), generator, 1, [(64, 96)], generator.classes).values()) < 2e-2
        kinds = {t.data_type for t in small.graph.initializer if np.prod(t.dims) >= 256}
        assert onnx.TensorProto.FLOAT not in kinds


@pytest.mark.slow
def test_a_file_with_labels_paints_every_label_as_torch_does_and_tells_it_too(small_network, exported_network):
    generator, model = small_network("lite_unet", 1), exported_network("lite_unet").read_bytes()
    assert max(parity(model, generator, 1, [(64, 64), (33, 77)], classes=CLASSES).values()) < 1e-4
    session = onnxruntime.InferenceSession(model)
    source = np.random.default_rng(0).uniform(-1, 1, (4, 1, 50, 70)).astype(np.float32)
    painted, logits = session.run(None, {"source": source, "label": np.array([0, 1, 2, 3])})
    with torch.no_grad():
        wanted = generator.classify(torch.from_numpy(source)).numpy()
        unlabelled = generator(torch.from_numpy(source[3:])).numpy()
    assert np.abs(logits - wanted).max() < 1e-4
    assert np.abs(painted[3:] - unlabelled).max() < 1e-4  # 3 means unknown
    with pytest.raises(Exception, match="label"):
        session.run(None, {"source": source})


def test_parity_sees_a_wrong_graph(make_model):
    class Other(torch.nn.Module):
        def forward(self, source, label):
            return torch.cat([torch.full_like(source, 0.2), torch.full_like(source, 0.3)], 1)

    differences = parity(make_model(a=0.2, b=-0.1).read_bytes(), Other(), 1, [(8, 9)])
    assert differences["9x8"] == pytest.approx(0.4, abs=1e-6)
