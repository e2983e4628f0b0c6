"""Orders and masks: a function of a key and a counter, that another program can compute too."""

import numpy as np
import pytest

from shoal.book.batches import batch_slices, dropout_mask, epoch_order

WORD = 2**64 - 1


def philox(counter, key):
    """Philox4x64-10 of Salmon et al. 2011, as their paper states it: four words from a counter and a key."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(10):
        high_0, low_0 = divmod(0xD2E7470EE14C6C93 * x0, 2**64)
        high_1, low_1 = divmod(0xCA5A826395121157 * x2, 2**64)
        x0, x1, x2, x3 = high_1 ^ x1 ^ k0, low_1, high_0 ^ x3 ^ k1, low_0
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & WORD, (k1 + 0xBB67AE8584CAA73B) & WORD
    return [x0, x1, x2, x3]


def words(key, counter, size):
    """The stream: blocks of four words; the counter's first word counts the blocks from one."""
    blocks = [philox((block, *counter[1:]), key) for block in range(1, size // 4 + 2)]
    return [word for block in blocks for word in block][:size]


def test_the_judge_gives_the_words_that_its_authors_publish():
    zeros = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    ones = [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]
    assert philox((0, 0, 0, 0), (0, 0)) == zeros
    assert philox((WORD,) * 4, (WORD,) * 2) == ones


@pytest.mark.parametrize(("seed", "epoch", "m"), [(0, 0, 1), (7, 3, 10), (2**63 + 11, 2**40, 33)])
def test_the_order_of_an_epoch_is_the_sorted_places_of_its_words(seed, epoch, m):
    stream = words((seed, 1), (0, epoch, 0, 0), m)
    assert epoch_order(seed, epoch, m).tolist() == sorted(range(m), key=stream.__getitem__)


@pytest.mark.parametrize(("seed", "update", "layer", "rate"), [(7, 0, 1, 0.5), (2**63, 12345, 3, 0.2)])
def test_a_mask_drops_where_its_words_are_small(seed, update, layer, rate):
    stream = words((seed, 2), (0, update, layer, 0), 15)
    expected = [0.0 if (word >> 11) / 2**53 < rate else 1 / (1 - rate) for word in stream]
    mask = dropout_mask(seed, update, layer, (3, 5), rate, np.float64)
    np.testing.assert_array_equal(mask, np.reshape(expected, (3, 5)))


@pytest.mark.parametrize("m", [0, 1, 2, 1000])
def test_an_order_has_every_example_once(m):
    np.testing.assert_array_equal(np.sort(epoch_order(3, 5, m)), np.arange(m))


def test_orders_differ_from_epoch_to_epoch_and_from_seed_to_seed():
    orders = {tuple(epoch_order(seed, epoch, 20)) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


def test_all_orders_are_about_equally_likely():
    counts = {}
    for epoch in range(6000):
        order = tuple(epoch_order(0, epoch, 3).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 150 for count in counts.values())  # five standard deviations


def test_masks_differ_by_seed_update_and_layer():
    places = [(1, 0, 1), (2, 0, 1), (1, 1, 1), (1, 0, 2)]
    masks = {dropout_mask(*place, (8, 8), 0.5, np.float64).tobytes() for place in places}
    assert len(masks) == 4


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mask_keeps_the_mean_and_the_precision(rate, dtype):
    mask = dropout_mask(0, 0, 1, (200, 500), rate, dtype)
    assert mask.dtype == dtype
    assert set(np.unique(mask)) == {dtype(0), dtype(1 / (1 - rate))}
    # one mean of 100,000 is spread by sqrt(rate / (1 - rate) / 100,000), at most 0.01
    assert mask.mean() == pytest.approx(1, abs=0.05)


def test_a_rate_of_zero_drops_nothing():
    assert (dropout_mask(0, 0, 1, (20, 50), 0.0, np.float64) == 1).all()


@pytest.mark.parametrize(
    ("m", "size", "lengths"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 9, [3]), (0, 4, [])]
)
def test_batches_cover_all_examples_in_order_and_the_last_may_be_smaller(m, size, lengths):
    parts = [range(where.start, where.stop) for where in batch_slices(m, size)]
    assert [len(part) for part in parts] == lengths
    assert [i for part in parts for i in part] == list(range(m))
