// Checks everything that comes from Python before a pointer to it is used: precision, layout, shapes, ranges.
// A wrong value raises an error of shoal.base.errors, whose text is in the catalogue.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "activations.hpp"
#include "outputs.hpp"
#include "rules.hpp"
#include "train.hpp"

namespace shoal {

namespace nb = nanobind;

// numpy.ndarray and numpy.bool_; set when the module is created, and never released.
inline nb::handle ndarray_type, bool_type;

constexpr Index most_units =
    std::numeric_limits<std::int32_t>::max();      // of a layer: products count in 32 bits
constexpr Index most_parameters = Index{1} << 47;  // with padding, their bytes still fit into an Index
constexpr Index most_counted = Index{1} << 53;     // the largest number of updates or epochs to begin with
constexpr Index most_threads = 256;

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

// An array with `dims` axes that came from Python; nanobind's type `View` says whether it may be read-only.
template <class View>
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

  // The elements of T, which lie one after the other; null if there are none.
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
  View array_;
};

using Readable = Array<nb::ndarray<nb::ro, nb::device::cpu>>;
using Writable = Array<nb::ndarray<nb::device::cpu>>;

inline bool is_bool(nb::handle value) {
  return nb::isinstance<nb::bool_>(value) || value.type().is(bool_type);
}

[[noreturn]] inline void refuse_number(const char* symbol, double lowest, nb::handle value) {
  refuse("UsageError", "engine.number", nb::arg("symbol") = symbol, nb::arg("lowest") = lowest,
         nb::arg("got") = nb::repr(value));
}

inline double number(const char* symbol, nb::handle value, double lowest) {
  double x = 0;
  if (is_bool(value) || !nb::try_cast(value, x) || !(x >= lowest) || std::isinf(x))
    refuse_number(symbol, lowest, value);
  return x;
}

inline Index whole_number(const char* symbol, nb::handle value, Index lowest,
                          Index highest = std::numeric_limits<Index>::max()) {
  Index x = 0;
  if (is_bool(value) || !nb::try_cast(value, x) || x < lowest)
    refuse_number(symbol, static_cast<double>(lowest), value);
  if (x > highest)
    refuse("UsageError", "engine.too_large", nb::arg("symbol") = symbol, nb::arg("highest") = highest,
           nb::arg("got") = x);
  return x;
}

inline std::uint64_t seed_of(nb::handle value) {
  std::uint64_t seed = 0;
  if (is_bool(value) || !nb::try_cast(value, seed)) refuse_number("seed", 0, value);
  return seed;
}

inline int threads_of(nb::handle value) {
  return static_cast<int>(std::min(whole_number("n_threads", value, 1), most_threads));
}

inline bool flag(const char* symbol, nb::handle value) {
  if (!is_bool(value))
    refuse("UsageError", "engine.flag", nb::arg("symbol") = symbol, nb::arg("got") = nb::repr(value));
  return PyObject_IsTrue(value.ptr()) == 1;
}

// Calls f with each item of a tuple, a list, an array or another sequence.
template <class F>
void each_item(const char* symbol, nb::handle value, F f) {
  if (!nb::isinstance<nb::sequence>(value))
    refuse("UsageError", "engine.sequence", nb::arg("symbol") = symbol, nb::arg("got") = nb::repr(value));
  for (const nb::handle item : value) f(item);
}

// The place of this name in one of our lists, such as Activations.
template <class Items>
int place_of(Items, const char* key, nb::handle name) {
  if (nb::isinstance<nb::str>(name)) {
    Py_ssize_t size = 0;
    const char* const text = PyUnicode_AsUTF8AndSize(name.ptr(), &size);
    if (!text) throw nb::python_error();
    const std::string_view wanted(text, static_cast<std::size_t>(size));
    for (int place = 0; place < Items::size; ++place)
      if (Items::names[place] == wanted) return place;
  }
  refuse("UsageError", key, nb::arg("name") = nb::repr(name));
}

inline Activation activation_of(nb::handle name) {
  return static_cast<Activation>(place_of(SHOAL_LEVEL::Activations{}, "engine.lacks_activation", name));
}

inline Output output_of(nb::handle name) {
  return static_cast<Output>(place_of(SHOAL_LEVEL::Outputs{}, "engine.lacks_output", name));
}

inline Rule rule_of(nb::handle name) {
  return static_cast<Rule>(place_of(SHOAL_LEVEL::Rules{}, "engine.lacks_rule", name));
}

// The names that a dict from Python must have, no more and no less.
template <std::size_t size>
struct FieldNames {
  const char* what;
  const char* names[size];

  consteval std::size_t place_of(std::string_view name) const {
    for (std::size_t place = 0; place < size; ++place)
      if (names[place] == name) return place;
    throw "no such field";  // which the compiler says
  }
};

// The values of such a dict. They live as long as this object.
template <const auto& known>
class Fields {
 public:
  static constexpr std::size_t size = std::size(known.names);

  struct Name {
    consteval Name(const char* name) : place(known.place_of(name)) {}
    std::size_t place;
  };

  explicit Fields(nb::handle dict) {
    if (!nb::isinstance<nb::dict>(dict))
      refuse("UsageError", "engine.not_a_dict", nb::arg("what") = known.what,
             nb::arg("got") = nb::repr(dict.type()));
    for (std::size_t place = 0; place < size; ++place) {
      PyObject* const value = PyDict_GetItemWithError(dict.ptr(), keys()[place]);
      if (!value && PyErr_Occurred()) throw nb::python_error();
      if (!value)
        refuse("UsageError", "engine.field_missing", nb::arg("what") = known.what,
               nb::arg("name") = known.names[place]);
      values_[place] = nb::borrow(value);
    }
    if (PyDict_Size(dict.ptr()) != static_cast<Py_ssize_t>(size)) refuse_unknown(dict);
  }

  nb::handle operator[](Name name) const { return values_[name.place]; }

 private:
  [[noreturn]] static void refuse_unknown(nb::handle dict) {
    const auto is_known = [](nb::handle key) {
      return std::any_of(keys().begin(), keys().end(),
                         [key](PyObject* name) { return key.equal(nb::handle(name)); });
    };
    const nb::list given = nb::borrow<nb::dict>(dict).keys();
    const auto unknown = std::find_if_not(given.begin(), given.end(), is_known);
    refuse("UsageError", "engine.field_unknown", nb::arg("what") = known.what,
           nb::arg("name") = unknown == given.end() ? nb::str("?") : nb::repr(*unknown));
  }

  // Created once, and never released.
  static const std::array<PyObject*, size>& keys() {
    static const auto all = [] {
      std::array<PyObject*, size> keys;
      std::transform(std::begin(known.names), std::end(known.names), keys.begin(),
                     PyUnicode_InternFromString);
      return keys;
    }();
    return all;
  }

  std::array<nb::object, size> values_;
};

// The architecture: units a layer, the names of the hidden activations, and of the output.
inline Network network_of(nb::handle n, nb::handle activations, nb::handle output) {
  Network network;
  each_item("n", n, [&](nb::handle n_l) { network.n.push_back(whole_number("n", n_l, 1, most_units)); });
  each_item("activations", activations,
            [&](nb::handle g) { network.activations.push_back(activation_of(g)); });
  network.output = output_of(output);
  if (network.n.size() < 2 || network.n.size() > static_cast<std::size_t>(most_units))
    refuse("UsageError", "core.sizes", nb::arg("n") = n);
  const Index hidden = network.L() - 1, got = static_cast<Index>(network.activations.size());
  if (got != hidden)
    refuse("UsageError", "core.activation_count", nb::arg("hidden") = hidden, nb::arg("got") = got);
  double p = 0;  // which may be larger than an Index
  for (int l = 1; l <= network.L(); ++l)
    p += static_cast<double>(network.n[l]) * static_cast<double>(network.n[l - 1] + 1);
  if (p > static_cast<double>(most_parameters))
    refuse("UsageError", "engine.too_large", nb::arg("symbol") = "p", nb::arg("highest") = most_parameters,
           nb::arg("got") = p);
  return network;
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

// Numbers of examples: at least one, and each below m.
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

// The m of the penalties: the number of these examples, where a weight of k counts as k examples.
template <class T>
double total_weight_of(const Examples<T>& data, const Index* rows, Index m) {
  if (!data.v) return static_cast<double>(m);
  double total = 0;
  for (Index i = 0; i < m; ++i) {
    const Index row = rows ? rows[i] : i;
    const double v = data.narrow ? static_cast<double>(static_cast<const float*>(data.v)[row])
                                 : static_cast<double>(static_cast<const T*>(data.v)[row]);
    if (!(v >= 0) || std::isinf(v)) number("v", nb::float_(v), 0);  // says what is wrong with it
    total += v;
  }
  return total;
}

// The first example that is not finite: the product of NaN or infinity with zero is not zero.
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
