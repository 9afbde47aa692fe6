"""Several runs side by side, and runs made out of runs: cost against quality.

``grid``, ``search``: many variants of a recipe. ``space``, ``shape``: what is tried. ``record``: the file that
remembers. ``trial``: one candidate from training to figures; ``measure``: the figures; ``halting``: when it is not
worth its whole budget. ``pareto``, ``effects``: what the figures say; ``report``: the page. ``distil``, ``prune``,
``channels``: a smaller network out of a larger one.
"""
