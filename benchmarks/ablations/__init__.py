"""What the winners of Open Problems 2023 said helped, tested one claim at a time."""
