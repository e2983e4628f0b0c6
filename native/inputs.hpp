// What comes from Python is checked here, before a pointer to it is used: precision, layout, shapes, ranges.
// What is wrong is refused with an error of shoal.base.errors, whose text stands in the catalogue.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cmath>
#include <type_traits>

#include "train.hpp"

namespace shoal {

namespace nb = nanobind;

inline nb::handle ndarray_type;  // numpy.ndarray; set when the module is made, and never given back

template <class... Values>
[[noreturn]] void refuse(const char* kind, const char* key, Values&&... values) {
  const nb::object error = nb::module_::import_("shoal.base.errors").attr(kind);
  const nb::object instance = error(key, std::forward<Values>(values)...);
  PyErr_SetObject(error.ptr(), instance.ptr());
  throw nb::python_error();
}

template <class T>
constexpr const char* name_of() {
  return std::is_integral_v<T> ? "int64" : sizeof(T) == 8 ? "float64" : "float32";
}

// An array with `dims` axes that came from Python; `Held` says whether a read-only one will do.
template <class Held>
class Array {
 public:
  Array(const char* symbol, nb::handle value, std::size_t dims) : symbol_(symbol) {
    if (!nb::isinstance(value, ndarray_type) || !nb::try_cast(value, array_, false))
      refuse("UsageError", "engine.no_array", nb::arg("symbol") = symbol,
             nb::arg("got") = nb::repr(value.type()));
    if (array_.ndim() != dims)
      refuse("ShapeError", "engine.axes", nb::arg("symbol") = symbol, nb::arg("wanted") = dims,
             nb::arg("got") = array_.ndim());
  }

  Index size(std::size_t axis) const { return static_cast<Index>(array_.shape(axis)); }
  Index stride(std::size_t axis) const { return array_.stride(axis); }

  template <class T>
  bool holds() const {
    return array_.dtype() == nb::dtype<T>();
  }

  const Array& sized(std::size_t axis, Index wanted) const {
    if (size(axis) != wanted)
      refuse("ShapeError", "engine.size", nb::arg("symbol") = symbol_, nb::arg("axis") = axis,
             nb::arg("wanted") = wanted, nb::arg("got") = size(axis));
    return *this;
  }

  // Where elements of T begin that lie one after the other; null if there are none.
  template <class T>
  auto contiguous() const {
    const auto data = any_layout<T>();
    Index step = 1;
    for (std::size_t axis = array_.ndim(); axis-- > 0; step *= size(axis))
      if (size(axis) > 1 && stride(axis) != step && array_.size() > 0) refuse_layout();
    return array_.size() > 0 ? data : nullptr;
  }

  template <class T>
  auto any_layout() const {
    if (!holds<T>())
      refuse("UsageError", "engine.dtype", nb::arg("symbol") = symbol_, nb::arg("wanted") = name_of<T>());
    const auto data = array_.data();
    if (reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0) refuse_layout();
    using Element = std::conditional_t<std::is_same_v<decltype(data), void* const>, T, const T>;
    return static_cast<Element*>(data);
  }

 private:
  [[noreturn]] void refuse_layout() const {
    refuse("UsageError", "engine.contiguous", nb::arg("symbol") = symbol_);
  }

  const char* symbol_;
  Held array_;
};

using Readable = Array<nb::ndarray<nb::ro, nb::device::cpu>>;
using Writable = Array<nb::ndarray<nb::device::cpu>>;

inline double number(const char* symbol, nb::handle value, double lowest) {
  double x = 0;
  if (!nb::try_cast(value, x) || !(x >= lowest) || std::isinf(x))
    refuse("UsageError", "engine.number", nb::arg("symbol") = symbol, nb::arg("lowest") = lowest,
           nb::arg("got") = nb::repr(value));
  return x;
}

inline Index whole_number(const char* symbol, nb::handle value, Index lowest) {
  Index x = 0;
  if (!nb::try_cast(value, x) || x < lowest)
    refuse("UsageError", "engine.number", nb::arg("symbol") = symbol, nb::arg("lowest") = lowest,
           nb::arg("got") = nb::repr(value));
  return x;
}

// X comes as rows, (m, n_x), in the precision of theta or in float32.
template <class T>
Examples<T> inputs_of(const Network& network, nb::handle X_rows) {
  Examples<T> data{};
  const Readable X("X", X_rows, 2);
  X.sized(1, network.n.front());
  data.narrow = sizeof(T) == 8 && X.holds<float>();
  data.X = data.narrow ? static_cast<const void*>(X.contiguous<float>()) : X.contiguous<T>();
  data.X_stride = network.n.front();
  data.m = X.size(0);
  return data;
}

template <class S, class T>
void add_targets(Examples<T>& data, const Network& network, nb::handle Y_columns, nb::handle weights) {
  const Readable Y("Y", Y_columns, 2);
  data.Y = Y.sized(0, network.n.back()).sized(1, data.m).template any_layout<S>();
  data.Y_unit = Y.stride(0);
  data.Y_example = Y.stride(1);
  if (!weights.is_none())
    data.v = Readable("v", weights, 2).sized(0, 1).sized(1, data.m).template contiguous<S>();
}

// Y is (n_y, m) in any layout, v (1, m) or None; both in the precision of X.
template <class T>
Examples<T> examples_of(const Network& network, nb::handle X_rows, nb::handle Y, nb::handle v) {
  Examples<T> data = inputs_of<T>(network, X_rows);
  data.narrow ? add_targets<float>(data, network, Y, v) : add_targets<T>(data, network, Y, v);
  return data;
}

// Which of m examples: at least one, and all of them there.
inline const Index* rows_of(nb::handle value, Index m, Index& size) {
  const Readable rows("rows", value, 1);
  const Index* row = rows.contiguous<Index>();
  size = rows.size(0);
  for (Index i = 0; i < size; ++i)
    if (row[i] < 0 || row[i] >= m)
      refuse("ShapeError", "engine.row", nb::arg("row") = row[i], nb::arg("m") = m);
  if (size == 0) refuse("ShapeError", "engine.no_rows");
  return row;
}

// The m of the penalties: how many examples these are, a weight of k counting as k of them.
template <class T>
double total_weight_of(const Examples<T>& data, const Index* rows, Index m) {
  if (!data.v) return static_cast<double>(m);
  double total = 0;
  for (Index i = 0; i < m; ++i) {
    const Index who = rows ? rows[i] : i;
    const double v = data.narrow ? static_cast<double>(static_cast<const float*>(data.v)[who])
                                 : static_cast<double>(static_cast<const T*>(data.v)[who]);
    if (!(v >= 0) || std::isinf(v)) number("v", nb::float_(v), 0);  // says what is wrong with it
    total += v;
  }
  return total;
}

// The first example that is not finite: the product of such a number with zero is not zero.
template <class S>
Index first_not_finite(const S* X, Index m, Index n_x) {
  for (Index i = 0; i < m; ++i) {
    S trace = 0;
    for (Index k = 0; k < n_x; ++k) trace += X[i * n_x + k] * 0;
    if (trace != 0) return i;
  }
  return m;
}

// Refuses X that is not finite, and says where the first such example is.
template <class T>
void check_finite(const Examples<T>& data) {
  const Index row = data.narrow ? first_not_finite(static_cast<const float*>(data.X), data.m, data.X_stride)
                                : first_not_finite(static_cast<const T*>(data.X), data.m, data.X_stride);
  if (row < data.m) refuse("DataError", "engine.not_finite", nb::arg("symbol") = "X", nb::arg("row") = row);
}

}  // namespace shoal
