// Published scripts that our stack is not expected to pass, each with the reason. Whatever is not named here and does
// not pass is a failure of ours.

export interface Corpus {
  readonly list: string
  readonly folder: string
  readonly mode: 'exact' | 'neutral'
  readonly families: readonly ('ipv4' | 'ipv6' | 'mapped')[] | undefined
  /** Per family, what Linux 6.18 itself passes: the yardstick where there is one. */
  readonly yardstick: Readonly<Record<string, string>> | undefined
  readonly notExpected: Readonly<Record<string, string>>
}

const CLOSED_DESCRIPTOR = 'the script uses a closed descriptor and expects the call to succeed'
const FREEBSD_RTO = 'FreeBSD: the first retransmission time-out is 3 s; RFC 6298 says 1 s'
const FREEBSD_SHUT_RD = 'FreeBSD discards what arrives after SHUT_RD; Linux delivers it'
const FREEBSD_MAXSEG = 'FreeBSD: TCP_MAXSEG does not deduct timestamps, and is 536 before connecting'
const NO_TAIL_PROBE = 'the script knows no tail loss probe (RFC 8985), due at once after a handshake without delay'
const SMALL_BUFFER = 'Linux 6.18 fails it in the same place: three segments fill the buffer of 10,000 bytes, and the ACK of the next waits 40 ms'
const EARLY_RETRANSMIT = 'RFC 5827\'s early retransmit, which RACK replaced in Linux 4.15'

export const CORPORA: readonly Corpus[] = [
  {
    list: 'google-tcp.txt', folder: 'google', mode: 'exact', families: ['ipv4', 'ipv6', 'mapped'],
    yardstick: {
      ipv4: 'google-tcp.linux-6.18-passes-ipv4.txt', ipv6: 'google-tcp.linux-6.18-passes-ipv6.txt',
      mapped: 'google-tcp.linux-6.18-passes-ipv4-mapped-ipv6.txt',
    },
    notExpected: {},
  },
  {
    list: 'ligurio-packetdrill-testcases.txt', folder: 'ligurio', mode: 'neutral', families: undefined, yardstick: undefined,
    notExpected: {
      'tcp/close/close-last-ack-lost.pkt': FREEBSD_RTO,
      'tcp/close/close-unread-data-rst.pkt': CLOSED_DESCRIPTOR,
      'tcp/fast_recovery/fast-recovery.pkt': NO_TAIL_PROBE,
      'tcp/init_rto/init_rto_passive_open.pkt': FREEBSD_RTO,
      'tcp/initial_window/iw10-base-case.pkt': NO_TAIL_PROBE,
      'tcp/mss/mss-getsockopt-tcp_maxseg-client-ts.pkt': FREEBSD_MAXSEG,
      'tcp/mss/mss-getsockopt-tcp_maxseg-server-advmss-ts-ipv4.pkt': FREEBSD_MAXSEG,
      'tcp/mss/mss-getsockopt-tcp_maxseg-server_freebsd.pkt': 'FreeBSD answers with the MSS it was offered',
      'tcp/mss/mss-setsockopt-tcp_maxseg-client_freebsd.pkt': FREEBSD_MAXSEG,
      'tcp/mss/mss-setsockopt-tcp_maxseg-server_freebsd.pkt': FREEBSD_MAXSEG,
      'tcp/receiver_rtt/rcv-rtt-with-timestamps-new.pkt': 'FreeBSD: SO_RCVBUF is 65536',
      'tcp/receiver_rtt/rcv-rtt-without-timestamps-new.pkt': 'FreeBSD: SO_RCVBUF is 65536',
      'tcp/reset/rst-syn-sent.pkt': 'FreeBSD: CLOSED is state 0 in TCP_INFO',
      'tcp/reset/rst-sync-est-fin-wait-1.pkt': CLOSED_DESCRIPTOR,
      'tcp/reset/rst-sync-est-fin-wait-2.pkt': CLOSED_DESCRIPTOR,
      'tcp/reset/rst-sync-est-time-wait.pkt': 'the script says itself that it expects a FIN where an ACK is due',
      'tcp/reset/rst_sync_close_wait.pkt': 'the script expects a write after a reset to succeed',
      'tcp/rto/retransmission_timeout.pkt': FREEBSD_RTO,
      'tcp/shutdown/shutdown-double-shut-wr.pkt': 'a blocking recv with nothing to read is expected to return 0',
      'tcp/shutdown/shutdown-rd.pkt': FREEBSD_SHUT_RD,
      'tcp/shutdown/shutdown-recv-after-shut-rd.pkt': FREEBSD_SHUT_RD,
      'tcp/slow_start/slow-start.pkt': FREEBSD_RTO,
    },
  },
  {
    list: 'nplab-packetdrill.txt', folder: 'nplab', mode: 'neutral', families: undefined, yardstick: undefined,
    notExpected: {
      'bsd/tcp/ack_processing/tcp_dup_acks.pkt': 'FreeBSD: tcpi_snd_cwnd is in bytes',
      'bsd/tcp/ack_processing/tcp_partial_ack.pkt': 'FreeBSD: tcpi_snd_cwnd is in bytes',
      'bsd/tcp/close/close-unread-data-rst.pkt': 'FreeBSD sends the reset 10 ms after close',
      'bsd/tcp/initial_window/iw10-base-case.pkt': NO_TAIL_PROBE,
      'linux/early_retransmit/er-delayed-get-ack-3pkt-sack.pkt': EARLY_RETRANSMIT,
      'linux/early_retransmit/er-quick-2pkt-sack.pkt': EARLY_RETRANSMIT,
      'linux/early_retransmit/er-quick-3pkt-sack.pkt': EARLY_RETRANSMIT,
      'linux/fast_recovery/prr-ss-ack-below-snd_una-reno.pkt': 'PRR as it was before RFC 9937: it sends one more on entering recovery',
      'linux/pmtu_discovery/pmtud-10pkt-1460-to-1160.pkt': 'the script knows ten segments as one record; Linux sizes records by rate since 3.12, two segments '
        + 'here, and cuts each by the new MSS: 1160, 1160, 600',
      'linux/undo/undo-fr-acks-dropped-then-dsack.pkt': 'Linux decides since 4.6 after the undo whether the window grows: 10 and 8 more for what the ACK delivered',
      'linux/receiver_rtt/rcv-rtt-with-timestamps-new.pkt': SMALL_BUFFER,
      'linux/receiver_rtt/rcv-rtt-without-timestamps-new.pkt': SMALL_BUFFER,
      'linux/inet_diag/inet-diag-ipv6.pkt': 'written for an older default address of the tool',
    },
  },
]
