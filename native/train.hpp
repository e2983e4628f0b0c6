// Training, gradients and predictions over many rows, as tasks for the pool.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "arena.hpp"
#include "order.hpp"
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

struct Optimizer {
  Rule rule;
  double momentum, beta1, beta2, epsilon, weight_decay;
  double clip_norm;  // infinity: none
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

// Examples that are looked at together: rows[from, from + m), or without `rows` the examples themselves.
struct Batch {
  const Index* rows;
  Index first, m;
  double weight;          // q = v / weight
  Index t;                // for dropout
  bool gathered = false;  // its examples are in the buffers already, if they fit in there
};

// theta and its like as Python has them, one matrix after the other, and as the engine does, with padded
// rows.
template <class T>
class Padding {
 public:
  explicit Padding(const Network& network);
  Index size() const { return size_; }         // of a padded vector
  void pad(const T* packed, T* padded) const;  // what stands behind rows is set to zero
  void unpad(const T* padded, T* packed) const;

 private:
  const Network& network_;
  Index size_ = 0;
};

// J and dJ/dtheta of a batch. A batch of many rows is cut into segments by their position, each with a
// gradient of its own, and these are added in one order: so threads change no bit.
template <class T>
class Gradient {
 public:
  // What one of two gradients gathers serves `beside` too: they are of the same examples, in one piece.
  Gradient(const Problem<T>& problem, Index largest_batch, Arena& arena, Crew& crew, Job& job,
           const Gradient* beside = nullptr);

  // The mean loss with its penalties (of factors l1 and l2, already divided by m), and the gradient, along
  // which `step` is taken if there is one. False if it was stopped, or met an X that is not finite. theta is
  // padded.
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
  int* not_finite_;  // of all that stand beside each other
  Pass<T>* passes_;  // one a segment
  T* parts_;         // (segments, stride): their gradients; at last the first is the whole
  double* losses_;   // (segments,)
  UnitSums* sums_;   // (units + L + 1,)
};

// A member's epochs; afterwards t, epoch, cost, norm and the flags say how it went.
template <class T>
struct Training {
  Problem<T> problem;
  Optimizer optimizer;
  T* theta;  // (p,)
  T* slots;  // (n_slots, p)
  int n_slots;
  const Index* rows;  // (m,)
  Index m, batch_size, t, epoch;
  double l1, l2;
  double total_weight;  // the m of the penalties
  bool shuffle;
  std::vector<double> rates;  // an entry an epoch
  std::vector<double> cost, norm;
  bool interrupted = false, not_finite = false;  // stopped by a signal; by an X that is not finite

  Index largest_batch() const { return std::min(batch_size, m); }
  bool is_shuffled() const { return shuffle && batch_size < m; }
  bool goes_on() const;  // there are epochs left, and it did not diverge
  Index bytes() const;   // that one step of it goes over, the examples not counted
};

// A member while it is trained: its vectors are padded. Python's are written at the border of an epoch.
template <class T>
class Learner {
 public:
  Learner(Training<T>& member, Arena& arena, Crew& crew, Job& job, const Learner* beside);

  bool goes_on() const { return member_.goes_on(); }
  void begin_epoch();
  bool learn(Batch batch);  // one batch; false if it was stopped
  void end_epoch();
  void give_up();  // the epoch was stopped: it never was

 private:
  Step<T> next_step() const;
  void update(const Step<T>& step) const;

  Training<T>& member_;
  Crew& crew_;
  Gradient<T> gradient_;
  Padding<T> padding_;
  T* theta_;
  T* slots_[2];
  Index t_before_ = 0;
  double cost_ = 0, norm_ = 0;  // of the epoch so far
};

// Members that learn from the same batches in the same order, side by side: each batch is gathered once for
// all. Mostly it is one member.
template <class T>
class SideBySide final : public Task {
 public:
  std::vector<Training<T>*> members;
  std::shared_ptr<SharedOrders> orders;  // if they are shuffled

  double size() const override;
  bool divisible() const override;
  void run(Crew& crew, Job& job) override;

 private:
  const Index* order_of_epoch(Index epoch, Order& sorter, Job& job) const;
  bool one_epoch(const std::vector<Learner<T>*>& learners, const Index* order) const;
};

// The cost and the gradient over rows (null: all examples).
template <class T>
class WholeGradient final : public Task {
 public:
  Problem<T> problem;
  const T* theta;
  T* dtheta;
  const Index* rows;
  Index m;
  double l1, l2, total_weight, cost = 0;
  bool not_finite = false;  // an X was met that is not finite

  double size() const override;
  bool divisible() const override { return true; }
  void run(Crew& crew, Job& job) override;
};

// A[L] of all examples, or Z and A of each layer: (n[l], m) each, where the pointer is not null.
template <class T>
class Prediction final : public Task {
 public:
  Problem<T> problem;
  const T* theta;
  std::vector<T*> Z, A;  // by layer

  double size() const override;
  bool divisible() const override { return true; }
  void run(Crew& crew, Job& job) override;
};

}  // namespace shoal
