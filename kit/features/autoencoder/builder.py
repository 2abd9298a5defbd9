"""The feature builder: a denoising autoencoder on the features of all rows, without their labels."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, Ints
from kit.errors import InputError, MissingDependencyError, ParameterError, RunError
from kit.features.all_rows import OfAllRows
from kit.features.autoencoder.network import Architecture, Layer, features_of, reconstruction_loss, reconstructions
from kit.features.autoencoder.pretrained import matched_columns, with_scale_of
from kit.features.autoencoder.store import Trained, training_key
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.processed import Scaled
from kit.features.processed.base import fresh_builder
from kit.plugins import FilePath, Supplied


@FEATURES.register("autoencoder")
@dataclass(eq=False, repr=False)
class Autoencoder(OfAllRows):
    """Features from a denoising autoencoder that is trained on all rows: training, test and unlabelled ones.

    A network learns to reconstruct a block's features from copies in which values were swapped for those of other rows
    (Vincent et al. 2010; on tables with swap noise and rank scaling: M. Jahrer, Porto Seguro 2017); its hidden layers
    are the features. Labels are never read, and every row's features depend on that row alone, once the network is
    trained. It is trained on the test rows too, so that other test rows make another network. It pays where labels are
    few and rows many; how much, a cross-validation has to say (`n_epochs: 0`, a random network, is the control).

    With ``pretrained`` the weights and the scale start as those of an autoencoder that was saved elsewhere (by
    `kit export RUN DIR --as block`), and the block is fitted here; its columns must have the same names, in any order.
    A name must then mean the same thing: that of a descriptor or a pixel does, ``component__3`` of another set of rows
    does not. Training goes on from there, without the first ``freeze`` layers, and with `n_epochs: 0` not at all.

    What was trained is kept in the cache by all that decides it, so that fits on the same rows train it once: with
    ``use_train: false`` and a ``seed`` of its own that is every fold and every model.

    Args:
        of: The block that is reconstructed; it must not read targets. `concatenated` makes one of several.
        swap: The probability that a value is replaced by that of another row in the same column.
        scaling: The common scale of the columns, without which those that vary most are all that is learnt: by rank to
            normal quantiles, "standard", or "none". See `scaled`.
        layers: The widths of the hidden layers, from the input, all rectified.
        output: The activations of all hidden layers side by side (a "stack", a decoder's included), or of the
            "bottleneck" alone: the narrowest, the first of equals. Or the "inputs", as the network reads them: for an
            `mlp` that starts from the layers and trains them on with labels (``start``).
        bottleneck: The width of a linear layer after ``layers``, and a decoder that mirrors them; 2 to plot rows. None
            for neither.
        n_epochs: How often every row is seen; with ``greedy``, also by each layer before.
        batch_size: Rows per step.
        learning_rate: Of Adam.
        greedy: First train the layers one by one, each on the codes of the one before.
        validation_share: The share of the rows that are held out from training the network, to measure it on. With 0 it
            is measured on the training rows where ``use_train: false`` leaves them out, else on the rows trained on.
        pretrained: A directory to which an autoencoder was saved, of the same ``layers``, ``bottleneck`` and
            ``scaling``; None to start at random.
        freeze: The number of layers of ``pretrained``, from the input, that are not trained; one more than there are
            hidden layers is all.
        image: Rows and columns of the image whose pixels the columns are, in order: the page of a run then shows
            images and what is made of them. None for other columns.
        seed: The seed; None for the fit's own, so that every fold, model and repeat has another network.
        use_train: Whether the training rows are trained on.
        use_test: Whether the test rows are trained on.
        unlabelled: A .csv, .csv.gz or .parquet file of more rows, with the columns that ``of`` reads, besides the
            competition's own (``data.unlabelled``).
        within: Columns in which a test row or an unlabelled one must agree with a training row to be trained on.
        random_state: The seed where ``seed`` is None.
        test_rows: The test table; only `fit` reads it.
        unlabelled_rows: The competition's table of rows without labels; only `fit` reads it.

    Attributes:
        block_: The fitted block, with its scale.
        order_: (n_columns,) the places of its columns in the order in which the network reads them.
        weights_: The layers' (n_inputs, n_outputs) float32 weights, the reconstruction's last.
        biases_: Their (n_outputs,) float32 biases.
        n_rows_: The number of rows trained on, or held out from them.
        held_out_: The places of the latter: training rows first, then test rows, then unlabelled ones.
        measured_on_: What the losses are of: "held-out rows", "training rows" or "rows trained on".
        losses_: (n_epochs,) float64 mean squared error, in scaled units, of reconstructing these rows as they are after
            each epoch.
        reconstruction_loss_: The same in the end.
        column_mean_loss_: The same of the trained rows' column means: what knows nothing of a row.
    """

    libraries = ("torch",)

    swap: Annotated[float, Ge(0), Lt(1)] = 0.15
    scaling: Literal["rank_gauss", "standard", "none"] = "rank_gauss"
    layers: Annotated[list[Annotated[int, Ge(1)]], MinLen(1)] = field(default_factory=lambda: [256, 256])
    output: Literal["stack", "bottleneck", "inputs"] = "stack"
    bottleneck: Annotated[int, Ge(1)] | None = None
    n_epochs: Annotated[int, Ge(0)] = 100
    batch_size: Annotated[int, Ge(1)] = 128
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    greedy: bool = False
    validation_share: Annotated[float, Ge(0), Lt(1)] = 0.1
    pretrained: Annotated[str | None, FilePath()] = None
    freeze: Annotated[int, Ge(0)] = 0
    image: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] | None = None
    seed: Annotated[int, Ge(0)] | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def check_parameters(self) -> None:
        """Check types and ranges, that the block reads no targets, and what only goes with ``pretrained``.

        Raises:
            ParameterError: One is wrong.
        """
        super().check_parameters()
        if self.pretrained is None and self.freeze:
            raise ParameterError(f"autoencoder: freeze={self.freeze} without pretrained would keep random weights")
        if self.pretrained is not None and self.greedy:
            raise ParameterError("autoencoder: greedy starts from nothing; drop greedy, or pretrained")
        n_layers = len(self._architecture.hidden) + 1
        if self.freeze > n_layers:
            raise ParameterError(f"autoencoder: freeze={self.freeze}, but there are {n_layers} layers with the last")

    def content_files(self) -> list[Path]:
        """Return the files of ``pretrained`` and ``unlabelled``, and those that the block reads.

        Raises:
            InputError: One is absent.
        """
        files = super().content_files()
        if self.pretrained is None:
            return files
        inside = sorted(path for path in Path(self.pretrained).expanduser().rglob("*") if os.path.isfile(path))
        if not inside:
            raise InputError(
                f"autoencoder: no directory {self.pretrained!r} with a saved autoencoder (looked in {Path.cwd()})"
            )
        return files + inside

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the widths of the layers that are the output."""
        if self.output == "inputs":
            return len(fresh_builder(self, "of", self.of).fit(rows).get_feature_names_out())
        hidden = self._architecture.hidden
        return sum(hidden[place] for place in self._kept)

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Fit the block and the network on the rows, the test rows and the unlabelled ones; Y is not read.

        Raises:
            InputError: A table lacks a column, or ``pretrained`` is not of this shape.
            ParameterError: A parameter is wrong, or the block reads targets.
            MissingDependencyError: torch is not installed.
            RunError: Training diverged.
        """
        self.check_parameters()
        saved = None if self.pretrained is None else type(self).load(Path(self.pretrained).expanduser())
        block, union = self._fitted(self.of if self.scaling == "none" else Scaled(self.of, self.scaling), rows)
        self.order_: Ints = np.arange(len(block.get_feature_names_out()))
        if saved is not None:
            self.order_ = matched_columns(self, block, saved)
            block = with_scale_of(block, saved, self.order_)
        self.block_: FeatureBuilder = block
        X = self._inputs(union)
        if self.image is not None and np.prod(self.image) != X.shape[1]:
            raise InputError(
                f"autoencoder: image={list(self.image)} has {np.prod(self.image)} pixels, and of={self.of.kind} makes "
                f"{X.shape[1]} columns"
            )
        rng = np.random.default_rng(self.random_state or 0 if self.seed is None else self.seed)
        self.n_rows_ = len(X)
        n_held_out = min(len(X) - 1, int(np.ceil(self.validation_share * len(X))))
        self.held_out_: Ints = np.sort(rng.permutation(len(X))[:n_held_out])
        trained = np.delete(X, self.held_out_, axis=0)
        measured, self.measured_on_ = trained, "rows trained on"
        if n_held_out:
            measured, self.measured_on_ = X[self.held_out_], "held-out rows"
        elif not self.use_train:
            measured, self.measured_on_ = self._inputs(rows), "training rows"
        first = self._architecture.first_layers(X.shape[1], rng) if saved is None else saved._all_layers
        layers = self._train(first, trained, measured, rng)
        self.weights_ = [layer.weight for layer in layers]
        self.biases_ = [layer.bias for layer in layers]
        with np.errstate(over="ignore", invalid="ignore"):
            self.reconstruction_loss_ = reconstruction_loss(measured, layers, self._architecture.linear)
        self.column_mean_loss_ = float(np.square(measured - trained.mean(axis=0, dtype=np.float64)).mean())
        if not np.isfinite(self.reconstruction_loss_):
            raise RunError(
                f"autoencoder: training diverged (learning_rate={self.learning_rate}, scaling={self.scaling!r}); give "
                "a lower learning_rate or another scaling"
            )
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 activations of rows that nothing is swapped in."""
        check_is_fitted(self, "weights_")
        if self.output == "inputs":
            return self._inputs(rows)
        return features_of(self._inputs(rows), self._all_layers, self._architecture.linear, self._kept)

    def reconstruct(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return what the network reads of rows, in scaled units, and what it makes of that.

        Args:
            rows: (n_rows, …) rows.

        Returns:
            (n_rows, n_columns) float32 each, in the order of `column_names`.
        """
        check_is_fitted(self, "weights_")
        X = self._inputs(rows)
        return X, reconstructions(X, self._all_layers, self._architecture.linear).astype(np.float32)

    def start_layers(self) -> list[tuple[Floats, Floats]]:
        """Return the rectified layers of the encoder, where the features are the inputs of the first one."""
        check_is_fitted(self, "weights_")
        n_layers = len(self.layers) if self.output == "inputs" else 0
        return list(zip(self.weights_[:n_layers], self.biases_[:n_layers], strict=True))

    @property
    def code_width(self) -> int:
        """The width of the narrowest layer, through which a reconstruction goes."""
        return self._architecture.hidden[self._architecture.code]

    def column_names(self) -> list[str]:
        """Return the names of the columns that the network reads, in its order."""
        check_is_fitted(self, "weights_")
        return [str(name) for name in self.block_.get_feature_names_out()[self.order_]]

    def report(self) -> dict[str, Any]:
        """Return the reconstruction loss of held-out rows by epoch and at the end, beside that of the column means."""
        return {
            "losses": np.asarray(self.losses_).tolist(),
            "measured_on": self.measured_on_,
            "reconstruction_loss": float(self.reconstruction_loss_),
            "column_mean_loss": float(self.column_mean_loss_),
        }

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``hidden_2__17``, or ``code__0`` of a bottleneck."""
        check_is_fitted(self, "weights_")
        if self.output == "inputs":
            return np.asarray(self.column_names(), dtype=str)
        names = {place: f"hidden_{place + 1}" for place in self._kept}
        if self.output == "bottleneck":
            names = dict.fromkeys(names, "code")
        widths = self._architecture.hidden
        return np.asarray([f"{name}__{unit}" for at, name in names.items() for unit in range(widths[at])], dtype=str)

    @property
    def _architecture(self) -> Architecture:
        return Architecture(self.layers, self.bottleneck)

    @property
    def _all_layers(self) -> list[Layer]:
        return [Layer(*both) for both in zip(self.weights_, self.biases_, strict=True)]

    @property
    def _kept(self) -> list[int]:
        """The places of the hidden layers that are the output."""
        architecture = self._architecture
        return list(range(len(architecture.hidden))) if self.output == "stack" else [architecture.code]

    def _inputs(self, rows: pd.DataFrame) -> Floats:
        return np.ascontiguousarray(self.block_.transform(rows)[:, self.order_])

    def _train(self, layers: list[Layer], trained: Floats, measured: Floats, rng: np.random.Generator) -> list[Layer]:
        """Return the trained layers, and set the losses; what was trained before is taken from the cache."""
        self.losses_ = np.zeros(0)
        if not self.n_epochs:
            return layers
        try:
            from kit.features.autoencoder.training import Settings, train, train_greedily
        except ImportError as error:
            raise MissingDependencyError(
                f"autoencoder: training needs torch ({error}): pip install 'perturbation-kit[torch]'"
            ) from None
        architecture = self._architecture
        settings = Settings(self.swap, self.n_epochs, self.batch_size, self.learning_rate)
        how = {"greedy": self.greedy, "freeze": self.freeze, "linear": architecture.linear, **settings._asdict()}
        kept = Trained(training_key(layers, trained, measured, how | {"rng": rng.bit_generator.state}))
        if (known := kept.read()) is None:
            if self.greedy:
                layers = train_greedily(layers, architecture, trained, settings, rng)
            seed = int(rng.integers(2**31))
            known = train(layers, architecture.linear, trained, measured, settings, seed, self.freeze)
            kept.write(*known)
        layers, self.losses_ = known
        return layers
