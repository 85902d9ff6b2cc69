#include "CCapability.h"
