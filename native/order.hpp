// The order of the examples of an epoch: the places of Philox's raw words after sorting them, see
// shoal/book/batches.py.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "arena.hpp"
#include "philox.hpp"
#include "types.hpp"

namespace shoal {

// The order's buffers, and how they are used.
//
// The words are spread evenly over their range, so their first bits put nearly all of them into their places.
// Many words are first put into heaps that fit into the second-level cache, because writing to random places
// of a large array costs a cache miss for each word. Then each heap is put into bins of about one word, and
// an insertion sort does the rest. The sort is stable, as argsort(kind="stable"). For 100,000 rows it
// takes 1.7 ms, and std::stable_sort 24 ms; for 10^3, 10^4, 10^5 and 10^6 rows it is 4.1, 5.3, 14 and 4.5
// times as fast.
class Order {
 public:
  Order(Index m, Arena& arena)
      : m_(m), heap_bits_(bits_for(m / heap_size)), bin_bits_(bits_for(2 * m >> heap_bits_)) {
    drawn_ = arena.take<Word>(m);
    sorted_ = arena.take<Word>(m);
    heaps_ = arena.take<Index>((Index{1} << heap_bits_) + 1);
    bins_ = arena.take<std::uint32_t>((Index{1} << bin_bits_) + 1);
    rows_ = arena.take<Index>(m);
  }

  // `rows` in the order of an epoch; null if `stopping()` was true, which is called from time to time.
  template <class Stopping>
  const Index* of(std::uint64_t seed, Index epoch, const Index* rows, Stopping stopping) {
    if (!into_heaps(seed, epoch, rows, stopping)) return nullptr;
    for (Index heap = 0, begin = 0; heap < Index{1} << heap_bits_; begin = heaps_[heap++]) {
      sort_heap(drawn_ + begin, sorted_ + begin, heaps_[heap] - begin);
      if (stopping()) return nullptr;
    }
    for (Index i = 0; i < m_; ++i) rows_[i] = sorted_[i].row;
    return rows_;
  }

 private:
  struct Word {
    std::uint64_t key;
    Index row;
  };
  static constexpr Index heap_size = 1 << 14, asks_every = 1 << 18;

  static int bits_for(Index bins) {
    int bits = 0;
    while ((Index{1} << bits) < bins) ++bits;
    return bits;
  }

  // The words into drawn_, heap by heap; heaps_[h] is where heap h ends.
  template <class Stopping>
  bool into_heaps(std::uint64_t seed, Index epoch, const Index* rows, Stopping stopping) {
    const SHOAL_LEVEL::Philox stream(seed, 1, static_cast<std::uint64_t>(epoch), 0);
    const Index n_heaps = Index{1} << heap_bits_;
    std::fill_n(heaps_, n_heaps + 1, Index{0});
    Word* const words = n_heaps == 1 ? drawn_ : sorted_;
    for (Index begin = 0; begin < m_; begin += asks_every) {
      if (stopping()) return false;
      stream.each(static_cast<std::uint64_t>(begin), std::min(asks_every, m_ - begin),
                  [&](Index i, std::uint64_t word) {
                    words[begin + i] = {word, rows[begin + i]};
                    ++heaps_[first_bits(word, heap_bits_) + 1];
                  });
    }
    for (Index h = 0; h < n_heaps; ++h) heaps_[h + 1] += heaps_[h];
    if (n_heaps == 1) {
      heaps_[0] = m_;
      return true;
    }
    for (Index i = 0; i < m_; ++i) drawn_[heaps_[first_bits(words[i].key, heap_bits_)]++] = words[i];
    return true;
  }

  void sort_heap(const Word* from, Word* to, Index size) {
    const Index n_bins = Index{1} << bin_bits_;
    std::fill_n(bins_, n_bins + 1, std::uint32_t{0});
    const auto bin = [this](std::uint64_t key) { return first_bits(key << heap_bits_, bin_bits_); };
    for (Index i = 0; i < size; ++i) ++bins_[bin(from[i].key) + 1];
    for (Index b = 0; b < n_bins; ++b) bins_[b + 1] += bins_[b];
    for (Index i = 0; i < size; ++i) to[bins_[bin(from[i].key)]++] = from[i];
    for (Index i = 1; i < size; ++i) {
      const Word word = to[i];
      Index j = i;
      for (; j > 0 && to[j - 1].key > word.key; --j) to[j] = to[j - 1];
      to[j] = word;
    }
  }

  static Index first_bits(std::uint64_t key, int bits) {
    return bits == 0 ? 0 : static_cast<Index>(key >> (64 - bits));
  }

  Index m_;
  int heap_bits_, bin_bits_;
  Word *drawn_, *sorted_;
  Index* heaps_;
  std::uint32_t* bins_;
  Index* rows_;
};

// Orders that several tasks of one call have in common: their members have the same training rows and the
// same seed, like candidates of a search. The first task that needs an order sorts, on its own thread.
class SharedOrders {
 public:
  explicit SharedOrders(std::shared_ptr<std::atomic<Index>> room) : room_(std::move(room)) {}

  void expect_another() { ++tasks_; }

  // The order of an epoch, or null if it was not kept.
  const Index* find(Index epoch) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(epoch);
    return found == kept_.end() ? nullptr : found->second.get();
  }

  void keep(Index epoch, const Index* order, Index m) {
    const std::lock_guard lock(mutex_);
    if (tasks_ < 2 || kept_.count(epoch)) return;
    if (room_->fetch_sub(m) < m) {
      room_->fetch_add(m);
      return;
    }
    auto copy = std::make_unique<Index[]>(m);
    std::copy_n(order, m, copy.get());
    kept_.emplace(epoch, std::move(copy));
  }

 private:
  int tasks_ = 0;
  std::shared_ptr<std::atomic<Index>> room_;  // of all orders of the call
  std::mutex mutex_;
  std::unordered_map<Index, std::unique_ptr<Index[]>> kept_;
};

}  // namespace shoal
