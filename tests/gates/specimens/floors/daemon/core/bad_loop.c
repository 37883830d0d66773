#include "io/loop.h"
