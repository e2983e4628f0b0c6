// Matrix products of small matrices: C = A B, all three kinds that a layer needs.
//
// `product` holds a tile of C in registers and runs once over the inner dimension: a step loads a vector
// of B for each column of the tile and broadcasts an element of A for each row. With the 6 x 4 tile of
// AVX-512 these are 24 fused multiply-adds and 10 loads. A CPU does 2 of either in a cycle, so the arithmetic
// is the limit and not the loads, if the panel of B stays in the first-level cache: it is cut to blocks of
// rows. `product_of_rows` sums along both rows instead, for matrices that are narrower than a vector.
//
// An element of C is summed in the order of the inner index, whatever the tile is, so cutting C into pieces
// changes no bit.
#pragma once

#include "simd.hpp"

SHOAL_BEGIN

#if defined(__aarch64__)
constexpr int registers = 32;
#else
constexpr int registers = vector_bytes == 64 ? 32 : 16;
#endif
constexpr int most_columns = registers == 32 ? 4 : 3;  // vectors of a tile
constexpr int most_rows(int columns) {
  return registers == 32 ? (columns == 4 ? 6 : 8) : (columns == 3 ? 4 : columns == 2 ? 6 : 8);
}

// A matrix that is read element by element: entry (i, k) is at p[i * row + k * column].
template <class T>
struct Scalars {
  const T* p;
  Index row, column;
};

// The value of C before the product is added.
enum class From { zero, bias, itself };

// ROWS x COLUMNS vectors of C.
template <class T, int ROWS, int COLUMNS>
void tile(Index depth, Scalars<T> A, const T* B, Index ldb, T* C, Index ldc, From from, const T* bias) {
  constexpr int w = lanes<T>;
  Vec<T> c[ROWS][COLUMNS];
  for (int i = 0; i < ROWS; ++i)
    for (int j = 0; j < COLUMNS; ++j) {
      if (from == From::zero)
        c[i][j] = Vec<T>{};
      else if (from == From::bias)
        c[i][j] = broadcast(bias[i]);
      else
        c[i][j] = load(C + i * ldc + j * w);
    }
  for (Index k = 0; k < depth; ++k) {
    Vec<T> b[COLUMNS];
    for (int j = 0; j < COLUMNS; ++j) b[j] = load(B + k * ldb + j * w);
    for (int i = 0; i < ROWS; ++i) {
      const Vec<T> a = broadcast(A.p[i * A.row + k * A.column]);
      for (int j = 0; j < COLUMNS; ++j) c[i][j] = fma(a, b[j], c[i][j]);
    }
  }
  for (int i = 0; i < ROWS; ++i)
    for (int j = 0; j < COLUMNS; ++j) store(C + i * ldc + j * w, c[i][j]);
}

template <class T>
using Tile = void (*)(Index, Scalars<T>, const T*, Index, T*, Index, From, const T*);

template <class T>
constexpr Tile<T> tiles[4][8] = {
    {tile<T, 1, 1>, tile<T, 2, 1>, tile<T, 3, 1>, tile<T, 4, 1>, tile<T, 5, 1>, tile<T, 6, 1>, tile<T, 7, 1>,
     tile<T, 8, 1>},
    {tile<T, 1, 2>, tile<T, 2, 2>, tile<T, 3, 2>, tile<T, 4, 2>, tile<T, 5, 2>, tile<T, 6, 2>, tile<T, 7, 2>,
     tile<T, 8, 2>},
    {tile<T, 1, 3>, tile<T, 2, 3>, tile<T, 3, 3>, tile<T, 4, 3>, tile<T, 5, 3>, tile<T, 6, 3>, tile<T, 7, 3>,
     tile<T, 8, 3>},
    {tile<T, 1, 4>, tile<T, 2, 4>, tile<T, 3, 4>, tile<T, 4, 4>, tile<T, 5, 4>, tile<T, 6, 4>, nullptr,
     nullptr},
};

// Cuts `total` into as few pieces as possible, none larger than `most`, all of about the same size.
struct EvenCuts {
  EvenCuts(Index total, Index most) {
    const unsigned size = static_cast<unsigned>(total), limit = static_cast<unsigned>(most);
    if (size <= limit) {  // without a division: small products have little else to do
      count = 1, smaller = static_cast<int>(size), larger = 0;
      return;
    }
    count = static_cast<int>((size + limit - 1) / limit);
    smaller = static_cast<int>(size / static_cast<unsigned>(count));
    larger = static_cast<int>(size % static_cast<unsigned>(count));
  }
  int operator[](int i) const { return smaller + (i < larger ? 1 : 0); }

  int count, smaller, larger;  // how many; the size of the small ones; how many have one more
};

// C (M, N) = `from` + A (M, depth) B (depth, N) for N in full vectors; none of the three is zero.
template <class T>
void product(Index M, Index N, Index depth, Scalars<T> A, const T* B, Index ldb, T* C, Index ldc, From from,
             const T* bias = nullptr) {
  constexpr int w = lanes<T>, panel_bytes = 24 * 1024;
  const EvenCuts panels(N / w, most_columns);
  const EvenCuts blocks(depth, panel_bytes / (panels[0] * vector_bytes));
  const EvenCuts tall(M, most_rows(panels[0]));
  const EvenCuts taller = panels.larger == 0 ? tall : EvenCuts(M, most_rows(panels.smaller));
  Index j = 0;
  for (int panel = 0; panel < panels.count; j += panels[panel++] * w) {
    const int columns = panels[panel];
    const EvenCuts& heights = columns > panels.smaller ? tall : taller;
    Index k = 0;
    for (int block = 0; block < blocks.count; k += blocks[block++]) {
      Index i = 0;
      const T* const B_block = B + k * ldb + j;
      for (int piece = 0; piece < heights.count; i += heights[piece++]) {
        const auto multiply = tiles<T>[columns - 1][heights[piece] - 1];
        const T* const A_piece = A.p + i * A.row + k * A.column;
        T* const C_piece = C + i * ldc + j;
        multiply(blocks[block], {A_piece, A.row, A.column}, B_block, ldb, C_piece, ldc,
                 k == 0 ? from : From::itself, bias + i);
      }
    }
  }
}

// ROWS x COLUMNS sums of products of rows of A and of B over `size` elements, a multiple of the lanes.
// Of the COLUMNS (at most the lanes) the first `valid` are wanted; they go to C.
template <class T, int ROWS, int COLUMNS>
void tile_of_rows(Index size, const T* A, Index lda, const T* B, Index ldb, T* C, Index ldc, bool add,
                  Index valid) {
  constexpr int w = lanes<T>;
  Vec<T> c[ROWS][COLUMNS] = {};
  const T* b_row[COLUMNS];
  for (int j = 0; j < COLUMNS; ++j) b_row[j] = B + (j < valid ? j : valid - 1) * ldb;
  for (Index k = 0; k < size; k += w) {
    Vec<T> b[COLUMNS];
    for (int j = 0; j < COLUMNS; ++j) b[j] = load(b_row[j] + k);
    for (int i = 0; i < ROWS; ++i) {
      const Vec<T> a = load(A + i * lda + k);
      for (int j = 0; j < COLUMNS; ++j) c[i][j] = fma(a, b[j], c[i][j]);
    }
  }
  for (int i = 0; i < ROWS; ++i) {
    Vec<T> x[w] = {};
    for (int j = 0; j < COLUMNS; ++j) x[j] = c[i][j];
    transpose<T>(x);
    Vec<T> total = x[0];
    for (int j = 1; j < w; ++j) total += x[j];
    if (add) total += load_part(C + i * ldc, valid);
    store_part(C + i * ldc, total, valid);
  }
}

// A strip of COLUMNS columns of C, as many rows at a time as the registers hold.
template <class T, int COLUMNS>
void strip_of_rows(Index M, Index size, const T* A, Index lda, const T* B, Index ldb, T* C, Index ldc,
                   bool add, Index valid) {
  constexpr int most = registers / 2 / COLUMNS > 4 ? 4 : registers / 2 / COLUMNS;
  Index i = 0;
  if constexpr (most >= 4)
    for (; i + 4 <= M; i += 4)
      tile_of_rows<T, 4, COLUMNS>(size, A + i * lda, lda, B, ldb, C + i * ldc, ldc, add, valid);
  if constexpr (most >= 2)
    for (; i + 2 <= M; i += 2)
      tile_of_rows<T, 2, COLUMNS>(size, A + i * lda, lda, B, ldb, C + i * ldc, ldc, add, valid);
  for (; i < M; ++i)
    tile_of_rows<T, 1, COLUMNS>(size, A + i * lda, lda, B, ldb, C + i * ldc, ldc, add, valid);
}

template <class T>
using Strip = void (*)(Index, Index, const T*, Index, const T*, Index, T*, Index, bool, Index);

// The strip for so many columns: 1, 2, 4, ... of them, up to a full vector.
template <class T>
Strip<T> strip_for(Index valid) {
  constexpr int w = lanes<T>;
  if (valid == 1) return strip_of_rows<T, 1>;
  if (valid == 2) return strip_of_rows<T, 2>;
  if constexpr (w > 4)
    if (valid <= 4) return strip_of_rows<T, 4>;
  if constexpr (w > 8)
    if (valid <= 8) return strip_of_rows<T, 8>;
  return strip_of_rows<T, w>;
}

// C (M, N) = [C +] A (M, size) B (N, size)^T; beyond its end a row has zeros up to the next full vector.
template <class T>
void product_of_rows(Index M, Index N, Index size, const T* A, Index lda, const T* B, Index ldb, T* C,
                     Index ldc, bool add) {
  constexpr Index w = lanes<T>;
  size = (size + w - 1) / w * w;
  for (Index j = 0; j < N; j += w) {
    const Index valid = N - j < w ? N - j : w;
    const Strip<T> strip = strip_for<T>(valid);
    strip(M, size, A, lda, B + j * ldb, ldb, C + j, ldc, add, valid);
  }
}

SHOAL_END
