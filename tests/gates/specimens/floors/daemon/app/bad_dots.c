#include "../ctl/client.h"
