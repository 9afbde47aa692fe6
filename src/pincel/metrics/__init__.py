"""Figures as pure functions of pictures, with shapes, ranges and the paper; training and evaluation share them.

``color``, ``quality``, ``residual``: of one picture. ``equal_color``: models at equal colourfulness. ``frechet``: of
sets, in the features of ``lite`` or ``inception``. ``bootstrap``, ``set_intervals``, ``trend``: how sure a figure is.
"""
