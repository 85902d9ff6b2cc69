// Ambient capabilities of the calling thread, which the programs it starts get: capabilities(7), prctl(2).
// prctl is variadic, which Swift cannot call.
#ifndef CCAPABILITY_H
#define CCAPABILITY_H

#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>

static inline int ambient_capabilities_clear(void) {
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
}

static inline int ambient_capability_raise_net_admin(void) {
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)CAP_NET_ADMIN, 0UL, 0UL);
}
#else
static inline int ambient_capabilities_clear(void) { return 0; }
static inline int ambient_capability_raise_net_admin(void) { return 0; }
#endif

#endif
