#include "channel/lane.h"
