// The last activations with their losses: one struct each, in the list at the end.
//
// `name` is the one in equations.py. Both functions process the examples of one vector, from i on: g replaces
// Z[L] by A[L]; loss does the same and returns the losses. dZ[L] = A[L] - Y for each of these outputs.
#pragma once

#include "functions.hpp"
#include "list.hpp"

SHOAL_BEGIN

// Half the squared error.
struct IdentityOutput {
  static constexpr const char* name = "identity";
  template <class T>
  static void g(const Pass<T>&, const Layer<T>&, Index) {}
  template <class T>
  static Vec<T> loss(const Pass<T>& pass, const Layer<T>& last, Index i) {
    Vec<T> loss = {};
    for (Index j = 0; j < last.n; ++j) {
      const Vec<T> r = load(last.A + j * pass.ld + i) - load(pass.Y + j * pass.ld + i);
      loss += T(0.5) * (r * r);
    }
    return loss;
  }
};

// Binary cross-entropy, from Z[L]; see equations.py for the form.
struct SigmoidOutput {
  static constexpr const char* name = "sigmoid";
  template <class T>
  static void g(const Pass<T>& pass, const Layer<T>& last, Index i) {
    for (Index j = 0; j < last.n; ++j) {
      T* place = last.A + j * pass.ld + i;
      store(place, sigmoid<T>(load(place)));
    }
  }
  template <class T>
  static Vec<T> loss(const Pass<T>& pass, const Layer<T>& last, Index i) {
    Vec<T> loss = {};
    for (Index j = 0; j < last.n; ++j) {
      T* place = last.A + j * pass.ld + i;
      const Vec<T> z = load(place), e = exp_below_zero<T>(-absolute<T>(z));
      store(place, sigmoid<T>(z, e));
      loss += (z < T(0) ? Vec<T>{} : z) + log_1_plus<T>(e) - load(pass.Y + j * pass.ld + i) * z;
    }
    return loss;
  }
};

// A = softmax(Z) over the units, in place; `top` becomes max Z and `total` the sum of e^(Z - max Z).
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

// Categorical cross-entropy, from Z[L]; see equations.py for the form.
struct SoftmaxOutput {
  static constexpr const char* name = "softmax";
  template <class T>
  static void g(const Pass<T>& pass, const Layer<T>& last, Index i) {
    Vec<T> top, total;
    softmax(last, pass.ld, i, top, total);
  }
  template <class T>
  static Vec<T> loss(const Pass<T>& pass, const Layer<T>& last, Index i) {
    Vec<T> picked = {}, counted = {};  // sum of Y Z, sum of Y
    for (Index j = 0; j < last.n; ++j) {
      const Vec<T> y = load(pass.Y + j * pass.ld + i), z = load(last.A + j * pass.ld + i);
      picked += y != T(0) ? y * z : Vec<T>{};
      counted += y;
    }
    Vec<T> top, total;
    softmax(last, pass.ld, i, top, total);
    return counted * top - picked + counted * log<T>(total);
  }
};

// Half the Poisson deviance of y at the rate a = e^z; see equations.py for the forms. A y that is not a
// normal number counts as 0.
template <class T>
inline Vec<T> half_poisson_deviance(Vec<T> z, Vec<T> a, Vec<T> y) {
  constexpr T least = sizeof(T) == 8 ? T(0x1p-1022) : T(0x1p-126);
  const auto positive = y >= least;
  const Vec<T> d = z - (positive ? log<T>(positive ? y : broadcast(T(1))) : Vec<T>{});
  const Vec<T> near = y * (exp_minus_1<T>(d) - d), far = a - y - y * d;
  return positive & (d <= T(1)) ? near : far;
}

struct ExpOutput {
  static constexpr const char* name = "exp";
  template <class T>
  static void g(const Pass<T>& pass, const Layer<T>& last, Index i) {
    for (Index j = 0; j < last.n; ++j) {
      T* place = last.A + j * pass.ld + i;
      store(place, exp<T>(load(place)));
    }
  }
  template <class T>
  static Vec<T> loss(const Pass<T>& pass, const Layer<T>& last, Index i) {
    Vec<T> loss = {};
    for (Index j = 0; j < last.n; ++j) {
      T* place = last.A + j * pass.ld + i;
      const Vec<T> z = load(place), a = exp<T>(z);
      store(place, a);
      loss += half_poisson_deviance<T>(z, a, load(pass.Y + j * pass.ld + i));
    }
    return loss;
  }
};

using Outputs = List<IdentityOutput, SigmoidOutput, SoftmaxOutput, ExpOutput>;

SHOAL_END
