// Readiness of sockets and timers (epoll(7), timerfd_create(2)), which the toolchain's own module of glibc leaves out.
#ifndef CEPOLL_H
#define CEPOLL_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

// Constants of an enumeration that Swift would import as one of its own.
static const uint32_t homie_epoll_in = EPOLLIN;
static const uint32_t homie_epoll_out = EPOLLOUT;

#endif
