"""How good a model is, measured on photos it never saw, and the report that says so.

``evaluate``: the whole of it; ``options``: what it may be told. ``evaluated_models``: the models that take part.
``selection``: which pictures. ``protocols``: how a picture is shown. ``scores``: the figures of one picture. ``sets``:
figures that only a whole set has. ``tables``: figures of many, with intervals. ``gallery``: pictures to look at.
``headline``: the result in words. ``report``: `metrics.json` and one HTML page.
"""
