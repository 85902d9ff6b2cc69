// The functions are all inline; a C target needs one source file.
#include "CCurl.h"
