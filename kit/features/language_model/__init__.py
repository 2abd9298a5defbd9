"""Embeddings of texts by pretrained transformers: ChemBERTa of SMILES, or any encoder of any text column."""

from kit.features.language_model.builder import LanguageModel

__all__ = ["LanguageModel"]
