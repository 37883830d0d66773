#include "channel/channels.h"
