// Public names of the whole system, on any platform: addresses and errnos, links, hosts and processes, and the services that
// run on them. Devices and clocks of a platform stand in the entries `node` and `web`, simulated worlds in `sim`.

// values
export { IpAddress, parseIp } from '../base/address/ip.ts'
export { MacAddress } from '../base/address/mac.ts'
export { Prefix } from '../base/address/prefix.ts'
export { NO_TIMER } from '../base/clock.ts'
export type { Clock, TimerHandle } from '../base/clock.ts'
export { DROP_SOURCE } from '../base/drop-reason.ts'
export type { DropReason } from '../base/drop-reason.ts'
export { errnoFromNumber, errnoNumber, errnoText, isErrno } from '../base/errno.ts'
export type { Errno } from '../base/errno.ts'
export type { MemoryPlatform } from '../base/memory-platform.ts'
export {
  AF_UNSPEC, AF_UNIX, AF_LOCAL, AF_INET, AF_INET6, AF_KEY, AF_NETLINK, AF_ROUTE, AF_PACKET, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM,
  SOCK_SEQPACKET, SOCK_NONBLOCK, SOCK_CLOEXEC, IPPROTO_IP, IPPROTO_ICMP, IPPROTO_IGMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6,
  IPPROTO_GRE, IPPROTO_ICMPV6, IPPROTO_SCTP, IPPROTO_UDPLITE, IPPROTO_RAW, MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_CTRUNC, MSG_TRUNC,
  MSG_DONTWAIT, MSG_EOR, MSG_WAITALL, MSG_CONFIRM, MSG_ERRQUEUE, MSG_NOSIGNAL, MSG_MORE, MSG_WAITFORONE, MSG_ZEROCOPY, MSG_FASTOPEN,
  MSG_CMSG_CLOEXEC, SHUT_RD, SHUT_WR, SHUT_RDWR, SOMAXCONN, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK,
  O_ASYNC, O_CLOEXEC, FD_CLOEXEC, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG, F_DUPFD_CLOEXEC,
  FIONREAD, SIOCINQ, FIONBIO, FIOASYNC, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL,
  POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLRDHUP, SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP, SOL_IPV6, SOL_RAW, SOL_ICMPV6,
  SOL_PACKET, SOL_NETLINK, SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE,
  SO_OOBINLINE, SO_NO_CHECK, SO_PRIORITY, SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_PEERCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO,
  SO_SNDTIMEO, SO_BINDTODEVICE, SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_PEERNAME, SO_TIMESTAMP, SO_ACCEPTCONN, SO_SNDBUFFORCE,
  SO_RCVBUFFORCE, SO_PASSSEC, SO_TIMESTAMPNS, SO_MARK, SO_TIMESTAMPING, SO_PROTOCOL, SO_DOMAIN, SO_RXQ_OVFL, SO_PEEK_OFF, SO_NOFCS,
  SO_LOCK_FILTER, SO_SELECT_ERR_QUEUE, SO_BUSY_POLL, SO_RCVMARK, SO_RCVPRIORITY,
  SO_MAX_PACING_RATE, SO_INCOMING_CPU, SO_MEMINFO, SO_INCOMING_NAPI_ID, SO_COOKIE,
  SO_ZEROCOPY, SO_TXTIME, SCM_RIGHTS, SCM_CREDENTIALS, IP_TOS, IP_TTL, IP_HDRINCL, IP_OPTIONS, IP_RECVOPTS, IP_RETOPTS, IP_PKTINFO,
  IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_MTU, IP_FREEBIND, IP_TRANSPARENT, IP_RECVORIGDSTADDR, IP_MINTTL, IP_NODEFRAG,
  IP_BIND_ADDRESS_NO_PORT, IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP,
  IP_UNBLOCK_SOURCE, IP_BLOCK_SOURCE, IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_MSFILTER, MCAST_JOIN_GROUP,
  MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_MSFILTER,
  MCAST_EXCLUDE, MCAST_INCLUDE, IP_MULTICAST_ALL, IP_UNICAST_IF,
  IP_LOCAL_PORT_RANGE, IP_PMTUDISC_DONT, IP_PMTUDISC_WANT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE, IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT,
  IPV6_UNICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP,
  IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_V6ONLY, IPV6_RECVPKTINFO, IPV6_PKTINFO, IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT,
  IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_DONTFRAG, IPV6_CHECKSUM, IPV6_FREEBIND, ICMP_FILTER, ICMP6_FILTER, TCP_NODELAY, TCP_MAXSEG,
  TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_LINGER2, TCP_DEFER_ACCEPT, TCP_WINDOW_CLAMP, TCP_INFO,
  TCP_QUICKACK, TCP_CONGESTION, TCP_MD5SIG, TCP_MD5SIG_EXT, TCP_THIN_LINEAR_TIMEOUTS, TCP_USER_TIMEOUT, TCP_FASTOPEN, TCP_TIMESTAMP,
  TCP_NOTSENT_LOWAT, TCP_CC_INFO, TCP_SAVE_SYN, TCP_SAVED_SYN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_KEY, TCP_FASTOPEN_NO_COOKIE, TCP_INQ,
  TCP_CM_INQ,
  TCP_TX_DELAY, UDP_CORK, UDP_SEGMENT, UDP_GRO, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR,
  EPOLLHUP, EPOLLRDHUP, EPOLLEXCLUSIVE, EPOLLWAKEUP, EPOLLONESHOT, EPOLLET, ETH_P_IP, ETH_P_ARP, ETH_P_RARP, ETH_P_8021Q, ETH_P_IPV6,
  ETH_P_PPPOE_DISCOVERY, ETH_P_PPPOE_SESSION, ETH_P_ALL,
} from '../base/posix.ts'
export {
  CLOCK_MONOTONIC, CLOCK_REALTIME, EFD_SEMAPHORE, SA_RESTART, SIGABRT, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGKILL, SIGPIPE,
  SIGQUIT, SIGSTOP, SIGTERM, SIGURG, SIGUSR1, SIGUSR2, SIGWINCH, TFD_TIMER_ABSTIME, WNOHANG, exitStatus, exitedNormally, termSignal,
} from '../base/signal.ts'
export { seededSource } from '../base/random.ts'
export type { Random, RandomSource } from '../base/random.ts'
export { after, elapsed, instant, ms, NEVER, s, toMs, us } from '../base/time.ts'
export type { Instant, Micros } from '../base/time.ts'
export { Trace, TRACE_VERSION } from '../base/trace.ts'
export type { Direction, FrameObserver, TraceEvent, TraceListener } from '../base/trace.ts'

// packets and links
export { Packet } from '../wire/packet.ts'
export { PacketMemory } from '../wire/packet-memory.ts'
export type { PacketMemoryOptions } from '../wire/packet-memory.ts'
export { Cable, CableDevice } from '../link/cable.ts'
export type { CableEnd, CableFilter, CableOptions, CableVerdict } from '../link/cable.ts'
export { Capture } from '../link/capture.ts'
export type { CaptureOptions } from '../link/capture.ts'
export { parseImpair } from '../link/impair-spec.ts'
export type { ImpairPlan, ImpairSpec } from '../link/impair-spec.ts'
export { impair } from '../link/impaired-device.ts'
export { ALL_OFFLOADS, NetDevice, NO_OFFLOADS } from '../link/net-device.ts'
export type { DeviceCounters, DeviceFeatures, DeviceReceiver, DeviceTap } from '../link/net-device.ts'
export { Coalescer } from '../link/offload/coalesce.ts'

// hosts, processes, system calls
export type { AddressHolder, AsyncSys, EpollEvent, IoVec, MessageHeader, MultiMessage, PollFd, Sys } from '../kernel/syscalls.ts'
export { describeSocket, interfaceTable, socketTable } from '../kernel/diag.ts'
export type { InterfaceRow, SocketOwnerRow, SocketRow } from '../kernel/diag.ts'
export { createHost, Host } from '../kernel/host.ts'
export type { HostOptions, SpawnOptions } from '../kernel/host.ts'
export type { WaitResult } from '../kernel/process-life.ts'
export type { SignalAction, SignalHandler, SignalInformation } from '../kernel/process-state.ts'
export { Process } from '../kernel/process.ts'
export type { SelectSets } from '../kernel/syscall/select-sets.ts'
export type { TimerSetting } from '../kernel/timer-file.ts'
export type { ControlMessage } from '../sock/control-message.ts'
export type { SocketAddress } from '../sock/socket-address.ts'

// services
export { httpExchange } from '../service/http-client.ts'
export type { HttpExchange, HttpFailure, HttpResponseHead, HttpSink } from '../service/http-client.ts'
export { httpd } from '../service/httpd.ts'
export type { HttpdOptions } from '../service/httpd.ts'
export { memorySite } from '../service/http/site.ts'
export type { HttpEntity, HttpSite, SiteAnswer } from '../service/http/site.ts'
export { chargenTcp, chargenUdp } from '../service/inetd/chargen.ts'
export { daytimeTcp, daytimeUdp } from '../service/inetd/daytime.ts'
export { discardTcp, discardUdp } from '../service/inetd/discard.ts'
export { echoTcp, echoUdp } from '../service/inetd/echo.ts'
export { runIperfClient } from '../service/iperf/client.ts'
export type { ClientOptions, TestOutcome } from '../service/iperf/client.ts'
export { IPERF_PORT, IperfFailure } from '../service/iperf/protocol.ts'
export type { IperfMachine } from '../service/iperf/protocol.ts'
export { JsonReport, TestReport, TextReport } from '../service/iperf/report.ts'
export { serveIperf } from '../service/iperf/server.ts'
export type { ServerOptions } from '../service/iperf/server.ts'
export type { Program, Service } from '../service/program.ts'
export type { ConnectionStory } from '../service/story/connection-story.ts'
export { demoWeb } from '../service/story/demo-web.ts'
export type { Asset, DemoWebOptions } from '../service/story/demo-web.ts'
export { Story } from '../service/story/story.ts'
export type { StoryListener, StoryOptions } from '../service/story/story.ts'
export { connectionText, segmentText } from '../service/story/story-text.ts'
export type { StoryConnection, StorySegment, StoryUpdate } from '../service/story/story-types.ts'
export { decodeTcpInfo, readTcpInfo } from '../service/tcp-info.ts'
export type { TcpInfo } from '../service/tcp-info.ts'
