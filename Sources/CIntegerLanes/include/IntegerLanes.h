#pragma once

// The vector instructions of small whole numbers, which Swift's SIMD types do not lower to. Each
// has a path for processors without it, and as whole numbers know no rounding, every path gives
// the same bits. `_plain` names the path that any processor can take, for tests to compare with.

// Clang contracts `a * b + c` into one rounding unless told otherwise; Swift never does.
#pragma STDC FP_CONTRACT OFF

typedef float integer_lanes_float __attribute__((ext_vector_type(16)));
typedef int integer_lanes_int __attribute__((ext_vector_type(16)));
typedef unsigned integer_lanes_unsigned __attribute__((ext_vector_type(16)));

// Sixteen times four neighbouring bytes: one group for each of sixteen sums.
typedef unsigned char integer_lanes_bytes __attribute__((ext_vector_type(64)));

#define INTEGER_LANES_INLINE static inline __attribute__((always_inline))

// The product of sixteen groups of four bytes with one group of four signed bytes, the first of
// which is the lowest of `factors`, added to `sums`.
INTEGER_LANES_INLINE integer_lanes_int integer_lanes_dot_plain(
    integer_lanes_int sums, integer_lanes_bytes bytes, int factors) {
  integer_lanes_unsigned groups = (integer_lanes_unsigned)bytes;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    integer_lanes_int whole = __builtin_convertvector(groups >> (8 * i) & 255, integer_lanes_int);
    sums += whole * (int)(signed char)(factors >> (8 * i));
  }
  return sums;
}

INTEGER_LANES_INLINE integer_lanes_int integer_lanes_dot(
    integer_lanes_int sums, integer_lanes_bytes bytes, int factors) {
#if defined(__AVX512VNNI__) && __has_builtin(__builtin_ia32_vpdpbusd512)
  typedef int words __attribute__((vector_size(64)));
  return (integer_lanes_int)__builtin_ia32_vpdpbusd512(
      (words)sums, (words)bytes, (words){} + factors);
#elif defined(__AVX2__) && __has_builtin(__builtin_ia32_pmaddwd256)
  // Sums of two products of 16 bits: the even bytes, then the odd ones. The instruction that
  // multiplies bytes would cut off sums beyond 16 bits.
  typedef short half __attribute__((vector_size(32)));
  short even = (short)(signed char)factors, odd = (short)(signed char)(factors >> 8);
  short next = (short)(signed char)(factors >> 16), last = (short)(factors >> 24);
  half evens = {even, next, even, next, even, next, even, next,
                even, next, even, next, even, next, even, next};
  half odds = {odd, last, odd, last, odd, last, odd, last,
               odd, last, odd, last, odd, last, odd, last};
  integer_lanes_unsigned groups = (integer_lanes_unsigned)bytes;
  integer_lanes_unsigned even_groups = groups & 0x00ff00ff;
  integer_lanes_unsigned odd_groups = groups >> 8 & 0x00ff00ff;
  typedef int eight __attribute__((ext_vector_type(8)));
  integer_lanes_int added;
  added.lo = (eight)__builtin_ia32_pmaddwd256((half)even_groups.lo, evens) +
             (eight)__builtin_ia32_pmaddwd256((half)odd_groups.lo, odds);
  added.hi = (eight)__builtin_ia32_pmaddwd256((half)even_groups.hi, evens) +
             (eight)__builtin_ia32_pmaddwd256((half)odd_groups.hi, odds);
  return sums + added;
#else
  return integer_lanes_dot_plain(sums, bytes, factors);
#endif
}

// The 64 bytes at `p`, which need not be aligned.
INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_load(const unsigned char *p) {
  integer_lanes_bytes bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return bytes;
}

// Fetches what will be read soon: the `lines` lines of 64 bytes that begin eight KiB after `p`. Where
// there is about as much to compute as to read, the processor's own prefetching does not look far
// enough ahead: of the memory's bandwidth Q4_0 reached 0.75 without this, 0.8 with four KiB, and
// 0.83 to 0.9 with eight; twelve and sixteen were no better.
INTEGER_LANES_INLINE void integer_lanes_fetch(const unsigned char *p, int lines) {
#pragma clang loop unroll(full)
  for (int i = 0; i < lines; i++) __builtin_prefetch(p + 8192 + 64 * i, 0);
}

// The low and the high four bits of each byte.
INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_low(integer_lanes_bytes bytes) {
  return bytes & 15;
}

INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_high(integer_lanes_bytes bytes) {
  // As words, since there is no instruction that shifts bytes.
  return (integer_lanes_bytes)((integer_lanes_unsigned)bytes >> 4 & 0x0f0f0f0f);
}

// The bits of `source`, lowest first, at the places of the bits of `mask`.
INTEGER_LANES_INLINE unsigned long long integer_lanes_deposit(
    unsigned long long source, unsigned long long mask) {
#if defined(__BMI2__) && __has_builtin(__builtin_ia32_pdep_di)
  return __builtin_ia32_pdep_di(source, mask);
#else
  unsigned long long result = 0;
  for (; mask; mask &= mask - 1, source >>= 1) {
    if (source & 1) result |= mask & -mask;
  }
  return result;
#endif
}

// The bytes at `p`, one for each bit of `mask`, at the places of the bits, and 128 elsewhere.
// Reads 64 bytes, whatever the mask.
INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_expand_plain(
    const unsigned char *p, unsigned long long mask) {
  unsigned long long words[8];
  for (int i = 0; i < 8; i++) {
    unsigned long long places = mask >> (8 * i) & 255, source;
    unsigned long long whole = integer_lanes_deposit(places, 0x0101010101010101) * 255;
    __builtin_memcpy(&source, p, sizeof source);
    words[i] = integer_lanes_deposit(source, whole) | (~whole & 0x8080808080808080);
    p += __builtin_popcountll(places);
  }
  integer_lanes_bytes bytes;
  __builtin_memcpy(&bytes, words, sizeof bytes);
  return bytes;
}

INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_expand(
    const unsigned char *p, unsigned long long mask) {
#if defined(__AVX512VBMI2__) && __has_builtin(__builtin_ia32_expandqi512_mask)
  typedef char places __attribute__((vector_size(64)));
  integer_lanes_bytes zeros = 128;
  return (integer_lanes_bytes)__builtin_ia32_expandqi512_mask(
      (places)integer_lanes_load(p), (places)zeros, mask);
#else
  return integer_lanes_expand_plain(p, mask);
#endif
}

// Of the 16 bytes at `p` those at `places`, each from 0 to 15.
INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_pick_plain(
    const void *p, integer_lanes_bytes places) {
  unsigned char table[16];
  __builtin_memcpy(table, p, sizeof table);
  integer_lanes_bytes picked;
  for (int i = 0; i < 64; i++) picked[i] = table[places[i] & 15];
  return picked;
}

INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_pick(
    const void *p, integer_lanes_bytes places) {
#if (defined(__AVX512BW__) && __has_builtin(__builtin_ia32_pshufb512)) || \
    (defined(__AVX2__) && __has_builtin(__builtin_ia32_pshufb256))
  typedef unsigned char sixteen __attribute__((ext_vector_type(16)));
  sixteen x;
  __builtin_memcpy(&x, p, sizeof x);
  typedef unsigned char thirty_two __attribute__((ext_vector_type(32)));
  thirty_two twice = __builtin_shufflevector(
      x, x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      10, 11, 12, 13, 14, 15);
#if defined(__AVX512BW__)
  typedef char whole __attribute__((vector_size(64)));
  integer_lanes_bytes table;
  table.lo = twice;
  table.hi = twice;
  return (integer_lanes_bytes)__builtin_ia32_pshufb512((whole)table, (whole)places);
#else
  typedef char half __attribute__((vector_size(32)));
  integer_lanes_bytes picked;
  picked.lo = (thirty_two)__builtin_ia32_pshufb256((half)twice, (half)places.lo);
  picked.hi = (thirty_two)__builtin_ia32_pshufb256((half)twice, (half)places.hi);
  return picked;
#endif
#else
  return integer_lanes_pick_plain(p, places);
#endif
}

// The products of sixteen groups of four bytes with as many groups of four signed bytes, added to
// `sums`.
INTEGER_LANES_INLINE integer_lanes_int integer_lanes_dot_groups_plain(
    integer_lanes_int sums, integer_lanes_bytes bytes, integer_lanes_bytes factors) {
  integer_lanes_unsigned left = (integer_lanes_unsigned)bytes;
  integer_lanes_unsigned right = (integer_lanes_unsigned)factors;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    integer_lanes_int whole = (integer_lanes_int)(left >> (8 * i) & 255);
    sums += whole * ((integer_lanes_int)(right << (24 - 8 * i)) >> 24);
  }
  return sums;
}

INTEGER_LANES_INLINE integer_lanes_int integer_lanes_dot_groups(
    integer_lanes_int sums, integer_lanes_bytes bytes, integer_lanes_bytes factors) {
#if defined(__AVX512VNNI__) && __has_builtin(__builtin_ia32_vpdpbusd512)
  typedef int words __attribute__((vector_size(64)));
  return (integer_lanes_int)__builtin_ia32_vpdpbusd512((words)sums, (words)bytes, (words)factors);
#else
  return integer_lanes_dot_groups_plain(sums, bytes, factors);
#endif
}

// For each of 64 codes of two bits, `step` bits up in the bytes of `codes`, its place among eight
// neighbours from `base` on: those of the first two bytes of a group are of the first four.
INTEGER_LANES_INLINE integer_lanes_bytes integer_lanes_places(
    integer_lanes_bytes codes, int step, int base) {
  integer_lanes_unsigned words = (integer_lanes_unsigned)codes >> step & 0x03030303;
  return (integer_lanes_bytes)(words | (unsigned)(0x04040000 + base * 0x01010101));
}

INTEGER_LANES_INLINE long integer_lanes_count(unsigned long long mask) {
  return __builtin_popcountll(mask);
}

// Sixteen numbers of half precision.
INTEGER_LANES_INLINE integer_lanes_float integer_lanes_halves(const void *p) {
  typedef _Float16 halves __attribute__((ext_vector_type(16)));
  halves x;
  __builtin_memcpy(&x, p, sizeof x);
  return __builtin_convertvector(x, integer_lanes_float);
}

// One number of half precision, and a float rounded to it: to nearest, ties to even, and beyond
// 65 519 to infinity. Swift's own `Float16` is missing on Intel Macs.
INTEGER_LANES_INLINE float integer_lanes_widened(unsigned short bits) {
  _Float16 half;
  __builtin_memcpy(&half, &bits, sizeof half);
  return (float)half;
}

INTEGER_LANES_INLINE unsigned short integer_lanes_narrowed(float x) {
  _Float16 half = (_Float16)x;
  unsigned short bits;
  __builtin_memcpy(&bits, &half, sizeof bits);
  return bits;
}

INTEGER_LANES_INLINE integer_lanes_float integer_lanes_convert(integer_lanes_int x) {
  return __builtin_convertvector(x, integer_lanes_float);
}

// `sums · scales + floats`, rounded once.
INTEGER_LANES_INLINE integer_lanes_float integer_lanes_add_scaled(
    integer_lanes_float floats, integer_lanes_int sums, integer_lanes_float scales) {
  return __builtin_elementwise_fma(integer_lanes_convert(sums), scales, floats);
}

// The lowest bytes of sixteen numbers, at `p`.
INTEGER_LANES_INLINE void integer_lanes_store(void *p, integer_lanes_int x) {
  typedef signed char sixteen __attribute__((ext_vector_type(16)));
  sixteen bytes = __builtin_convertvector(x, sixteen);
  __builtin_memcpy(p, &bytes, sizeof bytes);
}

INTEGER_LANES_INLINE integer_lanes_int integer_lanes_max(
    integer_lanes_int a, integer_lanes_int b) {
  return __builtin_elementwise_max(a, b);
}

INTEGER_LANES_INLINE int integer_lanes_largest(integer_lanes_int x) {
  return __builtin_reduce_max(x);
}

INTEGER_LANES_INLINE int integer_lanes_total(integer_lanes_int x) {
  return __builtin_reduce_add(x);
}
