"""Silence within the block, and everything as it was after it."""

from __future__ import annotations

import pytest

from kit.features.language_model.quiet import quiet_hub, quiet_transformers


@pytest.mark.parametrize("fails", [False, True])
def test_settings_and_random_state_come_back(fails: bool) -> None:
    import torch
    from huggingface_hub.utils import are_progress_bars_disabled
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled(), are_progress_bars_disabled()
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    try:
        with quiet_transformers():
            assert logging.get_verbosity() == logging.ERROR
            assert not logging.is_progress_bar_enabled()
            assert are_progress_bars_disabled()
            torch.rand(100)
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled(), are_progress_bars_disabled()) == before
    torch.testing.assert_close(torch.rand(3), expected)


def test_what_was_off_stays_off() -> None:
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    disable_progress_bars()
    with quiet_hub():
        pass
    assert are_progress_bars_disabled()
    enable_progress_bars()
