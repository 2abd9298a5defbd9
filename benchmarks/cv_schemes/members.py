"""Schemes of cross-validation and the recipes that they rank."""

from __future__ import annotations

REAL = "real"
SIMULATED = {f"simulated {seed}": seed for seed in (0, 1, 2)}
TRUTH = "truth"
"""Stands where a scheme would, for scores of the rows to predict."""

PAIR = {"cell_type": "cell_type", "compound": "sm_name"}
SCHEMES: dict[str, dict[str, object]] = {
    "a cell type but its anchors": {"kind": "held_out_cell_type", "params": PAIR},
    "anchors, 4 groups": {"kind": "held_out_compounds", "params": PAIR | {"n_splits": 4}},
    "anchors, 2 groups": {"kind": "held_out_compounds", "params": PAIR | {"n_splits": 2}},
    "compounds, 3 groups": {"kind": "group_kfold", "params": {"column": "sm_name", "n_splits": 3}},
    "random rows, 3 groups": {"kind": "kfold", "params": {"n_splits": 3}},
    "scaffolds, 3 groups": {"kind": "structure_kfold", "params": {"by": "scaffold", "n_splits": 3}},
}
SMALLER = {"anchors, 4 groups": "anchors, 2 groups"}
"""The scheme with smaller training sets, for the learning curve of a scheme."""

TOGETHER = {"a cell type, and anchors": ("a cell type but its anchors", "anchors, 4 groups")}
"""Mixes of schemes that count the same: they need no fits of their own."""


def _epochs(model: str, n_epochs: int) -> tuple[str, ...]:
    """Return settings of a single network with a fixed number of epochs."""
    at = f"models.{model}"
    return (f"{at}.repeats=1", f"{at}.params.n_epochs={n_epochs}", f"{at}.params.early_stopping_epochs=null")


_FINGERPRINT = (
    "features.morgan={kind: fingerprint, params: {n_bits: 512}}",
    "features.morgan_32={kind: reduced, params: {of: morgan, n_components: 32}}",
    "features.morgan_by_cell={kind: interaction, params: {left: morgan_32, right: cell}}",
    "models.ridge.features=[profile, profile_by_cell, cell, morgan_by_cell]",
)
MEMBERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mean of the cell type": (
        "models/embedding_mlp.yaml",
        ("models={embedding_mlp: null, mean: {kind: group_mean, features: [codes], params: {column: 0}}}",),
    ),
    "additive": (
        "models/embedding_mlp.yaml",
        ("models={embedding_mlp: null, additive: {kind: additive, features: [codes], params: {shrinkage: 3.0}}}",),
    ),
    "ridge, 32 components": ("baseline.yaml", ()),
    "ridge, 128 components": ("baseline.yaml", ("target.params.n_components=128", "models.ridge.params.penalty=3000")),
    "ridge, too little penalty": ("baseline.yaml", ("models.ridge.params.penalty=30",)),
    "ridge with fingerprints": ("baseline.yaml", _FINGERPRINT),
    "kernel ridge": (
        "models/kernel_ridge.yaml",
        ("models.kernel_ridge.choose=null", "models.kernel_ridge.params.penalty=1.0"),
    ),
    "support vectors": ("models/svr.yaml", ("models.svr.choose=null", "models.svr.params.C=0.3")),
    "process over features": ("models/gaussian_process.yaml", ()),
    "nearest": ("models/nearest.yaml", ("models.nearest.choose=null", "models.nearest.params.k=20")),
    "extra trees": ("models/extra_trees.yaml", ("models.extra_trees.params.n_estimators=100",)),
    "LightGBM": (
        "models/lightgbm.yaml",
        (
            "target.params.n_components=16",
            "models.lightgbm.params.n_estimators=60",
            "models.lightgbm.params.early_stopping_rounds=null",
        ),
    ),
    "sketch boosting": (
        "models/xgboost_sketch.yaml",
        ("models.xgboost_sketch.params.n_estimators=60", "models.xgboost_sketch.params.early_stopping_rounds=null"),
    ),
    "network": ("models/mlp.yaml", _epochs("mlp", 40)),
    "network of embeddings": ("models/embedding_mlp.yaml", _epochs("embedding_mlp", 30)),
    "two towers": ("models/two_tower.yaml", _epochs("two_tower", 40)),
    "process over rows, linear": (
        "process.yaml",
        (
            "models.process.params.terms=[{cell_type: free}, {cell_type: free, sm_name: identity}, "
            "{cell_type: free, sm_name: {low_rank: 10}}]",
        ),
    ),
    "process over rows": ("process.yaml", ()),
    "quick": ("quick.yaml", ()),
    "best": ("best.yaml", ()),
}
"""Recipes of different families: what they are called here, the file, and what is fixed that the file leaves to choice
or to early stopping, or that keeps a fit to a second."""
