"""Adam on a dict of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kit.models.processes.factors import Parameters

_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
_LAST = 0.03
"""The last step's learning rate, relative to the first one's."""


def minimize(
    function: Callable[[Parameters], tuple[float, Parameters]],
    start: Parameters,
    n_steps: int,
    learning_rate: float,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> tuple[Parameters, list[float]]:
    """Minimise by Adam, whose learning rate falls by a cosine (Kingma & Ba 2015; Loshchilov & Hutter 2017).

    Args:
        function: Returns value and gradient.
        start: Where it begins; it is not changed.
        n_steps: The number of steps.
        learning_rate: The first step's; the last one's is 3 per cent of it.
        frozen: By name, where an array is true its values stay as they are.

    Returns:
        The parameters after the last step, and the value before every step.
    """
    parameters, values = dict(start), []
    first = {name: np.zeros_like(value) for name, value in start.items()}
    second = {name: np.zeros_like(value) for name, value in start.items()}
    for step in range(1, n_steps + 1):
        value, gradient = function(parameters)
        values.append(value)
        falling = 0.5 * (1 + np.cos(np.pi * (step - 1) / n_steps))
        rate = learning_rate * (_LAST + (1 - _LAST) * falling)
        for name, slope in gradient.items():
            first[name] = _FIRST * first[name] + (1 - _FIRST) * slope
            second[name] = _SECOND * second[name] + (1 - _SECOND) * slope**2
            mean, square = first[name] / (1 - _FIRST**step), second[name] / (1 - _SECOND**step)
            change = rate * mean / (np.sqrt(square) + _TINY)
            if frozen is not None and name in frozen:
                change = np.where(frozen[name], 0.0, change)
            parameters[name] = parameters[name] - change
    return parameters, values
