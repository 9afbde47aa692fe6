import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincel.training.plan import make_plan, plan_from_facts, plan_to_facts, rate
from pincel.training.recipe import Recipe


def recipe(*phases, **parts) -> Recipe:
    return Recipe.model_validate({"phases": list(phases), "data": {"batch": 10}, **parts})


def test_epochs_become_steps():
    plan = make_plan(recipe({"epochs": 3}, {"epochs": 0.5, "batch": 5}), 100)
    assert [(p.start, p.steps, p.end, p.pictures_before) for p in plan] == [(0, 30, 30, 0), (30, 10, 40, 300)]
    assert [p.batch for p in plan] == [10, 5]


def test_more_devices_take_fewer_steps_for_the_same_pictures():
    plan = make_plan(recipe({"epochs": 4}, {"epochs": 2}), 100, world=4)
    assert [(p.start, p.steps, p.pictures_before, p.batch) for p in plan] == [(0, 10, 0, 10), (10, 5, 400, 10)]


def test_given_epochs_keep_the_proportions_of_the_phases():
    plan = make_plan(recipe({"epochs": 3}, {"epochs": 1}), 100, epochs=8)
    assert [p.steps for p in plan] == [60, 20]


def test_a_time_budget_is_shared_out_by_what_a_step_costs():
    # 30 steps at 1 s and 10 steps at 3 s take 60 s for one round; 120 s allow two
    plan = make_plan(recipe({"epochs": 3}, {"epochs": 1}), 100, seconds=120, step_seconds=[1.0, 3.0])
    assert [p.steps for p in plan] == [60, 20]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 20), st.floats(0.01, 2)), min_size=1, max_size=4),
    st.integers(20, 5000),
    st.floats(1, 5000),
)
def test_a_time_budget_is_kept_within_one_step_a_phase(phases, count, seconds):
    plan = make_plan(
        recipe(*({"epochs": epochs} for epochs, _ in phases)),
        count,
        seconds=seconds,
        step_seconds=[cost for _, cost in phases],
    )
    spent = sum(p.steps * cost for p, (_, cost) in zip(plan, phases, strict=True))
    assert abs(spent - seconds) <= sum(cost for _, cost in phases) + 1e-6
    assert all(p.steps >= 1 for p in plan)
    assert [p.start for p in plan[1:]] == [p.end for p in plan[:-1]]


def test_every_phase_gets_at_least_one_step():
    assert [p.steps for p in make_plan(recipe({"epochs": 0.001}, {"epochs": 0.001}), 3)] == [1, 1]


def test_what_a_phase_does_not_say_is_as_in_the_recipe():
    plan = make_plan(
        recipe(
            {"epochs": 1},
            {"epochs": 1, "size": 48, "losses": {"l1": 2}, "optimizer": {"lr": 0.5}, "adversarial": 0.1},
            data={"batch": 10, "size": 96},
            losses={"smooth_l1": 3},
            optimizer={"lr": 0.25},
        ),
        100,
    )
    assert [p.size for p in plan] == [96, 48]
    assert [(p.losses.l1, p.losses.smooth_l1) for p in plan] == [(0, 3), (2, 0)]
    assert [p.optimizer.lr for p in plan] == [0.25, 0.5]
    assert [p.adversarial for p in plan] == [0, 0.1]


def test_the_critics_head_start_is_a_share_of_the_phase():
    assert make_plan(recipe({"epochs": 4, "adversarial": 1, "critic_first": 0.25}), 100)[0].critic_steps == 10


@pytest.mark.parametrize(
    ("progress", "factor"),
    [
        (0.05, 0.5),
        (0.1, 1.0),
        (0.325, 0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2),
        (0.55, 0.6),
        (1.0, 0.2),
    ],
)
def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine(progress, factor):
    assert rate(progress, warmup=0.1, final=0.2) == pytest.approx(factor)


def test_without_warm_up_the_rate_starts_at_the_top():
    assert rate(0.0, 0.0, 0.0) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 1))
def test_the_rate_stays_between_nothing_and_the_whole(progress, warmup, final):
    assert 0 <= rate(progress, warmup, final) <= 1 + 1e-12
    if progress >= warmup:
        assert rate(progress, warmup, final) >= final - 1e-12


def test_each_phase_has_a_schedule_of_its_own_in_steps_of_the_whole_training():
    plan = make_plan(
        recipe(
            {"epochs": 10, "optimizer": {"warmup": 0.2, "final_lr": 0.5}},
            {"epochs": 20, "optimizer": {"warmup": 0.1, "final_lr": 0.0}},
        ),
        100,
    )
    first = [plan[0].learning_rate(step, 1.0) for step in range(plan[0].start, plan[0].end)]
    assert first[:20] == pytest.approx([(step + 1) / 20 for step in range(20)])
    assert first[-1] == pytest.approx(0.5)
    second = [plan[1].learning_rate(step, 2.0) for step in range(plan[1].start, plan[1].end)]
    assert second[:20] == pytest.approx([(step + 1) / 10 for step in range(20)])
    assert second[-1] == pytest.approx(0.0)
    assert second[19:] == sorted(second[19:], reverse=True)


@pytest.mark.parametrize(
    ("warmup", "steps", "share"), [(0.03, 1000, 0.03), (0.03, 100, 0.2), (0.03, 10, 0.5), (0.8, 10, 0.8), (0, 100, 0)]
)
def test_the_rate_rises_for_twenty_steps_or_half_a_short_phase_unless_it_is_not_to_rise(warmup, steps, share):
    (phase,) = make_plan(recipe({"epochs": steps / 10, "optimizer": {"warmup": warmup}}), 100)
    assert (phase.steps, phase.warmup) == (steps, share)


def test_a_plan_survives_the_runs_json():
    plan = make_plan(
        recipe({"epochs": 1, "losses": {"l1": 1, "perceptual": 0.3}}, {"epochs": 2, "adversarial": 0.1}), 77, world=2
    )
    assert plan_from_facts(json.loads(json.dumps(plan_to_facts(plan)))) == plan
