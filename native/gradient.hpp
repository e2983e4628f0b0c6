// A network, what it learns from, and the gradient of a batch.
#pragma once

#include <vector>

#include "arena.hpp"
#include "pool.hpp"
#include "types.hpp"

namespace shoal {

struct Network {
  std::vector<Index> n;  // units a layer, the inputs first
  std::vector<Activation> activations;
  Output output;

  int L() const { return static_cast<int>(n.size()) - 1; }
  Index p() const;      // parameters
  Index units() const;  // of all layers, the inputs not counted
};

// What a task computes with: the network, the examples and one CPU level's kernels.
template <class T>
struct Problem {
  const Network* network;
  Examples<T> data;
  const Kernels<T>* kernels;
  std::vector<double> dropout;  // a rate a hidden layer, or empty
  std::uint64_t seed = 0;
};

// Examples that are processed together: rows[from, from + m), or without `rows` the examples themselves.
struct Batch {
  const Index* rows;
  Index first, m;
  double weight;          // q = v / weight
  Index t;                // for dropout
  bool gathered = false;  // its examples are in the buffers already, if they fit
};

// Converts theta and vectors like it between Python's layout (one matrix after the other) and the engine's
// (with padded rows).
template <class T>
class Padding {
 public:
  explicit Padding(const Network& network);
  Index size() const { return size_; }         // of a padded vector
  void pad(const T* packed, T* padded) const;  // the padding is set to zero
  void unpad(const T* padded, T* packed) const;

 private:
  const Network& network_;
  Index size_ = 0;
};

// J and dJ/dtheta of a batch. A batch of many rows is cut into segments by their position. Each segment has a
// gradient of its own, and these are added in one order, so the number of threads changes no bit.
template <class T>
class Gradient {
 public:
  // With `beside`, both gradients use the buffers of `beside` for X, Y and q, so the examples are gathered
  // once. Both must be for the same examples, in one piece.
  Gradient(const Problem<T>& problem, Index largest_batch, Arena& arena, Crew& crew, Job& job,
           const Gradient* beside = nullptr);

  // Computes the mean loss with its penalties (l1 and l2 are already divided by m) and the gradient, and
  // takes `step` along it if there is one. False if it was stopped, or if X is not finite. theta is padded.
  bool evaluate(const T* theta, const Batch& batch, double l1, double l2, const Step<T>* step);

  double cost = 0;
  const T* dtheta() const { return parts_; }  // padded
  double norm() const;                        // its length
  bool data_not_finite() const { return __atomic_load_n(not_finite_, __ATOMIC_RELAXED) != 0; }

 private:
  double segment(Index which, const T* theta, const Batch& batch, Index from, Index to, Crew* crew);

  const Problem<T>& problem_;
  Crew& crew_;
  Job& job_;
  Index segments_, stride_, units_;
  Index block_;      // columns
  Index grain_;      // units
  int* not_finite_;  // shared with `beside`
  Pass<T>* passes_;  // one a segment
  T* parts_;         // (segments, stride): their gradients; at the end the first is the sum
  double* losses_;   // (segments,)
  UnitSums* sums_;   // (units + L + 1,)
};

}  // namespace shoal
