/*
 * Waits until a program has made COUNT routes, COUNT permanent neighbours and COUNT FDB entries in this network namespace, by
 * the kernel's own notifications. Usage: listen COUNT PROTOCOL. Prints `ready`, and in the end when the first and the last came, in
 * nanoseconds of CLOCK_MONOTONIC. Exits 1 when notifications were lost.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ROUTE, NEIGHBOUR, FDB, KINDS };

static int kind_of(const struct nlmsghdr *m, int protocol) {
  if (m->nlmsg_type == RTM_NEWROUTE) {
    const struct rtmsg *rt = NLMSG_DATA(m);
    return rt->rtm_protocol == protocol ? ROUTE : KINDS;
  }
  if (m->nlmsg_type != RTM_NEWNEIGH) return KINDS;
  const struct ndmsg *nd = NLMSG_DATA(m);
  if (!(nd->ndm_state & NUD_PERMANENT)) return KINDS;
  return nd->ndm_family == AF_BRIDGE ? FDB : nd->ndm_family == AF_INET ? NEIGHBOUR : KINDS;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  static char data[262144];
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH};
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), buffer = 128 << 20;
  long counts[KINDS + 1] = {0};
  long long first = 0, last = 0;
  if (argc != 3) return 2;
  long wanted = atol(argv[1]);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return perror("netlink"), 1;
  puts("ready");
  fflush(stdout);
  while (counts[ROUTE] < wanted || counts[NEIGHBOUR] < wanted || counts[FDB] < wanted) {
    int length = recv(fd, data, sizeof data, 0);
    if (length < 0) return perror("recv"), 1;
    long long at = now();
    for (struct nlmsghdr *m = (struct nlmsghdr *)data; NLMSG_OK(m, length); m = NLMSG_NEXT(m, length)) {
      int kind = kind_of(m, atoi(argv[2]));
      counts[kind]++;
      if (kind == KINDS) continue;
      if (!first) first = at;
      last = at;
    }
  }
  printf("%lld %lld\n", first, last);
  return 0;
}
