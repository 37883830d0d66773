#include "app/conf.h"
