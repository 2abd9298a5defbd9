"""The shape of a competition file and of a recipe, as pydantic models.

These models know structure only: which keys exist, of which type. Whether a plug-in of a given ``kind`` exists and
takes the given ``params`` is checked by `kit.config.checks.plugins`, whether names refer to something by
`kit.config.checks.references.references`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kit.names import PATTERN
from kit.plugins import REGRESSION
from kit.problem_types import PROBLEM_TYPES, ProblemType

MODEL_CONFIG = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _kind_alone(value: Any) -> Any:
    """Let ``blend: median`` stand for ``blend: {kind: median}``."""
    return {"kind": value} if isinstance(value, str) else value


class PluginConfig(BaseModel):
    """A plug-in by its short name; ``blend: median`` is short for ``blend: {kind: median}``."""

    model_config = MODEL_CONFIG

    kind: str = Field(description="The plug-in's short name; `kit list` shows them all.")
    params: dict[str, Any] = Field(default_factory=dict, description="The parameters of its constructor.")


PluginEntry = Annotated[PluginConfig, BeforeValidator(_kind_alone)]


def defaults_of(values: Any) -> dict[str, Any]:
    """Return what a competition file or recipe says by default where that depends on its ``problem_type``.

    Args:
        values: The file's plain values.
    """
    name = values.get("problem_type", REGRESSION) if isinstance(values, dict) else REGRESSION
    kind = PROBLEM_TYPES.get(name) if isinstance(name, str) else None
    return dict((kind or PROBLEM_TYPES[REGRESSION]).defaults)


class SimulateConfig(BaseModel):
    """Tables that the kit generates by itself on first use."""

    model_config = MODEL_CONFIG

    like: str = Field(description="The design to imitate; `kit data simulate --help` lists them.")
    seed: Annotated[int, Ge(0)] = 0


class DataConfig(BaseModel):
    """Where the tables are. Paths are relative to ``root``, which is relative to the file it is written in."""

    model_config = MODEL_CONFIG

    root: str = Field(default="data", description="The folder of the tables; --data and KIT_DATA override it.")
    train: str = Field(
        description="Rows with keys, metadata and targets: .parquet, .csv, .feather, .h5ad, or one in .zip."
    )
    test: str | None = Field(
        default=None,
        description="The rows to predict: id, keys, metadata (default: none; there is a cross-validation alone).",
    )
    sample_submission: str | None = Field(
        default=None,
        description="The layout of a submission: ids and target columns in order (default: the test table's ids, the "
        "training table's targets).",
    )
    unlabelled: str | None = Field(
        default=None,
        description="More rows without targets, with keys and metadata as far as they are known, which are not to be "
        "predicted: features are learnt from them (blocks `autoencoder`, `fitted_on_all_rows`).",
    )
    layer: str | None = Field(default=None, description="For .h5ad: the layer that holds the targets (default: X).")
    target_names: str | None = Field(
        default=None, description="For .h5ad: the column of `var` that names the targets (default: var_names)."
    )
    noise_free_train: str | None = Field(
        default=None, description="For simulated data: the training table without noise, which gives the noise ceiling."
    )
    simulate: SimulateConfig | None = Field(default=None, description="Generate the tables in `root` on first use.")
    source: str | None = Field(
        default=None, description="Where the tables can be had, in words: shown when they are missing."
    )


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression ({error})") from None
    return text


class ColumnPattern(BaseModel):
    """Columns by a regular expression on their whole name."""

    model_config = MODEL_CONFIG

    pattern: Annotated[str, AfterValidator(_regular_expression)]


class SetConfig(BaseModel):
    """A column whose values are sets of members that are treated alike: gene pairs, drug combinations.

    Either ``columns``, each with one member, which become one column of sets, or a ``separator``.
    """

    model_config = MODEL_CONFIG

    columns: Annotated[list[str], MinLen(1)] | None = Field(
        default=None, description="The columns that hold one member each; an empty cell is no member."
    )
    separator: Annotated[str, MinLen(1)] | None = Field(
        default=None, description="What stands between the members in the column's cells."
    )
    empty: list[str] = Field(
        default_factory=list, description="Names that stand for no member, such as that of a control."
    )


class ColumnsConfig(BaseModel):
    """What the columns of the tables mean."""

    model_config = MODEL_CONFIG

    id: str = Field(
        default="id",
        description="The column of the test table and the submission that names a row. Without a sample submission, a "
        "test table without the column `id` has its rows numbered from 0.",
    )
    keys: list[str] = Field(
        default_factory=list, description="The columns that together name a training row (default: its number)."
    )
    group: str | None = Field(
        default=None, description="The column, a key or metadata, by which scores are broken down (the cell type)."
    )
    compound: str | None = Field(default=None, description="The column of the compound, a key or metadata.")
    smiles: str | None = Field(default=None, description="The metadata column of the compound's structure.")
    sets: dict[str, SetConfig] = Field(
        default_factory=dict,
        description="Keys that are sets (gene pairs, drug combinations): the order of the members says nothing.",
    )
    replicate: str | None = Field(
        default=None, description="The column that tells training rows of the same keys apart (donor, plate, number)."
    )
    average_replicates: bool = Field(
        default=False, description="Whether the rows of the same keys become one row, their mean."
    )
    metadata: list[str] | ColumnPattern = Field(
        default_factory=list,
        description="Columns that are neither keys nor targets: names, or a pattern on those that are no keys.",
    )
    targets: Literal["others"] | list[str] | ColumnPattern = Field(
        default="others", description="`others`: every column that is no key and no metadata; or names; or a pattern."
    )
    label: str | None = Field(
        default=None,
        description="Instead of `targets`: the column of each row's class (problem_type: classification or retrieval).",
    )
    weight: str | None = Field(
        default=None,
        description="A column of the training table: what each row counts in fits, relative to the mean of all.",
    )
    missing_targets: Literal["error", "allow"] = Field(
        default="error",
        description="`allow`: an empty target cell was not measured; it is neither learnt from nor scored.",
    )


class FoldsConfig(PluginConfig):
    """The splitter of the cross-validation."""

    inner: PluginEntry | None = Field(
        default=None,
        description="The splitter that divides a fold's training rows where something is chosen or stopped "
        "(default: the same splitter again).",
    )


class CompetitionConfig(BaseModel):
    """What the organisers of a competition decide: tables, keys, targets, metric, folds, layout of the submission."""

    model_config = MODEL_CONFIG

    competition: str = Field(description="Its name, used for directories.", json_schema_extra={"pattern": PATTERN})
    title: str = ""
    problem_type: Literal["regression", "classification", "retrieval"] = Field(
        default="regression",
        description="What is predicted of a row: a number for each target, its class (columns.label), or a vector "
        "that is near to those of other rows of its label.",
    )
    kit_version: str | None = Field(
        default=None, description="The versions of the kit that the file was written for, such as '>=0.1,<2'."
    )
    kaggle: str | None = Field(
        default=None, description="The competition's name in its address at Kaggle, for `kit submit`."
    )
    data: DataConfig
    columns: ColumnsConfig
    metric: PluginEntry = Field(
        default=PluginConfig(kind="mrrmse"),
        description="What is scored (default: mrrmse; for classes accuracy, for vectors map).",
    )
    weighted: bool = Field(
        default=False, description="Whether rows count by `columns.weight` in the metric, and in all that goes by it."
    )
    folds: Annotated[FoldsConfig, BeforeValidator(_kind_alone)]
    default_recipe: str | None = Field(default=None, description="The recipe that `kit train` on this file trains.")

    @property
    def problem(self) -> ProblemType:
        """The kind of problem."""
        return PROBLEM_TYPES[self.problem_type]

    @model_validator(mode="before")
    @classmethod
    def _by_problem_type(cls, values: Any) -> Any:
        """Fill in the defaults that depend on the kind of problem."""
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in defaults_of(values).items() if name in cls.model_fields} | values


class FeatureConfig(PluginConfig):
    """A block of features."""

    enabled: bool = Field(default=True, description="`false` leaves the block out, wherever it is named.")
    space: Literal["reduced", "full"] = Field(
        default="reduced",
        description="Where target statistics live: in the coordinates of the target transform, or one per target.",
    )


class ModelConfig(PluginConfig):
    """A model and what it is given."""

    enabled: bool = Field(default=True, description="`false` leaves the model out, and its part of a weighted blend.")
    features: Annotated[list[str], MinLen(1)] | None = Field(
        default=None, description="The feature blocks it reads, in order (default: all)."
    )
    target: PluginEntry | None = Field(default=None, description="Its own target transform (default: the recipe's).")
    repeats: Annotated[int, Ge(1)] | None = Field(default=None, description="Fits with different seeds.")
    augment: list[PluginEntry] = Field(
        default_factory=list, description="Changed copies of the training rows, made after the features, in order."
    )
    choose: dict[str, Annotated[list[Any], MinLen(1)]] = Field(
        default_factory=dict,
        description="Candidates tried on the inner folds of each fold's training rows, by path within this entry "
        "(`params.penalty`, `target.params.n_components`).",
    )


Reducer = Literal["mean", "median", "concatenate"]

Models = Annotated[dict[str, Annotated[ModelConfig, BeforeValidator(_kind_alone)]], MinLen(1)]

Share = Annotated[float, Gt(0), Le(1)]


class KeepConfig(BaseModel):
    """Which pseudo-labelled rows are kept; with several conditions, those that meet all, each as if it were alone."""

    model_config = MODEL_CONFIG

    agreement: Share | None = Field(
        default=None, description="The share of rows on which the fits of the teaching stage agree best."
    )
    margin: Share | None = Field(
        default=None, description="Of classes: the share of rows whose likeliest class is farthest above the next."
    )
    variance: Share | None = Field(
        default=None, description="The share of rows with the least variance predicted by the teaching stage."
    )


class PseudoLabelsConfig(BaseModel):
    """Rows without targets that a stage is fitted on too, labelled by an earlier stage.

    Inside a fold, the rows that it validates play the part of the test rows.
    """

    model_config = MODEL_CONFIG

    stage: str = Field(description="The earlier stage that labels the rows.")
    rows: str = Field(
        default="test", description="`test`, or the path of a table with the key and metadata columns of more rows."
    )
    labels: Literal["soft", "hard"] = Field(
        default="soft",
        description="What a row is labelled with: `soft`, the teaching stage's prediction; `hard`, of classes, the "
        "likeliest one alone.",
    )
    weight: Annotated[float, Gt(0)] = Field(
        default=1.0, description="The weight of a pseudo-labelled row, where a training row has 1."
    )
    by_variance: bool = Field(
        default=False,
        description="Whether a pseudo-labelled row weighs by one over the variance that the teaching stage predicts "
        "of it; `weight` is the mean of those that are kept.",
    )
    keep: KeepConfig = Field(default=KeepConfig(), description="Which of the rows are kept (default: all).")
    rounds: Annotated[int, Ge(1)] = Field(
        default=1, description="How often the stage is fitted; from the second time on it is taught by itself."
    )


class StageConfig(BaseModel):
    """Models that are fitted before the recipe's last ones, which take their predictions."""

    model_config = MODEL_CONFIG

    models: Models
    repeats: Annotated[int, Ge(1)] | None = Field(default=None, description="Default: the recipe's.")
    repeats_blend: Reducer | None = Field(default=None, description="Default: the recipe's.")
    blend: PluginEntry = Field(default=PluginConfig(kind="mean"), description="What makes one prediction of models.")
    pseudo_labels: PseudoLabelsConfig | None = Field(default=None, description="Rows labelled by an earlier stage.")
    out_of_fold: PluginEntry = Field(
        default=PluginConfig(kind="kfold", params={"n_splits": 5}),
        description="The splitter that makes out-of-fold predictions of a set of training rows, where a later stage "
        "takes this one's predictions as features; it must validate every row.",
    )


class RecipeConfig(CompetitionConfig):
    """How we model it: features, target transform, models, blend, post-processing."""

    preset: str | None = Field(default=None, description="The one of `presets` that is laid over the recipe.")
    presets: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Named changes of the recipe, each a part of one; --set wins over them."
    )
    seed: Annotated[int, Ge(0)] = Field(default=0, description="The root of every random number.")
    target: PluginEntry = PluginConfig(kind="identity")
    features: dict[str, Annotated[FeatureConfig, BeforeValidator(_kind_alone)]] = Field(default_factory=dict)
    stages: dict[str, StageConfig] = Field(
        default_factory=dict, description="Earlier stages in order; the recipe's own models are the last one."
    )
    models: Models
    pseudo_labels: PseudoLabelsConfig | None = Field(
        default=None, description="Rows labelled by an earlier stage, which the last stage is fitted on too."
    )
    repeats: Annotated[int, Ge(1)] = Field(default=1, description="Fits of each model with different seeds.")
    repeats_blend: Reducer = Field(default="mean", description="What makes one prediction of a model's repeats.")
    blend: PluginEntry = Field(default=PluginConfig(kind="mean"), description="What makes one prediction of models.")
    postprocess: list[PluginEntry] = Field(default=[PluginConfig(kind="clip")], description="Steps after the blend.")
    final: Literal["refit", "folds"] = Field(
        default="refit",
        description="`refit`: every model again on all training rows; `folds`: the folds' models predict the test.",
    )
    folds_blend: Reducer = Field(default="mean", description="With `final: folds`: how the folds' predictions join.")
