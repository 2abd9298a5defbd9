"""Tables of other kinds of problem, drawn so that the truth is known."""

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.covariance import CovarianceToy
from kit.data.simulate.scenarios.rxrx1 import RxRx1, RxRx1Sites

_SMALL = ((("HUVEC", 6, 2), ("RPE", 5, 2)), 15, 6, 32, 0.02)
"""A small design of RxRx1: experiments, siRNAs of a group, controls, dimensions, and the share of missing wells."""

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        CovarianceToy("toy-covariance"),
        CovarianceToy("toy-covariance-80", n_points=80),
        CovarianceToy("toy-covariance-standardised", form="standardised"),
        CovarianceToy("toy-covariance-sphered-0.01", form="sphered", regularization=0.01),
        CovarianceToy("toy-covariance-sphered-0.1", form="sphered", regularization=0.1),
        CovarianceToy("toy-covariance-sphered-0.3", form="sphered", regularization=0.3),
        RxRx1("rxrx1"),
        RxRx1("rxrx1-small", *_SMALL),
        RxRx1Sites("rxrx1-sites"),
        RxRx1Sites("rxrx1-sites-small", *_SMALL),
    )
}
"""The scenarios by name."""

__all__ = ["SCENARIOS", "CovarianceToy", "RxRx1", "RxRx1Sites", "Scenario"]
