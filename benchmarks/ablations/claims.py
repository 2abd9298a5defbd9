"""The claims, and the recipes that test them: changes of one base recipe, as ``--set`` writes them."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "base"
"""The variant that changes nothing: network.yaml as it stands."""


def _network(name: str, kind: str, features: str, params: str, more: str = "") -> str:
    """Return the setting of a model that replaces the base recipe's network or stands beside it."""
    shared = "loss: mrrmse, n_epochs: 40, batch_size: 64"
    return f"models.{name}={{kind: {kind}, features: {features}, params: {{{params}, {shared}}}{more}}}"


_CODES = "features.codes={kind: category_codes, params: {columns: [cell_type, sm_name]}}"
_ONE_HOT = "features.one_hot={kind: one_hot, params: {columns: [cell_type, sm_name]}}"
_CATEGORIES = "hidden: [256, 128], dropout: 0.3, learning_rate: 5.0e-3"
_EMBEDDING = _network("embedding", "embedding_mlp", "[codes]", f"code_block: codes, embedding_dim: 32, {_CATEGORIES}")
_RIDGE = (
    "models.ridge={kind: ridge, features: [profile, profile_by_cell, cell], "
    "params: {penalty: 1000.0, fit_intercept: false}, repeats: 1}"
)
_SHARED = "loss: mrrmse, standardize: false, learning_rate: 2.0e-3, weight_decay: 1.0e-2, n_epochs: 40, batch_size: 64"
_STAGE_MLP = (
    "mlp: {kind: mlp, features: [profile, profile_by_cell, cell], "
    f"params: {{hidden: [256, 128], dropout: 0.3, {_SHARED}}}}}"
)
_STAGE_EMBEDDING = _EMBEDDING.removeprefix("models.").replace("=", ": ", 1)
_STAGE_RIDGE = _RIDGE.removeprefix("models.").replace("=", ": ", 1)

_MINIMOL = (
    "features.minimol={kind: embedding_table, params: {path: MINIMOL, column: SMILES}}",
    "features.compound={kind: reduced, params: {of: minimol, n_components: 32}}",
)
_MORGAN = (
    "features.morgan={kind: fingerprint, params: {method: morgan, radius: 2, n_bits: 1024}}",
    "features.compound={kind: reduced, params: {of: morgan, n_components: 32}}",
)
_WITH_COMPOUND = "models.mlp.features=[profile, profile_by_cell, cell, compound]"


_NO_PROFILE = ("features.profile=null", "features.profile_by_cell=null")
_ALONE = ("models.mlp=null", *_NO_PROFILE, "features.cell=null")


def _encoded(block: str) -> tuple[str, ...]:
    return (
        f"features.encoded={block}",
        "features.encoded_by_cell={kind: interaction, params: {left: encoded, right: cell}}",
        "models.mlp.features=[encoded, encoded_by_cell, cell]",
        *_NO_PROFILE,
    )


VARIANTS: dict[str, tuple[str, ...]] = {
    BASE: (),
    "1 repeat": ("repeats=1",),
    "10 repeats": ("repeats=10",),
    "10 repeats, median": ("repeats=10", "repeats_blend=median"),
    "mean of models": (_CODES, _EMBEDDING, _RIDGE, "blend=mean"),
    "median of models": (_CODES, _EMBEDDING, _RIDGE, "blend=median"),
    "loss mse": ("models.mlp.params.loss=mse",),
    "loss mae": ("models.mlp.params.loss=mae", "models.mlp.params.loss_space=full"),
    "embedding": (_CODES, _EMBEDDING, *_ALONE),
    "embedding, small at first": (
        _CODES,
        _EMBEDDING.replace("embedding_dim", "embedding_scale: 0.05, embedding_dim"),
        *_ALONE,
    ),
    "one-hot": (
        _ONE_HOT,
        _network("one_hot", "mlp", "[one_hot]", f"standardize: false, {_CATEGORIES}"),
        *_ALONE,
    ),
    "leave-one-out": _encoded("{kind: leave_one_out, params: {by: [sm_name], sigma: 0.2}}"),
    "target encoding": _encoded("{kind: target_encoding, params: {by: [sm_name], n_splits: 5, smooth: 1.0}}"),
    "16 components": ("target.params.n_components=16",),
    "64 components": ("target.params.n_components=64",),
    "128 components": ("target.params.n_components=128",),
    "masked copies": ("models.mlp.augment=[{kind: mask, params: {share: 0.3}}]",),
    "fingerprint": (*_MORGAN, _WITH_COMPOUND),
    "minimol": (*_MINIMOL, _WITH_COMPOUND),
    "not clipped": ("postprocess=[]",),
    "taught by three models": (
        _CODES,
        f"stages={{teachers: {{models: {{{_STAGE_MLP}, {_STAGE_EMBEDDING}, {_STAGE_RIDGE}}}}}}}",
        "pseudo_labels={stage: teachers, rows: test}",
    ),
    "taught by one network": (
        f"stages={{teachers: {{models: {{{_STAGE_MLP}}}, repeats: 1}}}}",
        "pseudo_labels={stage: teachers, rows: test}",
    ),
}
"""The settings of every variant by its name. ``MINIMOL`` stands for the path of that table."""

REAL_ONLY = frozenset({"minimol"})
"""Variants that need a table which covers the real compounds alone."""


@dataclass(frozen=True)
class Claim:
    """What somebody said helps.

    Attributes:
        says: The claim in a sentence.
        pairs: What tests it: a variant that it recommends, and the one that it recommends it over.
    """

    says: str
    pairs: tuple[tuple[str, str], ...]


CLAIMS: dict[str, Claim] = {
    "pseudo_labels": Claim(
        "Pseudo-labels of the test rows help",
        (("taught by three models", BASE), ("taught by one network", BASE)),
    ),
    "median": Claim(
        "The median of repeats, and of models, is better than the mean",
        (("10 repeats, median", "10 repeats"), ("median of models", "mean of models")),
    ),
    "repeats": Claim("More repeats are better", ((BASE, "1 repeat"), ("10 repeats", BASE))),
    "loss": Claim("The metric is the best loss", ((BASE, "loss mae"), (BASE, "loss mse"))),
    "embedding": Claim(
        "Learnt embeddings are better than one-hot columns",
        (("embedding", "one-hot"), ("embedding, small at first", "one-hot")),
    ),
    "encoding": Claim(
        "Leave-one-out is better than cross-fitted target encoding", (("leave-one-out", "target encoding"),)
    ),
    "components": Claim(
        "More singular components are better",
        ((BASE, "16 components"), ("64 components", BASE), ("128 components", "64 components")),
    ),
    "masking": Claim("Copies of the rows with 30 % of the features masked help", (("masked copies", BASE),)),
    "compounds": Claim("The compounds' structure helps", (("fingerprint", BASE), ("minimol", BASE))),
    "clip": Claim("Clipping to the training range helps", ((BASE, "not clipped"),)),
}
"""The claims by their short names."""


def variants_of(claims: list[str]) -> list[str]:
    """Return the names of the variants that the claims need, each once, the base first."""
    return list(dict.fromkeys([BASE, *(name for claim in claims for pair in CLAIMS[claim].pairs for name in pair)]))
