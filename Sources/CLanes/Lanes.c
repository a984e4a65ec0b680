#include "Lanes.h"
