"""``kit calibrate``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input

METRICS = ("mrrmse", "weighted_mse", "delta_pearson", "discrimination", "top_overlap", "top_direction")


def _line(out: str, metric: str) -> list[str]:
    (line,) = re.findall(rf"^ *{metric}\S* +(.*)$", out, re.MULTILINE)
    return str(line).split()


def test_a_run_and_test_rows_are_calibrated(finished: Finished, kit: Kit, tiny: Path) -> None:
    of_run = kit("calibrate", finished.run)
    assert of_run.code == 0, of_run.err
    assert of_run.out.startswith("calibrated:")
    assert all(_line(of_run.out, metric) for metric in METRICS)
    assert "no noise" in of_run.out
    truth = tiny / "data" / "truth.parquet"
    of_test = kit("calibrate", finished.submission, truth, "--floor", "per cell_type")
    assert of_test.code == 0, of_test.err
    assert "perfect" in of_test.out
    assert _line(of_test.out, "mrrmse")[0] in kit("score", finished.submission, truth).out
    free = truth.with_name("truth_noise_free.parquet")
    with_ceiling = kit("calibrate", finished.submission, truth, "--ceiling", free)
    assert _line(with_ceiling.out, "mrrmse")[1] > _line(of_test.out, "mrrmse")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["RUN", "--floor", "per cell_tipe"], "did you mean 'per cell_type'?"),
        (["RUN", "--replicates", "donor"], "'donor' is no key column"),
        (["RUN", "--ceiling", "TRUTH"], "--ceiling is for predictions that are held against a TRUTH"),
        (["RUN", "--competition", "TRUTH"], "--competition is for predictions"),
        (["RUN", "TRUTH", "--replicates", "donor"], "--replicates is for a run without TRUTH"),
        (["SUBMISSION"], "give the TRUTH to hold it against"),
        (["TRUTH", "TRUTH"], "give --competition FILE"),
        (["RUN", "TRUTH", "--ceiling", "nowhere.parquet"], "nowhere.parquet: no such file"),
    ],
)
def test_wrong_arguments(finished: Finished, kit: Kit, tiny: Path, arguments: list[str], told: str) -> None:
    places = {"RUN": finished.run, "SUBMISSION": finished.submission, "TRUTH": tiny / "data" / "truth.parquet"}
    result = kit("calibrate", *(places.get(argument, argument) for argument in arguments))
    assert is_wrong_input(result)
    assert told in result.err
    assert result.out == ""
