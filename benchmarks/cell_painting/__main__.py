"""Write the tables of competitions/cell_painting, and what retrieval gets on each screen with nothing learnt.

python -m benchmarks.cell_painting PUBLISHED competitions/cell_painting/data [--screens lincs …]

PUBLISHED holds cpjump1_plate1.parquet to cpjump1_plate4.parquet, lincs_SQ00015054.csv.gz and nelisa_a549.parquet; where
they are from stands in `benchmarks.cell_painting.tables`. The tables of results are printed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks._measure import machine
from benchmarks.cell_painting.scores import described, lines, places
from benchmarks.cell_painting.tables import SCREENS, write_tables


def main() -> None:
    """Write the tables and print a line for each normalisation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--screens", nargs="+", choices=list(SCREENS), default=list(SCREENS))
    parser.add_argument("--tables-only", action="store_true", help="write the tables, and score nothing")
    given = parser.parse_args()
    print(machine())
    for name in given.screens:
        screen = SCREENS[name](given.published)
        path = write_tables(name, screen, given.out)
        if given.tables_only:
            continue
        start = time.process_time()
        print(f"\n## {name}\n\n{described(screen)}\n")
        for table in (lines, places):
            for line in table(screen, path):
                print(line, flush=True)
            print()
        print(f"{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
