"""Tables of other kinds of problem, drawn so that the truth is known."""

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.covariance import CovarianceToy

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        CovarianceToy("toy-covariance"),
        CovarianceToy("toy-covariance-80", n_points=80),
        CovarianceToy("toy-covariance-standardised", form="standardised"),
        CovarianceToy("toy-covariance-sphered-0.01", form="sphered", regularization=0.01),
        CovarianceToy("toy-covariance-sphered-0.1", form="sphered", regularization=0.1),
        CovarianceToy("toy-covariance-sphered-0.3", form="sphered", regularization=0.3),
    )
}
"""The scenarios by name."""

__all__ = ["SCENARIOS", "CovarianceToy", "Scenario"]
