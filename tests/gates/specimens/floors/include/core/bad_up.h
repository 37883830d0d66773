#include "io/keyring.h"
