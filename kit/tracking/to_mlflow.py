"""MLflow: a run of the experiment that is called as the competition is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from kit.tracking.record import RunRecord

_KEY = "kit.key"
_LONGEST = 6000
_BATCH = 100
"""MLflow's limits: letters of a value, values written at once."""


def write_to_mlflow(record: RunRecord, store: Path) -> str:
    """Write a run into the store that MLFLOW_TRACKING_URI names, or into files in ``store/mlruns``.

    A run of the same content key that is there already stays as it is; one whose writing was killed is written anew.

    Args:
        record: The run.
        store: The folder of the local store.

    Returns:
        Where it is, in words.
    """
    # Files are MLflow's oldest store, which it asks to be allowed; nothing is reported to its makers.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    uri = os.environ.get("MLFLOW_TRACKING_URI") or (store / "mlruns").resolve().as_uri()
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(record.competition)
    place = client.create_experiment(record.competition) if experiment is None else experiment.experiment_id
    where = f"{uri}, experiment {record.competition}, run {record.name}"
    for earlier in client.search_runs([place], filter_string=f"tags.`{_KEY}` = '{record.key}'"):
        if earlier.info.status == "FINISHED":
            return f"{where} (there already)"
        client.delete_run(earlier.info.run_id)
    facts = {f"kit.{name}": value for name, value in record.facts.items()}
    made = client.create_run(place, run_name=record.name, tags=facts | {_KEY: record.key})
    _write(client, made.info.run_id, record)
    client.set_terminated(made.info.run_id)
    return where


def _write(client: Any, run: str, record: RunRecord) -> None:
    from mlflow.entities import Metric, Param

    settings = [Param(_name(key), str(value)[:_LONGEST]) for key, value in record.settings.items()]
    for start in range(0, len(settings), _BATCH):
        client.log_batch(run, params=settings[start : start + _BATCH])
    scores = [Metric(_name(key), value, timestamp=0, step=0) for key, value in record.scores.items()]
    for start in range(0, len(scores), _BATCH):
        client.log_batch(run, metrics=scores[start : start + _BATCH])
    for file in record.files:
        client.log_artifact(run, str(file))


def _name(text: str) -> str:
    """Return a name with an underscore for every sign that MLflow's names cannot have (the + of "CD4+")."""
    return re.sub(r"[^\w. :/-]", "_", text)
