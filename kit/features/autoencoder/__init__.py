"""Features that a denoising autoencoder learns from all rows there are, labelled or not."""

from kit.features.autoencoder.builder import Autoencoder

__all__ = ["Autoencoder"]
