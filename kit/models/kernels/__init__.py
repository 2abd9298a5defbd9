"""Models over a kernel of rows, and the kernels themselves."""

from kit.models.kernels.combined import Product, Sum
from kit.models.kernels.gaussian_process import GaussianProcess
from kit.models.kernels.kernel import KERNELS, Kernel, Layout, block_columns
from kit.models.kernels.kernel_ridge import KernelRidge
from kit.models.kernels.nearest import Nearest
from kit.models.kernels.pairwise import RBF, Cosine, Linear, Polynomial, Tanimoto
from kit.models.kernels.svr import SVR

__all__ = [
    "KERNELS",
    "RBF",
    "SVR",
    "Cosine",
    "GaussianProcess",
    "Kernel",
    "KernelRidge",
    "Layout",
    "Linear",
    "Nearest",
    "Polynomial",
    "Product",
    "Sum",
    "Tanimoto",
    "block_columns",
]
