// How work is cut (a batch into segments, a segment into blocks of columns), and the buffers of one block.
//
// All of it depends only on the network and the number of rows, never on the number of threads.
#pragma once

#include <algorithm>
#include <numeric>

#include "activations.hpp"
#include "gradient.hpp"

namespace shoal {

// A batch of at least two segments is cut into them. Each segment has a gradient of its own, so segments are
// longer where the gradient is large.
constexpr Index segment_rows = 128, segment_rows_of_many = 1024, many_parameters = 1 << 15;
constexpr Index most_segments = 16;
constexpr Index most_elements = 1 << 24;   // of all their gradients together
constexpr double worth_dividing = 1e6;     // operations: less work is finished before help arrives
constexpr Index few_parameters = 1 << 14;  // to process so many takes less time than to call for help

// The buffers of a block of columns stay in the second-level cache. Without hidden layers little is used
// twice, so a block stays in the first-level cache.
constexpr Index block_elements = 1 << 16, narrow_block = 64;
constexpr Index most_by_rows = 4;  // units of the first layer that read X without transposing it

template <class T>
constexpr Index step_of = alignment / sizeof(T);  // rows of buffers are multiples of this

inline Index round_up(Index x, Index step) {
  return (x + step - 1) / step * step;
}

inline double operations(const Network& network, Index m) {
  return 6.0 * static_cast<double>(network.p()) * static_cast<double>(m);
}

inline Index segments_of(const Network& network, Index m) {
  if (operations(network, m) < worth_dividing) return 1;
  const Index rows = network.p() < many_parameters ? segment_rows : segment_rows_of_many;
  return std::clamp<Index>(std::min(m / rows, most_elements / network.p()), 1, most_segments);
}

// Where segment s of m rows begins: no vector is cut in two.
template <class T>
Index segment_begin(Index m, Index segments, Index s) {
  return std::min(m, round_up(m * s / segments, step_of<T>));
}

// How many columns are processed together.
template <class T>
Index block_of(const Network& network, Index m) {
  const Index elements = 2 * std::accumulate(network.n.begin(), network.n.end(), Index{0});
  const Index most =
      network.L() == 1 ? narrow_block : std::clamp<Index>(round_up(block_elements / elements, 64), 128, 2048);
  const Index blocks = (m + most - 1) / most;
  return round_up((m + blocks - 1) / blocks, step_of<T>);
}

// Whether a batch of so many rows is processed in one piece: then its examples are gathered once, and other
// networks may use them too.
template <class T>
bool in_one_piece(const Network& network, Index batch) {
  return segments_of(network, batch) == 1 && block_of<T>(network, batch + step_of<T>) >= batch;
}

// Layer l > 0: where its parameters stand, how it is computed, and its buffers for `pass.ld` columns.
template <class T>
void make_layer(const Problem<T>& problem, int l, bool backward, Pass<T>& pass, Arena& arena) {
  const Network& network = *problem.network;
  Layer<T>&layer = pass.layers[l], &before = pass.layers[l - 1];
  layer.n_before = before.n;
  layer.W = l == 1 ? 0 : before.b + before.ld_rows;
  layer.ld_W = before.ld_rows;
  layer.b = layer.W + layer.n * layer.ld_W;
  if (l < pass.L) layer.g = network.activations[l - 1];
  // A row of A[l-1] that is narrower than a vector wastes most of it; for l > 1 rows must be made first.
  const bool wide = layer.n_before * static_cast<Index>(sizeof(T)) >= 48;
  layer.from_rows = wide && (l == 1 || layer.n >= 8);
  layer.by_rows = wide && l == 1 && layer.n <= most_by_rows;
  if (!backward) return;
  layer.dZ = arena.take<T>(layer.n * pass.ld);
  if (layer.from_rows && l > 1) before.rows = arena.take<T>(before.ld_rows * pass.ld);
  if (l == pass.L) return;
  if (!problem.dropout.empty()) layer.drop = problem.dropout[l - 1];
  if (layer.drop > 0 || SHOAL_LEVEL::slope_needs_Z(layer.g)) layer.slope = arena.take<T>(layer.n * pass.ld);
}

// The buffers of a pass over at most `columns` columns; without `backward` only those of a prediction. With
// `beside` (a pass over the same examples), both passes share the buffers of X, Y and q.
template <class T>
Pass<T> make_pass(const Problem<T>& problem, Index columns, bool backward, Arena& arena,
                  const Pass<T>* beside = nullptr) {
  const Network& network = *problem.network;
  const int L = network.L();
  Pass<T> pass{};
  pass.data = problem.data;
  pass.ld = round_up(columns, step_of<T>);
  pass.L = L;
  pass.output = network.output;
  pass.seed = problem.seed;
  pass.layers = arena.take<Layer<T>>(L + 1);
  for (int l = 0; l <= L; ++l) {
    Layer<T>& layer = pass.layers[l] = Layer<T>{};
    if (l == 0 && beside) {
      layer = beside->layers[0];
      continue;
    }
    layer.n = network.n[l];
    layer.ld_rows = round_up(layer.n, step_of<T>);
    layer.A = arena.take<T>(layer.ld_rows * pass.ld);
    if (l > 0) make_layer(problem, l, backward, pass, arena);
  }
  if (!beside) pass.layers[0].rows = arena.take<T>(pass.layers[0].ld_rows * pass.ld);
  if (backward) {
    pass.Y = beside ? beside->Y : arena.take<T>(network.n[L] * pass.ld);
    pass.q = beside ? beside->q : arena.take<T>(pass.ld);
    pass.loss = arena.take<T>(pass.ld);
  }
  return pass;
}

}  // namespace shoal
