// Philox 4x64-10 (Salmon et al. 2011), with the counter of numpy.random.Philox; see book/batches.py.
#pragma once

#include <cstdint>

#include "level.hpp"

SHOAL_BEGIN

// The raw words of key (seed, purpose) and counter (0, number, layer, 0): a function of the word's place.
class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number, std::uint64_t layer)
      : key_{seed, purpose}, number_(number), layer_(layer) {}

  // Words 4 which ... 4 which + 3.
  void block(std::uint64_t which, std::uint64_t (&words)[4]) const {
    using Wide = unsigned __int128;
    // NumPy increases the counter before it makes a block, so the first block has counter 1.
    std::uint64_t c0 = which + 1, c1 = number_, c2 = layer_, c3 = 0;
    std::uint64_t k0 = key_[0], k1 = key_[1];
    for (int round = 0; round < 10; ++round) {
      const Wide a = Wide{0xD2E7470EE14C6C93} * c0;
      const Wide b = Wide{0xCA5A826395121157} * c2;
      c0 = static_cast<std::uint64_t>(b >> 64) ^ c1 ^ k0;
      c1 = static_cast<std::uint64_t>(b);
      c2 = static_cast<std::uint64_t>(a >> 64) ^ c3 ^ k1;
      c3 = static_cast<std::uint64_t>(a);
      k0 += 0x9E3779B97F4A7C15;
      k1 += 0xBB67AE8584CAA73B;
    }
    words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
  }

  // f(i, word first + i) for i in [0, size).
  template <class F>
  void each(std::uint64_t first, std::int64_t size, F f) const {
    std::uint64_t words[4];
    std::int64_t i = 0;
    for (std::uint64_t which = first / 4; i < size; ++which) {
      block(which, words);
      for (std::uint64_t w = i == 0 ? first % 4 : 0; w < 4 && i < size; ++w, ++i) f(i, words[w]);
    }
  }

 private:
  std::uint64_t key_[2], number_, layer_;
};

SHOAL_END
