// The IP layer's settings under their Linux names, with the defaults of Linux 6.18, and the rows hot code reads.

import type { SysctlDescriptor, SysctlRow, SysctlTable } from '../base/sysctl-table.ts'

function flag(name: string, initial: 0 | 1): SysctlDescriptor { return { name, type: 'int', default: initial, min: 0, max: 1 } }
function count(name: string, initial: number, min: number = 0, max: number = 0x7fffffff, unit?: string): SysctlDescriptor {
  return { name, type: 'int', default: initial, min, max, ...(unit === undefined ? {} : { unit }) }
}

function neighbourDescriptors(family: 'ipv4' | 'ipv6'): SysctlDescriptor[] {
  const prefix = `net.${family}.neigh.default.`
  return [
    count(`${prefix}base_reachable_time_ms`, 30_000, 1, 0x7fffffff, 'ms'),
    count(`${prefix}retrans_time_ms`, 1000, 1, 0x7fffffff, 'ms'),
    count(`${prefix}delay_first_probe_time`, 5, 0, 0x7fffffff, 's'),
    count(`${prefix}mcast_solicit`, 3),
    count(`${prefix}ucast_solicit`, 3),
    count(`${prefix}unres_qlen`, 101),
    count(`${prefix}unres_qlen_bytes`, 212_992, 0, 0x7fffffff, 'bytes'),
    count(`${prefix}gc_stale_time`, 60, 0, 0x7fffffff, 's'),
    count(`${prefix}gc_thresh1`, 128),
    count(`${prefix}gc_thresh2`, 512),
    count(`${prefix}gc_thresh3`, 1024),
    // In hundredths of a second, as there: a confirmed entry is not overridden for so long.
    count(`${prefix}locktime`, family === 'ipv4' ? 100 : 0),
  ]
}

export const IP_SYSCTLS: readonly SysctlDescriptor[] = [
  flag('net.ipv4.ip_forward', 0),
  count('net.ipv4.ip_default_ttl', 64, 1, 255),
  count('net.ipv4.ip_no_pmtu_disc', 0, 0, 3),
  flag('net.ipv4.icmp_echo_ignore_all', 0),
  flag('net.ipv4.icmp_echo_ignore_broadcasts', 1),
  flag('net.ipv4.icmp_ignore_bogus_error_responses', 1),
  flag('net.ipv4.icmp_errors_use_inbound_ifaddr', 0),
  count('net.ipv4.icmp_ratelimit', 1000, 0, 0x7fffffff, 'ms'),
  count('net.ipv4.icmp_ratemask', 6168),
  count('net.ipv4.icmp_msgs_per_sec', 1000),
  count('net.ipv4.icmp_msgs_burst', 50),
  count('net.ipv4.ipfrag_time', 30, 0, 0x7fffffff, 's'),
  count('net.ipv4.ipfrag_high_thresh', 4_194_304, 0, 0x7fffffff, 'bytes'),
  count('net.ipv4.ipfrag_max_dist', 64),
  count('net.ipv4.route.min_pmtu', 552, 68, 65535, 'bytes'),
  count('net.ipv4.route.mtu_expires', 600, 1, 0x7fffffff, 's'),
  count('net.ipv4.conf.all.rp_filter', 0, 0, 2),
  flag('net.ipv4.conf.all.accept_local', 0),
  flag('net.ipv4.conf.all.accept_source_route', 0),
  flag('net.ipv4.conf.all.accept_redirects', 1),
  flag('net.ipv4.conf.all.secure_redirects', 1),
  flag('net.ipv4.conf.all.send_redirects', 1),
  flag('net.ipv4.conf.all.arp_accept', 0),
  flag('net.ipv4.conf.all.arp_notify', 0),
  ...neighbourDescriptors('ipv4'),
  ...neighbourDescriptors('ipv6'),
  flag('net.ipv6.conf.all.forwarding', 0),
  flag('net.ipv6.conf.all.disable_ipv6', 0),
  count('net.ipv6.conf.all.hop_limit', 64, 1, 255),
  flag('net.ipv6.conf.all.accept_redirects', 1),
  count('net.ipv6.conf.all.accept_ra', 1, 0, 2),
  flag('net.ipv6.conf.all.autoconf', 1),
  count('net.ipv6.conf.all.accept_dad', 1, 0, 2),
  count('net.ipv6.conf.default.dad_transmits', 1),
  // Linux asks for ever (-1); three as RFC 4861 10 has it, so that a quiet network becomes quiet.
  count('net.ipv6.conf.default.router_solicitations', 3, -1),
  count('net.ipv6.conf.default.router_solicitation_interval', 4, 1, 0x7fffffff, 's'),
  count('net.ipv6.conf.default.router_solicitation_delay', 1, 0, 0x7fffffff, 's'),
  flag('net.ipv6.bindv6only', 0),
  flag('net.ipv6.auto_flowlabels', 1),
  count('net.ipv6.ip6frag_time', 60, 0, 0x7fffffff, 's'),
  count('net.ipv6.ip6frag_high_thresh', 4_194_304, 0, 0x7fffffff, 'bytes'),
  count('net.ipv6.max_hbh_opts_number', 8),
  count('net.ipv6.max_dst_opts_number', 8),
  count('net.ipv6.route.mtu_expires', 600, 1, 0x7fffffff, 's'),
  count('net.ipv6.icmp.ratelimit', 100, 0, 0x7fffffff, 'ms'),
  { name: 'net.ipv6.icmp.ratemask', type: 'text', default: '0-1,3-127' },
  flag('net.ipv6.icmp.echo_ignore_all', 0),
  flag('net.ipv6.icmp.echo_ignore_multicast', 0),
]

export class NeighbourSettings {
  readonly baseReachableMs: SysctlRow
  readonly retransMs: SysctlRow
  readonly delayFirstProbeSec: SysctlRow
  readonly multicastSolicit: SysctlRow
  readonly unicastSolicit: SysctlRow
  readonly queueLimit: SysctlRow
  readonly queueLimitBytes: SysctlRow
  readonly gcStaleSec: SysctlRow
  readonly gcThresh1: SysctlRow
  readonly gcThresh3: SysctlRow
  readonly lockTime: SysctlRow

  constructor(table: SysctlTable, family: 'ipv4' | 'ipv6') {
    const row = (name: string): SysctlRow => table.row(`net.${family}.neigh.default.${name}`)
    this.baseReachableMs = row('base_reachable_time_ms')
    this.retransMs = row('retrans_time_ms')
    this.delayFirstProbeSec = row('delay_first_probe_time')
    this.multicastSolicit = row('mcast_solicit')
    this.unicastSolicit = row('ucast_solicit')
    this.queueLimit = row('unres_qlen')
    this.queueLimitBytes = row('unres_qlen_bytes')
    this.gcStaleSec = row('gc_stale_time')
    this.gcThresh1 = row('gc_thresh1')
    this.gcThresh3 = row('gc_thresh3')
    this.lockTime = row('locktime')
  }
}

/** The rows that packets meet on their way. */
export class IpSettings {
  readonly table: SysctlTable
  readonly forward4: SysctlRow
  readonly forward6: SysctlRow
  readonly defaultTtl: SysctlRow
  readonly defaultHopLimit: SysctlRow
  readonly noPathMtuDiscovery: SysctlRow
  readonly minPathMtu: SysctlRow
  readonly reversePathFilter: SysctlRow
  readonly acceptLocal: SysctlRow
  readonly acceptSourceRoute: SysctlRow
  readonly sendRedirects: SysctlRow
  readonly acceptRedirects4: SysctlRow
  readonly acceptRedirects6: SysctlRow
  readonly disable6: SysctlRow
  readonly echoIgnoreAll4: SysctlRow
  readonly echoIgnoreBroadcasts: SysctlRow
  readonly echoIgnoreAll6: SysctlRow
  readonly echoIgnoreMulticast6: SysctlRow
  readonly neighbour4: NeighbourSettings
  readonly neighbour6: NeighbourSettings

  constructor(table: SysctlTable) {
    table.define(IP_SYSCTLS)
    this.table = table
    this.forward4 = table.row('net.ipv4.ip_forward')
    this.forward6 = table.row('net.ipv6.conf.all.forwarding')
    this.defaultTtl = table.row('net.ipv4.ip_default_ttl')
    this.defaultHopLimit = table.row('net.ipv6.conf.all.hop_limit')
    this.noPathMtuDiscovery = table.row('net.ipv4.ip_no_pmtu_disc')
    this.minPathMtu = table.row('net.ipv4.route.min_pmtu')
    this.reversePathFilter = table.row('net.ipv4.conf.all.rp_filter')
    this.acceptLocal = table.row('net.ipv4.conf.all.accept_local')
    this.acceptSourceRoute = table.row('net.ipv4.conf.all.accept_source_route')
    this.sendRedirects = table.row('net.ipv4.conf.all.send_redirects')
    this.acceptRedirects4 = table.row('net.ipv4.conf.all.accept_redirects')
    this.acceptRedirects6 = table.row('net.ipv6.conf.all.accept_redirects')
    this.disable6 = table.row('net.ipv6.conf.all.disable_ipv6')
    this.echoIgnoreAll4 = table.row('net.ipv4.icmp_echo_ignore_all')
    this.echoIgnoreBroadcasts = table.row('net.ipv4.icmp_echo_ignore_broadcasts')
    this.echoIgnoreAll6 = table.row('net.ipv6.icmp.echo_ignore_all')
    this.echoIgnoreMulticast6 = table.row('net.ipv6.icmp.echo_ignore_multicast')
    this.neighbour4 = new NeighbourSettings(table, 'ipv4')
    this.neighbour6 = new NeighbourSettings(table, 'ipv6')
  }
}
