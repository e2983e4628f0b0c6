// The activations of hidden layers: one struct each, in the list at the end.
//
// `name` is the one in equations.py. g(z) is A, and the slope is one of these two:
//   g_prime(a)     needs only A: it is computed in the backward pass, and nothing more is kept;
//   g_prime(z, a)  needs Z: it is computed in the forward pass, where Z still exists, and kept in
//   Layer::slope.
// NaN must stay NaN: a divergence is detected by it.
#pragma once

#include "functions.hpp"
#include "list.hpp"

SHOAL_BEGIN

struct Identity {
  static constexpr const char* name = "identity";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    return z;
  }
  template <class T>
  static Vec<T> g_prime(Vec<T>) {
    return broadcast(T(1));
  }
};

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    return sigmoid<T>(z);
  }
  template <class T>
  static Vec<T> g_prime(Vec<T> a) {
    return a * (T(1) - a);
  }
};

struct Tanh {
  static constexpr const char* name = "tanh";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    return tanh<T>(z);
  }
  template <class T>
  static Vec<T> g_prime(Vec<T> a) {
    return T(1) - a * a;
  }
};

struct ReLU {
  static constexpr const char* name = "relu";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    return z < T(0) ? Vec<T>{} : z;
  }
  template <class T>
  static Vec<T> g_prime(Vec<T> a) {
    return a > T(0) ? broadcast(T(1)) : Vec<T>{};
  }
};

struct LeakyReLU {
  static constexpr const char* name = "leaky_relu";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    return z > T(0) ? z : T(0.01) * z;
  }
  template <class T>
  static Vec<T> g_prime(Vec<T> a) {
    return a > T(0) ? broadcast(T(1)) : broadcast(T(0.01));
  }
};

// z Phi(z), as max(0, z) - |z| (1 - Phi(|z|)). For z < 0 it is as accurate as normal_tail.
struct GELU {
  static constexpr const char* name = "gelu";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    const NormalTail<T> tail = normal_tail<T>(absolute<T>(z));
    return (z < T(0) ? Vec<T>{} : z) - tail.e * (tail.ratio * tail.y);
  }
  // Phi(z) + z phi(z); below zero it is the tail - |z| phi(z), above zero 1 minus that.
  template <class T>
  static Vec<T> g_prime(Vec<T> z, Vec<T>) {
    constexpr T density = T(0.3989422804014327);  // 1 / sqrt(2 pi)
    const NormalTail<T> tail = normal_tail<T>(absolute<T>(z));
    const Vec<T> below = tail.e * (tail.ratio - density * tail.y);
    return z < T(0) ? below : T(1) - below;
  }
};

// z sigmoid(z). z is cut off far from zero, because the product of infinity and zero is NaN.
struct SiLU {
  static constexpr const char* name = "silu";
  template <class T>
  static Vec<T> g(Vec<T> z) {
    constexpr T far = 2 * lowest_exponent<T>;
    return (z < far ? broadcast(far) : z) * sigmoid<T>(z);
  }
  template <class T>
  static Vec<T> g_prime(Vec<T> z, Vec<T>) {
    constexpr T far = 2 * lowest_exponent<T>;
    const Vec<T> s = sigmoid<T>(z), from_left = z < far ? broadcast(far) : z;
    return s * (T(1) + (from_left > -far ? broadcast(-far) : from_left) * (T(1) - s));
  }
};

using Activations = List<Identity, Sigmoid, Tanh, ReLU, LeakyReLU, GELU, SiLU>;

template <class G>
constexpr bool needs_Z = requires(Vec<float> x) { G::template g_prime<float>(x, x); };

inline bool slope_needs_Z(Activation g) {
  bool needed = false;
  with(Activations{}, g, [&]<class G>() { needed = needs_Z<G>; });
  return needed;
}

template <class T, class G>
inline Vec<T> slope_of(Vec<T> z, Vec<T> a) {
  if constexpr (needs_Z<G>)
    return G::template g_prime<T>(z, a);
  else
    return G::template g_prime<T>(a);
}

SHOAL_END
