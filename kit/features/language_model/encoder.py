"""A pretrained encoder in memory: loading it without random weights, and pooling its hidden states."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.arrays import Floats
from kit.errors import InputError, MissingDependencyError
from kit.features.language_model.checkpoint import Checkpoint
from kit.features.language_model.quiet import quiet_transformers
from kit.features.vectors.texts import some
from kit.threads import one_torch_thread

if TYPE_CHECKING:
    import torch

POOLINGS = ("mean", "first")
"""What `Encoder.pooled` returns of every text, in this order."""

_UNLIMITED = 1_000_000


def load_encoder(checkpoint: Checkpoint) -> Encoder:
    """Load a checkpoint's tokenizer and encoder, in float32, onto a GPU where there is one.

    Nothing of the folder is executed: no code of its own (``trust_remote_code`` is off), pickled weights are read as
    tensors and nothing else (``weights_only``). The network is not touched.

    Raises:
        InputError: The checkpoint cannot be read, or lacks weights of the encoder. A missing pooler or head is fine:
            the embeddings are hidden states.
        MissingDependencyError: torch or transformers is not installed.
    """
    try:
        import torch
        from transformers import AutoConfig, AutoModel, AutoTokenizer
    except ImportError as error:
        raise MissingDependencyError(
            f"language_model: embedding new texts needs torch and transformers ({error}): "
            "pip install 'perturbation-kit[lm]'"
        ) from None
    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quiet_transformers():
        try:
            config = AutoConfig.from_pretrained(checkpoint.folder, **given)
            tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, **given)
            model, info = AutoModel.from_pretrained(
                checkpoint.folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=checkpoint.safetensors,
                weights_only=True,
                output_loading_info=True,
                **given,
            )
        except Exception as error:  # whatever a damaged or hostile file makes transformers, torch or tokenizers raise
            raise InputError(_unreadable(checkpoint, error)) from error
    absent = sorted(str(key) for key in info["missing_keys"] if "pooler" not in str(key).split("."))
    absent += sorted(str(key) for key in info.get("mismatched_keys", ()))
    if absent:
        raise InputError(
            f"language_model: {checkpoint.folder} lacks {len(absent)} weights of the encoder that {config.model_type} "
            f"describes ({some(absent)}); they would be random. Fetch the whole checkpoint again, or one whose "
            "config.json fits its weights"
        )
    if getattr(config, "is_encoder_decoder", False):
        model = model.get_encoder()
    return Encoder(tokenizer, model.eval(), torch.device("cuda" if torch.cuda.is_available() else "cpu"))


class Encoder:
    """Turns texts into pooled hidden states of the last layer.

    Args:
        tokenizer: A transformers tokenizer.
        model: A transformers encoder, in evaluation mode.
        device: Where it runs; the model is moved there.

    Attributes:
        limit: The most tokens that the model reads, special ones included; None where nothing bounds them.
    """

    def __init__(self, tokenizer: Any, model: Any, device: torch.device) -> None:
        self.tokenizer = tokenizer
        self.model = model.to(device)
        self.device = device
        self.limit = _limit(tokenizer, model)

    def tokens(self, texts: Sequence[str], max_length: int | None) -> tuple[list[list[int]], int]:
        """Return every text's token ids, and how many texts were cut off at the greatest length.

        Args:
            texts: The texts.
            max_length: The most tokens of a text, special ones included; None for all that the model reads.

        Raises:
            InputError: The model does not read so many, or a text has no token at all.
        """
        if max_length is not None and self.limit is not None and max_length > self.limit:
            raise InputError(
                f"language_model: max_length={max_length}, but the model reads at most {self.limit} tokens; give "
                f"{self.limit} or less, or leave it out"
            )
        longest = max_length or self.limit
        ids = self._tokenize(texts)
        cut = [number for number, text in enumerate(ids) if longest is not None and len(text) > longest]
        if cut:
            shortened = self._tokenize([texts[number] for number in cut], truncation=True, max_length=longest)
            for number, text in zip(cut, shortened, strict=True):
                ids[number] = text
        empty = [text for text, tokens in zip(texts, ids, strict=True) if not tokens]
        if empty:
            raise InputError(f"language_model: the tokenizer makes nothing of {some(empty)}; leave the text empty")
        return ids, len(cut)

    def pooled(self, ids: Sequence[Sequence[int]], batch_size: int) -> Floats:
        """Return the (n_texts, 2, width) float32 poolings of every text: see `POOLINGS`.

        Texts run together only with others of as many tokens. So nothing is ever padded, and a text's hidden states
        are what they are when it runs alone; it also lets models without a padding token in.

        Args:
            ids: Every text's token ids.
            batch_size: The most texts that run at once.

        Raises:
            InputError: The model returns infinite values or NaN.
        """
        import torch

        out: list[np.ndarray] = [np.empty(0)] * len(ids)
        with one_torch_thread(), torch.inference_mode():
            for batch in _batches([len(text) for text in ids], batch_size):
                tokens = torch.tensor([list(ids[number]) for number in batch], device=self.device)
                states = self.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
                both = torch.stack([states.mean(dim=1), states[:, 0]], dim=1).float().cpu().numpy()
                for number, vector in zip(batch, both, strict=True):
                    out[number] = vector
        vectors = np.stack(out).astype(np.float32, copy=False)
        if not np.isfinite(vectors).all():
            raise InputError(
                "language_model: the model returns NaN or infinity; its weights are damaged, fetch it again"
            )
        return vectors

    def _tokenize(self, texts: Sequence[str], **given: Any) -> list[list[int]]:
        encoded = self.tokenizer(
            list(texts), padding=False, return_attention_mask=False, return_token_type_ids=False, verbose=False, **given
        )
        return [list(text) for text in encoded["input_ids"]]


def _batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Yield positions in runs of equal length, the longest first: what does not fit into memory fails at once."""
    by_length: dict[int, list[int]] = {}
    for position, length in enumerate(lengths):
        by_length.setdefault(length, []).append(position)
    for length in sorted(by_length, reverse=True):
        positions = by_length[length]
        for start in range(0, len(positions), batch_size):
            yield positions[start : start + batch_size]


def _limit(tokenizer: Any, model: Any) -> int | None:
    """Return the most tokens that tokenizer and position embeddings allow, None where neither has a bound."""
    bounds = [int(tokenizer.model_max_length)] if tokenizer.model_max_length < _UNLIMITED else []
    positions = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    if positions is not None and hasattr(positions, "num_embeddings"):
        # RoBERTa's positions begin after the padding token's id: 515 embeddings are room for 513 tokens.
        skipped = 0 if positions.padding_idx is None else positions.padding_idx + 1
        bounds.append(positions.num_embeddings - skipped)
    elif isinstance(declared := getattr(model.config, "max_position_embeddings", None), int) and declared > 0:
        bounds.append(declared)
    return min(bounds, default=None)


def _unreadable(checkpoint: Checkpoint, error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):
        # torch's own message explains how to load the file all the same.
        return (
            f"language_model: {checkpoint.weights[0]} holds more than tensors, or is damaged. A pickle can execute any "
            "code, so nothing but tensors is read from one; get the checkpoint as model.safetensors"
        )
    first = str(error).strip().partition("\n")[0][:300]
    return (
        f"language_model: {checkpoint.folder} cannot be loaded ({type(error).__name__}: {first}); fetch the checkpoint "
        "again, or use one that transformers knows without code of its own"
    )
