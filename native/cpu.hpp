// The CPU levels that were compiled, whether this machine has them, and the kernels of a level.
#pragma once

#include <string>
#include <vector>

#include "types.hpp"

namespace shoal {

struct Level {
  std::string name;
  bool here;  // can this machine run it?
  const Kernels<float>* kernels_float;
  const Kernels<double>* kernels_double;
};

// All that were compiled, the slowest first.
const std::vector<Level>& levels();

template <class T>
const Kernels<T>& kernels_of(const Level& level);
template <>
inline const Kernels<float>& kernels_of<float>(const Level& level) {
  return *level.kernels_float;
}
template <>
inline const Kernels<double>& kernels_of<double>(const Level& level) {
  return *level.kernels_double;
}

}  // namespace shoal
