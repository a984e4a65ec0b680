#pragma once

// The few vector instructions that Swift's SIMD types do not lower to one instruction each.
// Clang's `ext_vector_type(16)` is imported as `SIMD16`, and an inline function of this header
// inlines into its Swift caller. Portable builtins only: the same source serves x86-64 and arm64.

// Clang contracts `a * b + c` into one rounding unless told otherwise; Swift never does.
#pragma STDC FP_CONTRACT OFF

typedef float lanes_float __attribute__((ext_vector_type(16)));
typedef int lanes_int __attribute__((ext_vector_type(16)));

#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE lanes_float lanes_square_root(lanes_float x) {
  return __builtin_elementwise_sqrt(x);
}

// `a` where `a > b`, else `b`: like the `maxps` instruction, the second operand where either is NaN.
LANES_INLINE lanes_float lanes_max(lanes_float a, lanes_float b) { return a > b ? a : b; }

LANES_INLINE lanes_float lanes_min(lanes_float a, lanes_float b) { return a < b ? a : b; }

// Toward zero; the value must fit in 32 bits.
LANES_INLINE lanes_int lanes_truncate(lanes_float x) {
  return __builtin_convertvector(x, lanes_int);
}
