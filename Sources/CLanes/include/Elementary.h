#pragma once

#include "Lanes.h"

// What exp, log and reductions need beyond `Lanes.h`. Where a processor has one
// instruction for it that instruction is used; every path gives the same bits.

// a · b + c, rounded once.
LANES_INLINE lanes_float lanes_multiply_add(lanes_float a, lanes_float b, lanes_float c) {
  return __builtin_elementwise_fma(a, b, c);
}

// x · 2ⁿ for whole n in [-252, 252], rounded once even when the result is subnormal.
LANES_INLINE lanes_float lanes_scale(lanes_float x, lanes_float n) {
#if defined(__AVX512F__)
  return __builtin_ia32_scalefps512_mask(x, n, x, (unsigned short)-1, 4);
#else
  // Two factors, because 2ⁿ itself may be no normal number; the first product is exact.
  lanes_int whole = __builtin_convertvector(n, lanes_int);
  lanes_int half = whole >> 1;
  lanes_int first = (half + 127) << 23;
  lanes_int second = (whole - half + 127) << 23;
  return x * (lanes_float)first * (lanes_float)second;
#endif
}

// Each whole number as the nearest float.
LANES_INLINE lanes_float lanes_convert(lanes_int x) {
  return __builtin_convertvector(x, lanes_float);
}

#define LANES_FOLD(name, combine)                                                                \
  LANES_INLINE float name(lanes_float x) {                                                       \
    typedef float eight __attribute__((ext_vector_type(8)));                                     \
    typedef float four __attribute__((ext_vector_type(4)));                                      \
    eight a = x.lo, b = x.hi;                                                                    \
    eight c = combine(a, b);                                                                     \
    four d = c.lo, e = c.hi;                                                                     \
    four f = combine(d, e);                                                                      \
    float g = combine(f.x, f.z);                                                                 \
    float h = combine(f.y, f.w);                                                                 \
    return combine(g, h);                                                                        \
  }

#define LANES_ADD(a, b) ((a) + (b))
#define LANES_LARGER(a, b) ((a) > (b) ? (a) : (b))

// All sixteen combined by halves: lane i with lane i + 8, then i + 4, i + 2, i + 1.
LANES_FOLD(lanes_total, LANES_ADD)
LANES_FOLD(lanes_largest, LANES_LARGER)
