// The headers are all there is to this target; a C target needs one source file.
#include "CMalloc.h"
