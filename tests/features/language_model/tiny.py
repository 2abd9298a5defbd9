"""A tiny RoBERTa with random weights, saved as a checkpoint is, and a forward pass by hand to compare with."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from scipy.special import erf

CHARACTERS = "()[]=#@+-/\\.%0123456789BCFHIKLNOPSabcdeghilnoprstuy "
LIMIT = 100
"""The most tokens that the tiny model reads."""


def save_tiny(folder: Path, seed: int = 0, pooler: bool = True, **changes: Any) -> Path:
    """Save a RoBERTa of 16 hidden units and 2 layers with its tokenizer, one token a character."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    letters = ["Ġ" if letter == " " else letter for letter in CHARACTERS]
    vocabulary = {token: number for number, token in enumerate(special + letters)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, cls_token="<s>", sep_token="</s>", **names).save_pretrained(
        folder
    )
    sizes = {
        "vocab_size": len(vocabulary),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": LIMIT + 2,
        "type_vocab_size": 1,
        # Far from the start of a training: the default's embeddings of all texts are almost the same.
        "initializer_range": 0.5,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        RobertaModel(RobertaConfig(**(sizes | changes)), add_pooling_layer=pooler).save_pretrained(folder)
    return folder


@cache
def tiny_checkpoint() -> str:
    """The folder of one tiny checkpoint that all tests of a process share."""
    return str(save_tiny(Path(mkdtemp()) / "tiny"))


def forward(folder: Path, ids: list[int]) -> np.ndarray:
    """Return the (n_tokens, width) hidden states of a BERT's or RoBERTa's last layer, in float64, from its weights."""
    from safetensors.numpy import load_file

    weights = {name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()}
    config = json.loads((folder / "config.json").read_text())
    first = config["pad_token_id"] + 1 if config["model_type"] == "roberta" else 0

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + config["layer_norm_eps"])
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][first : first + len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    n_heads = config["num_attention_heads"]
    for layer in range(config["num_hidden_layers"]):
        of = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{of}.attention.self.{part}").reshape(len(ids), n_heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        attention = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attention /= attention.sum(axis=-1, keepdims=True)
        mixed = (attention @ v).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(x + linear(mixed, f"{of}.attention.output.dense"), f"{of}.attention.output.LayerNorm")
        inner = linear(x, f"{of}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
        x = norm(x + linear(inner, f"{of}.output.dense"), f"{of}.output.LayerNorm")
    return x


def token_ids(folder: Path, text: str) -> list[int]:
    """Return a text's tokens by the Rust tokenizer alone, without transformers."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return list(tokenizer.encode(text).ids)


def pooled_by_hand(folder: Path, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a text's mean over all tokens and its first token's state, one text at a time."""
    states = forward(folder, token_ids(folder, text))
    return states.mean(axis=0), states[0]
