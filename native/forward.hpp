// From examples to Z[L]: gather, products, activations, dropout.
#pragma once

#include "functions.hpp"
#include "philox.hpp"
#include "product.hpp"

SHOAL_BEGIN

constexpr std::uint64_t dropout_purpose = 2;  // see shoal/book/batches.py

template <class T>
inline Index example(const Pass<T>& pass, Index i) {
  return pass.rows ? pass.rows[i] : pass.first + i;
}

// rows (columns, ld_rows) of a block of examples become A (n, columns); columns in steps of the lanes.
template <class T>
void rows_to_columns(const T* rows, Index ld_rows, T* A, Index ld, Index n, Index from, Index to) {
  constexpr Index w = lanes<T>;
  for (Index i = from; i < to; i += w)
    for (Index k = 0; k < n; k += w) {
      Vec<T> x[w];
      for (Index r = 0; r < w; ++r) x[r] = load(rows + (i + r) * ld_rows + k);
      transpose<T>(x);
      for (Index r = 0; r < w; ++r)
        if (k + r < n) store(A + (k + r) * ld + i, x[r]);
    }
}

// The other way round; behind the n elements of a row stand zeros.
template <class T>
void columns_to_rows(const T* A, Index ld, T* rows, Index ld_rows, Index n, Index from, Index to) {
  constexpr Index w = lanes<T>;
  for (Index i = from; i < to; i += w)
    for (Index k = 0; k < ld_rows; k += w) {
      Vec<T> x[w];
      for (Index r = 0; r < w; ++r) x[r] = k + r < n ? load(A + (k + r) * ld + i) : Vec<T>{};
      transpose<T>(x);
      for (Index r = 0; r < w; ++r) store(rows + (i + r) * ld_rows + k, x[r]);
    }
}

// Element i of an array of T, or of float32 (see Examples).
template <class T>
inline T element(const void* array, Index i, bool narrow) {
  return narrow ? static_cast<T>(static_cast<const float*>(array)[i]) : static_cast<const T*>(array)[i];
}

inline Vec<double> load_as(const float* p, double) {
  typedef float Half __attribute__((vector_size(vector_bytes / 2), aligned(alignof(float)), may_alias));
  return __builtin_convertvector(*reinterpret_cast<const Half*>(p), Vec<double>);
}

template <class T>
inline Vec<T> load_as(const T* p, T) {
  return load(p);
}

// One example into a row of `ld` elements, with zeros behind. Returned are products with zero, which are zero
// themselves where all is finite.
template <class T, class S>
inline Vec<T> copy_example(const S* x, Index n, T* row, Index ld) {
  constexpr Index w = lanes<T>;
  Vec<T> trace = {};
  Index k = 0;
  for (; k + w <= n; k += w) {
    const Vec<T> part = load_as(x + k, T{});
    store(row + k, part);
    trace = fma(part, Vec<T>{}, trace);
  }
  if (n < ld)
    for (Index zero = k; zero < ld; zero += w) store(row + zero, Vec<T>{});
  if (k == n) return trace;
  Vec<T> rest = {};
  if constexpr (sizeof(S) == sizeof(T)) {
    rest = load_part(x + k, n - k);
  } else {
    for (Index i = 0; i < n - k; ++i) rest[i] = static_cast<T>(x[k + i]);
  }
  store(row + k, rest);
  return fma(rest, Vec<T>{}, trace);
}

// Examples from ... to. Each is asked for some time before it is copied: it may lie anywhere in memory; and
// where examples follow one another, those of the next block come while this one is computed.
template <class T, class S>
Vec<T> copy_examples(const Pass<T>& pass, const S* X, Index from, Index to) {
  constexpr Index ahead = 16, line = alignment / sizeof(S), most = 8 * line;
  const Layer<T>& input = pass.layers[0];
  const Index stride = pass.data.X_stride, n = input.n < most ? input.n : most;
  const Index known = pass.rows ? to : pass.data.m - pass.first;
  Vec<T> trace = {};
  for (Index i = from; i < to; ++i) {
    if (i + ahead < known) {
      const S* next = X + example(pass, i + ahead) * stride;
      for (Index k = 0; k < n; k += line) __builtin_prefetch(next + k);
      __builtin_prefetch(next + n - 1);
    }
    trace +=
        copy_example(X + example(pass, i) * stride, input.n, input.rows + i * input.ld_rows, input.ld_rows);
  }
  return trace;
}

// X of these columns, an example a row, and transposed. Padding examples are zero. An example is n sizeof(T)
// bytes from memory, once; all else happens in the caches. Without hidden layers that is the whole cost: on
// 1,000,000 x 100 float32, 0.7 of what two cores can read (benchmarks/l_logistic.py).
template <class T>
void gather_X(const Pass<T>& pass, Index from, Index to) {
  const Layer<T>& input = pass.layers[0];
  const Index end = to < pass.m ? to : pass.m;
  Vec<T> trace;
  if (sizeof(T) == 8 && pass.data.narrow)
    trace = copy_examples(pass, static_cast<const float*>(pass.data.X), from, end);
  else
    trace = copy_examples(pass, static_cast<const T*>(pass.data.X), from, end);
  if (pass.not_finite && sum<T>(trace) != 0) __atomic_store_n(pass.not_finite, 1, __ATOMIC_RELAXED);
  for (T* row = input.rows + end * input.ld_rows; row < input.rows + to * input.ld_rows; row += lanes<T>)
    store(row, Vec<T>{});
  if (!pass.layers[1].by_rows)
    rows_to_columns(input.rows, input.ld_rows, input.A, pass.ld, input.n, from, to);
}

// Y and q of these columns.
template <class T>
void gather_Y(const Pass<T>& pass, Index from, Index to) {
  const Examples<T>& data = pass.data;
  const Index end = to < pass.m ? to : pass.m, n = pass.layers[pass.L].n;
  const double factor = pass.weight > 0 ? 1 / pass.weight : 0;
  for (Index i = from; i < end; ++i) {
    const Index who = example(pass, i);
    for (Index j = 0; j < n; ++j)
      pass.Y[j * pass.ld + i] = element<T>(data.Y, who * data.Y_example + j * data.Y_unit, data.narrow);
    const double v = data.v ? static_cast<double>(element<T>(data.v, who, data.narrow)) : 1.0;
    pass.q[i] = static_cast<T>(v * factor);
  }
  for (Index i = from > end ? from : end; i < to; ++i) {
    for (Index j = 0; j < n; ++j) pass.Y[j * pass.ld + i] = 0;
    pass.q[i] = 0;
  }
}

template <class T, class F>
inline void each(T* x, Index from, Index to, F f) {
  for (Index i = from; i < to; i += lanes<T>) store(x + i, f(load(x + i)));
}

// A = g(Z) in place. What is not a number stays so: that is how a divergence is seen.
template <class T>
void activate(Activation g, T* A, Index from, Index to) {
  using V = Vec<T>;
  switch (g) {
    case Activation::identity:
      break;
    case Activation::sigmoid:
      each(A, from, to, [](V z) { return sigmoid<T>(z); });
      break;
    case Activation::tanh:
      each(A, from, to, [](V z) { return tanh<T>(z); });
      break;
    case Activation::relu:
      each(A, from, to, [](V z) { return z < T(0) ? V{} : z; });
      break;
    case Activation::leaky_relu:
      each(A, from, to, [](V z) { return z > T(0) ? z : T(0.01) * z; });
      break;
  }
}

// g'(Z), read off A = g(Z) for every g.
template <class T>
inline Vec<T> slope_of(Activation g, Vec<T> a) {
  const Vec<T> one = broadcast(T(1));
  switch (g) {
    case Activation::sigmoid:
      return a * (one - a);
    case Activation::tanh:
      return one - a * a;
    case Activation::relu:
      return a > T(0) ? one : Vec<T>{};
    case Activation::leaky_relu:
      return a > T(0) ? one : broadcast(T(0.01));
    default:
      return one;
  }
}

// slope = D g'(Z), then A = A D. Entry (unit, column) of D is decided by word unit * batch + column.
template <class T>
void drop(const Pass<T>& pass, const Layer<T>& layer, int l, Index from, Index to) {
  const T kept = static_cast<T>(1 / (1 - layer.drop));
  const Philox words(pass.seed, dropout_purpose, static_cast<std::uint64_t>(pass.t),
                     static_cast<std::uint64_t>(l));
  for (Index unit = 0; unit < layer.n; ++unit) {
    T* A = layer.A + unit * pass.ld;
    T* slope = layer.slope + unit * pass.ld;
    const Index end = to < pass.m ? to : pass.m;
    words.each(static_cast<std::uint64_t>(unit * pass.batch + pass.offset + from), end - from,
               [&](Index i, std::uint64_t word) {
                 const double uniform = static_cast<double>(word >> 11) * 0x1p-53;
                 slope[from + i] = uniform >= layer.drop ? kept : T(0);  // D
               });
    for (Index i = from > end ? from : end; i < to; ++i) slope[i] = 0;
    for (Index i = from; i < to; i += lanes<T>) {
      const Vec<T> D = load(slope + i), a = load(A + i);
      store(slope + i, D * slope_of<T>(layer.g, a));
      store(A + i, a * D);
    }
  }
}

template <class T>
inline void copy_out(const Pass<T>& pass, const Layer<T>& layer, T* out, Index from, Index to) {
  const Index end = to < pass.m ? to : pass.m;
  for (Index unit = 0; unit < layer.n; ++unit)
    for (Index i = from; i < end; ++i) out[unit * pass.out_ld + pass.first + i] = layer.A[unit * pass.ld + i];
}

// A = softmax(Z) over the units, in place; returned are max Z and the sum of e^(Z - max Z).
template <class T>
inline void softmax(const Layer<T>& layer, Index ld, Index i, Vec<T>& top, Vec<T>& total) {
  T* A = layer.A + i;
  top = load(A);
  for (Index j = 1; j < layer.n; ++j) {
    const Vec<T> z = load(A + j * ld);
    top = z > top ? z : top;
  }
  total = Vec<T>{};
  for (Index j = 0; j < layer.n; ++j) {
    const Vec<T> e = exp_below_zero<T>(load(A + j * ld) - top);
    store(A + j * ld, e);
    total += e;
  }
  for (Index j = 0; j < layer.n; ++j) store(A + j * ld, load(A + j * ld) / total);
}

template <class T>
void activate_output(const Pass<T>& pass, Index from, Index to) {
  const Layer<T>& last = pass.layers[pass.L];
  if (pass.output == Output::softmax)
    for (Index i = from; i < to; i += lanes<T>) {
      Vec<T> top, total;
      softmax(last, pass.ld, i, top, total);
    }
  else if (pass.output == Output::sigmoid)
    for (Index unit = 0; unit < last.n; ++unit)
      activate(Activation::sigmoid, last.A + unit * pass.ld, from, to);
}

// Z[l] = W[l] A[l-1] + b[l].
template <class T>
void linear(const Pass<T>& pass, const Layer<T>& layer, const Layer<T>& before, Index from, Index to) {
  const T* b = pass.theta + layer.b;
  if (!layer.by_rows) {
    product<T>(layer.n, to - from, layer.n_before, {pass.theta + layer.W, layer.ld_W, 1}, before.A + from,
               pass.ld, layer.A + from, pass.ld, From::bias, b);
    return;
  }
  for (Index unit = 0; unit < layer.n; ++unit)
    for (Index i = from; i < to; i += lanes<T>) store(layer.A + unit * pass.ld + i, broadcast(b[unit]));
  product_of_rows<T>(layer.n, to - from, before.n, pass.theta + layer.W, layer.ld_W,
                     before.rows + from * before.ld_rows, before.ld_rows, layer.A + from, pass.ld, true);
}

// Z[l] = W[l] A[l-1] + b[l] and A[l] = g(Z[l]) D[l] for all layers; of the last one Z[L] is left in A.
template <class T>
void forward(const Pass<T>& pass, Index from, Index to) {
  if (!pass.gathered) gather_X(pass, from, to);
  for (int l = 1; l <= pass.L; ++l) {
    const Layer<T>& layer = pass.layers[l];
    linear(pass, layer, pass.layers[l - 1], from, to);
    if (pass.Z_out) copy_out(pass, layer, pass.Z_out[l], from, to);
    if (l == pass.L) break;
    for (Index unit = 0; unit < layer.n; ++unit) activate(layer.g, layer.A + unit * pass.ld, from, to);
    if (pass.dtheta && layer.drop > 0) drop(pass, layer, l, from, to);
    if (layer.rows) columns_to_rows(layer.A, pass.ld, layer.rows, layer.ld_rows, layer.n, from, to);
    if (pass.A_out && pass.A_out[l]) copy_out(pass, layer, pass.A_out[l], from, to);
  }
}

SHOAL_END
