"""One competition, written in every format and with every type of column, is one competition.

``FORMAT_EXAMPLES=200 pytest tests/data/test_formats_property.py`` tries as many ways of writing it.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.config.schema import ColumnsConfig, CompetitionConfig, DataConfig, FoldsConfig
from kit.data import Competition, read_competition
from kit.data.pairs import read_pairs
from tests.data.small import SMILES

GENES = ["A1BG", "HLA", "ZYX"]
DOSES = [10.0, 0.1, 1e-6, 2.5]
DAYS = pd.to_datetime(["2020-01-01", "2021-06-30", "2020-01-01", "2022-12-31"])

FORMATS = ["parquet", "csv", "csv.gz", "feather", "h5ad", "csv.zip", "parquet.zip"]

Write = Callable[[pd.Series], pd.Series]


def texts(values: pd.Series, write: Callable[[object], str]) -> pd.Series:
    return pd.Series([None if pd.isna(value) else write(value) for value in values], index=values.index, dtype=object)


TEXT: dict[str, Write] = {
    "object": lambda s: s,
    "padded": lambda s: texts(s, lambda v: f" {v}\t"),
    "string": lambda s: s.astype("string"),
    "category": lambda s: s.astype("category"),
}
NUMBERS: dict[str, Write] = {
    "float64": lambda s: s.astype("float64"),
    "float32": lambda s: s.astype("float32"),
    "Float64": lambda s: s.astype("Float64"),
    "text": lambda s: texts(s, lambda v: repr(float(v))),
    "digits": lambda s: texts(s, lambda v: np.format_float_positional(v, trim="-")),
    "exponents": lambda s: texts(s, lambda v: f"{v:.3e}"),
    "category": lambda s: s.astype("category"),
    "text category": lambda s: texts(s, lambda v: repr(float(v))).astype("category"),
    "decimal": lambda s: texts(s, lambda v: Decimal(np.format_float_positional(v, trim="-"))),
}
WHOLE = NUMBERS | {
    "int64": lambda s: s.astype("Int64") if s.isna().any() else s.astype("int64"),
    "uint8": lambda s: s.astype("UInt8"),
}
BOOLEANS: dict[str, Write] = {
    "bool": lambda s: s.astype(bool),
    "boolean": lambda s: s.astype("boolean"),
    "R": lambda s: texts(s, lambda v: str(v).upper()),
    "lower": lambda s: texts(s, lambda v: str(v).lower()),
}
TIMES: dict[str, Write] = {
    "timestamp": lambda s: s,
    "date": lambda s: s.dt.date,
    "ISO": lambda s: texts(s, lambda v: v.isoformat()),
    "text": lambda s: texts(s, lambda v: f"{v:%Y-%m-%d} 00:00:00.000"),
}


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return train, test, sample and pseudo-label rows, with their plain types and some gaps."""
    pairs = [(cell, name) for cell in ("T cells", "NK cells") for name in SMILES]
    train = pd.DataFrame(pairs, columns=["cell_type", "sm_name"])
    train["dose"] = DOSES * 2
    train["day"] = [*DAYS, *DAYS]
    train["SMILES"] = train["sm_name"].map(SMILES)
    train.loc[2, "SMILES"] = None
    train["control"] = train["sm_name"] == "ethanol"
    train["cid"] = [7.0, 300.0, np.nan, 12.0] * 2
    train["batch"] = [1.0, 2.0] * 4
    for number, gene in enumerate(GENES):
        train[gene] = np.arange(8) * 0.5 - number
    test = pd.DataFrame({"id": [10.0, 2.0, 3.0], "cell_type": "B cells", "sm_name": list(SMILES)[:3]})
    test["dose"], test["day"] = DOSES[:3], DAYS[:3]
    test["batch"] = [2.0, np.nan, 1.0]
    sample = pd.DataFrame({"id": test["id"], **dict.fromkeys(GENES, 0.0)})
    return train, test, sample, test.drop(columns="id").assign(cell_type="Myeloid cells")


KINDS = {
    "cell_type": TEXT,
    "sm_name": TEXT,
    "SMILES": TEXT,
    "dose": NUMBERS,
    "day": TIMES,
    "control": BOOLEANS,
    "cid": NUMBERS,
    "batch": NUMBERS,
    "id": WHOLE,
    **{gene: {name: NUMBERS[name] for name in ("float64", "float32")} for gene in GENES},
}


@st.composite
def writings(draw: st.DrawFn) -> list[tuple[str, dict[str, str]]]:
    """For each table its format, and a type for each column."""
    columns = {name: st.sampled_from(sorted(kinds)) for name, kinds in KINDS.items()}
    return [(draw(st.sampled_from(FORMATS)), draw(st.fixed_dictionaries(columns))) for _ in range(4)]


def write(frame: pd.DataFrame, path: Path, format_: str, types: dict[str, str]) -> str:
    typed = pd.DataFrame({name: KINDS[name][types[name]](frame[name]) for name in frame.columns})
    file = path.with_name(f"{path.name}.{format_.removesuffix('.zip')}")
    if file.suffix == ".parquet":
        pq.write_table(pa.Table.from_pandas(typed, preserve_index=False), file)
    elif file.suffix == ".feather":
        typed.to_feather(file)
    elif file.suffix == ".h5ad":
        write_h5ad(typed, file)
    else:
        typed.to_csv(file, index=False)
    if format_.endswith(".zip"):
        with zipfile.ZipFile(f"{file}.zip", "w") as archive:
            archive.write(file, f"folder/{file.name}")
        file.unlink()
        return f"{file.name}.zip"
    return file.name


def write_h5ad(frame: pd.DataFrame, file: Path) -> None:
    import anndata

    genes = [name for name in frame if name in GENES]
    obs = frame.drop(columns=genes).set_axis(frame.index.astype(str))
    for name in obs:
        if str(obs[name].dtype) == "Float64":
            obs[name] = obs[name].astype("float64")
        if obs[name].dtype.kind == "M" or types_of(obs[name]) & {"date", "Decimal", "Timestamp"}:
            obs[name] = texts(obs[name], str)  # HDF5 knows neither times nor decimals
        if obs[name].dtype == object and obs[name].isna().all():
            obs = obs.drop(columns=name)
    values = frame[genes].to_numpy(np.float32) if genes else np.zeros((len(frame), 1), np.float32)
    with anndata.settings.override(allow_write_nullable_strings=True):
        anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=genes or ["none"])).write_h5ad(file)


def types_of(values: pd.Series) -> set[str]:
    return {type(value).__name__ for value in values.dropna()}


def read(folder: Path, names: list[str]) -> tuple[Competition, pd.DataFrame]:
    config = CompetitionConfig(
        competition="small",
        data=DataConfig(train=names[0], test=names[1], sample_submission=names[2]),
        columns=ColumnsConfig(
            keys=["cell_type", "sm_name", "dose", "day"],
            group="cell_type",
            compound="sm_name",
            smiles="SMILES",
            metadata=["control", "cid", "batch"],
        ),
        folds=FoldsConfig(kind="any"),
    )
    competition = read_competition(config, folder, folder / "cache")
    return competition, read_pairs(folder / names[3], competition)


PLAIN = {name: sorted(kinds)[0] for name, kinds in KINDS.items()} | {
    "cell_type": "object", "sm_name": "object", "SMILES": "object", "dose": "float64", "day": "timestamp",
    "control": "bool", "cid": "float64", "batch": "float64", "id": "int64",
}  # fmt: skip


@settings(
    max_examples=int(os.environ.get("FORMAT_EXAMPLES", "8")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(writings())
def test_one_competition_in_every_format(ways: list[tuple[str, dict[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        written = {
            side: [
                write(frame, place / f"{side}-{number}", *way)
                for number, (frame, way) in enumerate(zip(tables(), chosen, strict=True))
            ]
            for side, chosen in (("plain", [("parquet", PLAIN)] * 4), ("drawn", ways))
        }
        (expected, pairs), (competition, drawn) = (read(place, names) for names in written.values())
        pd.testing.assert_frame_equal(competition.rows, expected.rows)
        pd.testing.assert_frame_equal(competition.test, expected.test)
        pd.testing.assert_frame_equal(drawn, pairs)
        np.testing.assert_array_equal(competition.Y, expected.Y)
        assert competition.targets == expected.targets
        assert competition.sample_columns == expected.sample_columns
        assert competition.sample_ids == expected.sample_ids == ("10", "2", "3")
        # The plain tables say what the values are.
        assert expected.rows["dose"].tolist() == ["10", "0.1", "1e-06", "2.5"] * 2
        assert expected.rows["day"].iloc[0] == "2020-01-01"
        assert expected.rows["SMILES"].tolist() == [*SMILES.values()] * 2
        assert expected.test["cid"].iloc[:2].tolist() == [7, 300]
