"""Tables that others publish, fetched and put into the layout of a competition."""

from kit.fetching.fetch import Fetched, fetch
from kit.fetching.sources import SOURCES

__all__ = ["SOURCES", "Fetched", "fetch"]
