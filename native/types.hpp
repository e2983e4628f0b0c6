// What the parts of the engine say to each other: plain data, and the table of one CPU level's kernels.
//
// There are no functions here, because this file is seen by every CPU level: a function that is compiled
// several times must not have one name (see level.hpp).
#pragma once

#include <cstdint>

namespace shoal {

using Index = std::int64_t;

enum class Activation : int { identity, sigmoid, tanh, relu, leaky_relu };
enum class Output : int { identity, sigmoid, softmax };
enum class Rule : int { gradient_descent, momentum, nesterov, rmsprop, adam, adamw };

constexpr int alignment = 64;  // bytes: of every buffer, and of every row of a matrix of columns

// The examples. Row i of X is example i, so X is the book's (n_x, m) in column order. X, Y and v hold T, or
// if `narrow` float32 that a T of float64 computes with: half the memory, and no precision lost on the way.
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

// Layer l of one network with its buffers for a block of columns. Matrices (n, columns) have rows of
// `Pass::ld` elements; what stands beyond the block's last column is padding. Inside the engine theta, slots
// and gradients have padded rows too: those of W[l] are full vectors with zeros behind, and so is b[l].
template <class T>
struct Layer {
  Index n_before, n;
  Activation g;    // of a hidden layer
  double drop;     // its rate of dropout
  Index W, b;      // where the parameters stand in a padded theta
  Index ld_W;      // elements of a row of W there
  bool from_rows;  // dW is summed from A[l-1] with an example a row, else from A[l-1] as it is
  bool by_rows;    // of layer 1: Z too; a few units of many inputs need no transposed X
  T* A;            // (n, columns): A[l]; of the last layer Z[L]
  T* dZ;           // (n, columns): q dZ[l]
  T* slope;        // (n, columns): D[l] g'(Z[l]), with dropout only
  T* rows;         // (columns, ld_rows): A[l], an example a row, zeros behind; if the next layer wants it
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

// The sums of one unit's weights (a row of W), or of all biases of a layer, and of their gradient.
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
  double shrink;           // what clipping multiplies the gradient by
  T* theta;
  const T* dtheta;
  T* slots[2];
};

// What becomes of the gradients of a batch's segments.
template <class T>
struct Finish {
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
  // The sum of so many elements, with zeros behind up to the next full vector.
  double (*total)(const T*, Index size);
  // dW and db of units from ... to, counted through all layers; added to what is there, or not.
  void (*units)(const Pass<T>&, Index from, Index to, bool add);
  // Of the same units: the parts are added up, and the penalties; a step is taken or not.
  void (*finish)(const Pass<T>&, Index from, Index to, const Finish<T>&);
  // Elements from ... to of theta (full vectors) take a step; weights, or biases, which do not decay.
  void (*update)(const Step<T>&, Index from, Index to, bool weights);
  // y = f(x) element by element, for tests: 0 exp(-|x|), 1 sigmoid, 2 tanh, 3 log(1 + e^-|x|), 4 log(1 +
  // |x|).
  void (*function)(int which, const T* x, T* y, Index size);
};

}  // namespace shoal
