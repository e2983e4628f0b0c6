#include "gradient.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

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
Gradient<T>::Gradient(const Problem<T>& problem, Index largest_batch, Arena& arena, Crew& crew, Job& job,
                      const Gradient* beside)
    : problem_(problem), crew_(crew), job_(job), segments_(segments_of(*problem.network, largest_batch)) {
  units_ = problem.network->units();
  grain_ = problem.network->p() < few_parameters ? units_ : 12;
  block_ = block_of<T>(*problem.network, (largest_batch + segments_ - 1) / segments_ + step_of<T>);
  passes_ = arena.take<Pass<T>>(segments_);
  losses_ = arena.take<double>(segments_);
  sums_ = arena.take<UnitSums>(units_ + problem.network->L() + 1);
  not_finite_ = beside ? beside->not_finite_ : arena.take<int>(1);
  if (!beside) *not_finite_ = 0;
  for (Index s = 0; s < segments_; ++s) {
    passes_[s] = make_pass(problem, block_, true, arena, beside ? beside->passes_ : nullptr);
    passes_[s].not_finite = not_finite_;
  }
  stride_ = Padding<T>(*problem.network).size();
  parts_ = arena.take<T>(segments_ * stride_);
  std::fill_n(parts_, segments_ * stride_, T(0));
  for (Index s = 0; s < segments_; ++s) passes_[s].dtheta = parts_ + s * stride_;
}

// Rows [from, to) of the batch, block by block: returns the sum of their losses and computes dtheta of the
// segment. With a crew, each block is cut further: by columns for forward and backward, by units for dW.
template <class T>
double Gradient<T>::segment(Index which, const T* theta, const Batch& batch, Index from, Index to,
                            Crew* crew) {
  Pass<T>& pass = passes_[which];
  const Kernels<T>& kernels = *problem_.kernels;
  pass.theta = theta;
  pass.weight = batch.weight;
  pass.t = batch.t;
  pass.batch = batch.m;
  pass.gathered = batch.gathered && to - from <= block_;
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
  const StepPlan<T> how{static_cast<int>(segments), stride_, l1, l2, sums_, bias_sums, step};
  crew_.each(units_, grain_, [&](Index a, Index b) { problem_.kernels->finish(passes_[0], a, b, how); });
  cost = 0;
  for (Index s = 0; s < segments; ++s) cost += losses_[s];
  double absolute = 0, squared = 0;
  for (Index u = 0; u < units_; ++u) absolute += sums_[u].absolute, squared += sums_[u].squared;
  cost += l1 * absolute + l2 / 2 * squared;
  return true;
}

// If a square is too large or too small for a number, all elements are divided by the largest first.
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

template class Padding<float>;
template class Padding<double>;
template class Gradient<float>;
template class Gradient<double>;

}  // namespace shoal
