#include "io/httpc.h"
