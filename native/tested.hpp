// What tests call directly: the functions of functions.hpp, and every activation with its slope.
#pragma once

#include "activations.hpp"

SHOAL_BEGIN

struct ExpOfMinus {  // e^-|x|
  static constexpr const char* name = "exp";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return exp_below_zero<T>(-absolute<T>(x));
  }
};

struct LogOnePlusExp {  // log(1 + e^-|x|)
  static constexpr const char* name = "log_1_plus_exp";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return log_1_plus<T>(exp_below_zero<T>(-absolute<T>(x)));
  }
};

struct LogOnePlus {  // log(1 + |x|)
  static constexpr const char* name = "log";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return log<T>(T(1) + absolute<T>(x));
  }
};

struct ExpOfAny {  // e^x
  static constexpr const char* name = "exp_of_any";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return exp<T>(x);
  }
};

struct ExpMinusOne {  // e^x - 1, for x > 1 as for 1
  static constexpr const char* name = "exp_minus_1";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return exp_minus_1<T>(x);
  }
};

struct LogOfAny {  // log |x|
  static constexpr const char* name = "log_of_any";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    return log<T>(absolute<T>(x));
  }
};

struct TailOfNormal {  // 1 - Phi(|x|)
  static constexpr const char* name = "normal_tail";
  template <class T>
  static Vec<T> f(Vec<T> x) {
    const NormalTail<T> tail = normal_tail<T>(absolute<T>(x));
    return tail.e * tail.ratio;
  }
};

using Functions = List<ExpOfMinus, LogOnePlusExp, LogOnePlus, ExpOfAny, ExpMinusOne, LogOfAny, TailOfNormal>;

// y = f(x). Places from Functions::size on are those of the activations, which have a slope too.
template <class T>
void function(int which, bool slope, const T* x, T* y, Index size) {
  const auto each = [&](auto f) {
    for (Index i = 0; i < size; i += lanes<T>) {
      const Index left = size - i < lanes<T> ? size - i : lanes<T>;
      store_part(y + i, f(load_part(x + i, left)), left);
    }
  };
  with(Functions{}, which, [&]<class F>() { each([](Vec<T> z) { return F::template f<T>(z); }); });
  with(Activations{}, which - Functions::size, [&]<class G>() {
    each([slope](Vec<T> z) {
      const Vec<T> a = G::template g<T>(z);
      return slope ? slope_of<T, G>(z, a) : a;
    });
  });
}

SHOAL_END
