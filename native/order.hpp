// The order of the examples of an epoch: the places of Philox's raw words after sorting them, see
// shoal/batches.py.
#pragma once

#include <cstring>

#include "arena.hpp"
#include "philox.hpp"
#include "types.hpp"

namespace shoal {

// The order's buffers, and how they are used.
class Order {
 public:
  Order(Index m, Arena& arena) : m_(m), bits_(bits_for(m)) {
    drawn_ = arena.take<std::uint64_t>(m);
    sorted_ = arena.take<Word>(m);
    bins_ = arena.take<std::uint32_t>((Index{1} << bits_) + 1);
    rows_ = arena.take<Index>(m);
  }

  // `rows` in the order of an epoch. The words are even over their range, so their first bits put nearly all of
  // them where they belong, and insertion does the rest; it is stable, as argsort(kind="stable").
  const Index* of(std::uint64_t seed, Index epoch, const Index* rows) {
    const Index n_bins = Index{1} << bits_;
    std::memset(bins_, 0, static_cast<std::size_t>(n_bins + 1) * sizeof(*bins_));
    const int shift = 64 - bits_;
    const SHOAL_LEVEL::Philox stream(seed, 1, static_cast<std::uint64_t>(epoch), 0);
    stream.each(0, m_, [&](Index i, std::uint64_t word) {
      drawn_[i] = word;
      ++bins_[(word >> shift) + 1];
    });
    for (Index b = 0; b < n_bins; ++b) bins_[b + 1] += bins_[b];
    for (Index i = 0; i < m_; ++i) sorted_[bins_[drawn_[i] >> shift]++] = {drawn_[i], rows[i]};
    for (Index i = 1; i < m_; ++i) {
      const Word word = sorted_[i];
      Index j = i;
      for (; j > 0 && sorted_[j - 1].key > word.key; --j) sorted_[j] = sorted_[j - 1];
      sorted_[j] = word;
    }
    for (Index i = 0; i < m_; ++i) rows_[i] = sorted_[i].row;
    return rows_;
  }

 private:
  struct Word {
    std::uint64_t key;
    Index row;
  };

  // Some bins a word while they fit into the first cache, else about one word a bin.
  static int bits_for(Index m) {
    int bits = m < 2048 ? 2 : 1;
    while ((Index{1} << bits) < (m < 2048 ? 4 * m : m)) ++bits;
    return bits;
  }

  Index m_;
  int bits_;
  std::uint64_t* drawn_;
  Word* sorted_;
  std::uint32_t* bins_;
  Index* rows_;
};

}  // namespace shoal
