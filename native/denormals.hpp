// While such an object lives, denormal numbers count as zero: arithmetic with them takes a hundred times as
// long.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif
#include <cstdint>

namespace shoal {

class FlushDenormals {
 public:
  FlushDenormals() : before_(get()) { set(before_ | flags); }
  ~FlushDenormals() { set(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

  // Calls code from outside, such as a signal's handler, with denormals as usual.
  template <class F>
  static auto outside(const F& f) {
    const auto inside = get();
    set(inside & ~flags);
    const auto result = f();
    set(inside);
    return result;
  }

 private:
#if defined(__SSE2__)
  static constexpr std::uint64_t flags = 0x8040;  // results to zero, operands as zero
  static std::uint64_t get() { return _mm_getcsr(); }
  static void set(std::uint64_t state) { _mm_setcsr(static_cast<unsigned>(state)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t flags = std::uint64_t{1} << 24;
  static std::uint64_t get() {
    std::uint64_t state;
    asm volatile("mrs %0, fpcr" : "=r"(state));
    return state;
  }
  static void set(std::uint64_t state) { asm volatile("msr fpcr, %0" : : "r"(state)); }
#else
  static constexpr std::uint64_t flags = 0;
  static std::uint64_t get() { return 0; }
  static void set(std::uint64_t) {}
#endif
  std::uint64_t before_;
};

}  // namespace shoal
