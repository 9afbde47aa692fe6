"""From photos to a trained network: a recipe goes in, a run comes out, and nothing but the run's folder resumes it.

``recipe``: one YAML file, validated. ``run``: the folder. ``loop``: all steps. ``learner``: what a step is.
``losses``: what it is for. ``validate``: figures on photos that are not learnt from. ``checkpoint``: exact resume.
``report``: what came of it, `pincel report`.
"""
