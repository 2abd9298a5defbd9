"""Tables of other kinds of problem, drawn so that the truth is known."""

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.covariance import CovarianceToy
from kit.data.simulate.scenarios.rxrx1 import RxRx1

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
        RxRx1("rxrx1-small", (("HUVEC", 6, 2), ("RPE", 5, 2)), n_per_group=15, n_controls=6, n_dims=32, missing=0.02),
    )
}
"""The scenarios by name."""

__all__ = ["SCENARIOS", "CovarianceToy", "RxRx1", "Scenario"]
