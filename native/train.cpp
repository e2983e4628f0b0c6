#include "train.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "order.hpp"
#include "pass.hpp"

namespace shoal {

Index Network::p() const {
  Index p = 0;
  for (std::size_t l = 1; l < n.size(); ++l) p += n[l] * (n[l - 1] + 1);
  return p;
}

Index Network::units() const {
  return std::accumulate(n.begin() + 1, n.end(), Index{0});
}

// --------------------------------------------------------------------------- padding

// Calls f(packed place, padded place, elements) for each row of each W and for each b.
template <class T, class F>
void each_row(const Network& network, F f) {
  Index packed = 0, padded = 0;
  for (std::size_t l = 1; l < network.n.size(); ++l) {
    const Index n_before = network.n[l - 1], n = network.n[l];
    for (Index unit = 0; unit < n; ++unit, packed += n_before, padded += round_up(n_before, step_of<T>))
      f(packed, padded, n_before);
    f(packed, padded, n);
    packed += n, padded += round_up(n, step_of<T>);
  }
}

template <class T>
Padding<T>::Padding(const Network& network) : network_(network) {
  each_row<T>(network, [&](Index, Index padded, Index size) { size_ = padded + round_up(size, step_of<T>); });
}

template <class T>
void Padding<T>::pad(const T* packed, T* padded) const {
  std::fill_n(padded, size_, T(0));
  each_row<T>(network_,
              [&](Index from, Index to, Index size) { std::copy_n(packed + from, size, padded + to); });
}

template <class T>
void Padding<T>::unpad(const T* padded, T* packed) const {
  each_row<T>(network_,
              [&](Index to, Index from, Index size) { std::copy_n(padded + from, size, packed + to); });
}

// --------------------------------------------------------------------------- gradient

template <class T>
Gradient<T>::Gradient(const Problem<T>& problem, Index largest_batch, Arena& arena, Crew& crew, Job& job)
    : problem_(problem), crew_(crew), job_(job), segments_(segments_of(*problem.network, largest_batch)) {
  units_ = problem.network->units();
  grain_ = problem.network->p() < few_parameters ? units_ : 12;
  block_ = block_of<T>(*problem.network, (largest_batch + segments_ - 1) / segments_ + step_of<T>);
  passes_ = arena.take<Pass<T>>(segments_);
  losses_ = arena.take<double>(segments_);
  sums_ = arena.take<UnitSums>(units_ + problem.network->L() + 1);
  for (Index s = 0; s < segments_; ++s) {
    passes_[s] = make_pass(problem, block_, true, arena);
    passes_[s].not_finite = &not_finite_;
  }
  stride_ = Padding<T>(*problem.network).size();
  parts_ = arena.take<T>(segments_ * stride_);
  std::fill_n(parts_, segments_ * stride_, T(0));
  for (Index s = 0; s < segments_; ++s) passes_[s].dtheta = parts_ + s * stride_;
}

// Rows [from, to) of the batch, block by block: the sum of their losses; dtheta of the segment. With a
// crew each block is cut further: its columns for the way there and back, its units for dW.
template <class T>
double Gradient<T>::segment(Index which, const T* theta, const Batch& batch, Index from, Index to,
                            Crew* crew) {
  Pass<T>& pass = passes_[which];
  const Kernels<T>& kernels = *problem_.kernels;
  pass.theta = theta;
  pass.weight = batch.weight;
  pass.t = batch.t;
  pass.batch = batch.m;
  pass.gathered = batch.same_as_before && to - from <= block_;
  double loss = 0;
  for (Index begin = from; begin < to; begin += pass.m) {
    pass.m = std::min(block_, to - begin);
    pass.rows = batch.rows ? batch.rows + begin : nullptr;
    pass.first = batch.first + begin;
    pass.offset = begin;
    const auto columns = [&](Index a, Index b) { kernels.columns(pass, a, b); };
    const auto units = [&](Index a, Index b) { kernels.units(pass, a, b, begin > from); };
    const Index width = round_up(pass.m, step_of<T>);
    if (crew) {
      crew->each(width, 4 * step_of<T>, columns);
      crew->each(units_, grain_, units);
    } else {
      columns(0, width);
      units(0, units_);
    }
    loss += kernels.total(pass.loss, width);
    if (job_.stopping(operations(*problem_.network, pass.m))) break;
  }
  return loss;
}

template <class T>
bool Gradient<T>::evaluate(const T* theta, const Batch& batch, double l1, double l2, const Step<T>* step) {
  const Index segments = segments_of(*problem_.network, batch.m);
  if (segments == 1) {
    losses_[0] = segment(0, theta, batch, 0, batch.m, &crew_);
  } else {
    crew_.offer(segments, 1, [&](Index a, Index b) {
      for (Index s = a; s < b && !job_.stopping(0); ++s)
        losses_[s] = segment(s, theta, batch, segment_begin<T>(batch.m, segments, s),
                             segment_begin<T>(batch.m, segments, s + 1), nullptr);
    });
  }
  if (job_.stopping(0) || data_not_finite()) return false;
  UnitSums* const bias_sums = sums_ + units_;
  const Finish<T> how{static_cast<int>(segments), stride_, l1, l2, sums_, bias_sums, step};
  crew_.each(units_, grain_, [&](Index a, Index b) { problem_.kernels->finish(passes_[0], a, b, how); });
  cost = 0;
  for (Index s = 0; s < segments; ++s) cost += losses_[s];
  double absolute = 0, squared = 0;
  for (Index u = 0; u < units_; ++u) absolute += sums_[u].absolute, squared += sums_[u].squared;
  cost += l1 * absolute + l2 / 2 * squared;
  return true;
}

// The square of a part may be too large or too small for a number: then all are divided by the largest.
template <class T>
double Gradient<T>::norm() const {
  double square = 0;
  for (Index u = 0; u < units_; ++u) square += sums_[u].slope_squared;
  for (int l = 1; l <= problem_.network->L(); ++l) square += sums_[units_ + l].slope_squared;
  constexpr double safe = sizeof(T) == 8 ? 1e-280 : 1e-28;
  if (std::isnan(square) || (std::isfinite(square) && square > safe)) return std::sqrt(square);
  double largest = 0, unit = 0;
  for (Index i = 0; i < stride_; ++i) largest = std::max(largest, std::abs(static_cast<double>(parts_[i])));
  if (largest == 0 || std::isinf(largest)) return largest;
  for (Index i = 0; i < stride_; ++i) unit += std::pow(static_cast<double>(parts_[i]) / largest, 2);
  return largest * std::sqrt(unit);
}

// --------------------------------------------------------------------------- training

template <class T>
double Training<T>::size() const {
  return operations(*problem.network, m) * static_cast<double>(rates.size());
}

template <class T>
bool Training<T>::divisible() const {
  return operations(*problem.network, std::min(batch_size, m)) > worth_dividing;
}

template <class T>
void Training<T>::run(Crew& crew, Job& job) {
  const Arena::Held held;
  Arena& arena = *held;
  Gradient<T> gradient(problem, std::min(batch_size, m), arena, crew, job);
  const Index p = problem.network->p();
  Working working{Padding<T>(*problem.network), nullptr, {}};
  working.theta = arena.take<T>(working.padding.size());
  working.padding.pad(theta, working.theta);
  for (int k = 0; k < n_slots; ++k) {
    working.slots[k] = arena.take<T>(working.padding.size());
    working.padding.pad(slots + k * p, working.slots[k]);
  }
  std::optional<Order> order;
  if (is_shuffled()) order.emplace(m, arena);
  for (const double rate : rates) {
    const Index t_before = t;
    const Index* const ordered = order ? order_of_epoch(*order, job) : rows;
    if (!ordered || job.stopping(0) || !one_epoch(gradient, working, ordered, rate, crew)) {
      t = t_before;
      (gradient.data_not_finite() ? not_finite : interrupted) = true;
      break;
    }
    ++epoch;
    working.padding.unpad(working.theta, theta);
    for (int k = 0; k < n_slots; ++k) working.padding.unpad(working.slots[k], slots + k * p);
    if (!std::isfinite(cost.back())) break;
  }
}

// The rows in the order of this epoch, as another member left it or sorted here; null if it was stopped.
template <class T>
const Index* Training<T>::order_of_epoch(Order& sorter, Job& job) const {
  if (const Index* const known = orders->find(epoch)) return known;
  const auto stopping = [&job] { return job.stopping(1e5); };
  const Index* const made = sorter.of(problem.seed, epoch, rows, stopping);
  if (made) orders->keep(epoch, made, m);
  return made;
}

// One pass over the rows: the means of the batches' costs and of their gradients' lengths. In a batch, q is
// v over the mean weight of all rows, so that heavy batches count more than light ones. Unless the whole
// gradient is to be clipped first, each unit takes its step as soon as its own is there.
template <class T>
bool Training<T>::one_epoch(Gradient<T>& gradient, const Working& working, const Index* order, double rate,
                            Crew& crew) {
  double mean_cost = 0, mean_norm = 0;
  const double divisor = total_weight > 0 ? total_weight : 1;
  const bool clips = optimizer.clip_norm < std::numeric_limits<double>::infinity();
  for (Index from = 0; from < m; from += batch_size) {
    const Index size = std::min(batch_size, m - from);
    const double share = static_cast<double>(size) / static_cast<double>(m);
    const Batch batch{order + from, 0, size, total_weight * share, t++, batch_size >= m && !cost.empty()};
    Step<T> step = step_of_rate(working, rate);
    if (!gradient.evaluate(working.theta, batch, l1 / divisor, l2 / divisor, clips ? nullptr : &step))
      return false;
    const double length = gradient.norm();
    if (clips) {
      step.dtheta = gradient.dtheta();
      step.shrink = length > optimizer.clip_norm ? optimizer.clip_norm / length : 1;
      update(step, crew);
    }
    mean_cost += std::isfinite(length) ? gradient.cost * share : std::numeric_limits<double>::infinity();
    mean_norm += length * share;
  }
  cost.push_back(mean_cost);
  norm.push_back(mean_norm);
  return true;
}

// The step of update t (counted up already) at this learning rate; see optimizers.py.
template <class T>
Step<T> Training<T>::step_of_rate(const Working& working, double rate) const {
  Step<T> s{};
  s.rule = optimizer.rule;
  s.rate = rate;
  s.momentum = optimizer.momentum;
  s.beta1 = optimizer.beta1;
  s.beta2 = optimizer.beta2;
  s.epsilon = optimizer.epsilon;
  s.decay = optimizer.rule == Rule::adamw ? optimizer.weight_decay : 0;
  s.shrink = 1;
  if (optimizer.rule == Rule::adam || optimizer.rule == Rule::adamw)
    s.bias_correction = std::sqrt(1 - std::pow(optimizer.beta2, static_cast<double>(t))) /
                        (1 - std::pow(optimizer.beta1, static_cast<double>(t)));
  s.theta = working.theta;
  s.slots[0] = working.slots[0], s.slots[1] = working.slots[1];
  return s;
}

// All parameters take the step, layer by layer: weights may decay, biases do not.
template <class T>
void Training<T>::update(const Step<T>& step, Crew& crew) const {
  const auto part = [&](Index from, Index size, bool weights) {
    crew.each(size, few_parameters,
              [&](Index a, Index b) { problem.kernels->update(step, from + a, from + b, weights); });
    return from + size;
  };
  Index place = 0;
  const auto& n = problem.network->n;
  for (std::size_t l = 1; l < n.size(); ++l) {
    place = part(place, n[l] * round_up(n[l - 1], step_of<T>), true);
    place = part(place, round_up(n[l], step_of<T>), false);
  }
}

// --------------------------------------------------------------------------- over many rows, once

template <class T>
double WholeGradient<T>::size() const {
  return operations(*problem.network, m);
}

template <class T>
void WholeGradient<T>::run(Crew& crew, Job& job) {
  const Arena::Held held;
  Arena& arena = *held;
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
  const Arena::Held held;
  Arena& arena = *held;
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

template class Padding<float>;
template class Padding<double>;
template class Gradient<float>;
template class Gradient<double>;
template class Training<float>;
template class Training<double>;
template class WholeGradient<float>;
template class WholeGradient<double>;
template class Prediction<float>;
template class Prediction<double>;

}  // namespace shoal
