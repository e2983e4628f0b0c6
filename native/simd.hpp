// Vectors of T, as wide as this CPU level allows, and the few operations that compilers do not provide.
//
// Every element goes through the same instructions wherever it stands in a vector or an array, and the
// compiler may not fuse a * b + c by itself (-ffp-contract=off): where it is to be fused, the source says
// `fma`. So the bits of a result do not depend on how an array was cut into pieces.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "level.hpp"
#include "types.hpp"

SHOAL_BEGIN

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T>
struct Simd {
  static constexpr int lanes = vector_bytes / sizeof(T);
  typedef T Vec __attribute__((vector_size(vector_bytes)));
  typedef T Loose __attribute__((vector_size(vector_bytes), aligned(alignof(T)), may_alias));
};

template <class T>
using Vec = typename Simd<T>::Vec;
template <class T>
constexpr int lanes = Simd<T>::lanes;

// Integers of the same width, for the bits of floating-point numbers.
template <class T>
struct Bits;
template <>
struct Bits<double> {
  typedef std::int64_t Vec __attribute__((vector_size(vector_bytes)));
  static constexpr int mantissa = 52;
  static constexpr std::int64_t one = 0x3FF0000000000000, sign = INT64_MIN;
  static constexpr double round = 0x1.8p52;  // adding it rounds to a whole number
};
template <>
struct Bits<float> {
  typedef std::int32_t Vec __attribute__((vector_size(vector_bytes)));
  static constexpr int mantissa = 23;
  static constexpr std::int32_t one = 0x3F800000, sign = INT32_MIN;
  static constexpr float round = 0x1.8p23f;
};

template <class T>
inline Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename Simd<T>::Loose*>(p);
}

template <class T>
inline void store(T* p, Vec<T> x) {
  *reinterpret_cast<typename Simd<T>::Loose*>(p) = x;
}

// Ones for the first `size` elements, 0 < size <= lanes.
#if defined(__AVX512F__)
template <class T>
inline unsigned first_lanes(Index size) {
  return (1u << size) - 1;
}
#elif defined(__AVX2__)
template <class T>
inline __m256i first_lanes(Index size) {
  typename Bits<T>::Vec mask;
  for (int i = 0; i < lanes<T>; ++i) mask[i] = i < size ? -1 : 0;
  return (__m256i)mask;
}
#endif

// The first `size` elements; zeros in the place of the others.
template <class T>
inline Vec<T> load_part(const T* p, Index size) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8)
    return (Vec<T>)_mm512_maskz_loadu_pd(static_cast<__mmask8>(first_lanes<T>(size)), p);
  else
    return (Vec<T>)_mm512_maskz_loadu_ps(static_cast<__mmask16>(first_lanes<T>(size)), p);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 8)
    return (Vec<T>)_mm256_maskload_pd(p, first_lanes<T>(size));
  else
    return (Vec<T>)_mm256_maskload_ps(p, first_lanes<T>(size));
#else
  Vec<T> x = {};
  for (Index i = 0; i < size; ++i) x[i] = p[i];
  return x;
#endif
}

template <class T>
inline void store_part(T* p, Vec<T> x, Index size) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8)
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>(first_lanes<T>(size)), (__m512d)x);
  else
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>(first_lanes<T>(size)), (__m512)x);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 8)
    _mm256_maskstore_pd(p, first_lanes<T>(size), (__m256d)x);
  else
    _mm256_maskstore_ps(p, first_lanes<T>(size), (__m256)x);
#else
  for (Index i = 0; i < size; ++i) p[i] = x[i];
#endif
}

template <class T>
inline Vec<T> broadcast(T x) {
  return x - Vec<T>{};
}

// a * b + c, rounded once where the CPU can.
inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
#if defined(__AVX512F__)
  return (Vec<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
  return (Vec<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__)
  return (Vec<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
  return a * b + c;
#endif
}

inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
#if defined(__AVX512F__)
  return (Vec<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
  return (Vec<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
  return (Vec<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  return a * b + c;
#endif
}

inline Vec<double> sqrt(Vec<double> x) {
#if defined(__AVX512F__)
  return (Vec<double>)_mm512_maskz_sqrt_pd(0xFF, (__m512d)x);
#elif defined(__AVX2__)
  return (Vec<double>)_mm256_sqrt_pd((__m256d)x);
#elif defined(__SSE2__)
  return (Vec<double>)_mm_sqrt_pd((__m128d)x);
#elif defined(__aarch64__)
  return (Vec<double>)vsqrtq_f64((float64x2_t)x);
#else
  for (int i = 0; i < lanes<double>; ++i) x[i] = __builtin_sqrt(x[i]);
  return x;
#endif
}

inline Vec<float> sqrt(Vec<float> x) {
#if defined(__AVX512F__)
  return (Vec<float>)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)x);
#elif defined(__AVX2__)
  return (Vec<float>)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
  return (Vec<float>)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
  return (Vec<float>)vsqrtq_f32((float32x4_t)x);
#else
  for (int i = 0; i < lanes<float>; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

template <class T>
inline Vec<T> absolute(Vec<T> x) {
  return (Vec<T>)((typename Bits<T>::Vec)x & ~Bits<T>::sign);
}

template <class T>
inline Vec<T> with_sign_of(Vec<T> size, Vec<T> x) {
  using B = typename Bits<T>::Vec;
  return (Vec<T>)((B)size | ((B)x & Bits<T>::sign));
}

// a0 b0 a1 b1 ... of the lower halves, and of the upper ones.
template <class T>
inline void interleave(Vec<T> a, Vec<T> b, Vec<T>& low, Vec<T>& high) {
  if constexpr (lanes<T> == 2) {
    low = __builtin_shufflevector(a, b, 0, 2);
    high = __builtin_shufflevector(a, b, 1, 3);
  } else if constexpr (lanes<T> == 4) {
    low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  } else if constexpr (lanes<T> == 8) {
    low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  } else {
    low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    high = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}

// Rows become columns: log2(lanes) perfect shuffles of the whole block.
template <class T>
inline void transpose(Vec<T> (&x)[lanes<T>]) {
  constexpr int n = lanes<T>;
  for (int stage = 1; stage < n; stage *= 2) {
    Vec<T> y[n];
    for (int i = 0; i < n / 2; ++i) interleave<T>(x[i], x[i + n / 2], y[2 * i], y[2 * i + 1]);
    for (int i = 0; i < n; ++i) x[i] = y[i];
  }
}

// The sum of the elements, by halves.
template <class T>
inline T sum(Vec<T> x) {
  if constexpr (lanes<T> == 16)
    x += __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  if constexpr (lanes<T> == 16)
    x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);
  if constexpr (lanes<T> == 8) x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
  if constexpr (lanes<T> == 4) x += __builtin_shufflevector(x, x, 2, 3, 0, 1);
  if constexpr (lanes<T> >= 8)
    return (x[0] + x[2]) + (x[1] + x[3]);
  else
    return x[0] + x[1];
}

SHOAL_END
