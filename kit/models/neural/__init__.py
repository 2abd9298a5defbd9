"""Neural networks: one training loop (`NetworkModel`), and architectures that only build a module.

Importing this package does not import torch, which is an optional extra and takes seconds: what needs it at import
(`modules`, `training`, `loop`, `losses`, `watch`, `optimizers`, `checkpoint`, `device`) is imported in functions.
"""

from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.conv import Conv
from kit.models.neural.embedding_mlp import EmbeddingMLP
from kit.models.neural.loop.options import TrainingOptions
from kit.models.neural.mlp import MLP, ResNetMLP
from kit.models.neural.recurrent import Recurrent
from kit.models.neural.transformer import Transformer
from kit.models.neural.two_tower import TwoTower

__all__ = [
    "MLP",
    "Blocks",
    "Conv",
    "EmbeddingMLP",
    "NetworkModel",
    "Recurrent",
    "ResNetMLP",
    "TrainingOptions",
    "Transformer",
    "TwoTower",
    "network",
]
