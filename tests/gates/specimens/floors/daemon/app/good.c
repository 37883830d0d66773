#include "app/engine.h"

#include "base/mem.h"
#include "channel/channels.h"
#include "store/stores.h"
