// Code that is compiled once for each CPU level lives in a namespace of that level's name.
//
// Otherwise two translation units would have the same inline function with different instructions, the linker
// would keep either of them, and a machine without AVX-512 could get the wrong one. For the same reason such
// code does not call a template or an inline function of the standard library.
#pragma once

#ifndef SHOAL_LEVEL
#error "SHOAL_LEVEL names the CPU level of this translation unit: baseline, avx2, avx512, or common"
#endif

#define SHOAL_BEGIN \
  namespace shoal { \
  namespace SHOAL_LEVEL {
#define SHOAL_END \
  }               \
  }
