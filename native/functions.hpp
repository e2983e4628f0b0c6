// e^x, sigmoid, tanh, log x, log(1 + e^-|x|) of vectors, to about one unit in the last place, and the tail of
// the normal distribution.
//
// Arguments are reduced as usual (x = n log 2 + r), and a polynomial computes the rest. It was fitted so that
// its largest error is as small as possible (Chebyshev nodes, 40 digits): 1.3e-17 for e^r and 4.6e-18 for the
// logarithm in float64; 8e-9 and 3e-9 in float32. Only the Poisson output needs e^x for x > 0; nothing else
// overflows. The division takes the longest: about 11 cycles for 16 values of tanh in float32 with AVX-512.
#pragma once

#include "simd.hpp"

SHOAL_BEGIN

template <class T>
inline Vec<T> polynomial(Vec<T>, T c0) {
  return broadcast(c0);
}

// c0 + c1 x + c2 x^2 + ... (Horner)
template <class T, class... Rest>
inline Vec<T> polynomial(Vec<T> x, T c0, Rest... rest) {
  return fma(polynomial<T>(x, rest...), x, broadcast(c0));
}

// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2.
inline Vec<double> exp_rest(Vec<double> r) {
  return polynomial<double>(r, 0x1.0000000000001p-1, 0x1.5555555555556p-3, 0x1.5555555553d63p-5,
                            0x1.11111111109b3p-7, 0x1.6c16c1788bd90p-10, 0x1.a01a01a7c41d5p-13,
                            0x1.a019b90d2ae7ap-16, 0x1.71de0dae63bb3p-19, 0x1.289185613a3d6p-22,
                            0x1.af38a9b0ec855p-26);
}

inline Vec<float> exp_rest(Vec<float> r) {
  return polynomial<float>(r, 0x1.0000000000000p-1f, 0x1.5554dcp-3f, 0x1.555519p-5f, 0x1.120b6ep-7f,
                           0x1.6d1109p-10f);
}

// (atanh(s) / s - 1) / s^2 for s^2 = t <= 0.0295.
inline Vec<double> atanh_rest(Vec<double> t) {
  return polynomial<double>(t, 0x1.5555555555558p-2, 0x1.9999999995273p-3, 0x1.2492492dfd86cp-3,
                            0x1.c71c62d5e53e0p-4, 0x1.7462b91b8df65p-4, 0x1.39fdcceb4bb45p-4,
                            0x1.2b5f68a50d903p-4);
}

inline Vec<float> atanh_rest(Vec<float> t) {
  return polynomial<float>(t, 0x1.55555cp-2f, 0x1.997c22p-3f, 0x1.2ee8c8p-3f);
}

template <class T>
constexpr T lowest_exponent =
    sizeof(T) == 8 ? T(-708) : T(-87);  // below, e^x is not a normal number, and counts as zero

template <class T>
struct Reduced {
  Vec<T> scale, part;  // e^x = scale + scale * part
};

// e^x for x <= 0, as a scale and a part; an x below the lowest exponent counts as the lowest. With a small
// `rest` it is e^(x + rest), where the sum has more digits than a number can hold.
template <class T, class... Rest>
inline Reduced<T> reduce(Vec<T> x, Rest... rest) {
  constexpr bool wide = sizeof(T) == 8;
  constexpr T lowest = lowest_exponent<T>;
  constexpr T log2_high = wide ? T(0x1.62e42fefa38p-1) : T(0x1.62e4p-1);  // times n is exact
  constexpr T log2_low = wide ? T(0x1.ef35793c7673p-45) : T(0x1.7f7d1cf8p-20);
  x = x < lowest ? broadcast(lowest) : x;  // keeps NaN
  const Vec<T> rounded = fma(x, broadcast(T(0x1.71547652b82fep0)), broadcast(Bits<T>::round));
  const Vec<T> n = rounded - Bits<T>::round;
  Vec<T> r = fma(n, broadcast(-log2_high), x);
  r = fma(n, broadcast(-log2_low), r);
  ((r += rest), ...);
  const auto bits = ((typename Bits<T>::Vec)rounded << Bits<T>::mantissa) + Bits<T>::one;
  return {(Vec<T>)bits, fma(r * r, exp_rest(r), r)};
}

// e^x, or e^(x + rest), for x <= 0.
template <class T, class... Rest>
inline Vec<T> exp_below_zero(Vec<T> x, Rest... rest) {
  const Reduced<T> e = reduce<T>(x, rest...);
  return x < lowest_exponent<T> ? Vec<T>{} : fma(e.scale, e.part, e.scale);
}

// e^x, infinite above the largest number. The scale of the largest results would be infinite, so for x > 0 it
// is halved, and the result doubled.
template <class T>
inline Vec<T> exp(Vec<T> x) {
  using B = Bits<T>;
  constexpr T highest = sizeof(T) == 8 ? T(710) : T(89);  // from there on e^x is infinite
  x = x > highest ? broadcast(highest) : x;               // keeps NaN
  const Reduced<T> e = reduce<T>(x);
  constexpr decltype(B::one) half = static_cast<decltype(B::one)>(1) << B::mantissa;
  const auto above = x > T(0);
  const Vec<T> scale = above ? (Vec<T>)((typename B::Vec)e.scale - half) : e.scale;
  const Vec<T> y = fma(scale, e.part, scale);
  return x < lowest_exponent<T> ? Vec<T>{} : above ? y + y : y;
}

// e^x - 1 for x <= 1, which keeps small x exact; above 1 it is e - 1.
template <class T>
inline Vec<T> exp_minus_1(Vec<T> x) {
  const Reduced<T> e = reduce<T>(x > T(1) ? broadcast(T(1)) : x);
  return fma(e.scale, e.part, e.scale - T(1));
}

// 1 / (1 + e^-z), given e = e^-|z|.
template <class T>
inline Vec<T> sigmoid(Vec<T> z, Vec<T> e) {
  const Vec<T> a = T(1) / (T(1) + e);
  return z >= T(0) ? a : e * a;
}

template <class T>
inline Vec<T> sigmoid(Vec<T> z) {
  return sigmoid<T>(z, exp_below_zero<T>(-absolute<T>(z)));
}

// -u / (u + 2) with u = e^(-2 |z|) - 1, which keeps small z exact.
template <class T>
inline Vec<T> tanh(Vec<T> z) {
  const Reduced<T> e = reduce<T>(T(-2) * absolute<T>(z));
  const Vec<T> u = fma(e.scale, e.part, e.scale - T(1));
  return with_sign_of<T>((T(0) - u) / (u + T(2)), z);
}

// log(1 + e) for 0 <= e <= 1: 2 atanh((x - 1) / (x + 1)) with x = 1 + e or half of it.
template <class T>
inline Vec<T> log_1_plus(Vec<T> e) {
  const auto big = e > T(0.41421356237309504);
  const Vec<T> s = (big ? e - T(1) : e) / (big ? e + T(3) : e + T(2));
  const Vec<T> t = s * s;
  const Vec<T> half = fma(s * t, atanh_rest(t), s);
  return fma(half, broadcast(T(2)), big ? broadcast(T(0.6931471805599453)) : Vec<T>{});
}

// log(x) for normal x > 0: x = 2^k f with f about 1, and log f = 2 atanh((f - 1) / (f + 1)).
template <class T>
inline Vec<T> log(Vec<T> x) {
  using B = Bits<T>;
  constexpr auto root_half = sizeof(T) == 8 ? static_cast<decltype(B::one)>(0x3FE6A09E667F3BCD)
                                            : static_cast<decltype(B::one)>(0x3F3504F3);
  constexpr T exact = B::round;  // adding k to its bits adds it to the number
  const auto k = ((typename B::Vec)x - root_half) >> B::mantissa;
  const Vec<T> f = (Vec<T>)((typename B::Vec)x - (k << B::mantissa));
  const Vec<T> power = (Vec<T>)(k + (typename B::Vec)broadcast(exact)) - exact;
  const Vec<T> s = (f - T(1)) / (f + T(1)), t = s * s;
  const Vec<T> log_f = T(2) * fma(s * t, atanh_rest(t), s);
  const Vec<T> y = fma(power, broadcast(T(0.6931471805599453)), log_f);
  return x > T(0) ? y : x;  // keeps NaN
}

// (y + 4) e^(y^2 / 2) (1 - Phi(y)) for y >= 0, as a polynomial in t = (y - 4) / (y + 4). The relative error
// of the fit is 3.6e-17 up to y = 38.7 in float64, and 1.2e-8 up to y = 13.5 in float32; for larger y the
// tail is zero.
inline Vec<double> tail_rest(Vec<double> t) {
  return polynomial<double>(
      t, 0x1.82b4bb8c94dcep-1, -0x1.373e3a893c287p-1, 0x1.8c6dbf2cfc2fbp-2, -0x1.7dff2bff688ap-3,
      0x1.eec4cc3e459fap-5, -0x1.ee27610349e76p-8, -0x1.c81719cb091p-9, 0x1.ab825f7de2f78p-10,
      0x1.17a4a6e7a5034p-13, -0x1.e4a415c11b7b6p-13, -0x1.00120b4de2cd6p-19, 0x1.26cf887a5316p-15,
      0x1.7fe0e1370a5cp-21, -0x1.8d352f4cd7869p-18, -0x1.4fa3c1bf640d8p-21, 0x1.11bae4ab8471bp-20,
      0x1.1b2d26ff43e51p-22, -0x1.4b0ab63e0bc3cp-23, -0x1.481bdad69bd0dp-24, 0x1.f216c3b440104p-27,
      0x1.dde5618264993p-27, 0x1.b2abb1109c853p-34, -0x1.0676ef8d985bp-30);
}

inline Vec<float> tail_rest(Vec<float> t) {
  return polynomial<float>(t, 0x1.82b4bcp-1f, -0x1.373e3ap-1f, 0x1.8c6d9p-2f, -0x1.7dff6ep-3f, 0x1.eeda4ap-5f,
                           -0x1.ed962ep-8f, -0x1.ce8564p-9f, 0x1.9d2438p-10f, 0x1.b52f6cp-13f,
                           -0x1.eb4fb4p-14f);
}

template <class T>
struct NormalTail {
  Vec<T> y, e, ratio;  // y (cut off where e is zero), e = e^(-y^2 / 2), and (1 - Phi(y)) / e
};

// The tail of the normal distribution for y >= 0. 1 - Phi(y) is accurate as long as it is a normal number: on
// average it is off by one unit in the last place, at most by five.
template <class T>
inline NormalTail<T> normal_tail(Vec<T> y) {
  constexpr bool wide = sizeof(T) == 8;
  constexpr T farthest = wide ? T(40) : T(14), grid = wide ? T(0x1p20) : T(0x1p8);
  y = y > farthest ? broadcast(farthest) : y;  // keeps NaN
  // y^2 = h^2 + (y - h) (y + h), where h is y rounded to so few digits that h^2 is exact. Otherwise e^-y^2
  // would magnify the rounding error of y^2 by y^2.
  const Vec<T> h = (fma(y, broadcast(grid), broadcast(Bits<T>::round)) - Bits<T>::round) * (1 / grid);
  const Vec<T> e = exp_below_zero<T>(T(-0.5) * (h * h), T(-0.5) * ((y - h) * (y + h)));
  const Vec<T> inverse = T(1) / (y + T(4));
  return {y, e, tail_rest((y - T(4)) * inverse) * inverse};
}

SHOAL_END
