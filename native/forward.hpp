// From examples to Z[L]: gather, products, activations, dropout.
#pragma once

#include "activations.hpp"
#include "outputs.hpp"
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

// The inverse; the n elements of a row are followed by zeros.
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

// Copies one example into a row of `ld` elements, followed by zeros. Returns products with zero, which are
// zero if all elements are finite.
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

// Examples from ... to. Each example is prefetched before it is copied, because it may lie anywhere in
// memory. Where examples follow one another, those of the next block are prefetched while this one is
// computed.
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

// X of these columns, an example a row, and transposed. Padding examples are zero. An example is read from
// memory once (n sizeof(T) bytes); everything else happens in the caches. Without hidden layers this is the
// whole cost: 1,000,000 x 100 float32 are read at 0.7 of the rate that two cores can read
// (benchmarks/l_logistic.py).
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
    const Index row = example(pass, i);
    for (Index j = 0; j < n; ++j)
      pass.Y[j * pass.ld + i] = element<T>(data.Y, row * data.Y_example + j * data.Y_unit, data.narrow);
    const double v = data.v ? static_cast<double>(element<T>(data.v, row, data.narrow)) : 1.0;
    pass.q[i] = static_cast<T>(v * factor);
  }
  for (Index i = from > end ? from : end; i < to; ++i) {
    for (Index j = 0; j < n; ++j) pass.Y[j * pass.ld + i] = 0;
    pass.q[i] = 0;
  }
}

// One row of D[l], the mask of dropout; zero for padding. Entry (unit, column) is decided by word
// unit * batch + column.
template <class T>
void draw(const Pass<T>& pass, const Philox& words, double rate, Index unit, T* D, Index from, Index to) {
  const T kept = static_cast<T>(1 / (1 - rate));
  const Index end = to < pass.m ? to : pass.m;
  words.each(static_cast<std::uint64_t>(unit * pass.batch + pass.offset + from), end - from,
             [&](Index i, std::uint64_t word) {
               const double uniform = static_cast<double>(word >> 11) * 0x1p-53;
               D[from + i] = uniform >= rate ? kept : T(0);
             });
  for (Index i = from > end ? from : end; i < to; ++i) D[i] = 0;
}

// A[l] = g(Z[l]) D[l] in place of Z[l], and D[l] g'(Z[l]) where Layer::slope is kept.
template <class T, class G>
void activate(const Pass<T>& pass, const Layer<T>& layer, int l, Index from, Index to) {
  const bool drops = pass.dtheta && layer.drop > 0;
  const Philox words(pass.seed, dropout_purpose, static_cast<std::uint64_t>(pass.t),
                     static_cast<std::uint64_t>(l));
  for (Index unit = 0; unit < layer.n; ++unit) {
    T* A = layer.A + unit * pass.ld;
    T* slope = layer.slope ? layer.slope + unit * pass.ld : nullptr;
    if (drops) {
      draw(pass, words, layer.drop, unit, slope, from, to);
      for (Index i = from; i < to; i += lanes<T>) {
        const Vec<T> D = load(slope + i), z = load(A + i), a = G::template g<T>(z);
        store(slope + i, D * slope_of<T, G>(z, a));
        store(A + i, a * D);
      }
    } else if (needs_Z<G> && slope) {
      for (Index i = from; i < to; i += lanes<T>) {
        const Vec<T> z = load(A + i), a = G::template g<T>(z);
        store(slope + i, slope_of<T, G>(z, a));
        store(A + i, a);
      }
    } else if (!same<G, Identity>) {
      for (Index i = from; i < to; i += lanes<T>) store(A + i, G::template g<T>(load(A + i)));
    }
  }
}

template <class T>
inline void copy_out(const Pass<T>& pass, const Layer<T>& layer, T* out, Index from, Index to) {
  const Index end = to < pass.m ? to : pass.m;
  for (Index unit = 0; unit < layer.n; ++unit)
    for (Index i = from; i < end; ++i) out[unit * pass.out_ld + pass.first + i] = layer.A[unit * pass.ld + i];
}

template <class T>
void activate_output(const Pass<T>& pass, Index from, Index to) {
  with(Outputs{}, pass.output, [&]<class O>() {
    for (Index i = from; i < to; i += lanes<T>) O::g(pass, pass.layers[pass.L], i);
  });
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
    with(Activations{}, layer.g, [&]<class G>() { activate<T, G>(pass, layer, l, from, to); });
    if (layer.rows) columns_to_rows(layer.A, pass.ld, layer.rows, layer.ld_rows, layer.n, from, to);
    if (pass.A_out && pass.A_out[l]) copy_out(pass, layer, pass.A_out[l], from, to);
  }
}

SHOAL_END
