#pragma once

// The x86-64 level (2, 3 or 4, as in -march=x86-64-v3) of the processor this runs on and of the
// one this was compiled for; 0 on other processors, where there is nothing to choose.

static inline __attribute__((always_inline)) int processor_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return 4;
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 3 : 2;
#else
  return 0;
#endif
}

#if defined(__AVX512F__) && defined(__AVX512VL__)
#define PROCESSOR_COMPILED_LEVEL 4
#elif defined(__AVX2__) && defined(__FMA__)
#define PROCESSOR_COMPILED_LEVEL 3
#elif defined(__x86_64__)
#define PROCESSOR_COMPILED_LEVEL 2
#else
#define PROCESSOR_COMPILED_LEVEL 0
#endif
