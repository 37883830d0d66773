#include "ctl/client.h"
