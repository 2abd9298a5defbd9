"""What to measure next: the pairs whose measurement lowers the expected error of the others most."""

from kit.designing.design import Designed, design

__all__ = ["Designed", "design"]
