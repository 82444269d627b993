# SPDX-License-Identifier: GPL-2.0-or-later
"""Which shape a curve has: how a cost grows with the number of something."""

import math

# From the best to the worst, and how far a point may be from the curve: for the
# first two a cache line more or less; a large fan-out also fills larger queues.
SHAPES = {"constant": 0.10, "logarithmic": 0.15, "linear": 0.30}
OTHER = "worse than linear"

_X = {"constant": lambda n: 0.0, "logarithmic": math.log10, "linear": float}


def fit(shape, points):
    """The curve y = a + b x, b not below 0, that is relatively nearest; (a, b)."""
    x = [_X[shape](n) for n, _ in points]
    y = [value for _, value in points]
    # Relative errors count: a point weighs 1 / y^2.
    w = [1 / (v * v) for v in y]
    total = sum(w)
    mean_x = sum(a * b for a, b in zip(w, x)) / total
    mean_y = sum(a * b for a, b in zip(w, y)) / total
    spread = sum(a * (b - mean_x) ** 2 for a, b in zip(w, x))
    slope = 0.0
    if spread > 0:
        slope = sum(a * (b - mean_x) * (c - mean_y) for a, b, c in zip(w, x, y)) / spread
    slope = max(slope, 0.0)
    return mean_y - slope * mean_x, slope


def error(shape, points):
    """How far the farthest point is from the curve, as a part of its value."""
    a, b = fit(shape, points)
    return max(abs(a + b * _X[shape](n) - value) / value for n, value in points)


def shape_of(points):
    """The first of SHAPES that fits (number, cost) pairs, or OTHER."""
    for shape, allowed in SHAPES.items():
        if error(shape, points) <= allowed:
            return shape
    return OTHER


def no_worse(shape, than):
    """Does a curve grow no faster than was said?"""
    order = list(SHAPES) + [OTHER]
    return order.index(shape) <= order.index(than)
