#pragma once

// What the tests ask of the LAPACK within OpenBLAS, by its Fortran names. All matrices are
// column-major.

void dpotrf_(const char *triangle, const int *size, double *matrix, const int *stride, int *info);

void dgesdd_(
    const char *job, const int *rows, const int *columns, double *matrix, const int *stride,
    double *values, double *left, const int *left_stride, double *right, const int *right_stride,
    double *work, const int *work_count, int *integers, int *info);
