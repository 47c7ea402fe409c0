// Settings of socket buffers and queues that every protocol shares (row G8; Linux 6.18's defaults).

import type { SysctlDescriptor } from '../base/sysctl-table.ts'

export const SOCK_SYSCTLS: readonly SysctlDescriptor[] = [
  { name: 'net.core.rmem_default', type: 'int', default: 212_992, min: 2304, unit: 'bytes' },
  { name: 'net.core.rmem_max', type: 'int', default: 4_194_304, min: 2304, unit: 'bytes' },
  { name: 'net.core.wmem_default', type: 'int', default: 212_992, min: 4608, unit: 'bytes' },
  { name: 'net.core.wmem_max', type: 'int', default: 4_194_304, min: 4608, unit: 'bytes' },
  { name: 'net.core.optmem_max', type: 'int', default: 131_072, min: 0, unit: 'bytes' },
  { name: 'net.core.somaxconn', type: 'int', default: 4096, min: 0, max: 2_147_483_647 },
  { name: 'net.ipv4.igmp_max_memberships', type: 'int', default: 20, min: 0 },
  { name: 'net.ipv4.igmp_max_msf', type: 'int', default: 10, min: 0 },
  { name: 'net.ipv6.mld_max_msf', type: 'int', default: 64, min: 0 },
  { name: 'net.ipv4.ping_group_range', type: 'ints', default: [1, 0], min: 0, max: 4_294_967_294 },
]
