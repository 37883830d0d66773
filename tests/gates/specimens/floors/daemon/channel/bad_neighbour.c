#include "store/stores.h"
