#pragma once
#include <cblas.h>

// Which processor's kernels OpenBLAS chose; the header of some builds does not declare it.
char *openblas_get_corename(void);
