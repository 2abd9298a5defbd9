"""Feature builders: what turns a row's keys and metadata into numbers.

Metadata as they are: `one_hot`, `category_codes`, `numeric`. Statistics of the training targets by category:
`target_statistics` (leaks a training row's own target into its features), `target_encoding`, `leave_one_out` and
`target_profile` (do not). Products of two builders: `interaction`. Changed copies of training
rows (`mask`, `noise`) are made by augmenters, after the features.
"""

from kit.features.augmentation import AUGMENTERS, Augmenter, Mask, Noise
from kit.features.base import FEATURES, FeatureBuilder, Projector
from kit.features.categorical import CategoryCodes, Numeric, OneHot
from kit.features.interaction import Interaction
from kit.features.leave_one_out import LeaveOneOut
from kit.features.target_encoding import TargetEncoding
from kit.features.target_profile import TargetProfile
from kit.features.target_statistics import TargetStatistics

__all__ = [
    "AUGMENTERS",
    "FEATURES",
    "Augmenter",
    "CategoryCodes",
    "FeatureBuilder",
    "Interaction",
    "LeaveOneOut",
    "Mask",
    "Noise",
    "Numeric",
    "OneHot",
    "Projector",
    "TargetEncoding",
    "TargetProfile",
    "TargetStatistics",
]
