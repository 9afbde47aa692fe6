from pincel.models.discriminators import DISCRIMINATORS
from pincel.models.discriminators.patchgan import NORMS
from pincel.models.generators import GENERATORS
from pincel.models.names import DISCRIMINATOR_NAMES, DISCRIMINATOR_NORMS, GENERATOR_NAMES


def test_the_names_are_those_of_the_registries():
    assert set(GENERATOR_NAMES) == set(GENERATORS)
    assert set(DISCRIMINATOR_NAMES) == set(DISCRIMINATORS)
    assert set(DISCRIMINATOR_NORMS) == set(NORMS)
