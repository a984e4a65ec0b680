#include "IntegerLanes.h"
