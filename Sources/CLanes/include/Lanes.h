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

// The first `count` floats at `p`, between 0 and 16, with `filler` in the lanes beyond them; and
// the reverse, which leaves the memory beyond them untouched. With a mask where there are
// masks, and not lane by lane.
//
// A full lane is told apart here and not in Swift, whose optimiser would copy all the code that
// follows for either case. Most lanes are full, and a load may take its bytes straight from a full
// store that is still under way, but not from a masked one.
#if defined(__AVX512F__) && __has_builtin(__builtin_ia32_loadups512_mask)
typedef float lanes_masked __attribute__((vector_size(64)));
#endif

LANES_INLINE lanes_float lanes_load_first(const float *p, long count, lanes_float filler) {
  if (__builtin_expect(count == 16, 1)) {
    __builtin_memcpy(&filler, p, sizeof filler);
    return filler;
  }
#if defined(__AVX512F__) && __has_builtin(__builtin_ia32_loadups512_mask)
  return (lanes_float)__builtin_ia32_loadups512_mask(
      p, (lanes_masked)filler, (unsigned short)((1u << count) - 1));
#else
  for (long i = 0; i < count; i++) filler[i] = p[i];
  return filler;
#endif
}

LANES_INLINE void lanes_store_first(float *p, long count, lanes_float x) {
  if (__builtin_expect(count == 16, 1)) {
    __builtin_memcpy(p, &x, sizeof x);
    return;
  }
#if defined(__AVX512F__) && __has_builtin(__builtin_ia32_loadups512_mask)
  __builtin_ia32_storeups512_mask(p, (lanes_masked)x, (unsigned short)((1u << count) - 1));
#else
  for (long i = 0; i < count; i++) p[i] = x[i];
#endif
}

// Sixteen bytes as floats; and the reverse, for whole numbers that a byte can hold.
typedef signed char lanes_bytes __attribute__((ext_vector_type(16)));

LANES_INLINE lanes_float lanes_load_bytes(const signed char *p) {
  lanes_bytes bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, lanes_float);
}

LANES_INLINE void lanes_store_bytes(signed char *p, lanes_float x) {
  lanes_bytes bytes =
      __builtin_convertvector(__builtin_convertvector(x, lanes_int), lanes_bytes);
  __builtin_memcpy(p, &bytes, sizeof bytes);
}

// The register file the kernels are shaped for: how many lanes wide and how many rows high a tile
// of sums may be and still leave registers for its operands. AVX-512 has thirty-two registers of
// one lane each; AVX2 has sixteen of half a lane, NEON thirty-two of a quarter.
#if defined(__AVX512F__)
#define LANES_TILE_ROWS 12
#define LANES_TILE_COLUMNS 2
#else
#define LANES_TILE_ROWS 6
#define LANES_TILE_COLUMNS 1
#endif

// Tells the core that this thread only waits for another.
LANES_INLINE void lanes_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Fetches the line at `p` ahead of a read or of a write.
LANES_INLINE void lanes_prefetch(const float *p) { __builtin_prefetch(p, 0); }

LANES_INLINE void lanes_prefetch_write(float *p) { __builtin_prefetch(p, 1); }

// The transpose of the 16 × 16 block at `from`, whose rows are `from_stride` floats apart, to rows
// `to_stride` apart. Four rounds of sixteen shuffles: pairs of floats, pairs of pairs, then twice
// the four quarters of a lane.
LANES_INLINE void lanes_transpose(
    const float *from, long from_stride, float *to, long to_stride) {
  lanes_float x[16], y[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) __builtin_prefetch(from + i * from_stride + 32);
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    __builtin_memcpy(&x[i], from + i * from_stride, sizeof x[i]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    y[i] = __builtin_shufflevector(
        x[i], x[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    y[i + 1] = __builtin_shufflevector(
        x[i], x[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 2; j++) {
      x[i + 2 * j] = __builtin_shufflevector(
          y[i + j], y[i + j + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      x[i + 2 * j + 1] = __builtin_shufflevector(
          y[i + j], y[i + j + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 8) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      y[i + j] = __builtin_shufflevector(
          x[i + j], x[i + j + 4], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      y[i + j + 4] = __builtin_shufflevector(
          x[i + j], x[i + j + 4], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) {
    x[j] = __builtin_shufflevector(
        y[j], y[j + 8], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    x[j + 8] = __builtin_shufflevector(
        y[j], y[j + 8], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) __builtin_memcpy(to + i * to_stride, &x[i], sizeof x[i]);
}
