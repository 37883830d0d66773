#include "core/survey.h"

#include <string.h>

#include "base/sbuf.h"
#include "port/channel.h"
#include "text/segments.h"
