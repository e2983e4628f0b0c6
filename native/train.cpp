#include "train.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

#include "order.hpp"
#include "pass.hpp"
#include "rules.hpp"

namespace shoal {

template <class T>
bool Training<T>::goes_on() const {
  return cost.size() < rates.size() && (cost.empty() || std::isfinite(cost.back()));
}

template <class T>
Index Training<T>::bytes() const {
  return (2 + n_slots) * problem.network->p() * static_cast<Index>(sizeof(T));  // theta, slots, the gradient
}

template <class T>
Learner<T>::Learner(Training<T>& member, Arena& arena, Crew& crew, Job& job, const Learner* beside)
    : member_(member),
      crew_(crew),
      gradient_(member.problem, member.largest_batch(), arena, crew, job,
                beside ? &beside->gradient_ : nullptr),
      padding_(*member.problem.network) {
  const Index p = member.problem.network->p(), size = padding_.size();
  member.cost.reserve(member.rates.size());  // so that nothing can fail at the end of an epoch
  member.norm.reserve(member.rates.size());
  theta_ = arena.take<T>(size);
  slots_ = arena.take<T>(member.n_slots * size);
  padding_.pad(member.theta, theta_);
  for (int k = 0; k < member.n_slots; ++k) padding_.pad(member.slots + k * p, slots_ + k * size);
}

template <class T>
void Learner<T>::begin_epoch() {
  t_before_ = member_.t;
  cost_ = norm_ = 0;
}

// The epoch's cost is the mean of the batches' costs, and its gradient length the mean of their lengths. In a
// batch, q = v / (mean weight of all rows x rows in the batch), so batches with large weights count more than
// others. Each unit takes its step as soon as its own gradient is there, except where the whole gradient is
// to be clipped first.
template <class T>
bool Learner<T>::learn(Batch batch) {
  const double divisor = member_.total_weight > 0 ? member_.total_weight : 1;
  const double share = static_cast<double>(batch.m) / static_cast<double>(member_.m);
  const double longest = member_.optimizer.clip_norm;
  const bool clips = longest < std::numeric_limits<double>::infinity();
  batch.weight = member_.total_weight * share;
  batch.t = member_.t++;
  if (batch.m == member_.m && !member_.cost.empty()) batch.gathered = true;  // the same as last time
  Step<T> step = next_step();
  if (!gradient_.evaluate(theta_, batch, member_.l1 / divisor, member_.l2 / divisor, clips ? nullptr : &step))
    return false;
  const double length = gradient_.norm();
  if (clips) {
    step.dtheta = gradient_.dtheta();
    step.shrink = length > longest ? longest / length : 1;
    update(step);
  }
  cost_ += std::isfinite(length) ? gradient_.cost * share : std::numeric_limits<double>::infinity();
  norm_ += length * share;
  return true;
}

template <class T>
void Learner<T>::end_epoch() {
  const Index p = member_.problem.network->p();
  ++member_.epoch;
  member_.cost.push_back(cost_);
  member_.norm.push_back(norm_);
  padding_.unpad(theta_, member_.theta);
  for (int k = 0; k < member_.n_slots; ++k)
    padding_.unpad(slots_ + k * padding_.size(), member_.slots + k * p);
}

template <class T>
void Learner<T>::give_up() {
  member_.t = t_before_;
  (gradient_.data_not_finite() ? member_.not_finite : member_.interrupted) = true;
}

// The step of update t (t is increased already); see optimizers.py.
template <class T>
Step<T> Learner<T>::next_step() const {
  const Optimizer& optimizer = member_.optimizer;
  const double t = static_cast<double>(member_.t);
  Step<T> s{};
  s.rule = optimizer.rule;
  s.rate = member_.rates[member_.cost.size()];
  s.momentum = optimizer.momentum;
  s.beta1 = optimizer.beta1;
  s.beta2 = optimizer.beta2;
  s.decay = optimizer.weight_decay;
  s.shrink = 1;
  SHOAL_LEVEL::with(SHOAL_LEVEL::Rules{}, s.rule, [&]<class R>() {
    s.bias_correction = R::correction(optimizer.beta1, optimizer.beta2, t);
    s.epsilon = R::epsilon(optimizer.epsilon, optimizer.beta2, t);
  });
  s.theta = theta_;
  s.slots = slots_;
  s.slot_stride = padding_.size();
  return s;
}

// All parameters take the step, layer by layer: weights may decay, biases do not.
template <class T>
void Learner<T>::update(const Step<T>& step) const {
  const auto part = [&](Index from, Index size, bool weights) {
    crew_.each(size, few_parameters,
               [&](Index a, Index b) { member_.problem.kernels->update(step, from + a, from + b, weights); });
    return from + size;
  };
  Index place = 0;
  const auto& n = member_.problem.network->n;
  for (std::size_t l = 1; l < n.size(); ++l) {
    place = part(place, n[l] * round_up(n[l - 1], step_of<T>), true);
    place = part(place, round_up(n[l], step_of<T>), false);
  }
}

template <class T>
double SharedBatches<T>::size() const {
  double all = 0;
  for (const Training<T>* member : members)
    all += operations(*member->problem.network, member->m) * static_cast<double>(member->rates.size());
  return all;
}

template <class T>
bool SharedBatches<T>::divisible() const {
  return std::any_of(members.begin(), members.end(), [](const Training<T>* member) {
    return operations(*member->problem.network, member->largest_batch()) > worth_dividing;
  });
}

template <class T>
void SharedBatches<T>::run(Crew& crew, Job& job) {
  const ArenaScope scope;
  Arena& arena = *scope;
  const Training<T>& first = *members.front();
  std::deque<Learner<T>> learners;
  for (Training<T>* member : members)
    learners.emplace_back(*member, arena, crew, job, learners.empty() ? nullptr : &learners.front());
  std::optional<Order> sorter;
  if (first.is_shuffled()) sorter.emplace(first.m, arena);
  std::vector<Learner<T>*> going;
  for (Learner<T>& learner : learners) going.push_back(&learner);
  for (Index epoch = first.epoch;; ++epoch) {
    going.erase(std::remove_if(going.begin(), going.end(), [](auto* learner) { return !learner->goes_on(); }),
                going.end());
    if (going.empty()) return;
    for (Learner<T>* learner : going) learner->begin_epoch();
    const Index* const order = sorter ? order_of_epoch(epoch, *sorter, job) : first.rows;
    const bool done = order && !job.stopping(0) && one_epoch(going, order);
    for (Learner<T>* learner : going) done ? learner->end_epoch() : learner->give_up();
    if (!done) return;
  }
}

// The rows in the order of this epoch: an order that another task kept, or sorted here; null if stopped.
template <class T>
const Index* SharedBatches<T>::order_of_epoch(Index epoch, Order& sorter, Job& job) const {
  if (const Index* const known = orders->find(epoch)) return known;
  const Training<T>& first = *members.front();
  const auto stopping = [&job] { return job.stopping(1e5); };
  const Index* const made = sorter.of(first.problem.seed, epoch, first.rows, stopping);
  if (made) orders->keep(epoch, made, first.m);
  return made;
}

// One pass over the rows: each batch is gathered by the first learner.
template <class T>
bool SharedBatches<T>::one_epoch(const std::vector<Learner<T>*>& learners, const Index* order) const {
  const Index m = members.front()->m, batch_size = members.front()->batch_size;
  for (Index from = 0; from < m; from += batch_size) {
    Batch batch{order + from, 0, std::min(batch_size, m - from), 0, 0};
    for (Learner<T>* learner : learners) {
      if (!learner->learn(batch)) return false;
      batch.gathered = true;
    }
  }
  return true;
}

// --------------------------------------------------------------------------- over many rows, once

template <class T>
double WholeGradient<T>::size() const {
  return operations(*problem.network, m);
}

template <class T>
void WholeGradient<T>::run(Crew& crew, Job& job) {
  const ArenaScope scope;
  Arena& arena = *scope;
  Gradient<T> gradient(problem, m, arena, crew, job);
  const Padding<T> padding(*problem.network);
  T* const padded = arena.take<T>(padding.size());
  padding.pad(theta, padded);
  const double divisor = total_weight > 0 ? total_weight : 1;
  if (gradient.evaluate(padded, {rows, 0, m, total_weight, 0}, l1 / divisor, l2 / divisor, nullptr))
    padding.unpad(gradient.dtheta(), dtheta);
  cost = gradient.cost;
  not_finite = gradient.data_not_finite();
}

template <class T>
double Prediction<T>::size() const {
  return operations(*problem.network, problem.data.m) / 3;
}

template <class T>
void Prediction<T>::run(Crew& crew, Job& job) {
  const ArenaScope scope;
  Arena& arena = *scope;
  const Padding<T> padding(*problem.network);
  T* const padded = arena.take<T>(padding.size());
  padding.pad(theta, padded);
  const Index m = problem.data.m;
  const Index segments = segments_of(*problem.network, m);
  const Index block = block_of<T>(*problem.network, (m + segments - 1) / segments + step_of<T>);
  Pass<T>* const passes = arena.take<Pass<T>>(segments);
  for (Index s = 0; s < segments; ++s) {
    passes[s] = make_pass(problem, block, false, arena);
    passes[s].theta = padded;
    passes[s].Z_out = Z.empty() ? nullptr : Z.data();
    passes[s].A_out = A.data();
    passes[s].out_ld = m;
  }
  crew.offer(segments, 1, [&](Index a, Index b) {
    for (Index s = a; s < b && !job.stopping(0); ++s) {
      Pass<T>& pass = passes[s];
      const Index to = segment_begin<T>(m, segments, s + 1);
      for (Index from = segment_begin<T>(m, segments, s); from < to; from += pass.m) {
        pass.m = std::min(block, to - from);
        pass.first = from;
        problem.kernels->columns(pass, 0, round_up(pass.m, step_of<T>));
        if (job.stopping(operations(*problem.network, pass.m) / 3)) break;
      }
    }
  });
}

template class Learner<float>;
template class Learner<double>;
template struct Training<float>;
template struct Training<double>;
template class SharedBatches<float>;
template class SharedBatches<double>;
template class WholeGradient<float>;
template class WholeGradient<double>;
template class Prediction<float>;
template class Prediction<double>;

}  // namespace shoal
