// The names a code block may use: every field of TCP_INFO read from the bytes getsockopt gave, TCP states, congestion
// states, option bits, SK_MEMINFO indices.

import { constant } from './constants.ts'
import type { Value } from './code-names.ts'
import type { Names } from './code.ts'

type Field = readonly [at: number, bytes: 1 | 2 | 4 | 8]

/** struct tcp_info of Linux 6.18. */
const FIELDS: Readonly<Record<string, Field>> = {
  state: [0, 1], ca_state: [1, 1], retransmits: [2, 1], probes: [3, 1], backoff: [4, 1], options: [5, 1],
  rto: [8, 4], ato: [12, 4], snd_mss: [16, 4], rcv_mss: [20, 4], unacked: [24, 4], sacked: [28, 4], lost: [32, 4], retrans: [36, 4],
  fackets: [40, 4],
  last_data_sent: [44, 4], last_ack_sent: [48, 4], last_data_recv: [52, 4], last_ack_recv: [56, 4], pmtu: [60, 4], rcv_ssthresh: [64, 4],
  rtt: [68, 4],
  rttvar: [72, 4], snd_ssthresh: [76, 4], snd_cwnd: [80, 4], advmss: [84, 4], reordering: [88, 4], rcv_rtt: [92, 4], rcv_space: [96, 4],
  total_retrans: [100, 4], pacing_rate: [104, 8], max_pacing_rate: [112, 8], bytes_acked: [120, 8], bytes_received: [128, 8],
  segs_out: [136, 4],
  segs_in: [140, 4], notsent_bytes: [144, 4], min_rtt: [148, 4], data_segs_in: [152, 4], data_segs_out: [156, 4], delivery_rate: [160, 8],
  busy_time: [168, 8], rwnd_limited: [176, 8], sndbuf_limited: [184, 8], delivered: [192, 4], delivered_ce: [196, 4], bytes_sent: [200, 8],
  bytes_retrans: [208, 8], dsack_dups: [216, 4], reord_seen: [220, 4], rcv_ooopack: [224, 4], snd_wnd: [228, 4], rcv_wnd: [232, 4],
  rehash: [236, 4],
  total_rto: [240, 2], total_rto_recoveries: [242, 2], total_rto_time: [244, 4], received_ce: [248, 4], delivered_e1_bytes: [252, 4],
  delivered_e0_bytes: [256, 4], delivered_ce_bytes: [260, 4], received_e1_bytes: [264, 4], received_e0_bytes: [268, 4],
  received_ce_bytes: [272, 4],
  accecn_fail_mode: [276, 2], accecn_opt_seen: [278, 2],
}

export const TCP_INFO_BYTES = 280

const NAMED: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: 1, TCP_SYN_SENT: 2, TCP_SYN_RECV: 3, TCP_FIN_WAIT1: 4, TCP_FIN_WAIT2: 5, TCP_TIME_WAIT: 6, TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9, TCP_LISTEN: 10, TCP_CLOSING: 11, TCP_NEW_SYN_RECV: 12,
  TCP_CA_Open: 0, TCP_CA_Disorder: 1, TCP_CA_CWR: 2, TCP_CA_Recovery: 3, TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1, TCPI_OPT_SACK: 2, TCPI_OPT_WSCALE: 4, TCPI_OPT_ECN: 8, TCPI_OPT_ECN_SEEN: 16, TCPI_OPT_SYN_DATA: 32,
  TCPI_OPT_USEC_TS: 64, TCPI_OPT_TFO_CHILD: 128, True: 1, False: 0,
}
const MEMINFO = ['RMEM_ALLOC', 'RCVBUF', 'WMEM_ALLOC', 'SNDBUF', 'FWD_ALLOC', 'WMEM_QUEUED', 'OPTMEM', 'BACKLOG', 'DROPS'] as const

export const STATE_NAMES: readonly string[] = ['', 'ESTABLISHED', 'SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSED', 'CLOSE-WAIT',
  'LAST-ACK', 'LISTEN', 'CLOSING', 'SYN-RECEIVED']

/** undefined when the stack's struct does not reach that far. */
export function tcpInfoField(info: Uint8Array, name: string): number | undefined {
  if (name === 'snd_wscale') return info.length > 6 ? info[6] & 15 : undefined
  if (name === 'rcv_wscale') return info.length > 6 ? info[6] >>> 4 : undefined
  if (name === 'delivery_rate_app_limited') return info.length > 7 ? info[7] & 1 : undefined
  if (name === 'fastopen_client_fail') return info.length > 7 ? (info[7] >>> 1) & 3 : undefined
  const field = FIELDS[name]
  if (field === undefined) return undefined
  const [at, bytes] = field
  if (at + bytes > info.length) return undefined
  let value = 0
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + info[at + i]
  return value
}

/** `meminfo`: SO_MEMINFO's words. */
export function codeNames(info: Uint8Array, meminfo: () => Uint8Array | undefined): Names {
  return (name: string): Value | undefined => {
    if (name.startsWith('tcpi_')) return tcpInfoField(info, name.slice(5))
    if (name.startsWith('SK_MEMINFO_')) {
      const at = 4 * MEMINFO.findIndex(each => each === name.slice(11))
      const words = meminfo()
      return words === undefined || at < 0 || at + 4 > words.length
        ? undefined
        : words[at] + words[at + 1] * 256 + words[at + 2] * 65536 + words[at + 3] * 16777216
    }
    return NAMED[name] ?? (/^[A-Z]/.test(name) ? constant(name) : undefined)
  }
}
