// TCP's settings under their Linux names, with Linux 6.x types, ranges and defaults. Hot code keeps the rows.

import type { SysctlDescriptor, SysctlRow, SysctlTable } from '../../base/sysctl-table.ts'
import { CONGESTION_CONTROL_NAMES } from '../congestion/registry.ts'

function int(name: string, value: number, min: number, max: number, unit?: string): SysctlDescriptor {
  const row = { name: `net.ipv4.${name}`, type: 'int' as const, default: value, min, max }
  return unit === undefined ? row : { ...row, unit }
}

const MAX = 2147483647

export const TCP_SYSCTLS: readonly SysctlDescriptor[] = Object.freeze([
  { name: 'net.ipv4.tcp_rmem', type: 'ints', default: [4096, 131072, 33554432], min: 1, max: MAX, unit: 'bytes' },
  { name: 'net.ipv4.tcp_wmem', type: 'ints', default: [4096, 16384, 4194304], min: 1, max: MAX, unit: 'bytes' },
  { name: 'net.core.rmem_max', type: 'int', default: 4194304, min: 2304, max: MAX, unit: 'bytes' },
  { name: 'net.core.wmem_max', type: 'int', default: 4194304, min: 4608, max: MAX, unit: 'bytes' },
  { name: 'net.core.somaxconn', type: 'int', default: 4096, min: 0, max: 65535 },
  { name: 'net.ipv4.tcp_congestion_control', type: 'text', default: 'cubic', choices: () => CONGESTION_CONTROL_NAMES },
  { name: 'net.ipv4.tcp_fastopen_key', type: 'text', default: '00000000-00000000-00000000-00000000' },
  int('tcp_timestamps', 1, 0, 2),
  int('tcp_sack', 1, 0, 1),
  int('tcp_dsack', 1, 0, 1),
  int('tcp_fack', 0, 0, 1),
  int('tcp_window_scaling', 1, 0, 1),
  int('tcp_ecn', 2, 0, 5),
  int('tcp_ecn_fallback', 1, 0, 1),
  int('tcp_ecn_option', 2, 0, 2),
  int('tcp_syn_retries', 6, 1, 127),
  int('tcp_synack_retries', 5, 0, 255),
  int('tcp_syn_linear_timeouts', 4, 0, 127),
  int('tcp_syncookies', 1, 0, 2),
  int('tcp_max_syn_backlog', 4096, 0, MAX),
  int('tcp_abort_on_overflow', 0, 0, 1),
  int('tcp_retries1', 3, 0, 255),
  int('tcp_retries2', 15, 0, 255),
  int('tcp_orphan_retries', 0, 0, 255),
  int('tcp_fin_timeout', 60, 0, MAX, 's'),
  int('tcp_keepalive_time', 7200, 0, MAX, 's'),
  int('tcp_keepalive_intvl', 75, 0, MAX, 's'),
  int('tcp_keepalive_probes', 9, 0, 255),
  int('tcp_tw_reuse', 2, 0, 2),
  int('tcp_tw_reuse_delay', 1000, 1, MAX, 'ms'),
  int('tcp_max_tw_buckets', 262144, 0, MAX),
  int('tcp_max_orphans', 262144, 0, MAX),
  int('tcp_rfc1337', 0, 0, 1),
  int('tcp_stdurg', 0, 0, 1),
  int('tcp_reordering', 3, 1, MAX),
  int('tcp_max_reordering', 300, 1, MAX),
  int('tcp_recovery', 1, 0, 7),
  int('tcp_early_retrans', 3, 0, 4),
  int('tcp_frto', 2, 0, 2),
  int('tcp_thin_linear_timeouts', 0, 0, 1),
  int('tcp_slow_start_after_idle', 1, 0, 1),
  int('tcp_no_metrics_save', 0, 0, 1),
  int('tcp_moderate_rcvbuf', 1, 0, 1),
  int('tcp_adv_win_scale', 1, -31, 31),
  int('tcp_app_win', 31, 0, 31),
  int('tcp_shrink_window', 0, 0, 1),
  int('tcp_workaround_signed_windows', 0, 0, 1),
  int('tcp_limit_output_bytes', 4194304, 0, MAX, 'bytes'),
  int('tcp_notsent_lowat', 4294967295, 0, 4294967295, 'bytes'),
  int('tcp_autocorking', 1, 0, 1),
  int('tcp_tso_win_divisor', 3, 0, MAX),
  int('tcp_min_tso_segs', 2, 1, 255),
  int('tcp_tso_rtt_log', 9, 0, 31),
  int('tcp_min_rtt_wlen', 300, 0, 86400, 's'),
  int('tcp_min_snd_mss', 48, 48, 65535, 'bytes'),
  int('tcp_base_mss', 1024, 48, 65535, 'bytes'),
  int('tcp_mtu_probing', 0, 0, 2),
  int('tcp_mtu_probe_floor', 48, 48, 65535, 'bytes'),
  int('tcp_probe_interval', 600, 0, 4294967295, 's'),
  int('tcp_probe_threshold', 8, 0, MAX, 'bytes'),
  int('tcp_challenge_ack_limit', MAX, 0, MAX, '/s'),
  int('tcp_invalid_ratelimit', 500, 0, MAX, 'ms'),
  int('tcp_rto_min_us', 200000, 1, MAX, 'us'),
  int('tcp_rto_max_ms', 120000, 1000, 120000, 'ms'),
  int('tcp_pacing_ss_ratio', 200, 0, 1000, '%'),
  int('tcp_pacing_ca_ratio', 120, 0, 1000, '%'),
  int('tcp_comp_sack_nr', 44, 0, 255),
  int('tcp_comp_sack_delay_ns', 1000000, 0, MAX, 'ns'),
  int('tcp_comp_sack_slack_ns', 100000, 0, MAX, 'ns'),
  int('tcp_fastopen', 1, 0, MAX),
  int('tcp_fastopen_blackhole_timeout_sec', 0, 0, MAX, 's'),
  int('tcp_retrans_collapse', 1, 0, 1),
  int('tcp_backlog_ack_defer', 1, 0, 1),
  // Ours: ICMP errors as RFC 9293 3.9.2.2 has them (SHLD-26), where Linux follows RFC 5927.
  { name: 'net.sockeye.tcp_icmp_by_rfc', type: 'int', default: 0, min: 0, max: 1 },
  // Ours: CUBIC's slow start ends by HyStart++ (1, RFC 9406), classic HyStart (2, as Linux), or not before a loss (0).
  { name: 'net.sockeye.tcp_hystart', type: 'int', default: 1, min: 0, max: 2 },
])

/** The rows that the protocol reads while it works. */
export class TcpSysctls {
  readonly rmem: SysctlRow
  readonly wmem: SysctlRow
  readonly rmemMax: SysctlRow
  readonly somaxconn: SysctlRow
  readonly congestionControl: SysctlRow
  readonly timestamps: SysctlRow
  readonly sack: SysctlRow
  readonly dsack: SysctlRow
  readonly windowScaling: SysctlRow
  readonly synRetries: SysctlRow
  readonly synAckRetries: SysctlRow
  readonly synLinearTimeouts: SysctlRow
  readonly syncookies: SysctlRow
  readonly maxSynBacklog: SysctlRow
  readonly abortOnOverflow: SysctlRow
  readonly retries1: SysctlRow
  readonly retries2: SysctlRow
  readonly orphanRetries: SysctlRow
  readonly finTimeout: SysctlRow
  readonly keepaliveTime: SysctlRow
  readonly keepaliveInterval: SysctlRow
  readonly keepaliveProbes: SysctlRow
  readonly twReuse: SysctlRow
  readonly twReuseDelay: SysctlRow
  readonly maxTwBuckets: SysctlRow
  readonly maxOrphans: SysctlRow
  readonly rfc1337: SysctlRow
  readonly stdurg: SysctlRow
  readonly reordering: SysctlRow
  readonly maxReordering: SysctlRow
  readonly recovery: SysctlRow
  readonly earlyRetrans: SysctlRow
  readonly frto: SysctlRow
  readonly slowStartAfterIdle: SysctlRow
  readonly moderateRcvbuf: SysctlRow
  readonly shrinkWindow: SysctlRow
  readonly notsentLowat: SysctlRow
  readonly tsoWinDivisor: SysctlRow
  readonly minTsoSegs: SysctlRow
  readonly tsoRttLog: SysctlRow
  readonly minRttWindow: SysctlRow
  readonly minSndMss: SysctlRow
  readonly retransCollapse: SysctlRow
  readonly mtuProbing: SysctlRow
  readonly baseMss: SysctlRow
  readonly mtuProbeFloor: SysctlRow
  readonly probeInterval: SysctlRow
  readonly probeThreshold: SysctlRow
  readonly ecn: SysctlRow
  readonly ecnOption: SysctlRow
  readonly ecnFallback: SysctlRow
  readonly fastOpen: SysctlRow
  readonly fastOpenKey: SysctlRow
  readonly fastOpenBlackholeTimeout: SysctlRow
  readonly challengeAckLimit: SysctlRow
  readonly invalidRatelimit: SysctlRow
  readonly rtoMinUs: SysctlRow
  readonly rtoMaxMs: SysctlRow
  readonly pacingSsRatio: SysctlRow
  readonly pacingCaRatio: SysctlRow
  readonly compSackNr: SysctlRow
  readonly compSackDelayNs: SysctlRow
  readonly icmpByRfc: SysctlRow
  readonly hystart: SysctlRow

  // eslint-disable-next-line max-lines-per-function -- one line a setting
  constructor(table: SysctlTable) {
    table.define(TCP_SYSCTLS)
    const row = (name: string): SysctlRow => table.row(`net.ipv4.tcp_${name}`)
    this.rmem = row('rmem')
    this.wmem = row('wmem')
    this.rmemMax = table.row('net.core.rmem_max')
    this.somaxconn = table.row('net.core.somaxconn')
    this.congestionControl = row('congestion_control')
    this.timestamps = row('timestamps')
    this.sack = row('sack')
    this.dsack = row('dsack')
    this.windowScaling = row('window_scaling')
    this.synRetries = row('syn_retries')
    this.synAckRetries = row('synack_retries')
    this.synLinearTimeouts = row('syn_linear_timeouts')
    this.syncookies = row('syncookies')
    this.maxSynBacklog = row('max_syn_backlog')
    this.abortOnOverflow = row('abort_on_overflow')
    this.retries1 = row('retries1')
    this.retries2 = row('retries2')
    this.orphanRetries = row('orphan_retries')
    this.finTimeout = row('fin_timeout')
    this.keepaliveTime = row('keepalive_time')
    this.keepaliveInterval = row('keepalive_intvl')
    this.keepaliveProbes = row('keepalive_probes')
    this.twReuse = row('tw_reuse')
    this.twReuseDelay = row('tw_reuse_delay')
    this.maxTwBuckets = row('max_tw_buckets')
    this.maxOrphans = row('max_orphans')
    this.rfc1337 = row('rfc1337')
    this.stdurg = row('stdurg')
    this.reordering = row('reordering')
    this.maxReordering = row('max_reordering')
    this.recovery = row('recovery')
    this.earlyRetrans = row('early_retrans')
    this.frto = row('frto')
    this.slowStartAfterIdle = row('slow_start_after_idle')
    this.moderateRcvbuf = row('moderate_rcvbuf')
    this.shrinkWindow = row('shrink_window')
    this.notsentLowat = row('notsent_lowat')
    this.tsoWinDivisor = row('tso_win_divisor')
    this.minTsoSegs = row('min_tso_segs')
    this.tsoRttLog = row('tso_rtt_log')
    this.minRttWindow = row('min_rtt_wlen')
    this.minSndMss = row('min_snd_mss')
    this.retransCollapse = row('retrans_collapse')
    this.mtuProbing = row('mtu_probing')
    this.baseMss = row('base_mss')
    this.mtuProbeFloor = row('mtu_probe_floor')
    this.probeInterval = row('probe_interval')
    this.probeThreshold = row('probe_threshold')
    this.ecn = row('ecn')
    this.ecnOption = row('ecn_option')
    this.ecnFallback = row('ecn_fallback')
    this.fastOpen = row('fastopen')
    this.fastOpenKey = row('fastopen_key')
    this.fastOpenBlackholeTimeout = row('fastopen_blackhole_timeout_sec')
    this.challengeAckLimit = row('challenge_ack_limit')
    this.invalidRatelimit = row('invalid_ratelimit')
    this.rtoMinUs = row('rto_min_us')
    this.rtoMaxMs = row('rto_max_ms')
    this.pacingSsRatio = row('pacing_ss_ratio')
    this.pacingCaRatio = row('pacing_ca_ratio')
    this.compSackNr = row('comp_sack_nr')
    this.compSackDelayNs = row('comp_sack_delay_ns')
    this.icmpByRfc = table.row('net.sockeye.tcp_icmp_by_rfc')
    this.hystart = table.row('net.sockeye.tcp_hystart')
  }
}
