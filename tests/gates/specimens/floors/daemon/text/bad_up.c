#include "core/phone.h"
