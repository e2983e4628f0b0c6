// Training, gradients and predictions over many rows, as tasks for the pool.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "gradient.hpp"
#include "order.hpp"

namespace shoal {

// The fields are those of Optimizer in optimizers.py.
struct Optimizer {
  Rule rule;
  double momentum, beta1, beta2, epsilon, weight_decay;
  double clip_norm;  // infinity: none
};

// A member's epochs; afterwards t, epoch, cost, norm and the flags are the result.
template <class T>
struct Training {
  Problem<T> problem;
  Optimizer optimizer;
  T* theta;           // (p,)
  T* slots;           // (n_slots, p)
  int n_slots;        // of the rule
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
  Index bytes() const;   // that one step reads and writes, without the examples
};

// A member while it is trained: its vectors are padded. Python's vectors are written after each epoch.
template <class T>
class Learner {
 public:
  Learner(Training<T>& member, Arena& arena, Crew& crew, Job& job, const Learner* beside);

  bool goes_on() const { return member_.goes_on(); }
  void begin_epoch();
  bool learn(Batch batch);  // one batch; false if it was stopped
  void end_epoch();
  void give_up();  // undoes what the epoch counted; theta and slots of the member were not written to

 private:
  Step<T> next_step() const;
  void update(const Step<T>& step) const;

  Training<T>& member_;
  Crew& crew_;
  Gradient<T> gradient_;
  Padding<T> padding_;
  T *theta_, *slots_;  // slots_ holds n_slots vectors
  Index t_before_ = 0;
  double cost_ = 0, norm_ = 0;  // of the epoch so far
};

// Members that learn from the same batches in the same order: each batch is gathered once for all of them.
// Often there is only one member.
template <class T>
class SharedBatches final : public Task {
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
