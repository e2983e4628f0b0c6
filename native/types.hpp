// The data that the parts of the engine exchange, and the table of one CPU level's kernels.
//
// There are no functions here, because every CPU level includes this file: a function that is compiled
// several times must have a different name each time (see level.hpp).
#pragma once

#include <cstdint>

namespace shoal {

using Index = std::int64_t;

// Places in the lists of activations.hpp, outputs.hpp and rules.hpp. Python knows names only.
enum class Activation : int {};
enum class Output : int {};
enum class Rule : int {};

constexpr int alignment = 64;  // bytes: of every buffer, and of every row of a matrix of columns

// The examples. Row i of X is example i, so X is the book's (n_x, m) in column order. X, Y and v hold T. If
// `narrow`, they hold float32 and T is float64: this takes half the memory, and no precision is lost.
template <class T>
struct Examples {
  const void* X;
  Index X_stride;  // elements from an example to the next
  const void* Y;
  Index Y_unit, Y_example;  // elements from a unit to the next, from an example to the next
  const void* v;            // weights, or null
  bool narrow;
  Index m;
};

// Layer l of one network with its buffers for a block of examples. A block of A[l] (n units, 3 examples) is
// stored in one or both of these layouts; "." is padding.
//
//   A     a unit a row          a1 a2 a3 .     `ld` elements a row; examples follow one another in memory,
//         (n, ld)               b1 b2 b3 .     so a vector holds one unit of several examples
//
//   rows  an example a row      a1 b1 . .      `ld_rows` elements a row; units follow one another in memory,
//         (ld, ld_rows)         a2 b2 . .      so a vector holds several units of one example
//                               a3 b3 . .
//
// Z = W A_before and W^T dZ read A. dW = dZ A_before^T can read either: `from_rows` says that it reads
// `rows`, whose vectors are full even if there are few examples. X comes from memory as `rows`; with
// `by_rows` the first layer computes Z from them too, and A[0] is never made.
//
// In theta, slots and gradients each row of W[l], and b[l] as a whole, is padded with zeros to full vectors.
template <class T>
struct Layer {
  Index n_before, n;
  Activation g;    // of a hidden layer
  double drop;     // its rate of dropout
  Index W, b;      // where the parameters stand in a padded theta
  Index ld_W;      // elements of a row of W there
  bool from_rows;  // dW[l] is computed from `rows` of layer l-1, else from its A
  bool by_rows;  // layer 1 only: Z[1] is computed from `rows` of layer 0; best for few units and many inputs
  T* A;          // A[l]; of the last layer Z[L]
  T* dZ;         // q dZ[l], laid out as A
  T* slope;      // D[l] g'(Z[l]), laid out as A; null without dropout if g' can be computed from A[l] later
  T* rows;       // null unless the next layer reads it
  Index ld_rows;
};

// One block of examples on its way through a network and back.
template <class T>
struct Pass {
  Examples<T> data;
  const Index* rows;  // which examples, or null: from `first` on
  Index first;
  Index m;   // examples in this block
  Index ld;  // elements of a row: a multiple of the alignment, at least m
  int L;
  Layer<T>* layers;  // 0 ... L
  Output output;
  const T* theta;
  T* dtheta;               // null: forward only
  double weight;           // q = v / weight
  bool gathered;           // X, Y and q of this block are in the buffers already
  int* not_finite;         // set to 1 when an X is met that is not finite
  T* Y;                    // (n_y, columns)
  T* q;                    // (columns,), zero for padding
  std::uint64_t seed;      // for dropout
  Index t, offset, batch;  // the update, the block's first column in its batch, the size of that batch
  T* loss;                 // (columns,): q loss, an example an entry
  T* const* Z_out;         // null, or for each layer where Z[l] goes, (n, out_ld), from column `first`
  T* const* A_out;         // null, or where A[l] goes
  Index out_ld;
};

// Sums over one unit's weights (a row of W) or over all biases of a layer, and over their gradient.
struct UnitSums {
  double absolute, squared;  // zero where there is no penalty
  double slope_squared;      // of dtheta
};

// A step of an optimiser; all its vectors are padded.
template <class T>
struct Step {
  Rule rule;
  double rate, momentum, beta1, beta2, epsilon;
  double decay;            // the share of W that AdamW takes away
  double bias_correction;  // Adam's c
  double shrink;           // clipping multiplies the gradient by this
  T* theta;
  const T* dtheta;
  T* slots;  // slot k begins at slots + k * slot_stride
  Index slot_stride;
};

// How the gradients of a batch's segments become one gradient, and then a step.
template <class T>
struct StepPlan {
  int parts;                   // gradients to be added up, into the first
  Index stride;                // elements from one to the next
  double l1, l2;               // of the penalties, divided by m
  UnitSums *sums, *bias_sums;  // by unit, counted through all layers; by layer
  const Step<T>* step;         // a step to be taken at once, or null
};

template <class T>
struct Kernels {
  // Columns from ... to (multiples of the alignment): gather, forward, loss, back to every dZ[l].
  void (*columns)(const Pass<T>&, Index from, Index to);
  // The sum of `size` elements, which are followed by zeros up to the next full vector.
  double (*total)(const T*, Index size);
  // dW and db of units from ... to, counted through all layers; with `add`, added to the values there.
  void (*units)(const Pass<T>&, Index from, Index to, bool add);
  // For the same units: adds up the parts and the penalties, and takes a step if there is one.
  void (*finish)(const Pass<T>&, Index from, Index to, const StepPlan<T>&);
  // Elements from ... to of theta (full vectors) take a step; biases (not `weights`) do not decay.
  void (*update)(const Step<T>&, Index from, Index to, bool weights);
  // y = f(x) element by element, for tests: function `which` of tested.hpp, or its slope.
  void (*function)(int which, bool slope, const T* x, T* y, Index size);
};

}  // namespace shoal
