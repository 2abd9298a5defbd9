"""Tables of other kinds of problem, drawn so that the truth is known."""

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.cell_typing import CellTyping
from kit.data.simulate.scenarios.cells import CellPainting
from kit.data.simulate.scenarios.covariance import CovarianceToy, ThirdOrderToy
from kit.data.simulate.scenarios.digits import Digits
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
        ThirdOrderToy("toy-third-order"),
        CellPainting("cell-painting"),
        CellPainting("cell-painting-small", n_compounds=24, n_controls=6, n_cells=150),
        RxRx1("rxrx1"),
        RxRx1("rxrx1-small", *_SMALL),
        RxRx1Sites("rxrx1-sites"),
        RxRx1Sites("rxrx1-sites-small", *_SMALL),
        Digits("digits-three"),
        Digits("digits-fifty", tuple(range(10)), n_train=50, n_validation=0, unlabelled="all"),
        Digits("digits-one-shot", tuple(range(10)), n_train=10, n_validation=0, per_class=True, unlabelled="all"),
        Digits("digits-seven", (0, 1, 2, 4, 6, 7, 9), n_train=900, n_validation=300, n_draws=1),
        CellTyping("cell-typing"),
        CellTyping("cell-typing-small", n_donors=4, n_test_donors=1, n_cells=120, n_markers=5, n_housekeeping=40),
    )
}
"""The scenarios by name."""

__all__ = [
    "SCENARIOS",
    "CellPainting",
    "CellTyping",
    "CovarianceToy",
    "Digits",
    "RxRx1",
    "RxRx1Sites",
    "Scenario",
    "ThirdOrderToy",
]
