#include "port/store.h"
