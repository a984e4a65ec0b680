#pragma once
#include <cblas.h>

// Not declared by the header of every build.
char *openblas_get_corename(void);
char *openblas_get_config(void);
