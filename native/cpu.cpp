#include "cpu.hpp"

#define SHOAL_DECLARE(level)                   \
  namespace shoal::level {                     \
  extern const Kernels<float> kernels_float;   \
  extern const Kernels<double> kernels_double; \
  }

SHOAL_DECLARE(baseline)
#if defined(SHOAL_X86_LEVELS)
SHOAL_DECLARE(avx2)
SHOAL_DECLARE(avx512)
#endif

namespace shoal {

const std::vector<Level>& levels() {
  static const std::vector<Level> all = {
      {"baseline", true, &baseline::kernels_float, &baseline::kernels_double},
#if defined(SHOAL_X86_LEVELS)
      {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), &avx2::kernels_float,
       &avx2::kernels_double},
      {"avx512",
       __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
       &avx512::kernels_float, &avx512::kernels_double},
#endif
  };
  return all;
}

}  // namespace shoal
