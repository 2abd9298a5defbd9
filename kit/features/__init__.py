"""Feature builders: what turns a row's keys and metadata into numbers.

Metadata as they are: `one_hot`, `category_codes`, `numeric`, `impute`. Statistics of the training targets by category:
`target_statistics` (leaks a training row's own target into its features), `target_encoding`, `leave_one_out` and
`target_profile` (do not), `gene_profile` and `neighbour_profile` likewise; what a process has learnt of categories
(`latent_vectors`). Columns of sets: `multi_hot`, `member_codes`, `member_profile`. Structures: `fingerprint`,
`descriptors`, and `similarity` to the training compounds. Vectors from elsewhere: `language_model` (embeddings of
SMILES or of any text), `text_vectors` (of any text, by its words), `embedding_table` (precomputed, from a file),
`weighted_embedding` (of a cell, as the sum of its genes'). Other builders' features: `scaled`, `reduced`, `selected`,
`concatenated`, products of two (`interaction`). Of all rows, labelled or not: any block (`fitted_on_all_rows`), and
what a network learns (`autoencoder`). What an earlier stage predicts (`stage_predictions`). Changed copies of training
rows (`mask`, `noise`) are made by augmenters, after the features.
"""

from kit.features.all_rows import FittedOnAllRows
from kit.features.augmentation import AUGMENTERS, Augmenter, Mask, Noise
from kit.features.autoencoder import Autoencoder
from kit.features.bags import Aggregate, Bags, Normalised
from kit.features.base import FEATURES, FeatureBuilder, Projector
from kit.features.categorical import CategoryCodes, Numeric, OneHot
from kit.features.encoders.gene_profile import GeneProfile
from kit.features.encoders.latent_vectors import LatentVectors
from kit.features.encoders.leave_one_out import LeaveOneOut
from kit.features.encoders.target_encoding import TargetEncoding
from kit.features.encoders.target_profile import TargetProfile
from kit.features.encoders.target_statistics import TargetStatistics
from kit.features.imputed import Imputed
from kit.features.interaction import Interaction
from kit.features.language_model import LanguageModel
from kit.features.processed import BlockProcessor, Concatenated, Reduced, Scaled, Selected
from kit.features.sets import MemberCodes, MemberProfile, MultiHot
from kit.features.similarity import NeighbourProfile, Nystroem, Similarity
from kit.features.stage_predictions import StagePredictions, with_predictions
from kit.features.structures.descriptors import Descriptors
from kit.features.structures.fingerprint import Fingerprint
from kit.features.vectors.embedding_table import EmbeddingTable
from kit.features.vectors.text_vectors import TextVectors
from kit.features.vectors.weighted_embedding import WeightedEmbedding

__all__ = [
    "AUGMENTERS",
    "FEATURES",
    "Aggregate",
    "Augmenter",
    "Autoencoder",
    "Bags",
    "BlockProcessor",
    "CategoryCodes",
    "Concatenated",
    "Descriptors",
    "EmbeddingTable",
    "FeatureBuilder",
    "Fingerprint",
    "FittedOnAllRows",
    "GeneProfile",
    "Imputed",
    "Interaction",
    "LanguageModel",
    "LatentVectors",
    "LeaveOneOut",
    "Mask",
    "MemberCodes",
    "MemberProfile",
    "MultiHot",
    "NeighbourProfile",
    "Noise",
    "Normalised",
    "Numeric",
    "Nystroem",
    "OneHot",
    "Projector",
    "Reduced",
    "Scaled",
    "Selected",
    "Similarity",
    "StagePredictions",
    "TargetEncoding",
    "TargetProfile",
    "TargetStatistics",
    "TextVectors",
    "WeightedEmbedding",
    "with_predictions",
]
