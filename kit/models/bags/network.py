"""The network of a deep set and the loss that teaches it. Imports torch: import it inside functions only."""

from __future__ import annotations

import torch
from torch import nn


class DeepSetNetwork(nn.Module):
    """Points → perceptron → mean or sum over the points of a bag → normalisation → perceptron → vector.

    Args:
        point_size: The number of values of a point.
        width: Width of the layers on points.
        depth: Number of those layers.
        head: Width of the layer after pooling.
        n_outputs: Dimensions of the vector.
        pool: "mean" or "sum".
        norm: Whether the pooled values are normalised over the bags of a step.
    """

    def __init__(
        self, point_size: int, width: int, depth: int, head: int, n_outputs: int, pool: str, norm: bool
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for place in range(depth):
            layers += [nn.Linear(point_size if place == 0 else width, width), nn.ReLU()]
        self.points = nn.Sequential(*layers)
        self.norm = nn.BatchNorm1d(width) if norm else nn.Identity()
        self.head = nn.Sequential(nn.Linear(width, head), nn.ReLU(), nn.Linear(head, n_outputs))
        self.pool = pool

    def forward(self, points: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Return (n_sets × n_bags, n_outputs) vectors, those of one set of draws after another.

        Args:
            points: (n_bags, n_points, point_size).
            drawn: (n_sets, n_bags, n_points) 1 for the points that count, else 0.
        """
        # Each point goes through its layers once, however many sets it is drawn into.
        values = self.points(points)
        pooled = torch.einsum("sbp,bpw->sbw", drawn, values)
        if self.pool == "mean":
            pooled = pooled / drawn.sum(dim=2, keepdim=True)
        vectors: torch.Tensor = self.head(self.norm(pooled.flatten(0, 1)))
        return vectors


def supervised_contrastive(vectors: torch.Tensor, codes: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the supervised contrastive loss of vectors.

    For each vector, the mean over the others of its label of −log of their share among the exponentials of all others'
    cosines / temperature; vectors whose label no other has are only among the others.

    Args:
        vectors: (n, n_outputs).
        codes: (n,) labels.
        temperature: Divides the cosines.

    Source: Khosla et al., "Supervised Contrastive Learning" (2020), L_out; equal to ``SupConLoss`` of
    pytorch-metric-learning.
    """
    units = nn.functional.normalize(vectors, dim=1)
    itself = torch.eye(len(units), dtype=torch.bool, device=units.device)
    logits = (units @ units.T / temperature).masked_fill(itself, -torch.inf)
    shares = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    same = (codes[:, None] == codes[None, :]) & ~itself
    positives = same.sum(dim=1)
    losses = -torch.where(same, shares, torch.zeros_like(shares)).sum(dim=1)
    counted = positives > 0
    return (losses[counted] / positives[counted]).mean()
