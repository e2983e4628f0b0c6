// One CPU level's kernels for both precisions: this file is compiled once a level.

#include "backward.hpp"

SHOAL_BEGIN

template <class T>
void function(int which, const T* x, T* y, Index size) {
  for (Index i = 0; i < size; i += lanes<T>) {
    const Index left = size - i < lanes<T> ? size - i : lanes<T>;
    const Vec<T> z = load_part(x + i, left);
    const Vec<T> e = exp_below_zero<T>(-absolute<T>(z));
    const Vec<T> f = which == 0   ? e
                     : which == 1 ? sigmoid<T>(z)
                     : which == 2 ? tanh<T>(z)
                     : which == 3 ? log_1_plus<T>(e)
                                  : log_above_one<T>(T(1) + absolute<T>(z));
    store_part(y + i, f, left);
  }
}

template <class T>
double total(const T* x, Index size) {
  return static_cast<double>(row_sum(x, size));
}

extern const Kernels<float> kernels_float;
extern const Kernels<double> kernels_double;
const Kernels<float> kernels_float = {columns<float>, total<float>,  units<float>,
                                      finish<float>,  update<float>, function<float>};
const Kernels<double> kernels_double = {columns<double>, total<double>,  units<double>,
                                        finish<double>,  update<double>, function<double>};

SHOAL_END
