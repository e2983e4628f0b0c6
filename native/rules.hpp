// The rules of the optimisers: one struct each, in the list at the end.
//
// `name` is the one in optimizers.py, and so are the formulas; n_slots is the number of vectors that the rule
// remembers. `step` moves theta along the gradient g and brings the slots up to date, vector by vector.
#pragma once

#include "list.hpp"
#include "simd.hpp"

SHOAL_BEGIN

struct RuleDefaults {
  static constexpr bool decays = false;  // do weights shrink by rate * weight_decay before the step?
  // The factor at update t that corrects the bias of averages that start at zero: Step::bias_correction.
  static double correction(double, double, double) { return 1; }
  // What is added to the root at update t: Step::epsilon.
  static double epsilon(double epsilon, double, double) { return epsilon; }
};

struct GradientDescent : RuleDefaults {
  static constexpr const char* name = "gradient_descent";
  static constexpr int n_slots = 0;
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>*) {
    theta = theta - static_cast<T>(s.rate) * g;
  }
};

struct Momentum : RuleDefaults {
  static constexpr const char* name = "momentum";
  static constexpr int n_slots = 1;
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>* slots) {
    slots[0] = static_cast<T>(s.momentum) * slots[0] - static_cast<T>(s.rate) * g;
    theta = theta + slots[0];
  }
};

struct Nesterov : RuleDefaults {
  static constexpr const char* name = "nesterov";
  static constexpr int n_slots = 1;
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>* slots) {
    const T momentum = static_cast<T>(s.momentum);
    const Vec<T> step = static_cast<T>(s.rate) * g;
    slots[0] = momentum * slots[0] - step;
    theta = theta + momentum * slots[0] - step;
  }
};

struct RMSprop : RuleDefaults {
  static constexpr const char* name = "rmsprop";
  static constexpr int n_slots = 1;
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>* slots) {
    const T beta2 = static_cast<T>(s.beta2), rest = static_cast<T>(1 - s.beta2);
    slots[0] = beta2 * slots[0] + rest * (g * g);
    theta = theta - static_cast<T>(s.rate) * g / (sqrt(slots[0]) + static_cast<T>(s.epsilon));
  }
};

// Adam reads theta, two averages and g, and writes three of them back: 28 bytes for each parameter in
// float32, from the second-level cache. The root and the division for each vector take the longest. For a
// network of width 30 in batches of 64, Adam takes a tenth of the time.
struct Adam : RuleDefaults {
  static constexpr const char* name = "adam";
  static constexpr int n_slots = 2;
  static double correction(double beta1, double beta2, double t) {
    return __builtin_sqrt(1 - __builtin_pow(beta2, t)) / (1 - __builtin_pow(beta1, t));
  }
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>* slots) {
    const T beta1 = static_cast<T>(s.beta1), rest1 = static_cast<T>(1 - s.beta1);
    const T beta2 = static_cast<T>(s.beta2), rest2 = static_cast<T>(1 - s.beta2);
    slots[0] = beta1 * slots[0] + rest1 * g;
    slots[1] = beta2 * slots[1] + rest2 * (g * g);
    const T rate = static_cast<T>(s.rate * s.bias_correction);
    theta = theta - rate * slots[0] / (sqrt(slots[1]) + static_cast<T>(s.epsilon));
  }
};

// Adds epsilon to the root of the corrected average, sqrt(s / k) with k = 1 - beta2^t. That is Adam with an
// epsilon of sqrt(k) epsilon. It stays above zero, because padding is 0 / (0 + epsilon).
struct AdamCorrected : Adam {
  static constexpr const char* name = "adam_corrected";
  static double epsilon(double epsilon, double beta2, double t) {
    const double scaled = epsilon * __builtin_sqrt(1 - __builtin_pow(beta2, t));
    return scaled > 1e-30 ? scaled : 1e-30;
  }
};

struct AdamW : Adam {
  static constexpr const char* name = "adamw";
  static constexpr bool decays = true;
};

struct Adagrad : RuleDefaults {
  static constexpr const char* name = "adagrad";
  static constexpr int n_slots = 1;
  template <class T>
  static void step(const Step<T>& s, Vec<T> g, Vec<T>& theta, Vec<T>* slots) {
    slots[0] = slots[0] + g * g;
    theta = theta - static_cast<T>(s.rate) * g / (sqrt(slots[0]) + static_cast<T>(s.epsilon));
  }
};

using Rules = List<GradientDescent, Momentum, Nesterov, RMSprop, Adam, AdamCorrected, AdamW, Adagrad>;

inline int slots_of(Rule rule) {
  int n_slots = 0;
  with(Rules{}, rule, [&]<class R>() { n_slots = R::n_slots; });
  return n_slots;
}

SHOAL_END
