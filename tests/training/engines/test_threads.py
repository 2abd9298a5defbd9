"""Every task computes on one thread, wherever it is carried out: BLAS, OpenMP, torch, boosters."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.training.engines import local
from kit.training.engines.connect import connected
from kit.training.fitting.fit_task import Job, Outcome
from tests.extras import needs_torch
from tests.tiny import Tiny


@pytest.fixture
def jobs(tiny: Tiny, tmp_path: Path) -> list[Job]:
    plan = tiny.plan(tiny.standard())
    return [
        Job(task, plan.model(task), tiny.competition, tmp_path, plan.metric, {}, ("models", task.model))
        for task in plan.fold_tasks()[:2]
    ]


@pytest.fixture
def looking() -> Callable[[Job], Outcome]:
    """Stands for `run_job`: does what that does, and looks for numbers of threads where the task is carried out.

    It is a local function, so that it travels to workers by value.
    """

    def look(job: Job) -> Outcome:
        from kit.training.fitting import fit_task

        carry_out = fit_task._run

        def found(job: Job, warned: list[str]) -> dict[str, Any]:
            import numpy as np
            import threadpoolctl

            from kit.models import CatBoost, LightGBM, XGBoost

            seen: dict[str, Any] = {}
            X, Y = np.random.default_rng(0).normal(size=(2, 40, 3)).astype(np.float32)
            # Those of a machine where an extra is missing are left out.
            try:
                import torch
            except ImportError:
                pass
            else:
                from kit.models.neural.loop.device import computing

                seen["torch"] = torch.get_num_threads()
                with computing(torch.device("cpu")):
                    seen["torch in a network"] = torch.get_num_threads()
            # LightGBM loads its library with the first fit.
            lightgbm = LightGBM(n_estimators=2, min_data_in_leaf=3).fit(X, Y)
            seen["LightGBM"] = lightgbm.booster_params()["num_threads"]
            xgboost = XGBoost(n_estimators=2).fit(X, Y)
            config = json.loads(xgboost.boosters_[0].save_config())
            seen["XGBoost"] = int(config["learner"]["generic_param"]["nthread"])
            catboost = CatBoost(iterations=2).fit(X, Y)
            seen["CatBoost"] = catboost.booster_.get_params()["thread_count"]
            for pool in threadpoolctl.threadpool_info():
                seen[f"{pool['user_api']} {Path(pool['filepath']).name}"] = pool["num_threads"]
            seen["environment"] = os.environ.get("OMP_NUM_THREADS", "none")
            return carry_out(job, warned) | {"threads": seen}

        fit_task._run = found
        try:
            return fit_task.run_job(job)
        finally:
            fit_task._run = carry_out

    return look


def check(outcomes: list[Outcome]) -> None:
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    for outcome in outcomes:
        seen = dict(outcome.metrics["threads"])
        seen.pop("environment")
        assert {"LightGBM", "XGBoost", "CatBoost"} < seen.keys()
        assert any(name.startswith("blas") for name in seen)
        assert any(name.startswith("openmp") for name in seen)
        assert set(seen.values()) == {1}, seen


@needs_torch
def test_in_this_process(jobs: list[Job], looking: Callable[[Job], Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(local, "run_job", looking)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        check(local.LocalEngine(1).run(jobs[:1], lambda outcome: None))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
def test_in_two_processes_of_a_large_machine(
    jobs: list[Job], looking: Callable[[Job], Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joblib._parallel_backends.cpu_count", lambda: 64)
    monkeypatch.setattr(local, "run_job", looking)
    outcomes = local.LocalEngine(2).run(jobs, lambda outcome: None)
    check(outcomes)
    # What loads its thread pool only later finds this.
    assert [outcome.metrics["threads"]["environment"] for outcome in outcomes] == ["1", "1"]


@pytest.mark.slow
def test_in_the_workers_of_a_dask_cluster(jobs: list[Job], looking: Callable[[Job], Outcome]) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from distributed import get_client

    def stand_in() -> None:
        from contextlib import suppress
        from threading import Thread

        from threadpoolctl import threadpool_limits

        from kit.training.engines import remote

        remote.run_job = looking
        # Dask starts workers with one thread: here there are several to be limited. Of a living Python thread that has
        # set BLAS to a number, threadpoolctl would let no other set it.
        setting = Thread(target=threadpool_limits, args=(3,))
        setting.start()
        setting.join()
        with suppress(ImportError):
            import torch

            torch.set_num_threads(3)

    with connected("dask", workers=1) as engine:
        get_client().run(stand_in)
        check(engine.run(jobs, lambda outcome: None))
