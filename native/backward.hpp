// From Z[L] to the gradient: loss and dZ[L], the chain rule, dW and db; then penalties and the update.
#pragma once

#include "forward.hpp"

SHOAL_BEGIN

// The losses of a vector of examples from Z[L] in A, and A[L] in its place; see equations.py for the forms.
template <class T>
inline Vec<T> binary_cross_entropy(const Pass<T>& pass, const Layer<T>& last, Index i) {
  Vec<T> loss = {};
  for (Index j = 0; j < last.n; ++j) {
    T* place = last.A + j * pass.ld + i;
    const Vec<T> z = load(place), e = exp_below_zero<T>(-absolute<T>(z));
    store(place, sigmoid<T>(z, e));
    loss += (z < T(0) ? Vec<T>{} : z) + log_1_plus<T>(e) - load(pass.Y + j * pass.ld + i) * z;
  }
  return loss;
}

template <class T>
inline Vec<T> categorical_cross_entropy(const Pass<T>& pass, const Layer<T>& last, Index i) {
  Vec<T> picked = {}, counted = {};  // sum of Y Z, sum of Y
  for (Index j = 0; j < last.n; ++j) {
    const Vec<T> y = load(pass.Y + j * pass.ld + i), z = load(last.A + j * pass.ld + i);
    picked += y != T(0) ? y * z : Vec<T>{};
    counted += y;
  }
  Vec<T> top, total;
  softmax(last, pass.ld, i, top, total);
  return counted * top - picked + counted * log_above_one<T>(total);
}

template <class T>
inline Vec<T> half_squared_error(const Pass<T>& pass, const Layer<T>& last, Index i) {
  Vec<T> loss = {};
  for (Index j = 0; j < last.n; ++j) {
    const Vec<T> r = load(last.A + j * pass.ld + i) - load(pass.Y + j * pass.ld + i);
    loss += T(0.5) * (r * r);
  }
  return loss;
}

// q loss, and q dZ[L] = q (A[L] - Y): the same for all three pairs of output and loss.
template <class T>
void loss_and_dZ(const Pass<T>& pass, Index from, Index to) {
  const Layer<T>& last = pass.layers[pass.L];
  for (Index i = from; i < to; i += lanes<T>) {
    const Vec<T> q = load(pass.q + i);
    const Vec<T> loss = pass.output == Output::sigmoid   ? binary_cross_entropy(pass, last, i)
                        : pass.output == Output::softmax ? categorical_cross_entropy(pass, last, i)
                                                         : half_squared_error(pass, last, i);
    store(pass.loss + i, q * loss);
    for (Index j = 0; j < last.n; ++j) {
      const Vec<T> r = load(last.A + j * pass.ld + i) - load(pass.Y + j * pass.ld + i);
      store(last.dZ + j * pass.ld + i, r * q);
    }
  }
  for (Index i = from > pass.m ? from : pass.m; i < to; ++i) {  // padding counts nothing, whatever A is there
    pass.loss[i] = 0;
    for (Index j = 0; j < last.n; ++j) last.dZ[j * pass.ld + i] = 0;
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
    for (Index unit = 0; unit < before.n; ++unit) {
      T* dZ = before.dZ + unit * pass.ld;
      const T* from_A = (before.slope ? before.slope : before.A) + unit * pass.ld;
      const auto times = [&](auto slope) {
        for (Index i = from; i < to; i += lanes<T>) store(dZ + i, load(dZ + i) * slope(load(from_A + i)));
      };
      if (before.slope)
        times([](Vec<T> slope) { return slope; });
      else if (before.g == Activation::sigmoid)
        times([](Vec<T> a) { return slope_of<T>(Activation::sigmoid, a); });
      else if (before.g == Activation::tanh)
        times([](Vec<T> a) { return slope_of<T>(Activation::tanh, a); });
      else if (before.g == Activation::relu)
        times([](Vec<T> a) { return slope_of<T>(Activation::relu, a); });
      else if (before.g == Activation::leaky_relu)
        times([](Vec<T> a) { return slope_of<T>(Activation::leaky_relu, a); });
    }
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

// db: the sum of a row of dZ, in four interleaved parts so that additions need not wait for each other.
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

// For units from ... to, counted through all layers: f(layer, its number, the first of them in it, one past
// the last, how many units stand before the layer).
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

// theta and slots of one vector of parameters after the step; the formulas are those of optimizers.py.
template <class T>
struct Moved {
  Vec<T> theta, first, second;
};

template <class T, Rule rule>
inline Moved<T> move(const Step<T>& s, Vec<T> theta, Vec<T> g, Vec<T> first, Vec<T> second) {
  const T rate = static_cast<T>(s.rate);
  if constexpr (rule == Rule::gradient_descent) {
    return {theta - rate * g, first, second};
  } else if constexpr (rule == Rule::momentum || rule == Rule::nesterov) {
    const T momentum = static_cast<T>(s.momentum);
    const Vec<T> step = rate * g, v = momentum * first - step;
    return {rule == Rule::momentum ? theta + v : theta + momentum * v - step, v, second};
  } else if constexpr (rule == Rule::rmsprop) {
    const T beta2 = static_cast<T>(s.beta2), rest = static_cast<T>(1 - s.beta2);
    const Vec<T> average = beta2 * first + rest * (g * g);
    return {theta - rate * g / (sqrt(average) + static_cast<T>(s.epsilon)), average, second};
  } else {
    const T beta1 = static_cast<T>(s.beta1), rest1 = static_cast<T>(1 - s.beta1);
    const T beta2 = static_cast<T>(s.beta2), rest2 = static_cast<T>(1 - s.beta2);
    const Vec<T> v = beta1 * first + rest1 * g, average = beta2 * second + rest2 * (g * g);
    const T corrected = static_cast<T>(s.rate * s.bias_correction);
    return {theta - corrected * v / (sqrt(average) + static_cast<T>(s.epsilon)), v, average};
  }
}

template <class T, Rule rule>
constexpr int slots_of = rule == Rule::gradient_descent              ? 0
                         : rule == Rule::adam || rule == Rule::adamw ? 2
                                                                     : 1;

// A vector of parameters takes its step along g. Adam reads theta, two averages and g and writes three of
// them back: 28 bytes a parameter in float32, from the second cache, and a root and a division a vector,
// which take the longest: a tenth of the time of a network of width 30 in batches of 64.
template <class T, Rule rule>
inline void take_step(const Step<T>& s, Index i, T decay, Vec<T> g) {
  constexpr int slots = slots_of<T, rule>;
  Vec<T> theta = load(s.theta + i), v = {}, w = {};
  if constexpr (slots > 0) v = load(s.slots[0] + i);
  if constexpr (slots > 1) w = load(s.slots[1] + i);
  if constexpr (rule == Rule::adamw) theta = theta - decay * theta;
  const Moved<T> moved = move<T, rule>(s, theta, g, v, w);
  store(s.theta + i, moved.theta);
  if constexpr (slots > 0) store(s.slots[0] + i, moved.first);
  if constexpr (slots > 1) store(s.slots[1] + i, moved.second);
}

// Calls f with the rule as a constant.
template <class F>
inline void with_rule(Rule rule, F f) {
  switch (rule) {
    case Rule::gradient_descent:
      return f.template operator()<Rule::gradient_descent>();
    case Rule::momentum:
      return f.template operator()<Rule::momentum>();
    case Rule::nesterov:
      return f.template operator()<Rule::nesterov>();
    case Rule::rmsprop:
      return f.template operator()<Rule::rmsprop>();
    case Rule::adam:
      return f.template operator()<Rule::adam>();
    case Rule::adamw:
      return f.template operator()<Rule::adamw>();
  }
}

template <class T>
void update(const Step<T>& s, Index from, Index to, bool weights) {
  const T shrink = static_cast<T>(s.shrink), decay = static_cast<T>(weights ? s.rate * s.decay : 0);
  with_rule(s.rule, [&]<Rule rule>() {
    for (Index i = from; i < to; i += lanes<T>) take_step<T, rule>(s, i, decay, load(s.dtheta + i) * shrink);
  });
}

// dW of one unit: the parts are added up, and (L1 sign(W) + L2 W) / m; use(k, g) gets it vector by vector.
template <class T, class Use>
inline UnitSums finish_row(const Finish<T>& how, const T* W, T* dW, Index size, Use use) {
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

// The same for b of a whole layer, which has no penalty.
template <class T, class Use>
inline UnitSums finish_biases(const Finish<T>& how, T* db, Index size, Use use) {
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

// Units first ... end of layer l, and with the first of them the biases of all. `sums` are those of this
// layer's units; those of the biases stand behind all units.
template <class T, class Weights, class Biases>
inline void finish_layer(const Pass<T>& pass, int l, Index first, Index end, const Finish<T>& how,
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
void finish(const Pass<T>& pass, Index from, Index to, const Finish<T>& how) {
  by_layer(pass.L, pass.layers, from, to, [&](const Layer<T>&, int l, Index first, Index end, Index begin) {
    const auto nothing = [](Index, Vec<T>) {};
    if (!how.step) return finish_layer(pass, l, first, end, how, how.sums + begin, nothing, nothing);
    const Step<T>& s = *how.step;
    with_rule(s.rule, [&]<Rule rule>() {
      const T decay = static_cast<T>(s.rate * s.decay);
      finish_layer(
          pass, l, first, end, how, how.sums + begin,
          [&](Index i, Vec<T> g) { take_step<T, rule>(s, i, decay, g); },
          [&](Index i, Vec<T> g) { take_step<T, rule>(s, i, T(0), g); });
    });
  });
}

SHOAL_END
