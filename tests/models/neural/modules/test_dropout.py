from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.models.neural.modules.dropout import Dropout, Masks  # noqa: E402


@pytest.mark.parametrize("share", [0.06, 0.26, 0.5, 0.97])
def test_masks_keep_their_rate_and_their_mean(share: float) -> None:
    torch.manual_seed(0)
    mask = Masks().draw(200_000, share).numpy()
    assert (mask == 0).mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / mask.size))
    np.testing.assert_allclose(mask[mask > 0], 1 / (1 - share), rtol=1e-3)


def test_masks_differ_by_step_and_row_and_depend_on_nothing_but_the_seed() -> None:
    def draws(seed: int) -> np.ndarray:
        torch.manual_seed(seed)
        masks = Masks()
        return np.stack([masks.draw(8 * 50, 0.3).numpy().reshape(8, 50) for _ in range(6)]) > 0

    found = draws(1)
    rows = found.reshape(48, 50)
    assert len({row.tobytes() for row in rows}) == 48
    assert np.abs(np.corrcoef(rows.astype(float)) - np.eye(48)).max() < 0.7  # 7 times what independent rows have
    np.testing.assert_array_equal(draws(1), found)
    assert (draws(2) != found).mean() == pytest.approx(2 * 0.3 * 0.7, abs=0.05)


def test_the_layer_drops_in_training_alone_and_hands_slopes_on_as_values() -> None:
    torch.manual_seed(0)
    layer = Dropout(0.4)
    values = torch.ones(500, 40, requires_grad=True)
    out = layer(values)
    out.sum().backward()
    assert torch.equal(values.grad, out.detach())
    assert (out == 0).float().mean().item() == pytest.approx(0.4, abs=0.02)
    assert not torch.equal(layer(values), out)
    assert torch.equal(layer.eval()(values), values)


def test_a_call_of_train_is_all_that_decides_the_next_masks() -> None:
    layer, values = Dropout(0.5), torch.ones(100)
    layer(values)
    torch.manual_seed(3)
    one = layer.train()(values)
    layer(values)
    torch.manual_seed(3)
    assert torch.equal(layer.train()(values), one)
