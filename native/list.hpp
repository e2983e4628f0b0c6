// Lists of types: one struct an activation, an output, a rule. Everything else follows from the list.
//
// C++ stores a place in the list; `with` turns it into the type, so that each type gets its own code. (This
// uses no template of the standard library, see level.hpp.)
#pragma once

#include "level.hpp"

SHOAL_BEGIN

template <class... Items>
struct List {
  static constexpr int size = sizeof...(Items);
  static constexpr const char* names[] = {Items::name...};
};

// Calls f<Item>() for the item at this place.
template <class... Items, class Place, class F>
inline void with(List<Items...>, Place place, F f) {
  int next = 0;
  (void)((next++ == static_cast<int>(place) && (f.template operator()<Items>(), true)) || ...);
}

template <class A, class B>
constexpr bool same = false;
template <class A>
constexpr bool same<A, A> = true;

SHOAL_END
