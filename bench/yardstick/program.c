/*
 * The floor of "N peers programmed": the same routes, neighbours and FDB entries on a vxlan device, by rtnetlink in 64 KiB batches.
 * Usage: program DEVICE COUNT. Prints the milliseconds it took; exits 1 when the kernel refused a message.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 65536
#define MARGIN 512

static char batch[BATCH + MARGIN];
static size_t used;
static int fd, device;
static unsigned sequence;
static struct nlmsghdr *current;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void attribute(int type, const void *data, size_t length) {
  struct rtattr *rta = (struct rtattr *)(batch + used);
  rta->rta_type = type;
  rta->rta_len = RTA_LENGTH(length);
  memcpy(RTA_DATA(rta), data, length);
  used += RTA_SPACE(length);
  current->nlmsg_len = batch + used - (char *)current;
}

static void *message(int type, size_t body) {
  current = (struct nlmsghdr *)(batch + used);
  memset(current, 0, NLMSG_SPACE(body));
  current->nlmsg_type = type;
  current->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
  current->nlmsg_seq = ++sequence;
  used += NLMSG_SPACE(body);
  current->nlmsg_len = NLMSG_SPACE(body);
  return NLMSG_DATA(current);
}

/* Only the last message asks for an acknowledgement; a refusal comes back without asking. */
static void flush(void) {
  static char answer[262144];
  unsigned last = current->nlmsg_seq;
  current->nlmsg_flags |= NLM_F_ACK;
  if (send(fd, batch, used, 0) < 0) fail("send");
  used = 0;
  for (;;) {
    int length = recv(fd, answer, sizeof answer, 0);
    if (length < 0) fail("recv");
    for (struct nlmsghdr *m = (struct nlmsghdr *)answer; NLMSG_OK(m, length); m = NLMSG_NEXT(m, length)) {
      errno = m->nlmsg_type == NLMSG_ERROR ? -((struct nlmsgerr *)NLMSG_DATA(m))->error : 0;
      if (errno) fail("the kernel refused a message");
      if (m->nlmsg_seq == last) return;
    }
  }
}

static void neighbour(int family, int flags, in_addr_t address, const unsigned char *mac) {
  struct ndmsg *nd = message(RTM_NEWNEIGH, sizeof *nd);
  nd->ndm_family = family;
  nd->ndm_ifindex = device;
  nd->ndm_state = NUD_PERMANENT;
  nd->ndm_flags = flags;
  attribute(NDA_DST, &address, 4);
  attribute(NDA_LLADDR, mac, 6);
  if (used > BATCH - MARGIN) flush();
}

static void route(unsigned subnet) {
  struct rtmsg *rt = message(RTM_NEWROUTE, sizeof *rt);
  in_addr_t address = htonl(subnet);
  /* The same spread metric as overlayd's, without which the kernel needs N squared. */
  unsigned metric = 100 + (subnet >> 8 & 1023);
  rt->rtm_family = AF_INET;
  rt->rtm_dst_len = 24;
  rt->rtm_table = RT_TABLE_MAIN;
  rt->rtm_protocol = 76;
  rt->rtm_type = RTN_UNICAST;
  rt->rtm_flags = RTNH_F_ONLINK;
  attribute(RTA_DST, &address, 4);
  attribute(RTA_GATEWAY, &address, 4);
  attribute(RTA_OIF, &device, 4);
  attribute(RTA_PRIORITY, &metric, 4);
  if (used > BATCH - MARGIN) flush();
}

static void mac_of(unsigned index, unsigned char *mac) {
  unsigned char bytes[6] = {0x02, 0xbe, 0, index >> 16, index >> 8, index};
  memcpy(mac, bytes, 6);
}

int main(int argc, char **argv) {
  int buffer = 8 << 20, on = 1;
  struct timespec start, end;
  unsigned char mac[6];
  if (argc != 3) return 2;
  unsigned count = atoi(argv[2]);
  if (!(device = if_nametoindex(argv[1]))) fail(argv[1]);
  if ((fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)) < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  setsockopt(fd, 270 /* SOL_NETLINK */, 10 /* NETLINK_CAP_ACK */, &on, sizeof on);
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (unsigned i = 0; i < count; i++) mac_of(i, mac), neighbour(AF_BRIDGE, NTF_SELF, htonl(0xc6120001 + i), mac);
  for (unsigned i = 0; i < count; i++) mac_of(i, mac), neighbour(AF_INET, 0, htonl(0x0a010000 + i * 256), mac);
  for (unsigned i = 0; i < count; i++) route(0x0a010000 + i * 256);
  if (used) flush();
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.3f\n", (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6);
  return 0;
}
