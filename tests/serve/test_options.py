import pytest

from pincel.runtime.paint_options import PaintOptions
from pincel.serve.options import ColorizeOptions, ExplainQuery, LabelsQuery, TranslateOptions, with_fields
from pincel.serve.problems import Problem


def test_fields_of_the_form_count_before_the_query_and_empty_ones_are_none():
    options = with_fields(ColorizeOptions(saturation=0.5, label="cat"), {"saturation": "0.8", "label": ""})
    assert (options.saturation, options.label) == (0.8, "cat")
    query = ColorizeOptions(quality=70)
    assert with_fields(query, {"format": ""}) is query


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"saturation": "much"}, "saturation"), ({"satiration": "1"}, "satiration"), ({"page": "0"}, "page")],
)
def test_a_field_that_cannot_be_is_a_problem_that_names_it(fields, why):
    with pytest.raises(Problem, match=why) as caught:
        with_fields(ColorizeOptions(), fields)
    assert caught.value.status == 422


def test_painting_is_told_what_the_request_says():
    assert ColorizeOptions(label="cat", working_size=64, saturation=2).painting() == PaintOptions("cat", 64, 2)
    assert TranslateOptions(label="rose").painting() == PaintOptions("rose")


def test_explaining_is_told_one_method():
    assert ExplainQuery(method="occlusion", label="cat").options().methods == ("occlusion",)
    assert ExplainQuery(label="cat").options().label == "cat"
    assert LabelsQuery().options().methods == ("labels",)
