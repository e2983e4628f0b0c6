// One CPU level's kernels for both precisions: this file is compiled once a level.

#include "backward.hpp"
#include "tested.hpp"

SHOAL_BEGIN

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
