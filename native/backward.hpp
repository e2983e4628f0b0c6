// From Z[L] to the gradient: loss and dZ[L], the chain rule, dW and db; then penalties and the update.
#pragma once

#include "forward.hpp"
#include "rules.hpp"

SHOAL_BEGIN

// q loss, and q dZ[L] = q (A[L] - Y): the same for all pairs of output and loss.
template <class T>
void loss_and_dZ(const Pass<T>& pass, Index from, Index to) {
  const Layer<T>& last = pass.layers[pass.L];
  with(Outputs{}, pass.output, [&]<class O>() {
    for (Index i = from; i < to; i += lanes<T>) {
      const Vec<T> q = load(pass.q + i);
      store(pass.loss + i, q * O::loss(pass, last, i));
      for (Index j = 0; j < last.n; ++j) {
        const Vec<T> r = load(last.A + j * pass.ld + i) - load(pass.Y + j * pass.ld + i);
        store(last.dZ + j * pass.ld + i, r * q);
      }
    }
  });
  for (Index i = from > pass.m ? from : pass.m; i < to;
       ++i) {  // padding counts as zero, whatever A holds there
    pass.loss[i] = 0;
    for (Index j = 0; j < last.n; ++j) last.dZ[j * pass.ld + i] = 0;
  }
}

// dZ = dA D g'(Z), in place of dA = W^T dZ of the next layer; g' is computed from A where no slope was kept.
template <class T, class G>
void times_slope(const Layer<T>& layer, Index ld, Index from, Index to) {
  for (Index unit = 0; unit < layer.n; ++unit) {
    T* dZ = layer.dZ + unit * ld;
    if (layer.slope) {
      const T* slope = layer.slope + unit * ld;
      for (Index i = from; i < to; i += lanes<T>) store(dZ + i, load(dZ + i) * load(slope + i));
    } else if constexpr (!needs_Z<G> && !same<G, Identity>) {
      const T* A = layer.A + unit * ld;
      for (Index i = from; i < to; i += lanes<T>)
        store(dZ + i, load(dZ + i) * G::template g_prime<T>(load(A + i)));
    }
  }
}

// dZ[l-1] = (W[l]^T dZ[l]) * D[l-1] * g'(Z[l-1]) for all layers before the last.
template <class T>
void chain(const Pass<T>& pass, Index from, Index to) {
  for (int l = pass.L; l > 1; --l) {
    const Layer<T>& layer = pass.layers[l];
    const Layer<T>& before = pass.layers[l - 1];
    product<T>(before.n, to - from, layer.n, {pass.theta + layer.W, 1, layer.ld_W}, layer.dZ + from, pass.ld,
               before.dZ + from, pass.ld, From::zero);
    with(Activations{}, before.g, [&]<class G>() { times_slope<T, G>(before, pass.ld, from, to); });
  }
}

template <class T>
void columns(const Pass<T>& pass, Index from, Index to) {
  forward(pass, from, to);
  if (!pass.dtheta) {
    activate_output(pass, from, to);
    if (pass.A_out) copy_out(pass, pass.layers[pass.L], pass.A_out[pass.L], from, to);
    return;
  }
  if (!pass.gathered) gather_Y(pass, from, to);
  loss_and_dZ(pass, from, to);
  chain(pass, from, to);
}

// db: the sum of a row of dZ, in four interleaved parts, so that an addition does not wait for the one
// before.
template <class T>
inline T row_sum(const T* x, Index size) {
  constexpr Index w = lanes<T>;
  Vec<T> part[4] = {};
  Index i = 0;
  for (; i + 4 * w <= size; i += 4 * w)
    for (int j = 0; j < 4; ++j) part[j] += load(x + i + j * w);
  for (; i < size; i += w) part[0] += load(x + i);
  return sum<T>((part[0] + part[1]) + (part[2] + part[3]));
}

// For units from ... to, counted through all layers, calls f(layer, its number, the first of these units in
// it, one past the last, the number of units before the layer).
template <class T, class F>
inline void by_layer(int L, const Layer<T>* layers, Index from, Index to, F f) {
  Index begin = 0;
  for (int l = 1; l <= L; ++l) {
    const Index first = from > begin ? from - begin : 0;
    const Index end = to - begin < layers[l].n ? to - begin : layers[l].n;
    if (first < end) f(layers[l], l, first, end, begin);
    begin += layers[l].n;
  }
}

// dW[l] = (q dZ[l]) A[l-1]^T and db[l] = the row sums of q dZ[l].
template <class T>
void units(const Pass<T>& pass, Index from, Index to, bool add) {
  by_layer(pass.L, pass.layers, from, to, [&](const Layer<T>& layer, int l, Index first, Index end, Index) {
    const Layer<T>& before = pass.layers[l - 1];
    const T* dZ = layer.dZ + first * pass.ld;
    T* dW = pass.dtheta + layer.W + first * layer.ld_W;
    if (layer.from_rows)
      product<T>(end - first, layer.ld_W, pass.m, {dZ, pass.ld, 1}, before.rows, before.ld_rows, dW,
                 layer.ld_W, add ? From::itself : From::zero);
    else
      product_of_rows<T>(end - first, layer.n_before, pass.m, dZ, pass.ld, before.A, pass.ld, dW, layer.ld_W,
                         add);
    const Index whole = (pass.m + lanes<T> - 1) / lanes<T> * lanes<T>;
    for (Index unit = first; unit < end; ++unit) {
      const T db = row_sum(layer.dZ + unit * pass.ld, whole);
      T& place = pass.dtheta[layer.b + unit];
      place = add ? place + db : db;
    }
  });
}

// A vector of parameters, from element i on, takes its step along g.
template <class T, class R>
inline void take_step(const Step<T>& s, Index i, T decay, Vec<T> g) {
  Vec<T> theta = load(s.theta + i), slots[R::n_slots + 1];
  for (int k = 0; k < R::n_slots; ++k) slots[k] = load(s.slots + k * s.slot_stride + i);
  if constexpr (R::decays) theta = theta - decay * theta;
  R::step(s, g, theta, slots);
  store(s.theta + i, theta);
  for (int k = 0; k < R::n_slots; ++k) store(s.slots + k * s.slot_stride + i, slots[k]);
}

template <class T>
void update(const Step<T>& step, Index from, Index to, bool weights) {
  const Step<T> s =
      step;  // a copy of our own: the compiler may keep it in registers while theta is written to
  const T shrink = static_cast<T>(s.shrink), decay = static_cast<T>(weights ? s.rate * s.decay : 0);
  with(Rules{}, s.rule, [&]<class R>() {
    for (Index i = from; i < to; i += lanes<T>) take_step<T, R>(s, i, decay, load(s.dtheta + i) * shrink);
  });
}

// dW of one unit: the sum of the parts and (L1 sign(W) + L2 W) / m; use(k, g) gets it vector by vector.
template <class T, class Use>
inline UnitSums finish_row(const StepPlan<T>& how, const T* W, T* dW, Index size, Use use) {
  const T l1 = static_cast<T>(how.l1), l2 = static_cast<T>(how.l2);
  const bool penalized = l1 != 0 || l2 != 0;
  Vec<T> absolute_sum = {}, square = {}, slope_square = {};
  for (Index k = 0; k < size; k += lanes<T>) {
    Vec<T> g = load(dW + k);
    for (int part = 1; part < how.parts; ++part) g += load(dW + part * how.stride + k);
    if (penalized) {
      const Vec<T> w = load(W + k);
      const Vec<T> sign = w != T(0) ? with_sign_of<T>(broadcast(T(1)), w) : Vec<T>{};
      g += fma(broadcast(l1), sign, l2 * w);
      absolute_sum += absolute<T>(w);
      square = fma(w, w, square);
    }
    slope_square = fma(g, g, slope_square);
    store(dW + k, g);
    use(k, g);
  }
  UnitSums sums{0, 0, static_cast<double>(sum<T>(slope_square))};
  if (penalized) {
    sums.absolute = static_cast<double>(sum<T>(absolute_sum));
    sums.squared = static_cast<double>(sum<T>(square));
  }
  return sums;
}

// The same for db of a whole layer, which has no penalty.
template <class T, class Use>
inline UnitSums finish_biases(const StepPlan<T>& how, T* db, Index size, Use use) {
  Vec<T> slope_square = {};
  for (Index k = 0; k < size; k += lanes<T>) {
    Vec<T> g = load(db + k);
    for (int part = 1; part < how.parts; ++part) g += load(db + part * how.stride + k);
    slope_square = fma(g, g, slope_square);
    store(db + k, g);
    use(k, g);
  }
  return {0, 0, static_cast<double>(sum<T>(slope_square))};
}

// Units first ... end of layer l; the call with the layer's first unit also does all its biases. `sums` are
// those of this layer's units; those of the biases come after those of all units.
template <class T, class Weights, class Biases>
inline void finish_layer(const Pass<T>& pass, int l, Index first, Index end, const StepPlan<T>& how,
                         UnitSums* sums, Weights weights, Biases biases) {
  const Layer<T>& layer = pass.layers[l];
  for (Index unit = first; unit < end; ++unit) {
    const Index W = layer.W + unit * layer.ld_W;
    sums[unit] = finish_row<T>(how, pass.theta + W, pass.dtheta + W, layer.ld_W,
                               [&](Index k, Vec<T> g) { weights(W + k, g); });
  }
  if (first == 0)
    how.bias_sums[l] = finish_biases<T>(how, pass.dtheta + layer.b, layer.ld_rows,
                                        [&](Index k, Vec<T> g) { biases(layer.b + k, g); });
}

template <class T>
void finish(const Pass<T>& pass, Index from, Index to, const StepPlan<T>& how) {
  by_layer(pass.L, pass.layers, from, to, [&](const Layer<T>&, int l, Index first, Index end, Index begin) {
    const auto nothing = [](Index, Vec<T>) {};
    if (!how.step) return finish_layer(pass, l, first, end, how, how.sums + begin, nothing, nothing);
    const Step<T> s = *how.step;  // a copy, as in update
    with(Rules{}, s.rule, [&]<class R>() {
      const T decay = static_cast<T>(s.rate * s.decay);
      finish_layer(
          pass, l, first, end, how, how.sums + begin,
          [&](Index i, Vec<T> g) { take_step<T, R>(s, i, decay, g); },
          [&](Index i, Vec<T> g) { take_step<T, R>(s, i, T(0), g); });
    });
  });
}

SHOAL_END
